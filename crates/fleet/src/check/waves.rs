//! Waves that cannot be gone through, and hosts that no change would reach.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::codes::{CYCLE, IN_NO_WAVE, IN_TWO_WAVES, NEVER_MET, NO_EFFECT};
use crate::waves::active;
use crate::{Fleet, Standing, Wave, Waves};

pub(super) fn waves(fleet: &Fleet) -> Vec<Problem> {
    let waves = match Waves::of(fleet) {
        Ok(waves) => waves,
        Err(circle) => return circular(fleet, &circle).into_iter().collect(),
    };
    let mut problems = Vec::new();
    if waves.order().is_empty() {
        return problems;
    }
    // The roles of the hosts of each wave.
    let mut roles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for host in fleet.hosts.values().filter(|host| host.about.is_current()) {
        let with = waves.with(&Standing::of(fleet, host));
        for wave in &with {
            let names = host.roles.iter().map(|role| role.name.as_str());
            roles.entry(&wave.about.name).or_default().extend(names);
        }
        match with.as_slice() {
            [_] => {}
            [] => {
                let message = "is in no wave, so that no change would reach it";
                let problem = Problem::error(IN_NO_WAVE, &host.about.name, message);
                let next = "write a last wave without `on`, which has all that are left";
                problems.push(problem.at(host.about.at(1)).next(next));
            }
            several => {
                let names: Vec<_> =
                    several.iter().map(|it| format!("`{}`", it.about.name)).collect();
                let message = format!("is in the waves {}, in no order", names.join(" and "));
                let problem = Problem::error(IN_TWO_WAVES, &host.about.name, message);
                let next = "let one of them be `after` the other: the first one has the host";
                problems.push(problem.at(host.about.at(1)).next(next));
            }
        }
    }
    for wave in waves.order() {
        let has = roles.get(wave.about.name.as_str());
        problems.extend(kept(fleet, wave, has.map_or(&[], Vec::as_slice)));
        if has.is_none() && !fleet.hosts.is_empty() {
            let message = "no host is in it";
            let problem = Problem::warning(NO_EFFECT, "on", message).at(wave.about.at(1));
            problems.push(problem.next("loosen the table `on`, or remove the file"));
        }
    }
    problems
}

/// What `keep` asks for and nobody can give.
fn kept(fleet: &Fleet, wave: &Wave, roles: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (role, (number, line)) in wave.keep.iter().filter(|it| fleet.roles.contains_key(it.0)) {
        let key = format!("keep.{role}");
        if !roles.contains(&role.as_str()) {
            let message = format!("no host of the wave has the role `{role}`");
            let problem = Problem::warning(NO_EFFECT, key, message).at(wave.about.at(*line));
            problems.push(problem.next("take the line away"));
            continue;
        }
        let there = active(fleet, role);
        if usize::try_from(*number).unwrap_or(usize::MAX) >= there {
            let hosts = if there == 1 { "host has" } else { "hosts have" };
            let message = format!(
                "{number} are to be left alone, and {there} active {hosts} the role `{role}`: none could \
                 ever change"
            );
            let problem = Problem::error(NEVER_MET, key, message).at(wave.about.at(*line));
            problems.push(problem.next("write a smaller number"));
        }
    }
    problems
}

fn circular(fleet: &Fleet, circle: &[&str]) -> Option<Problem> {
    let wave = fleet.waves.get(*circle.first()?)?;
    let next = circle.get(1).or(circle.first())?;
    let line = wave.after.iter().find(|it| it.name == **next).map_or(1, |it| it.line);
    let way: Vec<&str> = circle.iter().chain(circle.first()).copied().collect();
    let message = format!("is after itself: {}", way.join(", after "));
    let problem = Problem::error(CYCLE, "after", message).at(wave.about.at(line));
    Some(problem.next("take one of them out of the circle"))
}
