//! Programs of this repository's own on a machine, and services that wait by one of them.

mod checks;
mod options;

use domi::prelude::*;

use options::*;

impl Feature for DomiTools {
    fn software() -> Vec<Software> {
        vec![Software::of_crate("domi-wait", ["domi-wait"]), Software::new("python3")]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let idle = cfg.waits().filter_values(|_, wait| {
            wait.units().is_empty().and(wait.ports().is_empty()).and(wait.files().is_empty())
        });
        let names = idle.map_to_list(|name, _| name).join(", ");
        rules.assert(idle.is_empty(), text!("nothing is waited for: {names}"));
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.package(cfg.package());
        system.each(cfg.waits(), |system, name, wait| {
            let all = argv![cfg.package().bin("domi-wait")]
                .and(argv!["--timeout", wait.timeout()])
                .and_all(wait.units().map(|unit| text!("--unit={unit}")))
                .and_all(wait.ports().map(|port| text!("--tcp={port}")))
                .and_all(wait.files().map(|file| text!("--file={file}")));
            system
                .service(text!("domi-wait-{name}"))
                .description(text!("Wait for {name}"))
                .wanted_by("multi-user.target")
                .required_by(wait.before())
                .before(wait.before())
                .one_shot()
                .config("RemainAfterExit", true)
                .start(all)
                .config("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6")
                .confined()
                // Files may be in the folder that others have as /tmp, too.
                .config("PrivateTmp", false);
        });
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        checks::all(cfg, tests);
    }
}

domi::main!(DomiTools);
