//! What NixOS makes itself from settings.

/// Units and files under `/etc` that NixOS makes itself from settings: of unit lists, ports, rules, parameters,
/// modules, users, name servers, gateways and wrappers.
const OF_SETTINGS: [&str; 22] = [
    "dbus-1",
    "firewall.service",
    "modules-load.d/nixos.conf",
    "network-setup.service",
    "nftables.service",
    "resolvconf.conf",
    "resolvconf.service",
    "set-environment",
    "suid-sgid-wrappers.service",
    "sysctl.d/60-nixos.conf",
    "systemd-sysusers.service",
    "systemd-tmpfiles-resetup.service",
    "systemd/system",
    "systemd/system-generators",
    "systemd/system-shutdown",
    "systemd/user",
    "systemd/user-generators",
    "sysusers.d",
    "terminfo",
    "tmpfiles.d",
    "udev/hwdb.bin",
    "udev/rules.d",
];

/// Whether a unit, or a file below `/etc`, is one of them.
pub(crate) fn is_of_settings(name: &str) -> bool {
    OF_SETTINGS.contains(&name)
}
