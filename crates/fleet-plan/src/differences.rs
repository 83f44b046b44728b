//! How two states of hosts differ, and what is the same difference on several hosts.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Value;

use crate::document::{Change, Difference, Kind};
use crate::parts::{Part, Parts, whole};

/// Differences of all hosts. What differs in one way on several hosts is one of them.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    found: BTreeMap<Key, Difference>,
}

/// What makes two differences one, in the order in which people read them.
type Key = (Change, Kind, String, String, String);

/// A difference of one host.
struct Found<'a> {
    change: Change,
    kind: Kind,
    name: &'a str,
    before: Option<Value>,
    after: Option<Value>,
}

impl Differences {
    /// Adds how a host differs.
    pub(crate) fn add(&mut self, host: &str, before: &Parts, after: &Parts) {
        for Found { change, kind, name, before, after } in differing(before, after) {
            let text =
                |value: &Option<Value>| value.as_ref().map_or(String::new(), Value::to_string);
            let key = (change, kind, name.to_owned(), text(&before), text(&after));
            let hosts = Vec::new();
            let new = || Difference { change, kind, name: name.to_owned(), before, after, hosts };
            self.found.entry(key).or_insert_with(new).hosts.push(host.to_owned());
        }
    }

    /// All of them, what is taken away first.
    pub(crate) fn all(self) -> Vec<Difference> {
        let mut all: Vec<Difference> = self.found.into_values().collect();
        for it in &mut all {
            it.hosts.sort();
        }
        all
    }
}

fn differing<'a>(before: &'a Parts, after: &'a Parts) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let keys: BTreeSet<&(Kind, String)> = before.keys().chain(after.keys()).collect();
    for key @ (kind, name) in keys {
        let whole = whole(*kind, name);
        let is_alone =
            |parts: &Parts| whole.as_ref().is_some_and(|whole| !parts.contains_key(whole));
        // It comes and goes with what it belongs to.
        if is_alone(before) || is_alone(after) {
            continue;
        }
        let (before, after) = (before.get(key), after.get(key));
        if before == after {
            continue;
        }
        match (before, after) {
            (Some(Part::Set(_)), _) | (_, Some(Part::Set(_))) => {
                let only = |one: Option<&Part>, other: Option<&Part>| {
                    let other = items(other);
                    let mut items = items(one);
                    items.retain(|item| !other.contains(item));
                    let items: Vec<Value> = items.into_iter().map(Value::Str).collect();
                    (!items.is_empty()).then_some(Value::List(items))
                };
                let removed = only(before, after);
                if removed.is_some() {
                    let change = Change::Removed;
                    found.push(Found { change, kind: *kind, name, before: removed, after: None });
                }
                let added = only(after, before);
                if added.is_some() {
                    let change = Change::Added;
                    found.push(Found { change, kind: *kind, name, before: None, after: added });
                }
            }
            (before, after) => {
                let (before, after) = (one(before), one(after));
                let change = match (&before, &after) {
                    (Some(_), None) => Change::Removed,
                    (None, _) => Change::Added,
                    _ if is_place(*kind) => Change::Moved,
                    _ => Change::Changed,
                };
                found.push(Found { change, kind: *kind, name, before, after });
            }
        }
    }
    found
}

/// Whether another value means that something is elsewhere, or has another name.
fn is_place(kind: Kind) -> bool {
    matches!(kind, Kind::Unit | Kind::Location | Kind::RunsOn | Kind::Device | Kind::User)
}

fn items(part: Option<&Part>) -> BTreeSet<String> {
    match part {
        Some(Part::Set(items)) => items.clone(),
        _ => BTreeSet::new(),
    }
}

fn one(part: Option<&Part>) -> Option<Value> {
    match part {
        Some(Part::One(value)) => Some(value.clone()),
        _ => None,
    }
}
