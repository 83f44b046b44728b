//! Prometheus, node exporter and Alertmanager: figures over time, and alerts that reach people.

mod alertmanager;
mod confined;
mod exporter;
mod options;
mod rules;
mod server;
mod tests;

use domi::prelude::*;

use options::*;

impl Feature for Metrics {
    fn software() -> Vec<Software> {
        vec![
            Software::new("prometheus"),
            // nixpkgs has the two programs in two outputs.
            Software::new("promtool").nixpkgs("prometheus.cli").debian(["prometheus"]),
            Software::new("prometheus-node-exporter")
                .debian_path("bin/node_exporter", "/usr/bin/prometheus-node-exporter"),
            Software::new("prometheus-alertmanager")
                .debian_path("bin/alertmanager", "/usr/bin/prometheus-alertmanager"),
            Software::new("curl"),
            Software::new("python3"),
        ]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        rules::all(cfg, rules);
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.when(cfg.server().enable(), |system| server::system(cfg, system));
        system.when(cfg.exporter().enable(), |system| exporter::system(&cfg.exporter(), system));
        system.when(cfg.alertmanager().enable(), |system| {
            alertmanager::system(&cfg.alertmanager(), system);
        });
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

domi::main!(Metrics);
