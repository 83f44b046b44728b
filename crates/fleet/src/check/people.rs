//! People and agents, who answers for what, and the numbers of users.

use std::collections::BTreeMap;

use domi_model::{NORMAL_IDS, Problem};

use crate::codes::{NOBODY_RESPONSIBLE, NUMBER_TWICE, SALT_TWICE};
use crate::{About, Fleet, Policy, Principal, Ref, User};

pub(super) fn people(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let units = fleet.organizations.values();
    for it in units.filter(|it| it.about.is_current() && it.about.readable) {
        problems.extend(responsible(
            fleet,
            &it.about,
            it.responsible.as_ref(),
            it.within.is_some(),
        ));
    }
    let people = fleet.people.values();
    for it in people.filter(|it| it.about.is_current() && it.about.readable) {
        let is_agent = it.kind == Principal::Agent;
        problems.extend(responsible(fleet, &it.about, it.responsible.as_ref(), is_agent));
    }
    let secrets = fleet.secrets.values().map(|it| (&it.about, &it.responsible));
    let repositories = fleet.repositories.values().map(|it| (&it.about, &it.responsible));
    let applications = fleet.applications.values().map(|it| (&it.about, &it.responsible));
    for (about, who) in secrets.chain(repositories).chain(applications) {
        if about.is_current() && about.readable {
            problems.extend(responsible(fleet, about, who.as_ref(), true));
        }
    }
    for policy in fleet.policies.values() {
        let Policy { who, units, groups, .. } = policy;
        let somebody = !who.is_empty() || !units.is_empty() || !groups.is_empty();
        let (key, next) = match somebody {
            true => ("may", "write `may = [\"login\"]` or `may = [\"administer\"]`"),
            false => ("who", "say who may do it, under `who`, `units` or `groups`"),
        };
        if somebody != policy.may.is_some() && policy.about.lacks(key) {
            problems.push(policy.about.missing(key, 1, next));
        }
    }
    problems.extend(numbers(fleet));
    problems.extend(salts(fleet));
    problems
}

/// Two files with one salt: who erases the one leaves what its digest was made with in the other.
fn salts(fleet: &Fleet) -> Vec<Problem> {
    let mut owners: BTreeMap<&str, &About> = BTreeMap::new();
    let mut problems = Vec::new();
    for about in fleet.abouts() {
        let Some(salt) = &about.salt else { continue };
        if let Some(other) = owners.insert(&salt.name, about) {
            let message = format!("`{}` has the same", other.file);
            let problem = Problem::error(SALT_TWICE, "salt", message).at(about.at(salt.line));
            let next = "take the line away from the newer file; `fleet record` writes another one";
            problems.push(problem.next(next));
        }
    }
    problems
}

/// What is wrong with whoever answers for something.
fn responsible(fleet: &Fleet, about: &About, who: Option<&Ref>, needed: bool) -> Option<Problem> {
    let problem = |line: u32, message: String, next: &str| {
        let problem = Problem::error(NOBODY_RESPONSIBLE, "responsible", message);
        Some(problem.at(about.at(line)).next(next))
    };
    match who {
        None if needed && about.lacks("responsible") => {
            let message = format!("nobody answers for `{}`", about.name);
            problem(1, message, "write `responsible = \"…\"` with the name of a person")
        }
        None => None,
        Some(name) => {
            let person = fleet.person(&name.name)?;
            let is_agent = person.kind == Principal::Agent;
            let message = format!("`{}` is an agent, and agents answer for nothing", name.name);
            is_agent.then(|| problem(name.line, message, "name a person")).flatten()
        }
    }
}

/// Numbers of users: each has one, and no two the same, those of retired users included.
fn numbers(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut owners: BTreeMap<u32, &User> = BTreeMap::new();
    let highest = fleet.users.values().filter_map(|user| user.uid).map(|(uid, _)| uid).max();
    // Not the lowest that is free: that may have been somebody's.
    let mut free = highest.map_or(*NORMAL_IDS.start(), |highest| highest + 1);
    for user in fleet.users.values() {
        let Some((uid, line)) = user.uid else {
            if !user.about.lacks("uid") {
                continue;
            }
            let next = format!("write `uid = {free}`, which nobody has had");
            problems.push(user.about.missing("uid", 1, next));
            free += 1;
            continue;
        };
        if let Some(other) = owners.insert(uid, user) {
            let message = format!("`{}` has the number {uid} already", other.about.file);
            let problem = Problem::error(NUMBER_TWICE, "uid", message).at(user.about.at(line));
            problems.push(problem.next(format!("write `uid = {free}`, which nobody has had")));
            free += 1;
        }
    }
    problems
}
