//! Unbound, a DNS server: who may ask, whom it asks, and names of its own.

mod checks;
mod options;

use domi::prelude::*;

use crate::options::{Dns, DnsOptions as _, ForwardOptions as _, ZoneOptions as _};

impl Feature for Dns {
    fn software() -> Vec<Software> {
        vec![
            Software::new("unbound")
                .nixpkgs("unbound-with-systemd")
                .debian_path("bin/unbound", "/usr/sbin/unbound"),
            Software::new("dns-root-data").debian_path("root.key", "/usr/share/dns/root.key"),
            Software::new("dig").nixpkgs("bind.dnsutils").debian(["bind9-dnsutils"]),
        ]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        for names in
            [cfg.forwards().map_to_list(|name, _| name), cfg.zones().map_to_list(|name, _| name)]
        {
            rules.assert(
                names.all(|name| {
                    let odd = ["\"", "\\", " ", "\n", "\r"].into_iter();
                    !odd.fold(name.eq(""), |odd, part| odd.or(name.has_part(part)))
                }),
                "the name of a zone in `forwards` or `zones` is no name: `.` and `lan` are some",
            );
        }
        let believed = cfg
            .forwards()
            .map_to_list(|name, forward| name.eq(".").and(forward.insecure()))
            .any(|everything| everything);
        rules.assert(
            !cfg.dnssec().and(believed),
            "a forward of all names cannot be insecure while `dnssec` is on: turn that off instead",
        );
        rules.assert(
            cfg.allow().all(|network| !cfg.refuse().contains(network)),
            "a network is in `allow` and in `refuse`",
        );
        rules.warn(
            cfg.open_firewall().and(cfg.allow().is_empty()),
            "the firewall is open, but `allow` lets nobody ask except this machine",
        );
        let everyone = cfg.allow().any(|network| network.ends_with("/0"));
        rules.warn(
            cfg.open_firewall().and(everyone),
            "everyone may ask, so that this server can be used to flood others with answers",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.user("dns", "Unbound");

        let modules: Expr<String> = when(cfg.dnssec(), "validator iterator", "iterator");
        let anchor: Expr<String> =
            when(cfg.dnssec(), "  auto-trust-anchor-file: \"/var/lib/dns/root.key\"\n", "");
        // Of two lines for one network, Unbound goes by the first.
        let config = text!(
            "server:\n\
             \x20 username: \"\"\n\
             \x20 chroot: \"\"\n\
             \x20 pidfile: \"\"\n\
             \x20 directory: \"/var/lib/dns\"\n\
             \x20 do-daemonize: no\n\
             \x20 use-syslog: no\n\
             \x20 module-config: \"{modules}\"\n\
             {anchor}\
             \x20 port: {}\n\
             {}\
             \x20 ip-freebind: yes\n\
             {}{}\
             \x20 access-control: 0.0.0.0/0 refuse\n\
             \x20 access-control: ::0/0 refuse\n\
             \x20 hide-identity: yes\n\
             \x20 hide-version: yes\n\
             \x20 do-not-query-localhost: no\n\
             {}{}{}{}\n",
            cfg.port(),
            lines(&cfg.listen().list().map(|address| text!("  interface: {address}\n"))),
            lines(&cfg.allow().map(|network| text!("  access-control: {network} allow\n"))),
            lines(&cfg.refuse().map(|network| text!("  access-control: {network} refuse\n"))),
            lines(&cfg.zones().map_to_list(|name, zone| {
                let records = zone.records().map(|record| text!("  local-data: '{record}'\n"));
                let kind = zone.kind();
                text!("  local-zone: \"{name}\" {kind}\n{}", lines(&records))
            })),
            lines(&cfg.forwards().map_to_list(|name, forward| {
                when(forward.insecure(), text!("  domain-insecure: \"{name}\"\n"), "")
            })),
            lines(&cfg.forwards().map_to_list(|name, forward| {
                let servers =
                    forward.servers().list().map(|server| text!("  forward-addr: {server}\n"));
                text!("forward-zone:\n  name: \"{name}\"\n{}", lines(&servers))
            })),
            cfg.extra_config(),
        );

        let key = package("dns-root-data").path("root.key");
        let copied =
            text!("test -s /var/lib/dns/root.key || install -m 0600 {key} /var/lib/dns/root.key");
        system
            .service("dns")
            .description("Names of machines")
            .wanted_by("multi-user.target")
            .after("network.target")
            .wants("nss-lookup.target")
            .before("nss-lookup.target")
            .start_pre(argv!["/bin/sh", "-c", copied].when(cfg.dnssec()))
            .start(argv![
                cfg.package().bin("unbound"),
                "-d",
                "-p",
                "-c",
                text_file("unbound.conf", config),
            ])
            .config("Type", "notify")
            // Names are answered until everything else has changed.
            .if_changed(IfChanged::Restart)
            .restart_on_failure()
            // The port may be somebody else's for a while.
            .config("RestartSec", "2s")
            .unit_config("StartLimitIntervalSec", 0)
            .runs_as("dns")
            .state("dns")
            .config("StateDirectoryMode", "0700")
            .confined()
            .config("AmbientCapabilities", "CAP_NET_BIND_SERVICE")
            .config("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE")
            // The right to port 53 would not count among users of its own.
            .config("PrivateUsers", false)
            .config("RestrictAddressFamilies", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_UNIX"]);

        system.claims_tcp([cfg.port()]);
        system.claims_udp([cfg.port()]);
        system.allow_tcp([cfg.port()]).when(cfg.open_firewall());
        system.allow_udp([cfg.port()]).when(cfg.open_firewall());
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        checks::all(cfg, tests);
    }
}

/// Lines that end each for itself, as one text.
fn lines(of: &Expr<Vec<String>>) -> Expr<String> {
    of.join("")
}

domi::main!(Dns);
