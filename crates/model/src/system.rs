use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Changes, Claim, Expr, Format, Group, NeighbourSetting, NixosSetting, Place, Scope, User,
};

/// What a machine has while the feature is enabled.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct System {
    /// Packages and commands on everyone's PATH.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<InstalledPackage>,
    /// systemd units.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Unit>,
    /// Files under `/etc`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub etc: Vec<EtcFile>,
    /// Users.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
    /// Groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Files and folders that systemd-tmpfiles makes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tmpfiles: Vec<TmpfilesRule>,
    /// Kernel parameters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sysctl: Vec<Sysctl>,
    /// Ports that the firewall lets in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub firewall: Vec<FirewallPorts>,
    /// What the feature takes for itself: of everything that is claimed, a machine has one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub claims: Vec<Claim>,
    /// What is set of other features, where they are on the machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub settings: Vec<NeighbourSetting>,
    /// What is set of NixOS's own modules. Only Nix knows what that comes to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 4))]
    pub nixos: Vec<NixosSetting>,
}

/// A value that may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// The value: a string, integer, boolean, path, or a list of them for a key that repeats.
    pub value: Expr,
    /// Only where this boolean is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
}

/// A package, or a script as a command, on everyone's PATH.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstalledPackage {
    /// The package; or a script, which everyone calls by its name.
    pub package: Expr,
    /// When.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
}

/// The kind of a systemd unit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// `.service`
    Service,
    /// `.timer`
    Timer,
    /// `.socket`
    Socket,
    /// `.path`
    Path,
    /// `.target`
    Target,
    /// `.slice`
    Slice,
    /// `.mount`
    #[schemars(extend("x-since" = 3))]
    Mount,
    /// `.automount`
    #[schemars(extend("x-since" = 3))]
    Automount,
}

impl UnitKind {
    /// The suffix of the unit's file name, without the dot: `service`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Timer => "timer",
            Self::Socket => "socket",
            Self::Path => "path",
            Self::Target => "target",
            Self::Slice => "slice",
            Self::Mount => "mount",
            Self::Automount => "automount",
        }
    }

    /// Whether units of the kind are named by the path that they are about.
    pub fn is_path(self) -> bool {
        matches!(self, Self::Mount | Self::Automount)
    }

    /// The section of its own kind, such as `Service`; a target has none.
    pub fn section(self) -> Option<&'static str> {
        match self {
            Self::Service => Some("Service"),
            Self::Timer => Some("Timer"),
            Self::Socket => Some("Socket"),
            Self::Path => Some("Path"),
            Self::Slice => Some("Slice"),
            Self::Mount => Some("Mount"),
            Self::Automount => Some("Automount"),
            Self::Target => None,
        }
    }
}

/// A systemd unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// Its kind.
    pub kind: UnitKind,
    /// Its name without the suffix: a string. Of a mount and an automount, the path where it is,
    /// which is fixed: their names follow from it.
    pub name: Expr,
    /// Its other names, each a fixed string with the suffix of its kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub aliases: Vec<String>,
    /// Whether it adds to a unit that machines have anyway, such as `systemd-journald`: then it
    /// holds only what is to be added, and its name is fixed. Or it adds to each service that
    /// settings name: then it is there for each of an attribute set, whose names are those of the
    /// services.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("x-since" = 2))]
    pub drop_in: bool,
    /// When, and how often.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
    /// Its description: a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Expr>,
    /// Units, by their full names, that start this one when they start: strings, or lists of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted_by: Vec<Expr>,
    /// Other names and orderings: `wants`, `requires`, `after`, `before`, `bindsTo`, `partOf`,
    /// `conflicts`, `requisite`, `requiredBy`, `onFailure`, `onSuccess`, each with full unit names or
    /// lists of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relations: BTreeMap<String, Vec<Expr>>,
    /// Other keys of the `[Unit]` section.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unit_config: BTreeMap<String, Setting>,
    /// Environment variables of a service.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, Setting>,
    /// Packages on the PATH of a service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Expr>,
    /// Commands of a service by key (`ExecStart`, `ExecStartPre`, …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<String, Vec<Command>>,
    /// Keys of the section of the unit's kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, Setting>,
    /// What becomes of it when something changes while it runs.
    #[serde(default, skip_serializing_if = "Changes::is_plain")]
    #[schemars(extend("x-since" = 3))]
    pub changes: Changes,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A command line of a service. No shell reads it, and systemd expands nothing in it but
/// [`Expr::Specifier`] and [`Expr::CommandVariable`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// systemd's prefixes, such as `-` (may fail) or `+` (full privileges).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The program and its arguments: a list of strings, integers, paths.
    pub argv: Expr,
    /// Only where this boolean is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
}

/// A file under `/etc`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EtcFile {
    /// Its path below `/etc`: a string.
    pub path: Expr,
    /// What it holds.
    pub content: Content,
    /// Its mode in octal (`"0440"`) where it must be a file of its own, not a symbolic link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Its owner where it is a file of its own: a string; root where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-since" = 3))]
    pub user: Option<Expr>,
    /// Its group where it is a file of its own: a string; root where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-since" = 3))]
    pub group: Option<Expr>,
    /// When, and how often.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
}

/// What a file holds. Never a secret: everyone can read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Content {
    /// A string.
    Text(Expr),
    /// Settings in a program's format.
    Settings {
        /// The format.
        format: Format,
        /// What the file holds.
        value: Expr,
    },
}

/// A line of tmpfiles.d.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TmpfilesRule {
    /// The type letter with its modifiers: `d`, `f`, `L+`, ….
    pub kind: String,
    /// The path: a string.
    pub path: Expr,
    /// The mode in octal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The owner: a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Expr>,
    /// The group: a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Expr>,
    /// When contents are cleaned up: a string such as `10d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Expr>,
    /// The argument: a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<Expr>,
    /// When, and how often.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
}

impl TmpfilesRule {
    /// Whether systemd expands specifiers in the argument of a rule of this type.
    pub fn expands_argument(&self) -> bool {
        self.kind.starts_with(['C', 'L', 'f', 'F', 'w', 't', 'T']) && !self.kind.contains('~')
    }
}

/// A kernel parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sysctl {
    /// Its name, such as `net.core.somaxconn`.
    pub name: String,
    /// Its value: a string, integer or boolean.
    pub value: Expr,
    /// When.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
}

/// A transport protocol.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// Its name, as a manifest and nftables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Ports that the firewall lets in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FirewallPorts {
    /// For which protocol.
    pub protocol: Protocol,
    /// A list of ports.
    pub ports: Expr,
    /// When, and how often.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
}
