//! Applications, accounts, equipment, groups of people and words: what is wrong with each.

use std::collections::BTreeMap;

use domi_model::Problem;

use super::references::no_subject;
use crate::codes::{NOBODY_CALLED, TWO_PLACES};
use crate::group::Purpose;
use crate::needs::location_of;
use crate::{About, Equipment, Fleet};

pub(super) fn inventory(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = missing(fleet);
    let on_call = fleet.groups.values().filter(|it| it.kind == Purpose::OnCall);
    for it in on_call.filter(|it| is_whole(&it.about) && !it.has_person(fleet)) {
        let message = format!("nobody is on call in `{}`", it.about.name);
        let problem = Problem::error(NOBODY_CALLED, "members", message).at(it.about.at(1));
        problems.push(problem.next("name a person under `members`, or a group that has one"));
    }
    problems.extend(equipment(fleet));
    for it in fleet.terms.values() {
        problems
            .extend(it.things.iter().filter_map(|thing| no_subject(&it.about, "things", thing)));
    }
    problems
}

fn is_whole(about: &About) -> bool {
    about.is_current() && about.readable
}

/// What has no default and is not there.
fn missing(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut lacks = |about: &About, key: &str, line: u32, next: &str| {
        if is_whole(about) && about.lacks(key) {
            problems.push(about.missing(key, line, next));
        }
    };
    for it in fleet.applications.values().filter(|it| it.source.is_none()) {
        if let Some(line) = it.builds {
            lacks(&it.about, "source", line, "name the repository that it is built from");
        }
    }
    for it in fleet.accounts.values() {
        if it.provider.is_empty() {
            lacks(&it.about, "provider", 1, "write whose service it is");
        }
        if it.holder.is_none() && it.unit.is_none() && it.about.lacks("unit") {
            lacks(&it.about, "holder", 1, "write who has it, under `holder` or `unit`");
        }
    }
    for it in fleet.constants.values().filter(|it| it.value.is_none()) {
        lacks(&it.about, "value", 1, "write the value");
    }
    for it in fleet.relationships.values() {
        let ends = [("from", it.from.is_none()), ("is", it.is.is_none()), ("to", it.to.is_none())];
        for (key, _) in ends.into_iter().filter(|(_, is_missing)| *is_missing) {
            lacks(&it.about, key, 1, "write all three: from, is, to");
        }
    }
    for it in fleet.queries.values() {
        if it.asks.trim().is_empty() {
            lacks(&it.about, "asks", 1, "write what it asks");
        }
        if it.query.0.trim().is_empty() {
            lacks(&it.about, "query", it.query.1, "write it in SPARQL");
        }
    }
    for it in fleet.terms.values().filter(|it| it.meaning.trim().is_empty()) {
        lacks(&it.about, "meaning", 1, "write what the word means");
    }
    problems
}

/// Equipment and devices that are in two places.
fn equipment(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut holders: BTreeMap<&str, &Equipment> = BTreeMap::new();
    let mut two_places = |about: &About, key: &str, line: u32, message: String| {
        let problem = Problem::error(TWO_PLACES, key, message).at(about.at(line));
        problems.push(problem.next("a thing is in one place: correct one of the two files"));
    };
    for it in fleet.equipment.values().filter(|it| it.about.is_current()) {
        let around = it.within.as_ref().and_then(|within| fleet.equipment.get(&within.name));
        let place = around.and_then(|around| Some((around, location_of(fleet, around)?)));
        if let (Some(own), Some((around, place))) = (&it.location, place)
            && own.name != place.name
        {
            let message = format!(
                "is at `{}` here, and within `{}`, which is at `{}`",
                own.name, around.about.name, place.name
            );
            two_places(&it.about, "location", own.line, message);
        }
        let own = location_of(fleet, it);
        for name in &it.holds {
            if let Some(other) = holders.insert(&name.name, it) {
                let message = format!("`{}` is in `{}`, too", name.name, other.about.name);
                two_places(&it.about, "holds", name.line, message);
            }
            let device = fleet.devices.get(&name.name);
            let device = device.and_then(|device| Some((device, device.location.as_ref()?)));
            if let (Some(own), Some((device, place))) = (own, device)
                && own.name != place.name
            {
                let message = format!(
                    "`{}` is at `{}` in `{}`, and this is at `{}`",
                    name.name, place.name, device.about.file, own.name
                );
                two_places(&it.about, "holds", name.line, message);
            }
        }
    }
    problems
}
