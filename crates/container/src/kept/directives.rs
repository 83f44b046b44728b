//! Which directives of units need more than a container has.

/// What a directive needs.
pub(super) enum Needs {
    /// A controller of cgroups: without it the limit stands there and does nothing.
    Controller(&'static str),
    /// A kernel of one's own.
    Kernel(&'static str),
}

const BPF: &str = "the kernel lets a container filter nothing by programs of its own";
const CHANCE: &str = "what it looks at is this computer's";
const PRIORITY: &str = "a container cannot rise above what this computer gives it";
const IMAGE: &str = "the kernel lets a container mount no images";
const SECURITY: &str = "what decides on it is this computer's";
const DEVICE: &str = "a container has no such device";
const CLOCK: &str = "the clock is this computer's";

/// Limits by the controllers that keep them: names, or beginnings of names.
const CONTROLLERS: [(&str, &[&str]); 5] = [
    ("memory", &["Memory", "StartupMemory", "DefaultMemory", "OOMPolicy", "ManagedOOM"]),
    ("pids", &["TasksMax"]),
    ("cpu", &["CPUQuota", "CPUWeight", "CPUShares", "StartupCPUWeight", "StartupCPUShares"]),
    (
        "cpuset",
        &["AllowedCPUs", "AllowedMemoryNodes", "StartupAllowedCPUs", "StartupAllowedMemoryNodes"],
    ),
    ("io", &["IOWeight", "StartupIO", "IODevice", "IORead", "IOWrite", "BlockIO"]),
];

/// What else is not kept, by names or beginnings of names.
const OTHERS: [(&str, &[&str]); 6] = [
    (
        BPF,
        &[
            "IPAddressAllow",
            "IPAddressDeny",
            "IPIngressFilterPath",
            "IPEgressFilterPath",
            "DeviceAllow",
            "SocketBindAllow",
            "SocketBindDeny",
            "RestrictNetworkInterfaces",
            "RestrictFileSystems",
            "BPFProgram",
        ],
    ),
    (PRIORITY, &["CPUSchedulingPriority", "NUMAPolicy", "NUMAMask"]),
    (IMAGE, &["RootImage", "RootHash", "RootVerity", "MountImages", "ExtensionImages"]),
    (SECURITY, &["AppArmorProfile", "SELinuxContext", "SmackProcessLabel"]),
    (DEVICE, &["TTYPath", "USBFunction"]),
    (CLOCK, &["WakeSystem", "OnClockChange"]),
];

/// Conditions on what is this computer's, after `Condition` or `Assert`.
const CONDITIONS: [&str; 12] = [
    "Virtualization",
    "KernelCommandLine",
    "KernelVersion",
    "KernelModuleLoaded",
    "Version",
    "Security",
    "Capability",
    "ACPower",
    "Memory",
    "CPUs",
    "CPUFeature",
    "ControlGroupController",
];
/// Where this computer shows through.
const SHOWS_THROUGH: [&str; 4] = ["/sys", "/dev", "/proc", "/boot"];

/// Capabilities that are worth something only to root of this computer.
const CAPABILITIES: [&str; 14] = [
    "CAP_AUDIT_CONTROL",
    "CAP_AUDIT_READ",
    "CAP_BLOCK_SUSPEND",
    "CAP_BPF",
    "CAP_MAC_ADMIN",
    "CAP_MAC_OVERRIDE",
    "CAP_MKNOD",
    "CAP_PERFMON",
    "CAP_SYS_MODULE",
    "CAP_SYS_NICE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_TIME",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
];

/// What a directive with this value needs, if it needs anything. An empty value takes back.
pub(super) fn need_of(directive: &str, value: &str) -> Option<Needs> {
    if value.is_empty() || value == "infinity" {
        return None;
    }
    for start in ["Condition", "Assert"] {
        if let Some(about) = directive.strip_prefix(start) {
            return condition(about, value).then_some(Needs::Kernel(CHANCE));
        }
    }
    // What only counts limits nothing; and not all that is about memory is a limit of a cgroup.
    if directive.ends_with("Accounting") || directive == "MemoryDenyWriteExecute" {
        return None;
    }
    let names = |names: &[&str]| names.iter().any(|name| directive.starts_with(name));
    if let Some((controller, _)) = CONTROLLERS.iter().find(|(_, of)| names(of)) {
        return Some(Needs::Controller(controller));
    }
    if let Some((why, _)) = OTHERS.iter().find(|(_, of)| names(of)) {
        return Some(Needs::Kernel(why));
    }
    by_value(directive, value).map(Needs::Kernel)
}

fn condition(about: &str, value: &str) -> bool {
    let place = value.trim_start_matches(['|', '!']);
    CONDITIONS.contains(&about)
        || (about.starts_with("Path")
            || about.starts_with("Directory")
            || about.starts_with("File"))
            && SHOWS_THROUGH.iter().any(|shows| place.starts_with(shows))
}

/// Why some values of a directive are not kept.
fn by_value(directive: &str, value: &str) -> Option<&'static str> {
    let (why, not_kept) = match directive {
        "Nice" | "OOMScoreAdjust" => (PRIORITY, value.starts_with('-')),
        "CPUSchedulingPolicy" => (PRIORITY, matches!(value, "fifo" | "rr" | "ext")),
        "IOSchedulingClass" => (PRIORITY, matches!(value, "realtime" | "rt" | "1")),
        "DevicePolicy" => (BPF, value != "auto"),
        "AmbientCapabilities" => {
            (PRIORITY, value.split_whitespace().any(|name| CAPABILITIES.contains(&name)))
        }
        "StandardInput" => (DEVICE, value.starts_with("tty")),
        // Of a mount: what is mounted.
        "What" => (DEVICE, value.starts_with("/dev/") || value.contains('=')),
        _ => return None,
    };
    not_kept.then_some(why)
}
