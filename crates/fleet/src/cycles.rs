//! Things that are within themselves.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;

use crate::codes::CYCLE;
use crate::fleet::Filed;
use crate::{Fleet, Group, Ref};

/// The circles of a fleet, each once.
pub(crate) fn cycles(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    circles(&fleet.organizations, "within", |it| it.within.as_ref(), &mut problems);
    circles(&fleet.locations, "within", |it| it.within.as_ref(), &mut problems);
    circles(&fleet.hosts, "runs_on", |it| it.runs_on.as_ref(), &mut problems);
    circles(&fleet.equipment, "within", |it| it.within.as_ref(), &mut problems);
    circles(&fleet.equipment, "powered_by", |it| it.powered_by.as_ref(), &mut problems);
    problems.extend(fleet.groups.values().filter_map(|group| in_itself(fleet, group)));
    problems
}

/// A group that is in itself, through others or not. Of the groups of a circle, the first says it.
fn in_itself(fleet: &Fleet, group: &Group) -> Option<Problem> {
    let name = &group.about.name;
    let mut seen = BTreeSet::new();
    let mut next: Vec<&Group> = vec![group];
    while let Some(other) = next.pop() {
        let within = other.groups.iter().filter(|it| it.name >= *name);
        for it in within {
            if it.name == *name {
                let line = group.groups.first().map_or(1, |it| it.line);
                let message = format!("is within itself, through `{}`", other.about.name);
                let problem = Problem::error(CYCLE, "groups", message).at(group.about.at(line));
                return Some(problem.next("take one of them out of the circle"));
            }
            next.extend(fleet.groups.get(&it.name).filter(|_| seen.insert(&it.name)));
        }
    }
    None
}

fn circles<T: Filed>(
    all: &BTreeMap<String, T>,
    key: &str,
    within: impl Fn(&T) -> Option<&Ref>,
    problems: &mut Vec<Problem>,
) {
    // Whose way outwards is known to end, or to lead into a circle that was found.
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for name in all.keys() {
        let mut way: Vec<&str> = Vec::new();
        let mut next = all.get_key_value(name);
        while let Some((name, it)) = next {
            if done.contains(name.as_str()) {
                break;
            }
            if let Some(begin) = way.iter().position(|other| other == name) {
                let circle: Vec<&str> =
                    way[begin..].iter().copied().chain([name.as_str()]).collect();
                let line = within(it).map_or(1, |it| it.line);
                let message = format!("is within itself: {}", circle.join(", within "));
                let problem = Problem::error(CYCLE, key, message).at(it.about().at(line));
                problems.push(problem.next("take one of them out of the circle"));
                break;
            }
            way.push(name);
            next = within(it).and_then(|it| all.get_key_value(&it.name));
        }
        done.extend(way);
    }
}
