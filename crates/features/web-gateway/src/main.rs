//! A web server in front of others: the sites of a machine, their certificates, and what stands
//! behind them.

mod nginx;
mod options;
mod tests;

use domi::prelude::*;

use nginx::{any_tls, certificates, configuration};
use options::*;

/// Where the configuration is, so that a changed one is read by a reload and no restart.
const CONFIGURATION: &str = "web-gateway/nginx.conf";

/// Where it says which certificates are copied for nginx.
const CERTIFICATES: &str = "web-gateway/certificates";

impl Feature for WebGateway {
    fn software() -> Vec<Software> {
        vec![
            Software::new("nginx")
                .debian_path("bin/nginx", "/usr/sbin/nginx")
                .debian_path("conf/mime.types", "/etc/nginx/mime.types"),
            Software::new("bash"),
            Software::new("curl"),
        ]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let locations = cfg.virtual_hosts().map_to_list(|_, host| host.locations());
        let each = |condition: &dyn Fn(Expr<Location>) -> Expr<bool>| {
            locations.all(|all| all.map_to_list(|_, location| condition(location)).all(|it| it))
        };
        rules.assert(
            each(&|location| {
                let is_there =
                    |name: Expr<NonEmptyStr>| cfg.upstreams().contains_key(text!("{name}"));
                location.serve().cases(is_there, |_| yes(), |_| yes(), |_| yes())
            }),
            "a location names an upstream that is not there: name one of `upstreams`",
        );
        rules.assert(
            each(&|location| {
                let plain = |folder: Expr<AbsolutePath>| !folder.has_part("$");
                location.serve().cases(|_| yes(), plain, |_| yes(), |_| yes())
            }),
            "nginx takes `$` in the path of a folder for a variable: give the folder another name",
        );

        let hosts = cfg.virtual_hosts();
        rules.assert(
            hosts.filter_values(|_, host| host.default()).len().le(1),
            "several virtual hosts are the default: requests for unknown names go to one",
        );
        let names = hosts.map_to_list(|_, host| host.server_name().to_ascii_lowercase());
        rules.assert(
            names.all(|name| names.filter(|other| other.eq(&name)).len().eq(1)),
            "several virtual hosts have the same `serverName`: put their locations into one",
        );
        let addresses = cfg.listen_addresses().list();
        rules.assert(
            addresses.all(|one| addresses.filter(|other| other.eq(&one)).len().eq(1)),
            "an address stands twice in `listenAddresses`",
        );
        rules.assert(
            (!any_tls(cfg)).or(cfg.http_port().ne(cfg.https_port())),
            "`httpPort` and `httpsPort` are the same port",
        );

        let one_line = |file: Expr<SecretFile>| !file.has_part("\n");
        rules.assert(
            hosts
                .map_to_list(|_, host| {
                    let tls = host.tls();
                    tls.map(|tls| one_line(tls.certificate()).and(one_line(tls.key()))).or(true)
                })
                .all(|it| it),
            "the path of a certificate or key is more than one line",
        );

        let upstreams = cfg.upstreams();
        rules.assert(
            upstreams
                .map_to_list(|_, upstream| {
                    upstream
                        .balance()
                        .supports_backup()
                        .or(!upstream.servers().list().any(|server| server.backup()))
                })
                .all(|it| it),
            "nginx has no `backup` where `balance` is `ip-hash` or `random`",
        );
        rules.assert(
            upstreams
                .map_to_list(|_, upstream| upstream.servers().list().any(|it| !it.backup()))
                .all(|it| it),
            "an upstream has only servers that are a `backup`: of what?",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let nginx =
            argv![cfg.package().bin("nginx"), "-e", "stderr", "-c", text!("/etc/{CONFIGURATION}")];
        let text = configuration(cfg);
        let certificates = certificates(cfg);
        // As root, which alone may read every certificate. Not where there is none.
        let prepare = argv![
            package("bash").bin("bash"),
            text_file("certificates.sh", include_str!("certificates.sh")),
            text!("/etc/{CERTIFICATES}"),
        ]
        .prefix("+")
        .when(any_tls(cfg));

        system
            .service("web-gateway")
            .description("Sites of this machine and what stands behind them")
            .wanted_by("multi-user.target")
            .wants("network-online.target")
            .after("network-online.target")
            .reload_trigger(text_file("nginx.conf", &text))
            .reload_trigger(text_file("certificates", &certificates))
            .start_pre(&prepare)
            .start(&nginx)
            .reload(prepare)
            .reload(nginx.clone().and(argv!["-t", "-q"]))
            .reload(nginx.and(argv!["-s", "reload"]))
            .config("Type", "forking")
            .config("PIDFile", "/run/web-gateway/nginx.pid")
            .config("KillSignal", "SIGQUIT")
            .config("KillMode", "mixed")
            .config("TimeoutStopSec", cfg.shutdown_timeout().to_i64() + 5)
            .restart_on_failure()
            .dynamic_user()
            .config("RuntimeDirectory", "web-gateway")
            .config("CacheDirectory", "web-gateway")
            .config("LimitNOFILE", cfg.worker_connections().to_i64() * 2 + 64)
            .config("AmbientCapabilities", "CAP_NET_BIND_SERVICE")
            .config("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE")
            // The right to ports below 1024 would not count among users of its own.
            .config("PrivateUsers", false)
            .config("RestrictAddressFamilies", ["AF_UNIX", "AF_INET", "AF_INET6"])
            .confined();

        system.etc(CONFIGURATION, text);
        system.etc(CERTIFICATES, certificates);
        system.claims_tcp([cfg.http_port()]);
        system.claims_tcp([cfg.https_port()]).when(any_tls(cfg));
        system.allow_tcp([cfg.http_port()]).when(cfg.open_firewall());
        system.allow_tcp([cfg.https_port()]).when(cfg.open_firewall().and(any_tls(cfg)));
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

fn yes() -> Expr<bool> {
    true.into_expr()
}

domi::main!(WebGateway);
