//! A fleet and what it was before.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::codes::{NOT_KEPT, TRANSITION};
use crate::fleet::Filed;
use crate::{Fleet, Status, User};

/// What may not have become of a fleet: a status that does not follow the one before, an id or a
/// number that was given to something else, something that is gone and was never retired.
pub fn compare(before: &Fleet, after: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    kind(&before.organizations, &after.organizations, &mut problems);
    kind(&before.people, &after.people, &mut problems);
    kind(&before.locations, &after.locations, &mut problems);
    kind(&before.devices, &after.devices, &mut problems);
    kind(&before.networks, &after.networks, &mut problems);
    kind(&before.policies, &after.policies, &mut problems);
    kind(&before.hosts, &after.hosts, &mut problems);
    kind(&before.roles, &after.roles, &mut problems);
    kind(&before.users, &after.users, &mut problems);
    numbers(before, after, &mut problems);
    problems
}

/// What became of something: what has its id, or else its name and no other id.
fn became<'a, T: Filed>(it: &T, after: &'a BTreeMap<String, T>) -> Option<&'a T> {
    let id = it.about().id;
    let of_id = id.and_then(|id| after.values().find(|it| it.about().id == Some(id)));
    of_id.or_else(|| {
        let of_name = after.get(&it.about().name)?;
        (id.is_none() || of_name.about().id.is_none()).then_some(of_name)
    })
}

fn kind<T: Filed>(
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    problems: &mut Vec<Problem>,
) {
    for it in before.values() {
        let old = it.about();
        let Some(new) = became(it, after).map(Filed::about) else {
            if !matches!(old.status, Status::Retired | Status::Planned) {
                let message = format!("`{}` is gone, and was {}", old.file, old.status);
                let next = "keep the file with `status = \"retired\"` first";
                problems.push(Problem::error(TRANSITION, &old.name, message).next(next));
            }
            continue;
        };
        if !old.status.may_become(new.status) {
            let message = format!("what was {} cannot become {}", old.status, new.status);
            let followers: Vec<_> = old.status.followers().iter().map(|it| it.as_str()).collect();
            let next = match followers.as_slice() {
                [] => "describe something new in a file of its own".to_owned(),
                followers => format!("it can become {}", followers.join(", ")),
            };
            let problem = Problem::error(TRANSITION, &new.name, message);
            problems.push(problem.at(new.at(new.status_line)).next(next));
        }
        if let (Some(id), None) = (old.id, new.id) {
            let message = format!("`{}` had the id {id}, and has none now", new.name);
            let problem = Problem::error(NOT_KEPT, "id", message).at(new.at(1));
            problems.push(problem.next("write the id again"));
        }
    }
}

/// Numbers that became another's, or that changed.
fn numbers(before: &Fleet, after: &Fleet, problems: &mut Vec<Problem>) {
    let owners = after.users.values().filter_map(|user| Some((user.uid?.0, user)));
    let owners: BTreeMap<u32, &User> = owners.collect();
    for old in before.users.values() {
        let Some((uid, _)) = old.uid else { continue };
        let new = became(old, &after.users);
        if let Some(new) = new
            && let Some((other, line)) = new.uid.filter(|(other, _)| *other != uid)
        {
            let message = format!("was {uid}, and is {other} now");
            let problem = Problem::error(NOT_KEPT, "uid", message).at(new.about.at(line));
            problems.push(problem.next(format!("write `uid = {uid}` again: files belong to it")));
        }
        let owner = owners.get(&uid);
        if let Some(owner) = owner.filter(|owner| !new.is_some_and(|it| std::ptr::eq(it, **owner)))
        {
            let message = format!("{uid} was given to `{}` before", old.about.name);
            let line = owner.uid.map_or(1, |(_, line)| line);
            let problem = Problem::error(NOT_KEPT, "uid", message).at(owner.about.at(line));
            problems.push(problem.next("write a number that nobody has had"));
        }
    }
}
