//! What is known of a fleet's host, from what was merged for it.

pub(crate) mod network;

use std::collections::BTreeMap;

use domi_model::{Manifest, Platform, Value};

use crate::ast::{Binding, Key, Nix};

/// Names by address, the full one first where there is one.
pub(crate) type Names = BTreeMap<String, Vec<String>>;

/// A host, with what it gets. All of it is checked before: names are those of a machine and of
/// users, and settings have the types of their options.
#[derive(Debug, Clone)]
pub struct Host<'a> {
    /// Its name.
    pub name: &'a str,
    /// The file that describes it, from the root of the repository.
    pub file: &'a str,
    /// Its platform.
    pub system: Platform,
    /// What a tool that deploys calls it by.
    pub target: String,
    /// Words that a tool that deploys may select it by.
    pub tags: Vec<String>,
    /// Its features with their settings.
    pub features: Vec<(&'a Manifest, &'a BTreeMap<String, Value>)>,
    /// What stands after its name; empty where nothing does.
    pub domain: &'a str,
    /// The addresses of its network cards, each with the length of its prefix.
    pub interfaces: &'a BTreeMap<String, Vec<String>>,
    /// Its default gateways, each with the network card that leads there.
    pub gateways: &'a BTreeMap<String, String>,
    /// Rules of nftables for what its firewall lets in.
    pub admits: Vec<String>,
    /// Zones that it answers for, by their domains.
    pub zones: &'a BTreeMap<String, String>,
    /// Its addresses.
    pub addresses: Vec<&'a str>,
    /// Who may log in.
    pub users: Vec<HostUser<'a>>,
    /// Files of secrets that something else puts there.
    pub secrets: Vec<HostSecret<'a>>,
}

/// The file of a secret on a host.
#[derive(Debug, Clone, Copy)]
pub struct HostSecret<'a> {
    /// Its path.
    pub path: &'a str,
    /// Whose it is.
    pub owner: &'a str,
    /// Its group.
    pub group: &'a str,
    /// Its mode, in octal digits.
    pub mode: &'a str,
}

/// Somebody who may log in to a host.
#[derive(Debug, Clone)]
pub struct HostUser<'a> {
    /// The name of the user.
    pub name: &'a str,
    /// The user's number.
    pub uid: Option<u32>,
    /// Whether they may act as root.
    pub administers: bool,
    /// Further groups.
    pub groups: Vec<&'a str>,
    /// Public keys of SSH.
    pub keys: &'a [String],
}

/// `a.b = value;`
pub(crate) fn at(path: &[&str], value: Nix) -> Binding {
    Binding::at(path.iter().map(|key| Key::from(*key)).collect(), value).flattened()
}
