//! Copies of folders on another machine, restored there again, and an alarm where none was made.

mod options;
mod save;
mod store;
mod tests;

use domi::prelude::*;

use crate::options::*;

/// Folders that the store would take from others.
const OTHERS: [&str; 14] = [
    "/", "/boot", "/etc", "/home", "/mnt", "/nix", "/opt", "/root", "/run", "/srv", "/tmp", "/usr",
    "/var", "/var/lib",
];

impl Feature for Backup {
    fn software() -> Vec<Software> {
        vec![Software::new("restic"), Software::new("rclone"), Software::new("curl")]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        rules.assert(
            cfg.save().is_set().or(cfg.store().is_set()),
            "nothing is saved and nothing is kept: set `save`, `store` or both",
        );
        let store = cfg.store();
        let is_own = |folder: Expr<AbsolutePath>| {
            let others = OTHERS.into_iter().map(|other| folder.ne(other));
            let hidden =
                text!("{folder}").starts_with("/home/").or(text!("{folder}").starts_with("/root/"));
            others.fold(!hidden, |own, is_other| own.and(is_other))
        };
        rules.assert(
            store.map(|store| is_own(store.folder())).or(true),
            "`store.folder` belongs to others: give copies a folder of their own, such as `/srv/backup`",
        );
        rules.assert(
            store.map(|store| store.port().ge(1024)).or(true),
            "the store has no right to a `port` below 1024",
        );
        rules.assert(
            store.map(|store| (!store.open_firewall()).or(store.tls().is_set())).or(true),
            "passwords would go over the network in the clear: set `store.tls` where `openFirewall` is true",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.when(cfg.save().is_set(), |system| save::all(cfg, &cfg.save().value(), system));
        system.when(cfg.store().is_set(), |system| store::all(&cfg.store().value(), system));
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

domi::main!(Backup);
