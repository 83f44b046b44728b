//! The keys of systemd that a profile comes to.
//!
//! None of them can make a service freer than it is: a boolean forbids, a word is the strictest of its
//! kind, and a list begins with `~`, which takes away from what the service has in it. The one list of
//! what is allowed is that of architectures, which has the machine's own.

use domi::DropIn;
use domi::prelude::*;

use crate::options::*;

/// Calls that all profiles forbid.
const CALLS: &str = "~@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap";

/// Calls that need privileges or raise limits.
const PRIVILEGED_CALLS: &str = "~@keyring @privileged @resources";

/// What all profiles forbid.
const ALWAYS: [&str; 11] = [
    "LockPersonality",
    "NoNewPrivileges",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
];

/// Capabilities that all profiles take.
const OF_THE_KERNEL: [&str; 15] = [
    "CAP_AUDIT_CONTROL",
    "CAP_AUDIT_READ",
    "CAP_BLOCK_SUSPEND",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
    "CAP_MAC_ADMIN",
    "CAP_MAC_OVERRIDE",
    "CAP_PERFMON",
    "CAP_SYSLOG",
    "CAP_SYS_BOOT",
    "CAP_SYS_MODULE",
    "CAP_SYS_PTRACE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_TIME",
    "CAP_WAKE_ALARM",
];

/// Those that a daemon does not need to become another user.
const OF_THE_SYSTEM: [&str; 15] = [
    "CAP_DAC_READ_SEARCH",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_LEASE",
    "CAP_LINUX_IMMUTABLE",
    "CAP_MKNOD",
    "CAP_NET_ADMIN",
    "CAP_NET_BROADCAST",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SYS_ADMIN",
    "CAP_SYS_NICE",
    "CAP_SYS_PACCT",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TTY_CONFIG",
];

/// The rest.
const OF_DAEMONS: [&str; 11] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];

/// Kinds of sockets that are hardly used.
const RARE_SOCKETS: &str = "\
     ~AF_ALG AF_APPLETALK AF_ATMPVC AF_ATMSVC AF_AX25 AF_BLUETOOTH AF_BRIDGE AF_CAIF AF_CAN AF_IB \
     AF_IEEE802154 AF_IPX AF_IRDA AF_ISDN AF_IUCV AF_KCM AF_KEY AF_LLC AF_MPLS AF_NETROM AF_NFC \
     AF_PACKET AF_PHONET AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE AF_RXRPC AF_SMC AF_TIPC AF_VSOCK \
     AF_WANPIPE AF_X25 AF_XDP";

/// Kinds of sockets of the network.
const NETWORK: &str = "~AF_INET AF_INET6 AF_NETLINK AF_PACKET";

pub(crate) fn add(service: DropIn<'_>, settings: &Expr<Service>) {
    let profile = settings.profile();
    let is_strict = || profile.eq(Profile::Strict);
    let sees_files = || profile.eq(Profile::Kernel);
    let list = |items: &[&str]| -> Expr<Vec<String>> { items.to_vec().into_expr() };
    let unless =
        |condition: Expr<bool>, items: &[&str]| when(condition, Vec::<String>::new(), list(items));
    let is_unprivileged = || is_strict().and(settings.capabilities().is_empty());

    let taken = list(&OF_THE_KERNEL)
        .concat(unless(sees_files(), &OF_THE_SYSTEM))
        .concat(unless(!is_strict(), &OF_DAEMONS))
        .filter(|name| !settings.capabilities().contains(name))
        .map(|name| text!("~{name}"));
    let service = ALWAYS.into_iter().fold(service, |service, key| service.config(key, true));
    service
        .config("CapabilityBoundingSet", taken)
        .config("SystemCallArchitectures", "native")
        .config("SystemCallErrorNumber", "EPERM")
        .config(
            "SystemCallFilter",
            list(&[CALLS]).concat(unless(!is_unprivileged(), &[PRIVILEGED_CALLS])),
        )
        .config(
            "RestrictAddressFamilies",
            unless(sees_files(), &[RARE_SOCKETS]).concat(unless(settings.network(), &[NETWORK])),
        )
        .config_when(!settings.network(), "PrivateNetwork", true)
        .config_when(!sees_files(), "PrivateDevices", true)
        .config_when(!sees_files(), "PrivateTmp", true)
        // `invisible` would hide nothing from the group root.
        .config_when(!sees_files(), "ProtectProc", "ptraceable")
        .config_when(!sees_files(), "ProtectSystem", "strict")
        .config_when(!sees_files(), "ReadWritePaths", settings.writable_paths())
        .config_when((!sees_files()).and(!settings.homes()), "ProtectHome", true)
        .config_when(is_strict(), "ProcSubset", "pid")
        .config_when(is_strict(), "RemoveIPC", true)
        .config_when(is_unprivileged(), "PrivateUsers", true)
        .config_when(
            is_strict().and(!settings.executable_memory()),
            "MemoryDenyWriteExecute",
            true,
        );
}
