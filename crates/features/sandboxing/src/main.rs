//! Profiles of confinement for services that are somebody else's.

mod checks;
mod keys;
mod options;

use domi::prelude::*;

use options::*;

impl Feature for Sandboxing {
    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let mild = cfg.services().filter_values(|_, service| {
            let has_paths = !service.writable_paths().is_empty();
            let excepts = has_paths
                .or(!service.capabilities().is_empty())
                .or(service.homes())
                .or(service.executable_memory());
            service.profile().eq(Profile::Kernel).and(excepts)
        });
        let names = mild.map_to_list(|name, _| name).join(", ");
        rules.warn(
            !mild.is_empty(),
            text!("exceptions from what the profile `kernel` does not forbid: {names}"),
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.add_to_services(cfg.services(), |service, settings| keys::add(service, &settings));

        let names = cfg.services().map_to_list(|name, _| text!("{name}.service"));
        system
            .service("sandboxing-check")
            .description("Whether all services are there that a profile is for")
            .when(!cfg.services().is_empty())
            .wanted_by("multi-user.target")
            .one_shot()
            .config("RemainAfterExit", true)
            .start(script("sandboxing-check", include_str!("check.sh")).list("services", names))
            .config("PrivateNetwork", true)
            .config("RestrictAddressFamilies", "AF_UNIX")
            .confined();
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        checks::all(cfg, tests);
    }
}

domi::main!(Sandboxing);
