//! A log of events that is only appended to, on PostgreSQL: a cluster of its own, its schema, backups
//! and archives.

mod configuration;
mod options;
mod tests;
mod units;

use domi::prelude::*;

use crate::configuration::DECIDED;
use crate::options::*;

impl Feature for EventStore {
    fn software() -> Vec<Software> {
        let programs = ["initdb", "pg_dump", "pg_restore", "postgres", "psql"];
        // The major version is fixed: no other one reads the cluster.
        let postgresql = Software::new("postgresql")
            .nixpkgs("postgresql_17")
            .debian(["postgresql-17", "postgresql-client-17"]);
        let postgresql = programs.into_iter().fold(postgresql, |software, program| {
            software.debian_path(
                &format!("bin/{program}"),
                &format!("/usr/lib/postgresql/17/bin/{program}"),
            )
        });
        vec![postgresql]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let set = cfg.settings().map_to_list(|name, _| name.to_ascii_lowercase());
        let decided: Expr<Vec<String>> = DECIDED.to_vec().into_expr();
        rules.assert(
            set.all(|name| !decided.contains(name)),
            "`settings` sets what the feature or an option of its own decides",
        );
        rules.assert(
            cfg.roles().map_to_list(|_, role| role.name()).all(|name| {
                let taken = name.eq("public").or(name.eq("none"));
                !taken.or(name.starts_with("pg_")).or(name.starts_with("event_"))
            }),
            "a role has a name that PostgreSQL or the feature uses: `public`, `none`, `pg_…` or `event_…`",
        );
        rules.assert(
            cfg.read_models().map_to_list(|_, model| model.name()).all(|name| {
                let taken = ["events", "public", "read_models", "information_schema"].into_iter();
                !taken.fold(name.starts_with("pg_"), |taken, other| taken.or(name.eq(other)))
            }),
            "a read model has the name of a schema that is there already",
        );
        rules.assert(
            (!cfg.retention().is_set()).or(cfg.read_models().is_empty()),
            "a read model is made from the whole log, of which `retention` removes the beginning",
        );
        let folders = [
            cfg.backup().map(|backup| backup.folder().ne("/")),
            cfg.retention().map(|retention| retention.folder().ne("/")),
        ];
        for its_own in folders {
            rules.assert(
                its_own.or(true),
                "`/` would belong to the event store: give backups and archives a folder of their own",
            );
        }
        rules.assert(
            (!cfg.open_firewall()).or(cfg.tls().is_set()),
            "events would go over the network in the clear: set `tls` where `openFirewall` is true",
        );
        rules.assert(cfg.port().ge(1024), "the server has no right to a `port` below 1024");
        let local =
            cfg.listen_addresses().all(|address| address.starts_with("127.").or(address.eq("::1")));
        rules.assert(
            (!cfg.open_firewall()).or(!local),
            "the firewall is open, but the server listens to this machine alone: see `listenAddresses`",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.user("event-store", "Event store");
        units::server(cfg, system);
        units::backup(cfg, system);
        units::archive(cfg, system);
        system.claims_tcp([cfg.port()]).when(!cfg.listen_addresses().is_empty());
        system.allow_tcp([cfg.port()]).when(cfg.open_firewall());
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

domi::main!(EventStore);
