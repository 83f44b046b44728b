//! Tests: what is said of units that run, fail and stop, to whom, and what nobody gets.

use domi::Machines;
use domi::prelude::*;

use crate::options::*;

/// What the tests show beside the shell: the smallest service of this repository.
#[derive(Options)]
struct Greeter {}

impl Neighbour for Greeter {
    const NAME: &str = "feature-x";
    const KIND: Kind = Kind::Services;
}

pub(crate) fn all(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    says(cfg, tests);
    draws(cfg, tests);
    pages(cfg, tests);
    guards(cfg, tests);
    attaches(cfg, tests);
    switches(cfg, tests);
    restarts(cfg, tests);
    refusals(cfg, tests);
}

/// All machines have the same packages, so that one image does for all.
fn equipped(machine: Machines<'_>) -> Machines<'_> {
    machine.package("curl").package("jq")
}

/// A machine that shows a unit which tests start and kill.
fn shop<'a>(cfg: &Expr<DomiNixShell>, machine: Machines<'a>) -> Machines<'a> {
    equipped(machine)
        .set(cfg.features().at("shop").units(), ["shop.service"])
        .set(cfg.refresh_seconds(), 1)
}

const OPEN_SHOP: &str = "systemd-run --quiet --unit=shop sleep infinity";
const KILL_SHOP: &str = "systemctl kill --signal=KILL shop";

/// What `domi-status` prints where not all is well.
const NOT_WELL: &str = "domi-status || test $? = 1";

/// What stands before the login prompt of a terminal, which agetty asks for its kind.
const ISSUE: &str =
    "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r'";

/// A command that looks for a line there.
fn prompt(line: &str) -> String {
    format!("{ISSUE} | grep '{line}'")
}

/// A command that succeeds if `systemd-analyze` rates a service's exposure at 20 of 100 or less.
fn is_confined(service: &str) -> String {
    format!("systemd-analyze security --no-pager --threshold=20 {service}.service")
}

/// A command that asks for the page.
fn ask(more: &str) -> String {
    format!("curl --silent --max-time 60 {more}")
}

/// A command that asks for the page, and succeeds if it has a text.
fn page_has(text: &str) -> String {
    format!("{} | grep --fixed-strings '{text}'", ask("--fail http://localhost:8090/"))
}

fn says(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    let by_nobody = "setpriv --reuid=nobody --clear-groups";
    shop(cfg, tests.it("says what units of features do, to everybody"))
        .set(cfg.features().at("shop").summary(), "Sells books")
        .set(cfg.features().at("shell").units(), ["domi-nix-shell.service"])
        .wait_for_unit("domi-nix-shell.service")
        .prints_match(NOT_WELL, "(?m)^missing  shop   shop\\.service            not-found$")
        .succeeds(OPEN_SHOP)
        .prints_match("domi-status", "(?m)^running  shop   shop\\.service$")
        .prints_match("domi-status", "\nAll is well\\.$")
        .prints_match(&format!("{by_nobody} domi-status"), "(?m)^running  shop   shop\\.service$")
        .eventually(&prompt("^shop   running$"))
        .succeeds(&prompt("^shell  running$"))
        .succeeds(&format!("{ISSUE} | grep --fixed-strings \"$(uname --nodename): \""))
        .succeeds(KILL_SHOP)
        .eventually(&format!("({NOT_WELL}) | grep failed"))
        // What has failed is the first.
        .prints_match(
            NOT_WELL,
            "^[^\n]*\nfailed   shop   shop\\.service            signal\nrunning  shell  [^\n]*\nNot well: 1 of 2\\.$",
        )
        .fails("domi-status >/dev/null")
        .fails("domi-status --json >/dev/null")
        .succeeds(
            "(domi-status --json || true) | jq --exit-status '.well == false and .features[0] == \
             (.features[] | select(.name == \"shop\")) and .features[0].summary == \"Sells books\" and \
             .features[0].units[0].state == \"failed\"'",
        )
        .succeeds("domi-status --wrong || test $? = 2")
        .eventually(&prompt("^shop   shop.service failed$"))
        .prints(
            "stat --format=%U /proc/$(systemctl show -P MainPID domi-nix-shell)",
            "domi-nix-shell",
        )
        .fails(&format!("{by_nobody} touch /run/domi-nix-shell/issue"))
        .fails(&format!("{by_nobody} touch /run/domi-nix-shell/other"))
        .succeeds(&is_confined("domi-nix-shell"))
        .succeeds(&is_confined("domi-nix-shell-prompt"));
}

fn draws(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    let screen = |line: &str| format!("grep --text '{line}' /run/screen");
    shop(cfg, tests.it("draws a login prompt again when something fails"))
        .succeeds(OPEN_SHOP)
        .eventually(&prompt("^shop  running$"))
        .succeeds(
            "systemd-run --quiet --unit=screen bash -c \"$(command -v sleep) 1000 | $(command -v script) \
             --quiet --flush --command '$(command -v agetty) --noclear - linux' /run/screen\"",
        )
        .eventually(&screen("^shop  running"))
        .eventually(&screen("login: "))
        .fails(&screen("^shop  shop.service failed"))
        .succeeds(KILL_SHOP)
        .eventually(&screen("^shop  shop.service failed"));
}

fn pages(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    shop(cfg, tests.it("shows it on a page, where every text is one"))
        .set(cfg.features().at("shop").summary(), "Sells <b>\"books\"</b> & 'pens'")
        .set(cfg.page().enable(), true)
        .succeeds("systemd-run --quiet --unit=shop --description='<i>Shop</i>' sleep infinity")
        .wait_for_port(8090)
        .eventually(&page_has("<span class=\"state\">running</span>"))
        .succeeds(&page_has("<p>&lt;i&gt;Shop&lt;/i&gt;</p>"))
        .succeeds(&format!(
            "{} | grep --fixed-strings \"Sells &lt;b&gt;&quot;books&quot;&lt;/b&gt; &amp; \"",
            ask("--fail http://localhost:8090/")
        ))
        .succeeds(&page_has("All is well."))
        .fails(&page_has("<b>"))
        .fails(&page_has("<script"))
        .succeeds(&format!(
            "{} | jq --exit-status '.features[0].units[0].state == \"running\"'",
            ask("--fail http://127.0.0.1:8090/status.json")
        ))
        .succeeds(KILL_SHOP)
        .eventually(&page_has("<span class=\"state\">failed</span>"))
        .succeeds(&page_has("Not well: 1 of 1 features."))
        // What nobody writes any more is not shown.
        .succeeds("systemctl kill --signal=STOP domi-nix-shell")
        .eventually(&format!(
            "touch --date='1 hour ago' /run/domi-nix-shell/page.html && {} | grep 'does not run'",
            ask("http://localhost:8090/")
        ))
        .fails(&page_has("failed"))
        .succeeds("systemctl kill --signal=KILL domi-nix-shell")
        .eventually(&page_has("<span class=\"state\">failed</span>"))
        .stop("domi-nix-shell")
        .fails(&ask("http://localhost:8090/"))
        .fails(&prompt("shop"))
        .start("domi-nix-shell")
        .eventually(&page_has("<span class=\"state\">failed</span>"));
}

/// What begins a command that has a connection to the page and asks nothing.
const SILENT: &str = "exec 3<>/dev/tcp/127.0.0.1/8090 &&";

fn guards(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    let code = |more: &str| ask(&format!("--output /dev/null --write-out '%{{http_code}}' {more}"));
    let url = "http://localhost:8090";
    shop(
        cfg,
        tests.it("gives the page to this machine alone, from a process that may do nothing else"),
    )
    .set(cfg.page().enable(), true)
    .wait_for_port(8090)
    .eventually(&page_has("missing"))
    .prints("ss -Hltn 'sport = :8090' | tr -s ' ' | cut -d ' ' -f 4", "127.0.0.1:8090")
    .prints(&code(&format!("--header 'Host: evil.example' {url}/")), "421")
    .prints(&code(&format!("--header 'Host: evil.example:8090' {url}/")), "421")
    .prints(&code(&format!("--request POST {url}/")), "405")
    .prints(&code(&format!("--path-as-is {url}/../issue")), "404")
    .prints(&code(&format!("{url}/issue")), "404")
    .prints(&code(&format!("--head {url}/?x")), "200")
    .prints_part(&ask(&format!("--head {url}/")), "Content-Security-Policy: default-src 'none';")
    // Whoever says nothing keeps nobody from it.
    .succeeds(&format!("{SILENT} {} | grep missing", ask(&format!("--fail {url}/"))))
    // While it waits for the request, which is ten seconds. It begins as root's.
    .eventually(&format!(
        "{SILENT} for _ in {{1..50}}; do pid=$(systemctl show --property=MainPID --value \
         'domi-nix-shell-page@*' | grep --max-count=1 '[1-9]') && user=$(stat --format=%U \
         \"/proc/$pid\") && test \"$user\" != root && exit 0; sleep 0.1; done; exit 1"
    ))
    .succeeds(&is_confined("domi-nix-shell-page@0"))
    // It is sent away in time.
    .eventually("test -z \"$(systemctl list-units --plain --no-legend 'domi-nix-shell-page@*')\"")
    .fails("systemctl is-failed 'domi-nix-shell-page@*'");
}

fn attaches(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    let greeter = cfg.features().at("greeter");
    equipped(tests.it("names a service of another feature that was stopped"))
        .beside::<Greeter>()
        .set(greeter.units(), ["feature-x.service"])
        .set(cfg.refresh_seconds(), 1)
        .wait_for_unit("feature-x.service")
        .prints_match("domi-status", "(?m)^running  greeter  feature-x\\.service$")
        .eventually(&prompt("^greeter  running$"))
        .stop("feature-x")
        .prints_match(NOT_WELL, "(?m)^stopped  greeter  feature-x\\.service$")
        .eventually(&prompt("^greeter  feature-x.service stopped$"))
        .start("feature-x")
        .succeeds("domi-status")
        .eventually(&prompt("^greeter  running$"));
}

fn switches(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    let units = || cfg.features().at("shell").units();
    equipped(tests.it("takes other settings while the machine runs, and goes without a trace"))
        .set(units(), ["domi-nix-shell.service"])
        .wait_for_unit("domi-nix-shell.service")
        .prints_part("domi-status", "All is well.")
        .eventually(&prompt("^shell  running$"))
        .fails(&ask("http://localhost:8090/"))
        .switch(|to| {
            to.set(units(), ["domi-nix-shell.service", "domi-nix-shell-page.socket"])
                .set(cfg.page().enable(), true)
        })
        .prints_match("domi-status", "(?m)^waiting  shell  domi-nix-shell-page\\.socket$")
        .eventually(&page_has("domi-nix-shell-page.socket"))
        .switch(|to| {
            to.set(units(), ["none.service"])
                .set(cfg.page().enable(), true)
                .set(cfg.page().port(), 8091)
        })
        .fails("domi-status")
        .eventually(&prompt("^shell  none.service missing$"))
        .eventually(&format!("{} | grep none.service", ask("--fail http://localhost:8091/")))
        .fails(&ask("http://localhost:8090/"))
        .switch(domi::Switched::without_feature)
        .fails("command -v domi-status")
        .fails(&prompt("shell"))
        .fails(&ask("http://localhost:8091/"));
}

fn restarts(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    shop(cfg, tests.it("is there again when it is killed, and when the machine has started again"))
        .eventually(&prompt("^shop  shop.service missing$"))
        .succeeds("systemctl kill --signal=KILL domi-nix-shell")
        .eventually(&prompt("^shop  shop.service missing$"))
        .reboot()
        .eventually(&prompt("^shop  shop.service missing$"));
}

fn refusals(cfg: &Expr<DomiNixShell>, tests: &mut Tests) {
    let units = || cfg.features().at("shop").units();
    tests.it_refuses("a unit without its kind").set(units(), ["shop"]).because("units");
    tests
        .it_refuses("a template, which has no state")
        .set(units(), ["shop@.service"])
        .because("units");
    tests.it_refuses("to look without a pause").set(cfg.refresh_seconds(), 0);
    tests
        .it_refuses("a page that nobody finds")
        .set(cfg.page().port(), 0)
        .set(cfg.page().enable(), true)
        .because("port 0");
}
