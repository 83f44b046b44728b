//! Prometheus: its configuration, its rules and its unit.

use domi::Attrs;
use domi::prelude::*;

use crate::confined::{confined, hang_up};
use crate::options::*;

/// Where the configuration is, so that a changed one is read by a reload and no restart.
const CONFIGURATION: &str = "metrics/prometheus.yml";

/// Where the rules are.
const RULES: &str = "metrics/rules.yml";

/// The unit, and the user that it runs as.
const UNIT: &str = "metrics";

pub(crate) fn system(cfg: &Expr<Metrics>, system: &mut System) {
    let server = cfg.server();
    let (configuration, rules) = (configuration(cfg), rules(&server));
    let judge = argv![
        package("promtool").bin("promtool"),
        "check",
        "config",
        text!("/etc/{CONFIGURATION}")
    ];
    let web = credential_path(UNIT, "web-config");
    let start = argv![
        server.package().bin("prometheus"),
        text!("--config.file=/etc/{CONFIGURATION}"),
        "--storage.tsdb.path=/var/lib/metrics",
        text!("--storage.tsdb.retention.time={}", server.retention_time()),
        text!("--web.listen-address={}:{}", server.listen_address(), server.port()),
        // The address is for links: what stands before this server takes its path away.
        "--web.route-prefix=/",
    ]
    .and_maybe(&server.retention_size().map(|size| text!("--storage.tsdb.retention.size={size}")))
    .and_maybe(&server.external_url().map(|url| text!("--web.external-url={url}")))
    .and_when(server.web_config_file().is_set(), argv![text!("--web.config.file={web}")])
    .and_all(server.extra_flags());

    system.user(UNIT, "Prometheus");
    confined(system.service(UNIT))
        .description("Figures of machines and programs over time")
        .start_pre(&judge)
        .start(start)
        .reload(judge)
        .reload(hang_up())
        .reload_trigger(settings_file(Yaml, "prometheus.yml", &configuration))
        .reload_trigger(settings_file(Yaml, "rules.yml", &rules))
        .runs_as(UNIT)
        .state(UNIT)
        .config("StateDirectoryMode", "0700")
        .credential("web-config", server.web_config_file())
        .config("LoadCredential", credentials(&server))
        .config("RestrictAddressFamilies", ["AF_UNIX", "AF_INET", "AF_INET6"]);

    system.etc_settings(CONFIGURATION, Yaml, configuration);
    system.etc_settings(RULES, Yaml, rules);
    system.claims_tcp([server.port()]);
    system.allow_tcp([server.port()]).when(server.open_firewall());
}

/// The secret files of jobs, and those that free settings name.
fn credentials(server: &Expr<Server>) -> Expr<Vec<String>> {
    let (with_user, with_token) = (
        server.jobs().filter_values(|_, job| job.basic_auth().is_set()),
        server.jobs().filter_values(|_, job| job.token_file().is_set()),
    );
    let passwords = with_user.map_to_list(|name, job| {
        let file = job.basic_auth().map(|user| text!("{}", user.password_file()));
        text!("{name}.password:{}", file.or("/"))
    });
    let tokens = with_token.map_to_list(|name, job| {
        let file = job.token_file().map(|file| text!("{file}"));
        text!("{name}.token:{}", file.or("/"))
    });
    let others = server.secrets().map_to_list(|_, it| text!("{}.secret:{}", it.name(), it.file()));
    passwords.concat(tokens).concat(others)
}

/// All of `prometheus.yml`.
fn configuration(cfg: &Expr<Metrics>) -> Attrs {
    let server = cfg.server();
    let own: Expr<Vec<Anything>> = when(
        server.scrape_self(),
        [attrs! { "job_name": "self", "static_configs": [attrs! { "targets": own_targets(cfg) }] }],
        Vec::<Attrs>::new(),
    );
    let jobs = server.jobs().map_to_list(|_, job| job_settings(&job));
    let alertmanagers = alertmanagers(cfg);
    let alerting = attrs! {
        "alerting": {
            "alertmanagers": [attrs! { "static_configs": [attrs! { "targets": &alertmanagers }] }],
        },
    };
    let rule_files: Expr<Vec<String>> = [text!("/etc/{RULES}")].into_expr();
    server
        .settings()
        .merge(attrs! { "alerting": server.alerting(), "global": server.global() })
        .merge(attrs! {
            "global": {
                "scrape_interval": server.scrape_interval(),
                "evaluation_interval": server.evaluation_interval(),
            },
            "rule_files": rule_files.concat(server.rule_files().map(|file| text!("{file}"))),
            "scrape_configs": own.concat(jobs),
        })
        .merge(alerting.when(!alertmanagers.is_empty()))
}

/// One of `scrape_configs`.
fn job_settings(job: &Expr<Job>) -> Expr<Anything> {
    let name = job.name();
    let targets = attrs! {
        "static_configs": [attrs! { "targets": job.targets(), "labels": job.labels() }],
    };
    let user = job.basic_auth().map(|user| -> Expr<Anything> {
        let file = credential_path(UNIT, "");
        attrs! {
            "username": user.username(),
            "password_file": text!("{file}{name}.password"),
        }
        .into_expr()
    });
    let token = job.token_file().map(|_| -> Expr<Anything> {
        let file = credential_path(UNIT, "");
        attrs! { "credentials_file": text!("{file}{name}.token") }.into_expr()
    });
    let mine = attrs! {
        "job_name": &name,
        "scrape_interval": job.interval(),
        "scrape_timeout": job.timeout(),
        "scheme": job.scheme(),
        "metrics_path": job.path(),
        "basic_auth": user,
        "authorization": token,
    };
    job.settings()
        .merge(mine.without_nulls())
        .merge(targets.when(!job.targets().is_empty()))
        .into_expr()
}

/// All of `rules.yml`.
fn rules(server: &Expr<Server>) -> Attrs {
    let records = server.records().map_to_list(|_, record| -> Expr<Anything> {
        attrs! { "record": record.name(), "expr": record.expression(), "labels": record.labels() }
            .into_expr()
    });
    let alerts = server.alerts().map_to_list(|_, alert| -> Expr<Anything> {
        attrs! {
            "alert": alert.name(),
            "expr": alert.expression(),
            "for": alert.hold(),
            "keep_firing_for": alert.keep_firing_for(),
            "labels": alert.labels(),
            "annotations": alert.annotations(),
        }
        .into_expr()
    });
    attrs! {
        "groups": [
            attrs! { "name": "records", "rules": records },
            attrs! { "name": "alerts", "rules": alerts },
        ],
    }
}

/// The parts of this machine that can be read without a password.
fn own_targets(cfg: &Expr<Metrics>) -> Expr<Vec<String>> {
    let (server, exporter) = (cfg.server(), cfg.exporter());
    let own = target(!server.web_config_file().is_set(), &server.listen_address(), &server.port());
    let of_exporter = target(
        exporter.enable().and(!exporter.web_config_file().is_set()),
        &exporter.listen_address(),
        &exporter.port(),
    );
    own.concat(of_exporter).concat(own_alertmanager(cfg))
}

/// Where alerts are sent to.
pub(crate) fn alertmanagers(cfg: &Expr<Metrics>) -> Expr<Vec<String>> {
    own_alertmanager(cfg).concat(cfg.server().alertmanagers())
}

fn own_alertmanager(cfg: &Expr<Metrics>) -> Expr<Vec<String>> {
    let part = cfg.alertmanager();
    target(
        part.enable().and(!part.web_config_file().is_set()),
        &part.listen_address(),
        &part.port(),
    )
}

/// How a part of this machine is reached, where the condition is true.
fn target(condition: Expr<bool>, address: &Expr<String>, port: &Expr<Port>) -> Expr<Vec<String>> {
    let any6: Expr<String> = when(address.eq("[::]"), "[::1]", address);
    let reached: Expr<String> = when(address.eq("0.0.0.0"), "127.0.0.1", any6);
    when(condition, [text!("{reached}:{port}")], Vec::<String>::new())
}
