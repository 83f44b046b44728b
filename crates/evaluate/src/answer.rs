use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// What modules with certain settings add to a system. What is there without them too, such as a
/// package that everyone has, is left out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// New systemd units, by their full names.
    pub units: BTreeMap<String, Unit>,
    /// Units that exist without the modules too, but differ: all of them if that was asked for,
    /// else those whose names the modules define.
    pub changed_units: BTreeMap<String, Unit>,
    /// What modules add to units by packages of their own, which nothing else tells.
    pub drop_ins: Vec<DropIn>,
    /// New files under `/etc`, by the names they are defined under.
    pub etc: BTreeMap<String, EtcFile>,
    /// Files that exist without the modules too, but differ, as for units.
    pub changed_etc: BTreeMap<String, EtcFile>,
    /// New users.
    pub users: BTreeMap<String, User>,
    /// New groups.
    pub groups: BTreeMap<String, Group>,
    /// Users that exist without the modules too, but differ, as for units.
    pub changed_users: BTreeMap<String, User>,
    /// What differs of each of them, by the names of the options.
    pub user_changes: BTreeMap<String, Vec<String>>,
    /// Groups that exist without the modules too, but differ, as for units.
    pub changed_groups: BTreeMap<String, Group>,
    /// The names of what exists only without the modules.
    pub gone: Names,
    /// Store paths of packages with files of tmpfiles.d.
    pub tmpfiles_packages: Vec<String>,
    /// Lines of tmpfiles.d.
    pub tmpfiles_rules: Vec<String>,
    /// Lines of sysctl.d, as `name=value`.
    pub sysctl: Vec<String>,
    /// TCP ports that the firewall lets in.
    pub tcp: Vec<u16>,
    /// UDP ports that the firewall lets in.
    pub udp: Vec<u16>,
    /// Store paths of packages on everyone's PATH.
    pub packages: Vec<String>,
    /// Store paths of such packages that are there without the modules too, but fewer times.
    pub packages_again: Vec<String>,
    /// Lines that the modules add to `/etc/hosts`; nothing where they change more of it, or nobody asked.
    #[serde(default)]
    pub hosts: Option<String>,
    /// Messages of the assertions that fail: with any, NixOS refuses the settings.
    pub assertions: Vec<String>,
    /// Warnings.
    pub warnings: Vec<String>,
    /// Anything else that was added, by its kind: its content is not returned.
    pub other: BTreeMap<String, Vec<String>>,
}

impl Evaluated {
    /// Every text in it that may refer to the store.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let units = self.units.values().chain(self.changed_units.values());
        let etc = self.etc.values().chain(self.changed_etc.values());
        let shells = self.users.values().chain(self.changed_users.values());
        let shells = shells.filter_map(|user| user.shell.as_deref());
        let lists = self.tmpfiles_packages.iter().chain(&self.tmpfiles_rules).chain(&self.packages);
        units
            .map(|unit| unit.text.as_str())
            .chain(self.drop_ins.iter().map(|drop_in| drop_in.content.as_str()))
            .chain(etc.map(|file| file.source.as_str()))
            .chain(shells)
            .chain(lists.chain(&self.sysctl).map(String::as_str))
            .chain(self.other.values().flatten().map(String::as_str))
    }
}

/// A systemd unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// False where the unit is masked.
    pub enable: bool,
    /// The unit file.
    pub text: String,
    /// Units that start this one when they start.
    pub wanted_by: Vec<String>,
    /// Units that start this one when they start, and fail when it does.
    pub required_by: Vec<String>,
    /// Its other names.
    pub aliases: Vec<String>,
    /// The text that is there without the modules, where these only add to a unit of the system.
    pub text_before: Option<String>,
    /// Units that start this one without the modules.
    pub wanted_before: Vec<String>,
    /// Units that start this one without the modules, and fail when it does.
    #[serde(default)]
    pub required_before: Vec<String>,
    /// Its other names without the modules.
    #[serde(default)]
    pub aliases_before: Vec<String>,
}

/// What a package adds to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DropIn {
    /// The unit's full name.
    pub unit: String,
    /// The file.
    pub content: String,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Its number, where one is given.
    pub gid: Option<u32>,
    /// The users in it, beside those whose primary group it is.
    pub members: Vec<String>,
}

/// A file under `/etc`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EtcFile {
    /// False where it is left out.
    pub enable: bool,
    /// Its path below `/etc`.
    pub target: String,
    /// What it holds, where the module says so itself.
    pub text: Option<String>,
    /// The path of what it holds or links to.
    pub source: String,
    /// `symlink`, or its mode in octal.
    pub mode: String,
    /// Its owner: a name, or `+` and a number.
    pub user: String,
    /// Its group: a name, or `+` and a number.
    pub group: String,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Whether it is a system user.
    pub is_system_user: bool,
    /// Its primary group.
    pub group: String,
    /// Its other groups.
    pub extra_groups: Vec<String>,
    /// What it is for.
    pub description: String,
    /// Its home folder.
    pub home: String,
    /// Whether its home folder is made.
    pub create_home: bool,
    /// Its number, where one is given.
    pub uid: Option<u32>,
    /// Whether it is for people.
    pub is_normal_user: bool,
    /// The path of its shell, where users of its kind have another one.
    pub shell: Option<String>,
    /// Other options that are set, by their names: a password, a shell, ….
    pub others: Vec<String>,
}

/// What `evaluate.nix` answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(crate) cases: Vec<Answered>,
    pub(crate) known: Vec<Known>,
    pub(crate) names: Names,
}

/// The names of what a system has, or of a part of that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Names {
    /// systemd units, by their full names.
    pub units: Vec<String>,
    /// Files under `/etc`.
    pub etc: Vec<String>,
    /// Users.
    pub users: Vec<String>,
    /// Groups.
    pub groups: Vec<String>,
    #[serde(default, rename = "gathered")]
    script: String,
}

impl Names {
    /// Including systemd's own units, which no option names.
    pub(crate) fn with_upstream(mut self) -> Self {
        let script = std::mem::take(&mut self.script);
        let list = script.split_once("for i in ").and_then(|(_, rest)| rest.split_once("; do"));
        let upstream = list.map_or("", |(list, _)| list).split_whitespace().map(str::to_owned);
        self.units.extend(upstream);
        self
    }
}

/// The result for one of the settings.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Answered {
    Seen(Box<Case>),
    Refused {
        /// Names below the prefix.
        refused: BTreeSet<String>,
    },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) seen: Evaluated,
    /// Derivations that it refers to.
    pub(crate) references: Vec<String>,
}

/// A package that was asked about.
#[derive(Debug, Deserialize)]
pub(crate) struct Known {
    pub(crate) attribute: Vec<String>,
    /// `null` where there is no such package.
    pub(crate) derivation: Option<String>,
}
