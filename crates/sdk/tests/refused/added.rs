use domi::prelude::*;

#[derive(Options)]
struct Feature {
    /// Names of services.
    names: Vec<String>,
    /// Services.
    services: BTreeMap<String, bool>,
}

fn added(cfg: &Expr<Feature>, system: &mut System) {
    system.add_to_services(cfg.names(), |service, _| drop(service.config("Nice", 5)));
    system.add_to_services(cfg.services(), |service, _| drop(service.start(argv!["/bin/sh"])));
    system.add_to_services(cfg.services(), |service, _| drop(service.confined()));
    system.add_to_services(cfg.services(), |service, _| drop(service.restart_trigger("a")));
}

fn main() {}
