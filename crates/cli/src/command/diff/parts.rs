//! The parts that a system is made of, and how those of two systems differ.

use std::collections::{BTreeMap, BTreeSet};

use domi_realise::{Programs, System, Unit};
use schemars::JsonSchema;
use serde::Serialize;

/// A kind of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    /// A unit of systemd.
    Unit,
    /// What is added to a unit that the machine has anyway.
    DropIn,
    /// A file.
    File,
    /// A line of tmpfiles.d.
    Tmpfiles,
    /// A port that the firewall opens.
    OpenPort,
    /// A user.
    User,
    /// A group.
    Group,
    /// A kernel parameter.
    Sysctl,
    /// Software on everyone's PATH, by its name in the manifest.
    Software,
    /// A package of Debian that is used on machines without Nix.
    DebianPackage,
    /// Software on the PATH of a unit.
    UnitPath,
    /// What the feature takes for itself on a machine.
    Claim,
    /// A feature that must be enabled beside it.
    Requires,
    /// A feature that should be.
    Wants,
    /// A feature that must not be.
    Conflicts,
    /// An option of NixOS's own modules.
    NixosOption,
    /// What of it machines without Nix do not have.
    NotCovered,
}

impl Kind {
    /// In a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::DropIn => "drop-in for",
            Self::File => "file",
            Self::Tmpfiles => "tmpfiles.d line",
            Self::OpenPort => "open port",
            Self::User => "user",
            Self::Group => "group",
            Self::Sysctl => "kernel parameter",
            Self::Software => "software",
            Self::DebianPackage => "Debian package",
            Self::UnitPath => "PATH of units:",
            Self::Claim => "claim:",
            Self::Requires => "requires",
            Self::Wants => "wants",
            Self::Conflicts => "conflicts with",
            Self::NixosOption => "option of NixOS",
            Self::NotCovered => "not covered without Nix:",
        }
    }
}

/// A part that two systems do not have alike.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Difference {
    /// What it is.
    pub(super) kind: Kind,
    /// Its name.
    pub(super) name: String,
    /// What it is before; none where it is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    /// What it is after; none where it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
}

/// Parts by their kinds and names, each with a text that differs where they do.
pub(super) type Parts = BTreeMap<(Kind, String), String>;

/// How parts differ, in the order of their kinds.
pub(super) fn differences(before: &Parts, after: &Parts) -> Vec<Difference> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let (before, after) = (before.get(key).cloned(), after.get(key).cloned());
        if before != after {
            let (kind, name) = key.clone();
            found.push(Difference { kind, name, before, after });
        }
    }
    found
}

/// All parts of a system. A field that is added to it does not compile here before somebody has
/// said what part it is.
pub(super) fn parts(system: System) -> Parts {
    let System {
        feature: _,
        units,
        drop_ins,
        etc,
        files,
        executables,
        users,
        groups,
        gids,
        tmpfiles,
        sysctl,
        firewall,
        installed,
        commands,
        debian_packages,
        // It follows from what is installed.
        debian_on_path: _,
        programs,
        nixos,
        not_covered,
        together,
    } = system;
    let mut parts = Parts::new();
    let mut add = |kind, name: String, text: String| drop(parts.insert((kind, name), text));
    for (kind, units) in [(Kind::Unit, units), (Kind::DropIn, drop_ins)] {
        units.into_iter().for_each(|(name, it)| add(kind, name, unit(it)));
    }
    for (path, file) in etc {
        let mut text = String::new();
        for (what, value) in [("mode", file.mode), ("user", file.user), ("group", file.group)] {
            text += &value.map(|value| format!("{what}: {value}\n")).unwrap_or_default();
        }
        add(Kind::File, format!("/etc/{path}"), text + &file.text);
    }
    for (path, text) in files {
        let may_run = if executables.contains(&path) { "executable\n" } else { "" };
        add(Kind::File, path, format!("{may_run}{text}"));
    }
    for (name, user) in users {
        add(Kind::User, name, pretty(&user));
    }
    for name in groups {
        let number = gids.get(&name).map(|gid| format!("gid: {gid}")).unwrap_or_default();
        add(Kind::Group, name, number);
    }
    let mut seen = BTreeMap::<String, usize>::new();
    for line in tmpfiles {
        let times = seen.entry(line.trim_end().to_owned()).or_default();
        *times += 1;
        add(Kind::Tmpfiles, line.trim_end().to_owned(), times.to_string());
    }
    sysctl.into_iter().for_each(|(name, value)| add(Kind::Sysctl, name, value));
    for (protocol, ports) in firewall.ports() {
        for port in ports {
            add(Kind::OpenPort, format!("{} {port}", protocol.as_str()), String::new());
        }
    }
    for (thing, options) in together.claims {
        add(Kind::Claim, thing, options.into_iter().collect::<Vec<_>>().join(", "));
    }
    commands.into_iter().for_each(|(name, path)| add(Kind::Software, name, path));
    let programs = programs.iter().map(path).collect();
    for (kind, names) in [
        (Kind::Software, installed),
        (Kind::DebianPackage, debian_packages),
        (Kind::UnitPath, programs),
        (Kind::Requires, together.requires),
        (Kind::Wants, together.wants),
        (Kind::Conflicts, together.conflicts),
        (Kind::NixosOption, nixos),
        (Kind::NotCovered, not_covered.into_iter().collect::<BTreeSet<_>>()),
    ] {
        names.into_iter().for_each(|name| add(kind, name, String::new()));
    }
    parts
}

/// A unit as one text: its file, and what links lead to it.
fn unit(unit: Unit) -> String {
    let Unit { mut text, wanted_by, required_by, aliases } = unit;
    for (what, names) in
        [("wanted by", wanted_by), ("required by", required_by), ("also called", aliases)]
    {
        if !names.is_empty() {
            text += &format!("# {what}: {}\n", names.join(", "));
        }
    }
    text
}

/// The programs that a PATH of units has: packages of Debian, and what is called otherwise there.
fn path(programs: &Programs) -> String {
    let links = programs.links.iter().map(|(name, to)| format!("{name} ({to})"));
    programs.debian.iter().cloned().chain(links).collect::<Vec<_>>().join(", ")
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domi_realise::{EtcFile, Firewall};

    use super::*;

    #[test]
    fn what_is_added_gone_or_another_is_found_and_nothing_else() {
        let file = |text: &str| EtcFile { text: text.to_owned(), ..EtcFile::default() };
        let before = System {
            etc: [("same".to_owned(), file("a")), ("other".to_owned(), file("a"))].into(),
            groups: ["gone".to_owned()].into(),
            ..System::default()
        };
        let mode = EtcFile { mode: Some("0600".to_owned()), ..file("a") };
        let after = System {
            etc: [("same".to_owned(), file("a")), ("other".to_owned(), mode)].into(),
            firewall: Firewall { tcp: [80].into(), udp: BTreeSet::new() },
            ..System::default()
        };
        let found = differences(&parts(before.clone()), &parts(after));
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.kind, &*it.name, it.before.as_deref(), it.after.as_deref()))
            .collect();
        let expected = [
            (Kind::File, "/etc/other", Some("a"), Some("mode: 0600\na")),
            (Kind::OpenPort, "tcp 80", None, Some("")),
            (Kind::Group, "gone", Some(""), None),
        ];
        assert_eq!(found, expected);
        assert_eq!(differences(&parts(before.clone()), &parts(before)), []);
    }
}
