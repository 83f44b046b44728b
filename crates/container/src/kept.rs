//! What a container does not keep of what is asked of a system: limits that nobody enforces and
//! nobody says so, and what only a kernel of one's own has. Found in the texts of units and the
//! names of settings before anything is started, since afterwards it looks like success.

mod directives;
mod limits;

use std::fmt;

use self::directives::{Needs, need_of};
use crate::probe::Probes;

/// What is asked of a system.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// Unit files and what is added to units, by their names.
    pub units: Vec<(&'a str, &'a str)>,
    /// Settings of the kernel by their names: `net.ipv4.ip_forward`.
    pub settings: Vec<&'a str>,
    /// Files by their paths below `/etc`.
    pub files: Vec<&'a str>,
}

/// One thing that a container would not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotKept {
    /// Where it is asked: a unit, a setting, a file.
    pub place: String,
    /// What is asked, as it is written.
    pub asked: String,
    /// Why it is not kept.
    pub why: String,
}

/// Folders of `/etc` that tell a kernel what to do.
const OF_THE_KERNEL: [(&str, &str); 6] = [
    ("udev/", "no device is made known in a container"),
    ("modules-load.d/", "modules are this computer's"),
    ("modprobe.d/", "modules are this computer's"),
    ("binfmt.d/", "what runs a program of another kind is this computer's"),
    ("crypttab", "a container has no disks"),
    ("sysctl.d/", "settings are kept only where they are told one by one"),
];
/// Kinds of units that do not work in a container.
const KINDS: [(&str, &str); 3] = [
    (".automount", "the kernel lets a container mount nothing on demand"),
    (".swap", "swap is this computer's"),
    (".device", "no device is made known in a container"),
];

/// All that a container here would not keep, in order. Nothing: it may take a machine's place.
pub fn not_kept(asked: &Asked, probes: &Probes) -> Vec<NotKept> {
    let host = Host { controllers: probes.controllers(), settings: probes.settings() };
    let units = asked.units.iter().flat_map(|(name, text)| of_unit(name, text, &host));
    let settings = asked.settings.iter().filter_map(|name| of_setting(name, &host));
    let files = asked.files.iter().filter_map(|path| of_file(path));
    units.chain(settings).chain(files).collect()
}

/// What of this computer the answer depends on.
struct Host<'a> {
    controllers: &'a [String],
    settings: &'a [String],
}

fn of_unit(name: &str, text: &str, host: &Host) -> Vec<NotKept> {
    let kind = KINDS.iter().find(|(suffix, _)| name.ends_with(suffix));
    let kind = kind.map(|(_, why)| NotKept::new(name, name, *why));
    let lines = joined(text).filter_map(|line| {
        let (directive, value) = line.split_once('=')?;
        let (directive, value) = (directive.trim(), value.trim());
        let why = of_directive(directive, value, host)?;
        Some(NotKept::new(name, &format!("{directive}={value}"), why))
    });
    let lines: Vec<NotKept> = lines.collect();
    kind.into_iter().chain(lines).collect()
}

/// Why a directive is not kept, if it is not.
fn of_directive(directive: &str, value: &str, host: &Host) -> Option<String> {
    if let Some(limit) = directive.strip_prefix("Limit") {
        return limits::above_ours(limit, value)
            .then(|| "this computer's own limit may be lower".to_owned());
    }
    match need_of(directive, value)? {
        Needs::Controller(controller) => (!host.controllers.iter().any(|has| has == controller))
            .then(|| format!("without the controller {controller} nobody keeps it here")),
        Needs::Kernel(why) => Some(why.to_owned()),
    }
}

fn of_setting(name: &str, host: &Host) -> Option<NotKept> {
    // systemd takes both forms, and a name that has a slash in it first by that.
    let first = name.find(['.', '/']).and_then(|at| name[at..].chars().next());
    let path: String = match first {
        Some('/') => name.to_owned(),
        _ => name.chars().map(swapped).collect(),
    };
    let is_own = host.settings.contains(&of_any_card(&path));
    (!is_own).then(|| NotKept::new(name, name, "it is this computer's, or a container has it not"))
}

/// The setting of every network card that one for a single card stands for: the card may not be
/// there yet.
fn of_any_card(path: &str) -> String {
    let mut words: Vec<&str> = path.split('/').collect();
    if let ["net", "ipv4" | "ipv6", "conf" | "neigh", card, ..] = &mut words[..] {
        *card = "default";
    }
    words.join("/")
}

/// The other one of the two characters that separate names in settings.
fn swapped(c: char) -> char {
    match c {
        '.' => '/',
        '/' => '.',
        other => other,
    }
}

fn of_file(path: &str) -> Option<NotKept> {
    let link = path.starts_with("systemd/network/") && path.ends_with(".link");
    let row = OF_THE_KERNEL.iter().find(|(folder, _)| path.starts_with(folder));
    let why = if link { Some(OF_THE_KERNEL[0].1) } else { row.map(|(_, why)| *why) };
    why.map(|why| NotKept::new(&format!("/etc/{path}"), path, why))
}

/// The lines of a unit file, with those joined that go on in the next, and without comments.
fn joined(text: &str) -> impl Iterator<Item = String> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut line = lines.next()?.to_owned();
        while line.ends_with('\\') && !is_comment(&line) {
            line.pop();
            match lines.by_ref().find(|next| !is_comment(next)) {
                Some(next) => {
                    line.push(' ');
                    line.push_str(next);
                }
                None => break,
            }
        }
        Some(line)
    })
    .filter(|line| !is_comment(line))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';'])
}

impl NotKept {
    fn new(place: &str, asked: &str, why: impl Into<String>) -> Self {
        Self { place: place.to_owned(), asked: asked.to_owned(), why: why.into() }
    }
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place != self.asked {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}: {}", self.asked, self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host<'a>(controllers: &'a [String], settings: &'a [String]) -> Host<'a> {
        Host { controllers, settings }
    }

    /// What of a unit's lines is not kept where there are these controllers.
    #[track_caller]
    fn check(text: &str, controllers: &[&str], expected: &[&str]) {
        let controllers: Vec<String> = controllers.iter().map(|name| (*name).to_owned()).collect();
        let found = of_unit("a.service", text, &host(&controllers, &[]));
        let found: Vec<&str> = found.iter().map(|found| &*found.asked).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn limits_are_kept_only_by_their_controllers() {
        let limits = "[Service]\nMemoryMax=64M\nTasksMax=10\nCPUQuota=20%\nIOWeight=10\nMemoryHigh=infinity\n";
        check(limits, &[], &["MemoryMax=64M", "TasksMax=10", "CPUQuota=20%", "IOWeight=10"]);
        check(limits, &["memory", "pids"], &["CPUQuota=20%", "IOWeight=10"]);
        check(limits, &["memory", "pids", "cpu", "io"], &[]);
    }

    #[test]
    fn what_only_a_kernel_of_ones_own_has_is_found_wherever_it_stands() {
        let kept = "[Unit]\nConditionPathExists=/etc/x\n[Service]\nExecStart=/bin/true MemoryMax=1\n\
                    Nice=5\nDynamicUser=yes\nProtectSystem=strict\nSystemCallFilter=@system-service\n\
                    PrivateDevices=yes\nDevicePolicy=auto\nLimitNOFILE=64\nIPAddressDeny=\n\
                    MemoryDenyWriteExecute=yes\n";
        check(kept, &[], &[]);
        check("[Unit]\nConditionVirtualization=vm\n", &[], &["ConditionVirtualization=vm"]);
        check("AssertKernelCommandLine=x", &[], &["AssertKernelCommandLine=x"]);
        check("ConditionPathIsReadWrite=!/sys", &[], &["ConditionPathIsReadWrite=!/sys"]);
        check("Nice=-5\nOOMScoreAdjust=-100", &[], &["Nice=-5", "OOMScoreAdjust=-100"]);
        check(" IPAddressDeny = any ", &[], &["IPAddressDeny=any"]);
        check("DeviceAllow=\\\n# no\n/dev/fuse rw", &[], &["DeviceAllow=/dev/fuse rw"]);
        check("# MemoryMax=1\n;Nice=-1", &[], &[]);
        check(
            "AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_TIME\nAmbientCapabilities=CAP_CHOWN",
            &[],
            &["AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_TIME"],
        );
        // What this computer's own limit is, is not this test's.
        let found = [&["LimitNOFILE=infinity"][..], &[]];
        check(found[0][0], &[], found[usize::from(!limits::above_ours("NOFILE", "infinity"))]);
    }

    #[track_caller]
    fn check_setting(name: &str, kept: bool) {
        let own = ["net/ipv4/ip_forward", "net/ipv4/conf/default/rp_filter", "kernel/shmmax"];
        let own = own.map(str::to_owned);
        assert_eq!(of_setting(name, &host(&[], &own)).is_none(), kept, "{name}");
    }

    #[test]
    fn settings_are_kept_that_a_container_has_of_its_own() {
        check_setting("net.ipv4.ip_forward", true);
        check_setting("net/ipv4/conf/eth0.1/rp_filter", true);
        check_setting("net.ipv4.conf.eth0/1.rp_filter", true);
        check_setting("kernel.shmmax", true);
        check_setting("vm.swappiness", false);
        check_setting("net.core.rmem_max", false);
    }

    #[test]
    fn files_for_the_kernel_are_found() {
        for path in ["udev/rules.d/1.rules", "modules-load.d/x.conf", "systemd/network/1-a.link"] {
            assert!(of_file(path).is_some(), "{path}");
        }
        for path in ["udevil.conf", "systemd/network/1-a.network", "app.conf"] {
            assert!(of_file(path).is_none(), "{path}");
        }
        assert_eq!(of_unit("a.swap", "", &host(&[], &[])).len(), 1);
    }
}
