//! Names that a machine has before any feature: those of NixOS, of systemd, and of Debian, which
//! portable guests are. A feature that takes one of them would replace what the machine needs in
//! one world and be merged or refused in the other, so both refuse it.
//!
//! The lists are of a minimal NixOS and of the guests' base packages; a test of `domi-evaluate`
//! compares them with what a real NixOS has.

/// Whose a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitOwner {
    /// NixOS and portable guests both have it: a drop-in can add to it.
    Shared,
    /// Only one of them has it, or a name that systemd gives a meaning of its own.
    One,
}

const SHARED_UNITS: &str = include_str!("reserved/shared-units.txt");
const UNITS: &str = include_str!("reserved/units.txt");
const USERS: &str = include_str!("reserved/users.txt");
const GROUPS: &str = include_str!("reserved/groups.txt");
/// Paths below `/etc`; a folder that others may put files in ends with `/`.
const ETC: &str = include_str!("reserved/etc.txt");

/// Beginnings of names that systemd and NixOS keep for themselves, whatever their version.
const UNIT_PREFIXES: [&str; 5] =
    ["systemd-", "dbus-org.freedesktop.", "initrd-", "runlevel", "system-update"];
const ACCOUNT_PREFIXES: [&str; 2] = ["systemd-", "nixbld"];
const ETC_PREFIXES: [&str; 5] = [
    "domi/",
    "modules-load.d/domi-",
    "sysusers.d/domi-",
    "systemd/system-generators/",
    "tmpfiles.d/domi-",
];

/// What NixOS itself gives shared units, by section and key; what a key of `Environment` is
/// followed by is the variable.
const GIVEN_BY_NIXOS: [(&str, &str, &str); 5] = [
    ("dbus.service", "Environment", "LD_LIBRARY_PATH"),
    ("kmod-static-nodes.service", "Unit", "ConditionFileNotEmpty"),
    ("multi-user.target", "Unit", "Wants"),
    ("systemd-modules-load.service", "Service", "SuccessExitStatus"),
    ("systemd-remount-fs.service", "Unit", "ConditionVirtualization"),
];

/// Groups that NixOS and Debian both have.
const COMMON_GROUPS: [&str; 18] = [
    "adm",
    "audio",
    "cdrom",
    "dialout",
    "disk",
    "input",
    "kmem",
    "kvm",
    "lp",
    "nogroup",
    "render",
    "root",
    "systemd-journal",
    "tape",
    "tty",
    "users",
    "utmp",
    "video",
];

/// Kernel parameters that NixOS itself gives a value that nothing else may differ from.
const SYSCTL: [&str; 2] = ["kernel.poweroff_cmd", "net.ipv6.conf.default.use_tempaddr"];

/// Kernel parameters that NixOS takes as numbers only, none of them negative.
const COUNTS: [&str; 2] = ["net.core.rmem_max", "net.core.wmem_max"];

/// Paths of the rules of tmpfiles.d that machines have, and of the folders that hold them up.
const TMPFILES: [&str; 47] = [
    "/bin",
    "/boot",
    "/dev",
    "/dev/net/tun",
    "/etc",
    "/etc/group.lock",
    "/etc/mtab",
    "/etc/passwd.lock",
    "/etc/shadow.lock",
    "/home",
    "/lib",
    "/lib/ld-linux.so.2",
    "/lib64",
    "/lib64/ld-linux-x86-64.so.2",
    "/nix",
    "/nix/var",
    "/proc",
    "/root",
    "/root/.nix-channels",
    "/run",
    "/run/binfmt",
    "/run/current-system",
    "/run/keys",
    "/run/lock",
    "/run/log",
    "/run/systemd",
    "/run/user",
    "/run/utmp",
    "/run/wrappers",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/tmp/.X11-unix",
    "/usr",
    "/usr/bin",
    "/usr/bin/env",
    "/var",
    "/var/cache",
    "/var/db",
    "/var/empty",
    "/var/lib",
    "/var/lock",
    "/var/log",
    "/var/log/journal",
    "/var/run",
    "/var/tmp",
];

/// A kind of names that machines have some of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Full names of units.
    Unit,
    /// Users.
    User,
    /// Groups.
    Group,
    /// Paths below `/etc`; a folder that others may put files in ends with `/`.
    Etc,
    /// Paths of rules of tmpfiles.d.
    Tmpfiles,
}

impl Kind {
    /// The names, sorted, without those that a prefix tells.
    pub fn names(self) -> Vec<&'static str> {
        let mut names: Vec<&str> = match self {
            Self::Unit => SHARED_UNITS.lines().chain(UNITS.lines()).collect(),
            Self::User => USERS.lines().collect(),
            Self::Group => GROUPS.lines().collect(),
            Self::Etc => ETC.lines().collect(),
            Self::Tmpfiles => TMPFILES.to_vec(),
        };
        names.retain(|name| !begins(name, self.prefixes()));
        names.sort_unstable();
        names
    }

    /// Beginnings of names that are all taken.
    pub fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Unit => &UNIT_PREFIXES,
            Self::User | Self::Group => &ACCOUNT_PREFIXES,
            Self::Etc => &ETC_PREFIXES,
            Self::Tmpfiles => &[],
        }
    }

    /// Whether a name that begins like this may be taken, whatever follows.
    pub fn may_begin(self, with: &str, feature: &str) -> bool {
        let start = match self {
            Self::Unit => with.find('@').map_or(with, |at| &with[..=at]),
            Self::Tmpfiles => with.trim_end_matches('/'),
            Self::User | Self::Group | Self::Etc => with,
        };
        let around = |name: &str| format!("{name}/").starts_with(start) || below(start, name);
        let is_etc = self == Self::Etc;
        self.prefixes().iter().any(|it| it.starts_with(start) || start.starts_with(it))
            || self.names().iter().any(|it| it.starts_with(start) || is_etc && around(it))
            || is_etc && generated(feature).iter().any(|it| it.starts_with(start))
    }
}

/// Whose a unit is, by its full name; `None` where the name is free. An instance is its
/// template's owner's.
pub fn unit(full_name: &str) -> Option<UnitOwner> {
    let template = template_of(full_name);
    let is_one = |name: &str| has(UNITS, name) || begins(name, &UNIT_PREFIXES);
    let names = || [Some(full_name), template.as_deref()].into_iter().flatten();
    if names().any(|name| has(SHARED_UNITS, name)) {
        Some(UnitOwner::Shared)
    } else {
        names().any(is_one).then_some(UnitOwner::One)
    }
}

/// Whether a unit is an instance of a template that machines have, such as `getty@tty1.service`.
pub fn is_instance(full_name: &str) -> bool {
    template_of(full_name).is_some_and(|template| template != full_name)
}

/// Whether NixOS itself gives this key of a section of a shared unit, or this variable of
/// `Environment`.
pub fn is_given(unit: &str, section: &str, key: &str) -> bool {
    GIVEN_BY_NIXOS.contains(&(unit, section, key))
}

/// Whether machines have a user of this name.
pub fn user(name: &str) -> bool {
    has(USERS, name) || begins(name, &ACCOUNT_PREFIXES)
}

/// Whether machines have a group of this name.
pub fn group(name: &str) -> bool {
    has(GROUPS, name) || begins(name, &ACCOUNT_PREFIXES)
}

/// Whether NixOS and Debian both have a group of this name, in which users may be.
pub fn common_group(name: &str) -> bool {
    COMMON_GROUPS.contains(&name)
}

/// Whether machines have a file or folder at this path below `/etc`, or one that a file there
/// would be within or be in the place of. `feature` is the name of the one that asks.
pub fn etc(path: &str, feature: &str) -> bool {
    let collides = |taken: &str| path == taken || below(path, taken) || below(taken, path);
    ETC.lines().any(collides)
        || begins(path, &ETC_PREFIXES)
        || generated(feature).iter().any(|it| it == path)
}

/// The files below `/etc` that a feature's own parts become.
pub fn generated(feature: &str) -> [String; 2] {
    [format!("sysctl.d/60-{feature}.conf"), format!("tmpfiles.d/10-{feature}.conf")]
}

/// Whether a rule of tmpfiles.d of this type makes or removes something: two of those for one path
/// are one too many.
pub fn makes(kind: &str) -> bool {
    kind.starts_with(|letter| "fFwdDevqQpLcbCrR".contains(letter))
}

/// Whether NixOS, systemd or Debian has a rule of tmpfiles.d that makes something at this path.
pub fn tmpfiles(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    path.is_empty() || TMPFILES.contains(&path)
}

/// Whether NixOS itself sets this kernel parameter.
pub fn sysctl(name: &str) -> bool {
    SYSCTL.contains(&name)
}

/// Whether NixOS takes only a number that is not negative for this kernel parameter.
pub fn is_count(name: &str) -> bool {
    COUNTS.contains(&name)
}

/// The units that NixOS and portable guests both have.
pub fn shared_units() -> impl Iterator<Item = &'static str> {
    SHARED_UNITS.lines()
}

fn below(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

fn has(list: &str, name: &str) -> bool {
    list.lines().any(|line| line == name)
}

fn begins(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// The template of an instance by its full name, or of a template itself: `getty@.service` for
/// `getty@tty1.service`.
pub fn template_of(full_name: &str) -> Option<String> {
    let (stem, suffix) = full_name.rsplit_once('.')?;
    let (template, _) = stem.split_once('@')?;
    Some(format!("{template}@.{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_shared_or_of_one_world_or_free() {
        let check = |name: &str, expected: Option<UnitOwner>| {
            assert_eq!(unit(name), expected, "{name}");
        };
        check("systemd-journald.service", Some(UnitOwner::Shared));
        check("user.slice", Some(UnitOwner::Shared));
        check("getty@tty1.service", Some(UnitOwner::Shared));
        check("systemd-networkd.service", Some(UnitOwner::One));
        check("nix-daemon.socket", Some(UnitOwner::One));
        check("container@web.service", Some(UnitOwner::One));
        check("runlevel5.target", Some(UnitOwner::One));
        check("web.service", None);
        check("getty.service", None);
        check("multi-user.service", None);
    }

    #[test]
    fn a_path_is_taken_where_it_or_what_is_around_it_is() {
        for path in ["hosts", "hosts/x", "pam", "ssh/ssh_config", "systemd", "tmpfiles.d", "passwd"]
        {
            assert!(etc(path, "web"), "{path}");
        }
        for path in ["hosts.d/x", "tmpfiles.d/x.conf", "ssh/x", "systemd/journald.conf.d/x.conf"] {
            assert!(!etc(path, "web"), "{path}");
        }
        assert!(etc("systemd/system/x.service", "web"));
        assert!(etc("sysctl.d/60-web.conf", "web") && !etc("sysctl.d/60-web.conf", "other"));
    }

    #[test]
    fn a_beginning_tells_whether_a_name_may_be_taken() {
        let check = |kind: Kind, start: &str, expected: bool| {
            assert_eq!(kind.may_begin(start, "web"), expected, "{kind:?} {start:?}");
        };
        for kind in [Kind::Unit, Kind::User, Kind::Group, Kind::Etc, Kind::Tmpfiles] {
            check(kind, "", true);
            check(kind, "/web-", false);
        }
        check(Kind::Unit, "web-", false);
        check(Kind::Unit, "getty@a-", true);
        check(Kind::Unit, "systemd-x-", true);
        check(Kind::User, "no", true);
        check(Kind::Etc, "hosts/x-", true);
        check(Kind::Etc, "ssh/", true);
        check(Kind::Etc, "sysctl.d/60-w", true);
        check(Kind::Etc, "sysctl.d/61-w", false);
        check(Kind::Tmpfiles, "/var/lib/", true);
        check(Kind::Tmpfiles, "/var/lib/web/", false);
    }

    #[test]
    fn accounts_are_those_of_both_worlds() {
        for name in ["root", "nobody", "messagebus", "nixbld3", "systemd-network", "www-data"] {
            assert!(user(name), "{name}");
        }
        assert!(group("wheel") && group("video") && !group("web") && !user("wheel"));
    }
}
