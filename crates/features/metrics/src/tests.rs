//! Tests: figures are collected and kept, alerts arrive, and nobody else gets in.

use domi::Machines;
use domi::prelude::*;

use crate::options::*;

mod refusals;

/// A program that has figures and takes alerts.
const SHOP: &str = include_str!("tests/shop.py");

/// The hash of `secret` for a user named `reader`.
const WEB: &str =
    "basic_auth_users:\n  reader: $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";

pub(crate) fn all(cfg: &Expr<Metrics>, tests: &mut Tests) {
    collects(cfg, tests);
    machines(cfg, tests);
    alerts(cfg, tests);
    reloads(cfg, tests);
    keeps(cfg, tests);
    guards(cfg, tests);
    exports(cfg, tests);
    refusals::all(cfg, tests);
}

/// All machines have the same packages, whatever they need, so that one image does for all.
fn equipped(mut machine: Machines<'_>) -> Machines<'_> {
    let packages = [
        "prometheus",
        "promtool",
        "prometheus-node-exporter",
        "prometheus-alertmanager",
        "curl",
        "python3",
    ];
    for package in packages {
        machine = machine.package(package);
    }
    machine
}

/// A command that asks Prometheus for the value of an expression, and fails unless it is this one.
fn value(expression: &str, value: &str) -> String {
    format!("{} | grep --fixed-strings ',\"{value}\"]'", ask(expression))
}

fn ask(expression: &str) -> String {
    format!(
        "curl --silent --fail --get --data-urlencode 'query={expression}' \
         http://127.0.0.1:9090/api/v1/query"
    )
}

/// A command that starts the shop as a unit.
fn open_shop(port: u16, more: &str) -> String {
    format!("systemd-run --quiet --unit=shop {more} python3 -I /etc/shop.py {port}")
}

fn collects(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let units = ["metrics", "metrics-exporter", "metrics-alertmanager"];
    let user = |unit: &str| format!("stat -c %U /proc/$(systemctl show -P MainPID {unit})");
    let mut machine = equipped(tests.it("reads its own parts, which run confined and alone"))
        .set(cfg.server().scrape_interval(), "5s")
        .set(cfg.alertmanager().enable(), true)
        .set(cfg.server().external_url(), "https://example.org/prometheus/")
        .set(cfg.alertmanager().external_url(), "https://example.org/alerts/")
        .eventually(&value("sum(up{job=\"self\"})", "3"))
        .eventually(&value("count(node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"})", "1"))
        .prints(
            "ss -Hltn 'sport = :9090 or sport = :9093 or sport = :9094 or sport = :9100' | tr -s ' ' | cut \
             -d ' ' -f 4 | sort",
            "127.0.0.1:9090\n127.0.0.1:9093\n127.0.0.1:9100",
        )
        .prints(&user("metrics"), "metrics")
        .prints(&user("metrics-alertmanager"), "metrics-alertmanager")
        .prints("stat -c '%U %a' /var/lib/metrics", "metrics 700");
    for unit in units {
        machine = machine
            .succeeds(&format!("systemd-analyze security --no-pager --threshold=20 {unit}.service"))
            .fails(&format!("{} | grep --line-regexp root", user(unit)));
    }
}

fn machines(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let targets = cfg.server().jobs().at("machines").targets();
    let answers = "curl --silent --fail http://localhost:9100/metrics | grep node_load1";
    let up = |machine: &str, is: &str| value(&format!("up{{instance=\"{machine}:9100\"}}"), is);
    let machines = tests.it("reads other machines, which are closed to it by default");
    let machines = equipped(machines.machine("closed"))
        .set(cfg.server().enable(), false)
        .set(cfg.exporter().listen_address(), "0.0.0.0")
        .machine("open");
    let machines = equipped(machines)
        .set(cfg.server().enable(), false)
        .set(cfg.exporter().listen_address(), "0.0.0.0")
        .set(cfg.exporter().open_firewall(), true)
        .machine("server");
    equipped(machines)
        .set(cfg.server().scrape_interval(), "5s")
        .set(targets, ["open:9100", "closed:9100"])
        .on("closed")
        .wait_for_port(9100)
        .succeeds(answers)
        .on("open")
        .wait_for_port(9100)
        .succeeds(answers)
        .fails("systemctl is-active metrics")
        .on("server")
        .eventually(&up("open", "1"))
        .eventually(&up("closed", "0"))
        .on("open")
        .cut_network()
        .on("server")
        .eventually(&up("open", "0"))
        .on("open")
        .heal_network()
        .on("server")
        .eventually(&up("open", "1"));
}

fn alerts(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let (down, many) =
        (cfg.server().alerts().at("Shop down"), cfg.server().alerts().at("Machines"));
    let part = cfg.alertmanager();
    let heard = |receiver: &str, alert: &str, status: &str| {
        format!(
            "grep '^/{receiver} ' /run/heard | grep '\"alertname\":\"{alert}\"' | grep \
             '^[^ ]* {{\"receiver\":\"[a-z]*\",\"status\":\"{status}\"'"
        )
    };
    equipped(tests.it("sends alerts to those whom they are for, and tells when they are over"))
        .file("/etc/shop.py", SHOP)
        .secret_file("/run/secret-url", "http://127.0.0.1:8001/secret\n")
        .set(cfg.exporter().enable(), false)
        .set(cfg.server().scrape_interval(), "2s")
        .set(cfg.server().evaluation_interval(), "1s")
        .set(cfg.server().jobs().at("shop").targets(), ["127.0.0.1:8000"])
        .set(down.expression(), "up{job=\"shop\"} == 0")
        .set(down.hold(), "1s")
        .set(down.labels(), [("severity", "critical")])
        .set(down.annotations(), [("summary", "{{ $labels.instance }} is \"closed\"")])
        .set(many.expression(), "self:up:sum == 2")
        .set(cfg.server().records().at("self:up:sum").expression(), "sum(up{job=\"self\"})")
        .set(part.enable(), true)
        .set(
            part.receivers().at("chat").webhook().value().url(),
            attrs! { "plain": "http://127.0.0.1:8001/chat" },
        )
        .set(
            part.receivers().at("pager").webhook().value().url(),
            attrs! { "file": "/run/secret-url" },
        )
        .set(part.route().receiver(), "chat")
        .set(
            part.route().routes(),
            [attrs! { "receiver": "pager", "matchers": ["severity=\"critical\""] }],
        )
        .set(part.route().group_wait(), "0s")
        .set(part.route().group_interval(), "1s")
        .succeeds("systemd-run --quiet --unit=people python3 -I /etc/shop.py 8001")
        .eventually(&heard("secret", "Shop down", "firing"))
        .succeeds("grep --fixed-strings '127.0.0.1:8000 is \\\"closed\\\"' /run/heard")
        .eventually(&heard("chat", "Machines", "firing"))
        .fails("grep '^/chat .*Shop down' /run/heard")
        .fails("grep -Rqs 8001/secret /etc/metrics /etc/systemd/system/")
        .succeeds("grep -Rqs 8001/chat /etc/metrics")
        .fails(&heard("secret", "Shop down", "resolved"))
        .succeeds(&open_shop(8000, ""))
        .eventually(&heard("secret", "Shop down", "resolved"));
}

fn reloads(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let rules = "curl --silent http://127.0.0.1:9090/api/v1/rules";
    let change = |file: &str, from: &str, to: &str| {
        format!(
            "sed 's/{from}/{to}/' /etc/metrics/{file} >/run/new && cp --remove-destination /run/new \
             /etc/metrics/{file}"
        )
    };
    let pids = "systemctl show -P MainPID metrics metrics-alertmanager";
    equipped(tests.it("reads other settings without a restart, and none that are wrong"))
        .set(cfg.exporter().enable(), false)
        .set(cfg.server().scrape_interval(), "2s")
        .set(cfg.server().evaluation_interval(), "1s")
        .set(cfg.server().alerts().at("First").expression(), "up == 7")
        .set(cfg.alertmanager().enable(), true)
        .wait_for_port(9090)
        .wait_for_port(9093)
        .succeeds(&format!("{pids} >/run/before"))
        .eventually(&format!("{rules} | grep First"))
        .succeeds(&change("rules.yml", "First", "Second"))
        .succeeds("systemctl reload metrics")
        .eventually(&format!("{rules} | grep Second"))
        .succeeds(&change("rules.yml", "up == 7", "up =="))
        .fails("systemctl reload metrics")
        .prints_part("journalctl --unit metrics", "could not parse expression")
        .prints_part(rules, "Second")
        .succeeds(&change("alertmanager.yml", "30s", "31s"))
        .succeeds("systemctl reload metrics-alertmanager")
        .eventually("curl --silent http://127.0.0.1:9093/api/v2/status | grep 'group_wait: 31s'")
        .succeeds(&change("alertmanager.yml", "31s", "never"))
        .fails("systemctl reload metrics-alertmanager")
        .prints_part("curl --silent http://127.0.0.1:9093/api/v2/status", "group_wait: 31s")
        .succeeds(&format!("{pids} | diff - /run/before"));
}

fn keeps(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let orders = value("last_over_time(shop_orders[1h])", "42");
    let alert = cfg.server().alerts().at("Closed");
    equipped(tests.it("keeps what it has collected when it is given other settings"))
        .file("/etc/shop.py", SHOP)
        .set(cfg.exporter().enable(), false)
        .set(cfg.server().scrape_interval(), "2s")
        .set(cfg.server().evaluation_interval(), "1s")
        .set(cfg.server().jobs().at("shop").targets(), ["127.0.0.1:8000"])
        .succeeds(&open_shop(8000, ""))
        .wait_for_port(9090)
        .eventually(&orders)
        .succeeds("systemctl show -P MainPID metrics >/run/before")
        .switch(|to| to.set(alert.expression(), "up{job=\"shop\"} == 0"))
        .stop("shop")
        .eventually(&value("ALERTS{alertname=\"Closed\",alertstate=\"firing\"}", "1"))
        .succeeds(&orders)
        .succeeds("systemctl show -P MainPID metrics | cmp - /run/before")
        // An option of its command line takes another process, with the same figures.
        .switch(|to| to.set(cfg.server().retention_time(), "3d"))
        .wait_for_port(9090)
        .eventually(&orders)
        .fails("systemctl show -P MainPID metrics | cmp - /run/before");

    equipped(tests.it("keeps what it has collected, restarted or killed"))
        .file("/etc/shop.py", SHOP)
        .set(cfg.exporter().enable(), false)
        .set(cfg.server().scrape_interval(), "2s")
        .set(cfg.server().jobs().at("shop").targets(), ["127.0.0.1:8000"])
        .succeeds(&open_shop(8000, ""))
        .wait_for_port(9090)
        .eventually(&orders)
        .stop("shop")
        .eventually(&value("up{job=\"shop\"}", "0"))
        .succeeds("systemctl kill --signal=KILL metrics")
        .wait_for_port(9090)
        .eventually(&orders)
        .restart("metrics")
        .wait_for_port(9090)
        .eventually(&orders)
        // Nothing has told it again.
        .fails("systemctl is-active shop");
}

fn guards(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let jobs = cfg.server().jobs();
    let (by_password, by_token) = (jobs.at("password"), jobs.at("token"));
    let ask = |what: &str| {
        format!("curl --silent --fail 'http://127.0.0.1:9090/api/v1/query?query={what}'")
    };
    let ask_as = |user: &str, what: &str| format!("{} --user {user}", ask(what));
    let up = |job: &str| {
        format!(
            "{} | grep --fixed-strings ',\"1\"]'",
            ask_as("reader:secret", &format!("up%7Bjob=%22{job}%22%7D"))
        )
    };
    equipped(
        tests.it("asks for a password, and gives its own to others, without anyone reading them"),
    )
    .file("/etc/shop.py", SHOP)
    .secret_file("/run/web.yml", WEB)
    .secret_file("/run/password", "it's a secret")
    .secret_file("/run/token", "very-long-token")
    .set(cfg.exporter().enable(), false)
    .set(cfg.server().scrape_interval(), "2s")
    .set(cfg.server().web_config_file(), "/run/web.yml")
    .set(by_password.targets(), ["127.0.0.1:8000"])
    .set(
        by_password.basic_auth(),
        attrs! { "username": "metrics", "passwordFile": "/run/password" },
    )
    .set(by_token.targets(), ["127.0.0.1:8001"])
    .set(by_token.token_file(), "/run/token")
    .succeeds(&open_shop(
        8000,
        "--setenv=ALLOWED=\"Basic $(printf \"metrics:it's a secret\" | base64)\"",
    ))
    .succeeds(
        "systemd-run --quiet --unit=bank --setenv=ALLOWED='Bearer very-long-token' python3 -I \
             /etc/shop.py 8001",
    )
    .wait_for_port(9090)
    .eventually(&up("password"))
    .eventually(&up("token"))
    .fails(&ask("up"))
    .fails(&ask_as("reader:wrong", "up"))
    .fails("setpriv --reuid=nobody --clear-groups ls /run/credentials/metrics.service")
    .fails("grep -RqsE 'a secret|very-long' /etc/metrics /etc/systemd/system/");
}

fn exports(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let exporter = cfg.exporter();
    let read = "curl --silent --fail http://127.0.0.1:9101/metrics";
    let has = |figure: &str| format!("{read} | grep '^{figure}'");
    equipped(tests.it("tells of the machine what it is asked to, and goes on when it is killed"))
        .file("/srv/figures/backup.prom", "backup_age_seconds 7\n")
        .set(cfg.server().enable(), false)
        .set(exporter.port(), 9101)
        .set(exporter.collectors(), ["processes"])
        .set(exporter.disabled_collectors(), ["loadavg"])
        .set(exporter.text_folder(), "/srv/figures")
        .wait_for_port(9101)
        .succeeds(&has("backup_age_seconds 7"))
        .succeeds(&has("node_processes_pids "))
        .succeeds(&has("node_memory_MemTotal_bytes "))
        .fails(&has("node_load1 "))
        .fails(&has("node_systemd_units"))
        .succeeds("systemctl kill --signal=KILL metrics-exporter")
        .eventually(read);
    equipped(tests.it("tells how the clock is kept"))
        .needs_kernel("asks the kernel for its clock, which not every container lets it")
        .set(cfg.server().enable(), false)
        .set(exporter.port(), 9101)
        .wait_for_port(9101)
        .succeeds(&has("node_timex_sync_status "));
}
