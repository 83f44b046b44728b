//! Compares two states of a fleet.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Fleet, Kind as Thing, Machine, Status};
use domi_fleet_files::{HostFacts, Projected};
use domi_model::Value;

use crate::differences::Differences;
use crate::document::{
    Added, Change, Difference, Install, Kind, Moved, NameChange, Plan, Removed, Revision, SCHEMA,
    Summary, Why,
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
    let mut gone: Vec<&str> = Vec::new();
    let mut differences = Differences::default();
    // Hosts that stay, by their names now.
    let mut stay: BTreeSet<&str> = BTreeSet::new();
    // Those of them that were set up before, as far as the files say.
    let mut set_up: BTreeSet<&str> = BTreeSet::new();
    for (name, facts) in &old {
        let now = same.still(Thing::Host, name).and_then(|now| Some((now, new.get(now)?)));
        let Some((now, facts_now)) = now else {
            gone.push(name);
            continue;
        };
        stay.insert(now);
        if facts.status != Status::Planned {
            set_up.insert(now);
        }
        let (then, now_parts) =
            (parts(before.fleet, facts, Some(&same)), parts(after.fleet, facts_now, None));
        differences.add(now, &then, &now_parts);
    }
    // A host that stays may have taken the name of one that is gone.
    let is_another = |name: &&str| new.contains_key(name) && !stay.contains(name);
    let (replaced, removed): (Vec<&str>, Vec<&str>) = gone.into_iter().partition(is_another);
    let is_new = |name: &str| !stay.contains(name) && !replaced.contains(&name);
    let added: Vec<Added> =
        new.values().filter(|host| is_new(&host.name)).map(|it| added(it)).collect();
    let is_first = |host: &&&HostFacts| {
        let was = set_up.contains(host.name.as_str());
        !was && host.status != Status::Planned && host.kind != Machine::Container
    };
    let installs = new
        .values()
        .filter(is_first)
        .map(|host| Install { host: host.name.clone(), machine: host.kind.as_str().to_owned() });
    let names = names(before.projected, after.projected);
    let removed = removed.iter().map(|name| removed_as(&same, after, name));
    let mut plan = Plan {
        schema: SCHEMA.to_owned(),
        from,
        summary: Summary::default(),
        removed: removed.collect(),
        replaced: replaced.into_iter().map(str::to_owned).collect(),
        moved: renamed(&same, &stay),
        added,
        installs: installs.collect(),
        differences: differences.all(),
        names,
        changing: Vec::new(),
        waves: Vec::new(),
    };
    let (moved, changed) = plan.staying();
    let installed: BTreeSet<&str> = plan.installs.iter().map(|it| it.host.as_str()).collect();
    let is_changing = |name: &&str| {
        let is_affected = [&moved, &changed, &installed].iter().any(|hosts| hosts.contains(name));
        let is_planned = new[name].status == Status::Planned;
        !is_planned && (!plan.names.is_empty() || !stay.contains(name) || is_affected)
    };
    let changing: BTreeSet<&str> = new.keys().copied().filter(is_changing).collect();
    let summary = Summary {
        before: old.len(),
        after: new.len(),
        removed: plan.removed.len(),
        replaced: plan.replaced.len(),
        moved: moved.len(),
        changed: changed.len(),
        added: plan.added.len(),
        unchanged: stay.len() - moved.len() - changed.len(),
        taken: taken(&plan.differences),
    };
    plan.waves = waves(after.fleet, &changing);
    plan.changing = changing.into_iter().map(str::to_owned).collect();
    plan.summary = summary;
    plan
}

/// A host that is gone, and how it went.
fn removed_as(same: &Same, after: Side<'_>, name: &str) -> Removed {
    let now = same.still(Thing::Host, name).and_then(|now| after.fleet.hosts.get(now));
    Removed { host: name.to_owned(), why: if now.is_some() { Why::Retired } else { Why::Gone } }
}

fn added(host: &HostFacts) -> Added {
    Added {
        host: host.name.clone(),
        machine: host.kind.as_str().to_owned(),
        roles: host.roles.clone(),
        features: host.features.keys().cloned().collect(),
    }
}

/// What has another name, of what machines know or are: hosts that stay first.
fn renamed(same: &Same, stay: &BTreeSet<&str>) -> Vec<Moved> {
    let is_shown = |kind: Thing, name: &str| match kind {
        // One that was retired before is new, whatever its name was.
        Thing::Host => stay.contains(name),
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
