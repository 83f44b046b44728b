//! Modules of NixOS itself, as a user enables them: which of them a portable machine can have, and why it
//! cannot have the others. With a real Nix, where the environment names a nixpkgs.

use std::collections::BTreeSet;

use crate::workspace::Workspace;

/// Each with the settings that enable it.
const MODULES: [(&str, &str); 20] = [
    ("redis", "services.redis.servers.x = { enable = true; port = 6379; };"),
    ("haproxy", "services.haproxy = { enable = true; config = \"listen x\\n bind :80\\n\"; };"),
    ("mosquitto", "services.mosquitto = { enable = true; listeners = [ { port = 1883; } ]; };"),
    ("memcached", "services.memcached.enable = true;"),
    ("nginx", "services.nginx = { enable = true; virtualHosts.x.root = \"/srv\"; };"),
    ("unbound", "services.unbound.enable = true;"),
    ("chrony", "services.chrony.enable = true;"),
    ("caddy", "services.caddy = { enable = true; virtualHosts.\":80\".extraConfig = \"\"; };"),
    ("nats", "services.nats.enable = true;"),
    ("postgresql", "services.postgresql.enable = true;"),
    ("openssh", "services.openssh.enable = true;"),
    (
        "prometheus",
        "services.prometheus = { enable = true; exporters.node.enable = true; checkConfig = false; };",
    ),
    ("samba", "services.samba.enable = true;"),
    ("fail2ban", "services.fail2ban.enable = true;"),
    ("dnsmasq", "services.dnsmasq.enable = true;"),
    ("avahi", "services.avahi.enable = true;"),
    (
        "restic",
        "services.restic.backups.x = { repository = \"/r\"; passwordFile = \"/p\"; paths = [ \"/x\" ]; };",
    ),
    ("cron", "services.cron = { enable = true; systemCronJobs = [ \"* * * * * root true\" ]; };"),
    ("resolved", "services.resolved.enable = true;"),
    ("networkd", "systemd.network.enable = true; networking.useDHCP = false;"),
];

/// What is said of a module: that it is carried, or everything that keeps it from that.
fn said(folder: &Workspace, name: &str) -> String {
    let seen = folder.run(&format!("test --module {name}.nix --plan"));
    if seen.ends_with("--- exit 0\n") {
        return format!("{name}: carried\n");
    }
    let hash = regex::Regex::new("/nix/store/[0-9a-z]{32}-").unwrap();
    let errors = seen.lines().filter_map(|line| line.strip_prefix("error"));
    let errors: BTreeSet<_> =
        errors.map(|it| hash.replace_all(it, "STORE/").into_owned()).collect();
    assert!(!errors.is_empty(), "{seen}");
    let lines: Vec<_> = errors.iter().map(|error| format!("  {error}\n")).collect();
    format!("{name}: refused\n{}", lines.concat())
}

#[test]
fn modules_of_nixos_are_carried_or_refused_by_name() {
    if std::env::var("DOMI_NIXPKGS").is_ok_and(|name| !name.is_empty()) {
        let folder = Workspace::empty();
        for (name, text) in MODULES {
            folder.write(&format!("{name}.nix"), &format!("{{ ... }}: {{ {text} }}\n"));
        }
        let of = |some: &[(&str, &str)]| -> Vec<String> {
            some.iter().map(|(name, _)| said(&folder, name)).collect()
        };
        let (one, other) = MODULES.split_at(MODULES.len() / 2);
        let all = std::thread::scope(|scope| {
            let first = scope.spawn(|| of(one));
            let second = of(other);
            [first.join().unwrap(), second].concat()
        });
        insta::assert_snapshot!(all.concat());
    } else {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no nixpkgs");
    }
}
