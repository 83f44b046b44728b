//! A fleet and what it was before.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::codes::{NOT_KEPT, TRANSITION};
use crate::state::Later;
use crate::{About, Fleet, Noted, State, Status, User};

/// What may not have become of a fleet: a status that does not follow the one before, an id or a
/// number that was given to something else, something that is gone and was never retired.
pub fn compare(before: &State, after: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let abouts: BTreeMap<&str, &About> =
        after.abouts().map(|about| (about.file.as_str(), about)).collect();
    let now = State::of(after);
    let later = Later::of(before, &now);
    for old in before.things() {
        let Some(new) = later.became(old).and_then(|new| abouts.get(new.file.as_str())) else {
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
    for old in before.gone().filter(|old| old.status == Status::Retired) {
        if let Some(new) = later.with_id(old).and_then(|new| abouts.get(new.file.as_str())) {
            let message = format!("is that of `{}`, which was retired and is gone", old.name);
            let problem = Problem::error(NOT_KEPT, "id", message).at(new.at(1));
            problems.push(problem.next("write an id of its own"));
        }
    }
    numbers(before, &later, after, &mut problems);
    problems
}

/// Numbers that became another's, or that changed.
fn numbers(before: &State, later: &Later<'_>, after: &Fleet, problems: &mut Vec<Problem>) {
    let owners = after.users.values().filter_map(|user| Some((user.uid?.0, user)));
    let owners: BTreeMap<u32, &User> = owners.collect();
    let there = before.things().map(|old| (old, later.became(old)));
    // What was planned, removed and is there again with its id gets its number back.
    let is_back = |old: &&Noted| old.status != Status::Retired;
    let gone = before.gone().map(|old| (old, Some(old).filter(is_back)));
    let gone = gone.map(|(old, it)| (old, it.and_then(|it| later.with_id(it))));
    for (old, new) in there.chain(gone) {
        let Some(uid) = old.uid else { continue };
        let new = new.and_then(|new| after.users.get(&new.name));
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
            let message = format!("{uid} was given to `{}` before", old.name);
            let line = owner.uid.map_or(1, |(_, line)| line);
            let problem = Problem::error(NOT_KEPT, "uid", message).at(owner.about.at(line));
            problems.push(problem.next("write a number that nobody has had"));
        }
    }
}
