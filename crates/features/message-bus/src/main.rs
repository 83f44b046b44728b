//! A message bus, and streams of messages that outlast crashes.

mod configuration;
mod options;
mod tests;

use domi::prelude::*;

use configuration::configuration;
use options::*;

/// Puts the passwords beside the configuration, in a folder that only the service reads.
const PREPARE: &str = include_str!("prepare.sh");

impl Feature for MessageBus {
    fn software() -> Vec<Software> {
        vec![
            Software::new("nats-server").debian_path("bin/nats-server", "/usr/sbin/nats-server"),
            Software::new("bash"),
            Software::new("python3"),
        ]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let users = cfg.users();
        rules.assert(
            cfg.anonymous().or(!users.is_empty()),
            "nobody may use the bus: name `users`, or say with `anonymous` that everyone may",
        );
        rules.assert(
            (!cfg.anonymous()).or(users.is_empty()),
            "with `users`, nobody is anonymous: leave one of both out",
        );
        let account_of = users.map_to_list(|_, user| user.account());
        rules.assert(
            account_of.all(|name| cfg.accounts().contains_key(name)),
            "a user is in an account that is not there: name one of `accounts`",
        );
        let bcrypt = users.map_to_list(|_, user| {
            user.password().cases(|_| true.into_expr(), |hash| hash.starts_with("$2"))
        });
        rules.assert(
            bcrypt.all(|it| it),
            "a `password.hash` is no bcrypt hash, which begins with `$2`: never write a password there",
        );
        let cluster = cfg.cluster();
        rules.assert(
            cluster
                .map(|cluster| cluster.password_file().is_set().or(cluster.tls().is_set()))
                .or(true),
            "anyone could join the cluster: give it a `passwordFile`, or certificates with `tls`",
        );
        rules.assert(
            cfg.tls().map(|tls| (!tls.verify_clients()).or(tls.authority().is_set())).or(true),
            "certificates of clients are checked with that of an `authority`: name its file",
        );
        let monitor = cfg.monitor_port();
        let is_free = |port: Expr<Port>| port.ge(1024);
        rules.assert(
            is_free(cfg.port())
                .and(cluster.map(|cluster| is_free(cluster.port())).or(true))
                .and(monitor.map(is_free).or(true)),
            "the server has no right to a port below 1024",
        );
        let ports_differ = monitor.map(|port| port.ne(cfg.port())).or(true);
        rules.assert(
            ports_differ.and(
                cluster
                    .map(|cluster| {
                        let port = cluster.port();
                        port.ne(cfg.port()).and(monitor.map(|other| other.ne(&port)).or(true))
                    })
                    .or(true),
            ),
            "`port`, `cluster.port` and `monitorPort` differ from each other",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let cluster = cfg.cluster();
        let with_file = cfg.users().filter_values(|_, user| {
            user.password().cases(|_| true.into_expr(), |_| false.into_expr())
        });
        let credentials = with_file.map_to_list(|name, user| {
            let path = user.password().cases(|file| text!("{file}"), |_| "/".into_expr());
            text!("{name}.password:{path}")
        });
        let prepare = argv![
            package("bash").bin("bash"),
            text_file("prepare.sh", PREPARE),
            text_file("nats.conf", configuration(cfg)),
            settings_file(Json, "settings.json", cfg.settings()),
        ]
        .and_all(with_file.map_to_list(|name, _| text!("user={name}")))
        .and_when(cluster.is_set(), argv!["cluster"])
        .and_all(
            cluster
                .map(|cluster| cluster.routes().map(|route| text!("route={route}")))
                .or(Vec::<String>::new()),
        );
        let server = argv![cfg.package().bin("nats-server"), "-c", "/run/message-bus/nats.conf"];

        let streams = cfg.jetstream();
        let tls = cfg.tls();
        let between = cluster.and_then(|cluster| cluster.tls());
        system
            .service("message-bus")
            .description("Message bus")
            .wanted_by("multi-user.target")
            .wants("network-online.target")
            .after("network-online.target")
            .unit_config("RequiresMountsFor", streams.store_folder())
            .environment("SERVER_NAME", text!("\"{}\"", specifier("%H")))
            .start_pre(prepare)
            .start(server)
            // It says good-bye to its clients, and hands its streams to other servers.
            .config("KillSignal", "SIGUSR2")
            .config("TimeoutStopSec", 45)
            .restart_on_failure()
            .credential("tls.crt", tls.map(|tls| tls.certificate()))
            .credential("tls.key", tls.map(|tls| tls.key()))
            .credential("tls-authority.crt", tls.and_then(|tls| tls.authority()))
            .credential("cluster.crt", between.map(|tls| tls.certificate()))
            .credential("cluster.key", between.map(|tls| tls.key()))
            .credential("cluster-authority.crt", between.map(|tls| tls.authority()))
            .credential("cluster-password", cluster.and_then(|cluster| cluster.password_file()))
            .config("LoadCredential", credentials)
            .runs_as("message-bus")
            .config("RuntimeDirectory", "message-bus")
            .config("RuntimeDirectoryMode", "0700")
            .config_when(streams.enable(), "ReadWritePaths", streams.store_folder())
            .config("LimitNOFILE", cfg.max_connections().to_i64() + 2048)
            .config("RestrictAddressFamilies", ["AF_UNIX", "AF_INET", "AF_INET6"])
            .confined();

        system.user("message-bus", "Message bus");
        system.folder(streams.store_folder(), "0700", "message-bus").when(streams.enable());
        system.claims_tcp([cfg.port()]);
        system.when(cfg.monitor_port().is_set(), |system| {
            system.claims_tcp([cfg.monitor_port().value()]);
        });
        system.when(cluster.is_set(), |system| {
            system.claims_tcp([cluster.value().port()]);
        });
        system.allow_tcp([cfg.port()]).when(cfg.open_firewall());
        system.when(cfg.open_firewall().and(cluster.is_set()), |system| {
            system.allow_tcp([cluster.value().port()]);
        });
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

domi::main!(MessageBus);
