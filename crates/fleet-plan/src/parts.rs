//! What a host is and has, part by part, so that two states of it can be compared.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Fleet, Kind as Thing, SecretFile, range_shown};
use domi_fleet_files::HostFacts;
use domi_model::{OptionPath, Value};

use crate::document::Kind;
use crate::same::Same;

/// A part of a host.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// One value.
    One(Value),
    /// Things without an order.
    Set(BTreeSet<String>),
}

/// The parts of a host, by what they are and their names.
pub(crate) type Parts = BTreeMap<(Kind, String), Part>;

/// Whatever everybody may reach is let in from here.
const EVERYWHERE: &str = "everywhere";

/// What a host is and has. Names of what it refers to are those of now, where `same` knows them.
pub(crate) fn parts(fleet: &Fleet, facts: &HostFacts, same: Option<&Same>) -> Parts {
    let mut parts = Collected { parts: Parts::new(), same };
    parts.place(fleet, facts);
    parts.network(facts);
    parts.users(fleet, facts);
    for (name, file) in &facts.secrets {
        let SecretFile { path, owner, group, mode } = file;
        let name = parts.name(Thing::Secret, name);
        parts.one(Kind::Secret, &name, Value::Str(format!("{path} {owner}:{group} {mode}")));
    }
    for (feature, settings) in &facts.features {
        parts.one(Kind::Feature, feature, Value::Bool(true));
        for (option, value) in settings {
            parts.setting(feature, &mut vec![option.clone()], value);
        }
    }
    parts.parts
}

/// The part that a part belongs to: what is said of that is not said of this.
pub(crate) fn whole(kind: Kind, name: &str) -> Option<(Kind, String)> {
    match kind {
        Kind::Number | Kind::Right | Kind::Group | Kind::Key => Some((Kind::User, name.to_owned())),
        // Names of features have no dots.
        Kind::Setting => {
            let feature = name.split_once('.').map_or(name, |(feature, _)| feature);
            Some((Kind::Feature, feature.to_owned()))
        }
        _ => None,
    }
}

struct Collected<'a> {
    parts: Parts,
    same: Option<&'a Same>,
}

impl Collected<'_> {
    fn name(&self, kind: Thing, name: &str) -> String {
        self.same.map_or(name, |same| same.name(kind, name)).to_owned()
    }

    fn one(&mut self, kind: Kind, name: &str, value: Value) {
        self.parts.insert((kind, name.to_owned()), Part::One(value));
    }

    fn text(&mut self, kind: Kind, text: String) {
        self.one(kind, "", Value::Str(text));
    }

    fn add(&mut self, kind: Kind, name: &str, item: String) {
        let part = self.parts.entry((kind, name.to_owned()));
        if let Part::Set(items) = part.or_insert_with(|| Part::Set(BTreeSet::new())) {
            items.insert(item);
        }
    }

    /// What the machine is, where it stands and what it is for.
    fn place(&mut self, fleet: &Fleet, facts: &HostFacts) {
        self.text(Kind::Machine, facts.kind.as_str().to_owned());
        self.text(Kind::System, facts.system.as_str().to_owned());
        self.text(Kind::Status, facts.status.to_string());
        if let Some(unit) = facts.units.last() {
            self.text(Kind::Unit, self.name(Thing::Organization, unit));
        }
        if let Some(location) = facts.locations.last() {
            self.text(Kind::Location, self.name(Thing::Location, location));
        }
        if let Some(host) = fleet.hosts.get(&facts.name) {
            if let Some(other) = &host.runs_on {
                self.text(Kind::RunsOn, self.name(Thing::Host, &other.name));
            }
            if let Some(device) = &host.device {
                self.text(Kind::Device, self.name(Thing::Device, &device.name));
            }
        }
        for role in &facts.roles {
            self.add(Kind::Role, "", self.name(Thing::Role, role));
        }
        for tag in &facts.tags {
            self.add(Kind::Tag, "", tag.clone());
        }
    }

    fn network(&mut self, facts: &HostFacts) {
        if !facts.domain.is_empty() {
            self.text(Kind::Domain, facts.domain.clone());
        }
        for (network, addresses) in &facts.addresses {
            let network = self.name(Thing::Network, network);
            for address in addresses {
                self.add(Kind::Address, &network, address.clone());
            }
        }
        for (card, addresses) in &facts.interfaces {
            for address in addresses {
                self.add(Kind::Interface, card, address.clone());
            }
        }
        for (gateway, card) in &facts.gateways {
            let version = if gateway.contains(':') { "IPv6" } else { "IPv4" };
            self.one(Kind::Gateway, version, Value::Str(format!("{gateway} on {card}")));
        }
        for rule in &facts.admits {
            for port in &rule.ports {
                let name = format!("{} {port}", rule.protocol.as_str());
                for range in &rule.from {
                    self.add(Kind::Firewall, &name, range_shown(*range));
                }
            }
        }
        for (protocol, ports) in facts.open.ports() {
            for port in ports {
                let name = format!("{} {port}", protocol.as_str());
                self.add(Kind::Firewall, &name, EVERYWHERE.to_owned());
            }
        }
        for (domain, text) in &facts.zones {
            self.one(Kind::Zone, domain, Value::Str(text.clone()));
        }
    }

    fn users(&mut self, fleet: &Fleet, facts: &HostFacts) {
        for login in &facts.logins {
            let name = self.name(Thing::User, &login.user);
            self.one(Kind::User, &name, Value::Str(login.user.clone()));
            self.one(Kind::Right, &name, Value::Str(login.may.as_str().to_owned()));
            let user = fleet.users.get(&login.user);
            if let Some((uid, _)) = user.and_then(|user| user.uid) {
                self.one(Kind::Number, &name, Value::Int(uid.into()));
            }
            for group in user.iter().flat_map(|user| &user.groups) {
                self.add(Kind::Group, &name, group.name.clone());
            }
            let person = fleet.person(&login.principal);
            for key in person.iter().flat_map(|person| &person.keys) {
                self.add(Kind::Key, &name, key.clone());
            }
        }
    }

    /// Settings within settings are told apart, down to what is no attribute set.
    fn setting(&mut self, feature: &str, path: &mut Vec<String>, value: &Value) {
        match value {
            Value::Attrs(all) if !all.is_empty() => {
                for (name, value) in all {
                    path.push(name.clone());
                    self.setting(feature, path, value);
                    path.pop();
                }
            }
            value => {
                let name = format!("{feature}.{}", OptionPath(path.clone()));
                self.one(Kind::Setting, &name, value.clone());
            }
        }
    }
}
