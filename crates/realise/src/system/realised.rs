//! A system as plain data.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Problem, Protocol};
use serde::Serialize;

use super::of_nixos::SetOfNixos;
use crate::Programs;

/// A system, and what is worth saying of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Realised {
    /// The system.
    pub system: System,
    /// Warnings of the feature, and of its settings.
    pub warnings: Vec<Problem>,
}

/// What a machine has by a feature: plain data, to be shown, compared, and turned into files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct System {
    /// The feature's name; files of several features on one machine are told apart by it.
    pub feature: String,
    /// systemd units by their full names.
    pub units: BTreeMap<String, Unit>,
    /// What is added to units that the machine has anyway, by the full names of these.
    pub drop_ins: BTreeMap<String, Unit>,
    /// Files by their paths below `/etc`.
    pub etc: BTreeMap<String, EtcFile>,
    /// Files that units and settings refer to, by their absolute paths.
    pub files: BTreeMap<String, String>,
    /// The paths of those that may be run.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub executables: BTreeSet<String>,
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Groups.
    pub groups: BTreeSet<String>,
    /// Numbers of groups, where they are given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub gids: BTreeMap<String, u32>,
    /// Lines of tmpfiles.d, each with its newline, in the order of their paths.
    pub tmpfiles: Vec<String>,
    /// Kernel parameters.
    pub sysctl: BTreeMap<String, String>,
    /// What the firewall lets in.
    pub firewall: Firewall,
    /// Packages on everyone's PATH, by their names in the manifest.
    pub installed: BTreeSet<String>,
    /// Scripts on everyone's PATH: the paths of their files by the names that they are called by.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<String, String>,
    /// Debian packages that hold everything that is used.
    pub debian_packages: BTreeSet<String>,
    /// Those of them that everyone has on their PATH.
    #[serde(skip)]
    pub debian_on_path: BTreeSet<String>,
    /// Folders of programs that the units' PATHs name, where the machine has to make them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub programs: BTreeSet<Programs>,
    /// Options of NixOS's own modules that it sets. What they come to is not in here: only Nix knows.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub nixos: BTreeSet<String>,
    /// What the feature has that is not in here.
    pub not_covered: Vec<String>,
    /// What it has to do with other features on its machine.
    #[serde(skip_serializing_if = "Together::is_empty")]
    pub together: Together,
}

/// What a feature has to do with others on its machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Together {
    /// Whether it is enabled.
    #[serde(skip)]
    pub enabled: bool,
    /// What it takes for itself, such as `TCP port 80`, each with the options that decide on it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, BTreeSet<String>>,
    /// Features that must be there too.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub requires: BTreeSet<String>,
    /// Features that should be there too.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub wants: BTreeSet<String>,
    /// Features that must not be there.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub conflicts: BTreeSet<String>,
    /// What it sets of NixOS's own modules, by the whole name of the option or attribute.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub nixos: BTreeMap<String, SetOfNixos>,
}

impl Together {
    fn is_empty(&self) -> bool {
        *self == Self { enabled: self.enabled, ..Self::default() }
    }
}

/// A systemd unit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Unit {
    /// The unit file.
    pub text: String,
    /// Units that start this one when they start.
    pub wanted_by: Vec<String>,
    /// Units that start this one when they start, and fail when it does.
    pub required_by: Vec<String>,
    /// Its other names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A file under `/etc`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EtcFile {
    /// What it holds.
    pub text: String,
    /// Its mode in octal, where the feature gives one.
    pub mode: Option<String>,
    /// Its owner, where that is not root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its group, where that is not root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Whether it is for people, rather than a system user.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub normal: bool,
    /// Its primary group.
    pub group: String,
    /// What it is for.
    pub description: String,
    /// Its other groups.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub extra_groups: BTreeSet<String>,
    /// Its home folder.
    pub home: String,
    /// Whether its home folder is made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub create_home: bool,
    /// The path of its shell, where one is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Its number, where one is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
}

/// Ports that the firewall lets in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Firewall {
    /// TCP ports.
    pub tcp: BTreeSet<u16>,
    /// UDP ports.
    pub udp: BTreeSet<u16>,
}

impl Firewall {
    /// The ports of each protocol.
    pub fn ports(&self) -> [(Protocol, &BTreeSet<u16>); 2] {
        [(Protocol::Tcp, &self.tcp), (Protocol::Udp, &self.udp)]
    }
}
