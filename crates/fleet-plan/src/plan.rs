//! Compares two states of a fleet.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Fleet, Kind as Thing};
use domi_fleet_files::{HostFacts, Projected};
use domi_model::Value;

use crate::differences::Differences;
use crate::document::{
    Added, Change, Difference, Kind, Moved, NameChange, Plan, Removed, Revision, SCHEMA, Summary,
    Why,
};
use crate::parts::parts;
use crate::same::Same;
use crate::waves::waves;

/// A state of a fleet.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What its files say.
    pub fleet: &'a Fleet,
    /// What follows from them.
    pub projected: &'a Projected,
}

impl<'a> Side<'a> {
    /// Its hosts that are not retired, by name.
    fn hosts(self) -> BTreeMap<&'a str, &'a HostFacts> {
        self.projected.hosts.iter().map(|host| (host.name.as_str(), host)).collect()
    }
}

/// What changes from one state to the other.
pub fn plan(from: Revision, before: Side<'_>, after: Side<'_>) -> Plan {
    let same = Same::of(before.fleet, after.fleet);
    let (old, new) = (before.hosts(), after.hosts());
    let (mut removed, mut replaced) = (Vec::new(), Vec::new());
    let mut differences = Differences::default();
    // Hosts that stay, by their names now.
    let mut stay: BTreeSet<&str> = BTreeSet::new();
    // Of these, and of those that are new, the ones on which something changes.
    let mut changing: BTreeSet<&str> = BTreeSet::new();
    let (mut moved, mut changed) = (0, 0);
    for (name, facts) in &old {
        let now = same.still(Thing::Host, name).and_then(|now| Some((now, new.get(now)?)));
        let Some((now, facts_now)) = now else {
            // A host that took its name by a rename is a host that stays.
            let is_another = new.contains_key(name) && !same.is_target(Thing::Host, name);
            if is_another {
                replaced.push((*name).to_owned());
            } else {
                removed.push(Removed { host: (*name).to_owned(), why: why(&same, after, name) });
            }
            continue;
        };
        stay.insert(now);
        let (then, now_parts) =
            (parts(before.fleet, facts, Some(&same)), parts(after.fleet, facts_now, None));
        let outcome = differences.add(now, &then, &now_parts);
        if now != *name || outcome.differs {
            changing.insert(now);
        }
        if now != *name || outcome.moves {
            moved += 1;
        } else if outcome.differs {
            changed += 1;
        }
    }
    let is_new = |name: &str| !stay.contains(name) && !replaced.iter().any(|it| it == name);
    let added: Vec<Added> =
        new.values().filter(|host| is_new(&host.name)).map(|it| added(it)).collect();
    let differences = differences.all();
    let names = names(before.projected, after.projected);
    let is_changing =
        |name: &&str| !names.is_empty() || !stay.contains(name) || changing.contains(name);
    let changing: BTreeSet<&str> = new.keys().copied().filter(is_changing).collect();
    let summary = Summary {
        before: old.len(),
        after: new.len(),
        removed: removed.len(),
        replaced: replaced.len(),
        moved,
        changed,
        added: added.len(),
        unchanged: stay.len() - moved - changed,
        taken: taken(&differences),
    };
    Plan {
        schema: SCHEMA.to_owned(),
        from,
        summary,
        removed,
        replaced,
        moved: renamed(&same, after.fleet),
        added,
        differences,
        names,
        waves: waves(after.fleet, &changing),
        changing: changing.into_iter().map(str::to_owned).collect(),
    }
}

/// How a host went.
fn why(same: &Same, after: Side<'_>, name: &str) -> Why {
    let now = same.still(Thing::Host, name).and_then(|now| after.fleet.hosts.get(now));
    if now.is_some() { Why::Retired } else { Why::Gone }
}

fn added(host: &HostFacts) -> Added {
    Added {
        host: host.name.clone(),
        machine: host.kind.as_str().to_owned(),
        roles: host.roles.clone(),
        features: host.features.keys().cloned().collect(),
    }
}

/// What has another name, of what machines know or are: hosts first.
fn renamed(same: &Same, after: &Fleet) -> Vec<Moved> {
    let is_shown = |kind: Thing, name: &str| match kind {
        Thing::Host => after.hosts.get(name).is_some_and(|host| host.about.is_current()),
        // Nothing on a machine is named by it.
        Thing::Person | Thing::Authorization | Thing::Authentication => false,
        _ => true,
    };
    let all = same.renamed().filter(|(kind, _, to)| is_shown(*kind, to));
    let (hosts, others): (Vec<_>, Vec<_>) = all.partition(|(kind, ..)| *kind == Thing::Host);
    let moved = |(kind, from, to): (Thing, &str, &str)| Moved {
        what: kind.word().to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    hosts.into_iter().chain(others).map(moved).collect()
}

/// How much is taken away, by what it is.
fn taken(differences: &[Difference]) -> BTreeMap<Kind, usize> {
    let mut taken = BTreeMap::new();
    for it in differences.iter().filter(|it| it.change == Change::Removed) {
        // What has no order is taken away item by item. A list of a setting is one value, and a port
        // is one thing, whoever was let in there.
        let items = match &it.before {
            Some(Value::List(items)) if !matches!(it.kind, Kind::Setting | Kind::Firewall) => {
                items.len()
            }
            _ => 1,
        };
        *taken.entry(it.kind).or_default() += items * it.hosts.len();
    }
    taken
}

/// What changes in the names of addresses, in the same order as other differences.
fn names(before: &Projected, after: &Projected) -> Vec<NameChange> {
    let (before, after) = (&before.names, &after.names);
    let addresses: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |names: &BTreeMap<String, Vec<String>>, address: &str| {
        names.get(address).cloned().unwrap_or_default()
    };
    let mut changes: Vec<NameChange> = addresses
        .into_iter()
        .map(|address| (address, of(before, address), of(after, address)))
        .filter(|(_, before, after)| before != after)
        .map(|(address, before, after)| {
            let change = match (before.is_empty(), after.is_empty()) {
                (_, true) => Change::Removed,
                (true, _) => Change::Added,
                _ => Change::Changed,
            };
            NameChange { change, address: address.clone(), before, after }
        })
        .collect();
    changes.sort();
    changes
}
