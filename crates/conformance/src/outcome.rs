use std::collections::{BTreeMap, BTreeSet};

use domi_evaluate::Added;
use serde::{Deserialize, Serialize};

/// What certain settings come to, as both sides tell it. Store paths are canonical: a package is
/// `/nix/store/-ATTRIBUTE`, a file is named by what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The settings are refused.
    Refused {
        /// The messages of the feature's assertions, where nothing else is wrong.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        assertions: Vec<String>,
        /// The options whose own values are refused, and settings that are no options; unknown
        /// where Nix ended without saying. NixOS names those too that follow from others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        options: Option<BTreeSet<String>>,
    },
    /// They are taken.
    System(Box<System>),
}

/// What a machine has by the feature.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct System {
    /// systemd units by their full names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, Unit>,
    /// What is added to units of the system, by the full names of these.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub drop_ins: BTreeMap<String, DropIn>,
    /// Files by their paths below `/etc`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub etc: BTreeMap<String, EtcFile>,
    /// Files in the store that something here refers to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Content>,
    /// Users.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<String, User>,
    /// Groups.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// Numbers of groups, where they are given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub gids: BTreeMap<String, u32>,
    /// Lines of tmpfiles.d.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tmpfiles: String,
    /// Lines of sysctl.d.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sysctl: String,
    /// TCP ports that are let in.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tcp: BTreeSet<u16>,
    /// UDP ports that are let in.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub udp: BTreeSet<u16>,
    /// Packages on everyone's PATH.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub packages: BTreeSet<String>,
    /// Packages that may be among those and that every system has; told by NixOS alone.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub packages_again: BTreeSet<String>,
    /// Warnings of the feature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A systemd unit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Unit {
    /// The unit file.
    pub text: String,
    /// Units that start it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wanted_by: Vec<String>,
    /// Units that start it and fail with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_by: Vec<String>,
    /// Its other names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// What is added to a unit of the system.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DropIn {
    /// New lines with their sections: `[Service] MemoryHigh=1G`.
    pub lines: Vec<String>,
    /// Units that start it by this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wanted_by: Vec<String>,
}

/// A file under `/etc`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EtcFile {
    /// What it holds.
    pub content: Content,
    /// Its mode in octal, where it is a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Its owner, where that is not root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its group, where that is not root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// A text.
    Text(String),
    /// A value in a format in which it can be written in several ways.
    Settings {
        /// `json`, `toml` or `yaml`.
        format: String,
        /// The value.
        value: serde_json::Value,
    },
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Whether it is for people.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub normal: bool,
    /// Its number, where one is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Its other groups.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extra_groups: BTreeSet<String>,
    /// Whether its home folder is made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create_home: bool,
    /// The path of its shell, where users of its kind have another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Its primary group.
    pub group: String,
    /// What it is for.
    pub description: String,
    /// Its home folder.
    pub home: String,
}

impl DropIn {
    /// Of what one side tells.
    pub(crate) fn of(added: Added) -> Self {
        let mut lines: Vec<_> =
            added.lines.iter().map(|(section, line)| format!("[{section}] {line}")).collect();
        // What is no longer there is a difference too.
        lines.extend(added.gone.iter().map(|(section, key)| format!("[{section}] without {key}")));
        lines.extend(added.lost.iter().map(|lost| format!("without {lost}")));
        Self { lines, wanted_by: added.wanted_by }
    }
}
