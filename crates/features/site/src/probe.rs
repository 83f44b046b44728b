//! What asks for the site as a visitor does, and what is made of the answers.

use domi::prelude::*;

use crate::neighbours::*;
use crate::options::*;

/// The unit, and the user that it runs as.
const UNIT: &str = "site-probe";

/// Where node exporter finds the answers.
const FOLDER: &str = "/run/site-probe";

pub(crate) fn all(cfg: &Expr<Site>, system: &mut System) {
    // Without a node exporter nobody would read the answers.
    let read = neighbour::<Metrics>().read(|it| it.exporter().enable()).or(false);
    system.when(read, |system| probe(cfg, system));

    let watch = cfg.watch();
    let mut metrics = system.neighbour::<Metrics>();
    metrics.set(|it| it.exporter().text_folder(), FOLDER);
    let labels = || watch.labels();
    let down = attrs! {
        "expression": "site_up == 0",
        "for": watch.hold(),
        "labels": labels(),
        "annotations": {
            "summary": text!("{} does not answer on {{{{ $labels.instance }}}}", cfg.domain()),
        },
    };
    metrics.set(|it| it.server().alerts().at("SiteDown"), down);
    let late = (watch.seconds().to_i64() * 3).max(120);
    let unknown = attrs! {
        "expression": text!("time() - site_asked > {late} or absent(site_asked)"),
        "for": watch.hold(),
        "labels": labels(),
        "annotations": { "summary": text!("nobody knows whether {} answers", cfg.domain()) },
    };
    metrics.set(|it| it.server().alerts().at("SiteNotAsked"), unknown);
}

fn probe(cfg: &Expr<Site>, system: &mut System) {
    let watch = cfg.watch();
    let port = |of: fn(&Expr<Gateway>) -> Expr<Port>, otherwise: u16| {
        neighbour::<Gateway>().read(of).or(Port(otherwise))
    };
    let (http, https) =
        (port(GatewayOptions::http_port, 80), port(GatewayOptions::https_port, 443));
    let (domain, path) = (cfg.domain(), watch.path());
    let url = when(
        cfg.tls().is_set(),
        text!("https://{domain}:{https}{path}"),
        text!("http://{domain}:{http}{path}"),
    );
    system.user(UNIT, "Whether the site answers");
    system
        .service(UNIT)
        .description("Whether the site answers")
        .after("web-gateway.service")
        .path(package("curl"))
        .start(
            script(UNIT, include_str!("probe.sh"))
                .value("url", url)
                .value("domain", &domain)
                .value("address", watch.address())
                .value("trust", watch.trust().map(|file| text!("{file}")).or("")),
        )
        .one_shot()
        .runs_as(UNIT)
        .config("RuntimeDirectory", UNIT)
        .config("RuntimeDirectoryPreserve", true)
        // Node exporter reads it.
        .config("UMask", "0022")
        .config("TimeoutStartSec", 30)
        .config("RestrictAddressFamilies", ["AF_UNIX", "AF_INET", "AF_INET6"])
        .confined();
    system
        .timer(UNIT)
        .wanted_by("timers.target")
        .on_boot("1s")
        .on_unit_active(text!("{}s", watch.seconds()))
        .config("AccuracySec", "1s");
}
