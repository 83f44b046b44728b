//! Settings that are refused, or warned of.

use domi::prelude::*;

use crate::alertmanager::NOBODY;
use crate::options::*;
use crate::server::alertmanagers;

/// Settings of a job that follow from its options.
const JOB: [&str; 7] = [
    "authorization",
    "basic_auth",
    "job_name",
    "metrics_path",
    "scheme",
    "scrape_interval",
    "scrape_timeout",
];

/// The job that reads this machine.
const SELF: &str = "self";

pub(crate) fn all(cfg: &Expr<Metrics>, rules: &mut Rules) {
    parts(cfg, rules);
    server(cfg, rules);
    exporter(&cfg.exporter(), rules);
    alertmanager(&cfg.alertmanager(), rules);
}

fn parts(cfg: &Expr<Metrics>, rules: &mut Rules) {
    let (server, exporter, alerts) = (cfg.server(), cfg.exporter(), cfg.alertmanager());
    rules.assert(
        server.enable().or(exporter.enable()).or(alerts.enable()),
        "no part is enabled: `server`, `exporter` and `alertmanager` are all off",
    );
    let parts = [
        ("server", server.enable(), server.port()),
        ("exporter", exporter.enable(), exporter.port()),
        ("alertmanager", alerts.enable(), alerts.port()),
    ];
    for (position, (name, is_there, port)) in parts.iter().enumerate() {
        rules.assert(
            !is_there.and(port.lt(1024)),
            format!("`{name}.port` is below 1024, to which it has no right"),
        );
        for (other, other_is_there, other_port) in &parts[..position] {
            rules.assert(
                !is_there.and(other_is_there).and(port.eq(other_port)),
                format!("`{other}.port` and `{name}.port` are the same port"),
            );
        }
    }
    rules.assert(
        !server.enable().and(server.open_firewall()).and(!server.web_config_file().is_set()),
        "everyone could read all figures: set `server.webConfigFile` where `server.openFirewall` is \
         true",
    );
    rules.assert(
        !alerts.enable().and(alerts.open_firewall()).and(!alerts.web_config_file().is_set()),
        "everyone could silence alerts: set `alertmanager.webConfigFile` where \
         `alertmanager.openFirewall` is true",
    );
    let open = [
        ("server", server.enable().and(server.open_firewall()), server.listen_address()),
        ("exporter", exporter.enable().and(exporter.open_firewall()), exporter.listen_address()),
        ("alertmanager", alerts.enable().and(alerts.open_firewall()), alerts.listen_address()),
    ];
    for (name, is_open, address) in &open {
        rules.warn(
            is_open.and(address.starts_with("127.").or(address.eq("[::1]"))),
            format!(
                "the firewall is open, but the {name} listens to this machine alone: see \
                 `{name}.listenAddress`"
            ),
        );
    }
}

fn server(cfg: &Expr<Metrics>, rules: &mut Rules) {
    let server = cfg.server();
    let jobs = server.jobs();
    rules.assert(
        (!server.scrape_self()).or(!jobs.contains_key(SELF)),
        "a job is called `self`, as that of this machine: give it another name, or turn off \
         `server.scrapeSelf`",
    );
    let has_targets = jobs.map_to_list(|_, job| {
        let set = job.settings().map_to_list(|name, _| name);
        (!job.targets().is_empty()).or(!set.is_empty())
    });
    rules.assert(
        has_targets.all(|it| it),
        "a job has no `targets`, and no `settings` that find some",
    );
    let one_way =
        jobs.map_to_list(|_, job| (!job.basic_auth().is_set()).or(!job.token_file().is_set()));
    rules.assert(
        one_way.all(|it| it),
        "a job has a `basicAuth` and a `tokenFile`: Prometheus takes one of them",
    );
    let decided = jobs.map_to_list(|_, job| {
        let settings = job.settings();
        let targets = (!job.targets().is_empty()).and(settings.contains_key("static_configs"));
        has_any(&settings, &JOB).or(targets)
    });
    rules.assert(
        !decided.any(|it| it),
        "`settings` of a job sets what an option of the job decides",
    );
    rules.assert(
        !has_any(&server.global(), &["scrape_interval", "evaluation_interval"]),
        "`server.global` sets what `server.scrapeInterval` or `server.evaluationInterval` decides",
    );
    rules.assert(
        !has_any(&server.settings(), &["alerting", "global", "rule_files", "scrape_configs"]),
        "`server.settings` sets what other options decide: see `alerting`, `global`, \
         `jobs` and `ruleFiles`",
    );
    let alerting = server.alerting().contains_key("alertmanagers");
    rules.assert(
        !alerting.and(!alertmanagers(cfg).is_empty()),
        "`server.alerting.alertmanagers` says where alerts are sent to, and so does another option",
    );
    rules.warn(
        server
            .enable()
            .and(!server.alerts().is_empty())
            .and(alertmanagers(cfg).is_empty())
            .and(!alerting),
        "alerts reach nobody: enable `alertmanager`, or name one in `server.alertmanagers`",
    );
}

fn exporter(exporter: &Expr<Exporter>, rules: &mut Rules) {
    rules.assert(
        exporter.collectors().all(|name| !exporter.disabled_collectors().contains(name)),
        "a collector is in `collectors` and in `disabledCollectors`",
    );
}

fn alertmanager(part: &Expr<Alertmanager>, rules: &mut Rules) {
    let route = part.route();
    let is_there = |name: Expr<String>| part.receivers().contains_key(name);
    rules.assert(
        route.receiver().map(is_there).or(true),
        "`route.receiver` is not there: name one of `receivers`",
    );
    rules.assert(
        route.routes().all(|route| is_there(route.receiver())),
        "the `receiver` of one of `routes` is not there: name one of `receivers`",
    );
    rules.assert(
        !part.receivers().contains_key(NOBODY),
        "a receiver is called `nobody`, which is who gets what has no receiver: give it another name",
    );
    rules.assert(
        !has_any(&part.settings(), &["receivers", "route"]),
        "`alertmanager.settings` sets what the options `receivers` and `route` decide",
    );
    let of_receivers = part.receivers().map_to_list(|_, receiver| {
        let settings = receiver.settings();
        let webhook = receiver.webhook().is_set().and(settings.contains_key("webhook_configs"));
        settings.contains_key("name").or(webhook)
    });
    rules.assert(
        !of_receivers.any(|it| it),
        "`settings` of a receiver sets what `webhook` or the receiver's name decides",
    );
    rules.assert(
        !route
            .routes()
            .any(|route| has_any(&route.settings(), &["receiver", "matchers", "continue"])),
        "`settings` of a route sets what an option of the route decides",
    );
    rules.warn(
        part.enable().and(!route.receiver().is_set()).and(route.routes().is_empty()),
        "nobody gets alerts: set `alertmanager.route.receiver`",
    );
}

/// Whether settings have any of these names.
fn has_any(settings: &Expr<Settings<Yaml>>, names: &[&str]) -> Expr<bool> {
    let first = settings.contains_key(names[0]);
    names[1..].iter().fold(first, |any, name| any.or(settings.contains_key(*name)))
}
