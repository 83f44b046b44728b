//! Valkey, which keeps values in memory: a feature with typed options and free settings beside
//! them, a secret, and state that outlives it.

mod checks;
mod options;

use domi::prelude::*;

use crate::options::{Cache, CacheOptions as _, Persistence};

/// Settings that follow from options, or that the service could not do without.
const DECIDED: [&str; 16] = [
    "appendfsync",
    "appendonly",
    "bind",
    "daemonize",
    "dir",
    "include",
    "logfile",
    "maxclients",
    "maxmemory",
    "maxmemory-policy",
    "pidfile",
    "port",
    "save",
    "supervised",
    "unixsocket",
    "unixsocketperm",
];

/// Settings with passwords in them.
const SECRET: [&str; 6] = [
    "masterauth",
    "primaryauth",
    "requirepass",
    "tls-client-key-file-pass",
    "tls-key-file-pass",
    "user",
];

/// Where Valkey finds the line with the password.
const PASSWORD: &str = "/run/cache/password.conf";

impl Feature for Cache {
    fn software() -> Vec<Software> {
        vec![Software::new("valkey").debian(["valkey-server", "valkey-tools"])]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        // Valkey reads names in upper case too.
        let set = || cfg.settings().map_to_list(|name, _| name.to_ascii_lowercase());
        let none_of = |names: &[&str]| {
            let names: Expr<Vec<String>> = names.to_vec().into_expr();
            set().all(|name| !names.contains(name))
        };
        rules.assert(
            none_of(&DECIDED),
            "`settings` sets what the feature or an option of its own decides",
        );
        rules.assert(
            none_of(&SECRET),
            "everyone could read a password in `settings`: name a file in `passwordFile`",
        );
        rules.assert(
            cfg.port().eq(0).or(cfg.port().ge(1024)),
            "the cache has no right to a `port` below 1024",
        );
        rules.assert(
            (!cfg.open_firewall()).or(cfg.password_file().is_set()),
            "everyone could read and write: set `passwordFile` where `openFirewall` is true",
        );
        let local = cfg.bind().list().all(|address| {
            let address = address.without_prefix("-");
            address.starts_with("127.").or(address.eq("::1"))
        });
        rules.warn(
            cfg.open_firewall().and(local),
            "the firewall is open, but the cache listens to this machine alone: see `bind`",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.user("cache", "Valkey");

        let persistence = || cfg.persistence();
        let always = persistence().eq(Persistence::EveryWrite);
        let saved: Expr<String> =
            when(persistence().eq(Persistence::Snapshots), "3600 1 300 100 60 10000", "");
        let password: Expr<Vec<String>> =
            when(cfg.password_file().is_set(), [PASSWORD], Vec::<String>::new());
        let fsync: Expr<String> = when(&always, "always", "everysec");
        let settings = attrs! {
            "appendfsync": fsync,
            "appendonly": always.or(persistence().eq(Persistence::Log)),
            "bind": cfg.bind().list().join(" "),
            "daemonize": false,
            "dir": "/var/lib/cache",
            "include": password,
            "logfile": "",
            "maxclients": cfg.max_clients(),
            "maxmemory": text!("{}mb", cfg.max_memory().or(0)),
            "maxmemory-policy": cfg.eviction_policy(),
            "port": cfg.port(),
            "save": saved,
            "supervised": "systemd",
            "unixsocket": "/run/cache/valkey.sock",
            "unixsocketperm": 770,
        };

        system
            .service("cache")
            .description("Values in memory")
            .wanted_by("multi-user.target")
            .after("network.target")
            .start_pre(argv!["/bin/sh", "-c", password_line()].when(cfg.password_file().is_set()))
            .start(argv![
                cfg.package().bin("valkey-server"),
                settings_file(KeyValue, "valkey.conf", settings.merge(cfg.settings())),
            ])
            .credential("password", cfg.password_file())
            .config("Type", "notify")
            .restart_on_failure()
            .runs_as("cache")
            .state("cache")
            .config("StateDirectoryMode", "0700")
            .config("RuntimeDirectory", "cache")
            .config("RuntimeDirectoryMode", "0750")
            // Connections, and files of its own.
            .config("LimitNOFILE", cfg.max_clients() + 64)
            .confined()
            .config("RestrictAddressFamilies", ["AF_INET", "AF_INET6", "AF_UNIX"]);

        system.claims_tcp([cfg.port()]);
        system.allow_tcp([cfg.port()]).when(cfg.open_firewall().and(cfg.port().ne(0)));
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        checks::all(cfg, tests);
    }
}

/// A script that makes a line of Valkey's settings of the first line of the credential: in quotes,
/// so that any character can be in a password. Nobody gets in where there is none.
fn password_line() -> String {
    let from = credential_path("cache", "password");
    format!(
        "sed -n '1{{/./!q;s/[\"\\\\]/\\\\&/g;s/.*/requirepass \"&\"/p}}' {from} > {PASSWORD}; \
         test -s {PASSWORD} || {{ echo 'the first line of passwordFile is empty' >&2; exit 1; }}"
    )
}

domi::main!(Cache);
