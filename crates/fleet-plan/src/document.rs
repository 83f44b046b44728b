//! A plan as a document, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::Kind as Thing;
use domi_model::Value;
use schemars::JsonSchema;
use serde::Serialize;

/// The version of the document.
pub const SCHEMA: &str = "domi.fleet-plan/1";

/// What changes on which host between a commit and now.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The version of this document: `domi.fleet-plan/1`.
    pub schema: String,
    /// The state before.
    pub from: Revision,
    /// How many hosts there are of each sort.
    pub summary: Summary,
    /// Hosts that are gone.
    pub removed: Vec<Removed>,
    /// Hosts that are another machine under the same name: their ids differ. Nothing else is said of
    /// them.
    pub replaced: Vec<String>,
    /// What has another name and the same id: hosts, and what hosts refer to.
    pub moved: Vec<Moved>,
    /// Hosts that are new.
    pub added: Vec<Added>,
    /// Hosts that are set up for the first time: they are new, were only planned, or are another machine
    /// now. Containers are made by the host that they run on.
    pub installs: Vec<Install>,
    /// What changes on hosts that stay. What is taken away comes first, then what moves, what changes,
    /// and what is added.
    pub differences: Vec<Difference>,
    /// What changes in the names of addresses that every host knows.
    pub names: Vec<NameChange>,
    /// All hosts that change or are new, by their names now. With names of addresses that change, it is
    /// every host. Those that are only planned have no machine yet and are not among them.
    pub changing: Vec<String>,
    /// The waves that the change goes through, in order; none where the fleet has none. One begins
    /// when the one before it is over. What is removed is in none.
    pub waves: Vec<WaveOfPlan>,
}

impl Plan {
    /// The hosts that stay and have another name or are elsewhere, and the others that stay and on
    /// which something changes. All by their names now.
    pub fn staying(&self) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let renamed = self.moved.iter().filter(|it| it.what == Thing::Host.word());
        let elsewhere = self.differences.iter().filter(|it| it.is_move());
        let elsewhere = elsewhere.flat_map(|it| it.hosts.iter().map(String::as_str));
        let moved: BTreeSet<&str> = renamed.map(|it| it.to.as_str()).chain(elsewhere).collect();
        let all = self.differences.iter().flat_map(|it| it.hosts.iter().map(String::as_str));
        let changed = all.filter(|host| !moved.contains(host)).collect();
        (moved, changed)
    }
}

/// A wave that the change goes through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaveOfPlan {
    /// Its name.
    pub name: String,
    /// The waves that it says to come after.
    pub after: Vec<String>,
    /// Hosts that change, by their names now, in steps: those of one step change at the same time.
    /// With names of addresses that change, every host of the wave does.
    pub steps: Vec<Vec<String>>,
    /// How long they run the change before the next wave begins, in seconds.
    pub soak: u64,
    /// What must hold on a host that has changed before the next step begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthGate>,
}

/// What must hold on a host that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthGate {
    /// Units that are active.
    pub units: Vec<String>,
    /// TCP ports that somebody answers at.
    pub tcp: Vec<u16>,
    /// How long it may take until all of it holds, in seconds.
    pub within: u64,
}

/// A commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// As it was asked for.
    pub name: String,
    /// Its full hash.
    pub commit: String,
}

/// Numbers of hosts. Each host is in one of `removed`, `replaced`, `moved`, `changed`, `added` and
/// `unchanged`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Hosts before, without those that are retired.
    pub before: usize,
    /// Hosts now, without those that are retired.
    pub after: usize,
    /// Hosts that are gone.
    pub removed: usize,
    /// Hosts that are another machine under the same name.
    pub replaced: usize,
    /// Hosts that have another name or are elsewhere, whatever else changes on them.
    pub moved: usize,
    /// Hosts that stay where they are, and on which something changes.
    pub changed: usize,
    /// Hosts that are new.
    pub added: usize,
    /// Hosts on which nothing changes but the names of addresses, if those do.
    pub unchanged: usize,
    /// How much is taken away from hosts that stay, by what it is: each thing once for each host.
    pub taken: BTreeMap<Kind, usize>,
}

/// A host that is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Its name.
    pub host: String,
    /// How it went.
    pub why: Why,
}

/// How a host went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// Its file says that it is retired.
    Retired,
    /// Its file is gone.
    Gone,
}

/// What has another name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// What it is: `host`, `role`, `network` and so on, as in the fleet's log.
    pub what: String,
    /// Its name before.
    pub from: String,
    /// Its name now.
    pub to: String,
}

/// A host that is new.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// Its name.
    pub host: String,
    /// What the machine is: `metal`, `virtual`, `container` or `cloud`.
    pub machine: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Its features.
    pub features: Vec<String>,
}

/// A host that is set up for the first time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// Its name.
    pub host: String,
    /// What the machine is: `metal`, `virtual` or `cloud`.
    pub machine: String,
}

/// Something that changes in one way on some hosts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What happens to it.
    pub change: Change,
    /// What it is.
    pub kind: Kind,
    /// Its name; empty where a host has only one of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it was; none where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is now; none where it is taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The hosts, by their names now.
    pub hosts: Vec<String>,
}

impl Difference {
    /// Whether it means that the hosts are elsewhere.
    fn is_move(&self) -> bool {
        self.change == Change::Moved && self.kind != Kind::User
    }
}

/// What happens to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// It is taken away.
    Removed,
    /// It is elsewhere, or has another name.
    Moved,
    /// It is something else.
    Changed,
    /// It is new.
    Added,
}

/// A kind of what hosts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// What the machine is.
    Machine,
    /// Its platform.
    System,
    /// How far it has come.
    Status,
    /// The organisation or unit that it is of.
    Unit,
    /// Where it is.
    Location,
    /// The host that it runs on.
    RunsOn,
    /// The device that it is.
    Device,
    /// What it is for.
    Role,
    /// A word that policies may select it by.
    Tag,
    /// A user, by name.
    User,
    /// The number of a user.
    Number,
    /// What a user may do.
    Right,
    /// Groups that a user is in.
    Group,
    /// Public keys of a user.
    Key,
    /// What stands after its name.
    Domain,
    /// Its addresses in a network.
    Address,
    /// The addresses of a network card.
    Interface,
    /// The router that leads to all other networks.
    Gateway,
    /// From where the firewall lets connections to a port in.
    Firewall,
    /// A zone that it answers for.
    Zone,
    /// The file of a secret that it holds.
    Secret,
    /// A feature.
    Feature,
    /// An option of a feature.
    Setting,
}

impl Kind {
    /// One of it or several, in a sentence.
    pub fn noun(self, several: bool) -> &'static str {
        let (one, all) = match self {
            Self::Machine => ("kind", "kinds"),
            Self::System => ("system", "systems"),
            Self::Status => ("status", "statuses"),
            Self::Unit => ("unit", "units"),
            Self::Location => ("location", "locations"),
            Self::RunsOn => ("host below", "hosts below"),
            Self::Device => ("device", "devices"),
            Self::Role => ("role", "roles"),
            Self::Tag => ("tag", "tags"),
            Self::User => ("user", "users"),
            Self::Number => ("number", "numbers"),
            Self::Right => ("right", "rights"),
            Self::Group => ("group", "groups"),
            Self::Key => ("key", "keys"),
            Self::Domain => ("domain", "domains"),
            Self::Address => ("address", "addresses"),
            Self::Interface => ("network card", "network cards"),
            Self::Gateway => ("default gateway", "default gateways"),
            Self::Firewall => ("way through the firewall", "ways through the firewall"),
            Self::Zone => ("zone", "zones"),
            Self::Secret => ("secret", "secrets"),
            Self::Feature => ("feature", "features"),
            Self::Setting => ("setting", "settings"),
        };
        if several { all } else { one }
    }
}

/// What changes in the names of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NameChange {
    /// What happens to it.
    pub change: Change,
    /// The address.
    pub address: String,
    /// Its names before; none where it had none.
    pub before: Vec<String>,
    /// Its names now; none where it has none.
    pub after: Vec<String>,
}
