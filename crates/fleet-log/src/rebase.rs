//! The events of several branches in one log: those of one stay, the others come behind them.

use std::collections::{BTreeSet, HashSet};

use domi_fleet::{Kind, LOG, Refusal, State, What};
use domi_model::Problem;

use crate::chain::Log;
use crate::codes::NOT_AFTER;
use crate::event::{Event, hash};
use crate::sides::{Side, sides};

/// One log of those of several branches.
#[derive(Debug, Clone)]
pub struct Rebased {
    /// What it comes to.
    pub log: Log,
    /// Its lines.
    pub text: Vec<u8>,
    /// How many events stay as they are.
    pub kept: usize,
    /// What has another place now.
    pub moved: Vec<Moved>,
}

/// An event that has another place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// As it is now.
    pub event: Event,
    /// Its number in the log of its branch.
    pub was: u64,
}

/// Puts the events of other branches behind those of the first one. Ids, correlation and causation
/// stay, so that what is there already is not put there again; what an event did not change is as it
/// is there now.
///
/// # Errors
/// Everything that cannot have happened in this order.
pub fn rebase(sides: &[Side]) -> Result<Rebased, Vec<Problem>> {
    without(sides, &HashSet::new())
}

/// What becomes of a log where git applies what changed between `base` and `theirs` to `ours`.
///
/// In a merge, both branches have what `base` has, and their logs become one; `published` is as
/// [`sides`] takes it. Where git picks or takes back a single commit, `base` has what is not meant:
/// then `ours` stays, and only what is new in `theirs` comes behind it.
///
/// # Errors
/// As of [`sides`]; the inner one as of [`rebase`].
pub fn three_way(
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
    published: &[Vec<u8>],
) -> Result<Result<Rebased, Vec<Problem>>, Box<Problem>> {
    let [base, mut one, other] =
        [sides(&[base], &[])?, sides(&[ours], &[])?, sides(&[theirs], &[])?];
    let ids = |sides: &[Side]| -> HashSet<String> {
        sides.iter().flat_map(|side| &side.log.events).map(|it| it.id.clone()).collect()
    };
    let base = ids(&base);
    if base.is_subset(&ids(&one)) && base.is_subset(&ids(&other)) {
        return Ok(rebase(&sides(&[ours, theirs], published)?));
    }
    if one.is_empty() {
        one.push(Side { log: Log::default(), text: Vec::new() });
    }
    one.extend(other);
    Ok(without(&one, &base))
}

/// As [`rebase`], but for events that are not to come from other branches.
fn without(sides: &[Side], left_out: &HashSet<String>) -> Result<Rebased, Vec<Problem>> {
    let (first, others) = match sides {
        [] => (None, sides),
        [first, others @ ..] => (Some(first), others),
    };
    let log = first.map(|side| side.log.clone()).unwrap_or_default();
    let text = first.map(|side| side.text.clone()).unwrap_or_default();
    let mut there: HashSet<String> = log.events.iter().map(|it| it.id.clone()).collect();
    let mut rebased = Rebased { kept: log.events.len(), log, text, moved: Vec::new() };
    let mut problems = Vec::new();
    for side in others {
        let mut own = State::default();
        let mut refused: BTreeSet<(Kind, String)> = BTreeSet::new();
        for event in &side.log.events {
            let is_meant = !there.contains(&event.id) && !left_out.contains(&event.id);
            if is_meant && !follows(event, &mut refused) {
                match rebased.put(event, &own, Some(&there).filter(|_| problems.is_empty())) {
                    Ok(()) => drop(there.insert(event.id.clone())),
                    Err(problem) => {
                        refused.insert((event.change.thing.kind, event.change.thing.name.clone()));
                        problems.push(*problem);
                    }
                }
            }
            // It was applied once when the log was read.
            let _ = own.apply(&event.change);
        }
    }
    if problems.is_empty() { Ok(rebased) } else { Err(problems) }
}

/// Whether an event is about what an event before it was refused for: it says nothing new.
fn follows(event: &Event, refused: &mut BTreeSet<(Kind, String)>) -> bool {
    let thing = &event.change.thing;
    let from = match &event.change.what {
        What::Renamed(from) => from,
        _ => &thing.name,
    };
    let is_so = refused.contains(&(thing.kind, from.clone()));
    if is_so {
        refused.insert((thing.kind, thing.name.clone()));
    }
    is_so
}

impl Rebased {
    /// Puts an event at the end. `own` is what there was on its branch before it, `there` are the ids
    /// of the events before, unless one of them was refused.
    fn put(
        &mut self,
        event: &Event,
        own: &State,
        there: Option<&HashSet<String>>,
    ) -> Result<(), Box<Problem>> {
        let log = &mut self.log;
        let change = event.change.onto(own, &log.state);
        let allowed = change.and_then(|change| log.state.allows(&change).map(|()| change));
        let change = match allowed {
            Ok(change) => change,
            Err(refusal) => return Err(refused(log, event, refusal)),
        };
        let is_known =
            |id: &String| *id == event.id || there.is_none_or(|there| there.contains(id));
        if !is_known(&event.correlation) || !is_known(&event.causation) {
            let thing = &event.change.thing;
            let why = "it follows from an event that is not there".to_owned();
            return Err(refused(log, event, Refusal { why, by: (thing.kind, thing.name.clone()) }));
        }
        let moved = Event {
            sequence: log.events.len() as u64 + 1,
            time: log.events.last().map_or(event.time, |last| last.time.max(event.time)),
            decided: event.decided.or(Some(event.time)),
            previous: log.head.clone(),
            change,
            ..event.clone()
        };
        // It is allowed, so that it can happen.
        let _ = log.state.apply(&moved.change);
        let line = moved.line();
        log.head = hash(line.as_bytes());
        self.text.extend_from_slice(line.as_bytes());
        self.text.push(b'\n');
        log.events.push(moved.clone());
        self.moved.push(Moved { event: moved, was: event.sequence });
        Ok(())
    }
}

fn refused(log: &Log, event: &Event, refusal: Refusal) -> Box<Problem> {
    let Refusal { why, by: (kind, name) } = refusal;
    let is_by = |it: &&Event| {
        let thing = &it.change.thing;
        let was = matches!(&it.change.what, What::Renamed(from) if *from == name);
        thing.kind == kind && (thing.name == name || was)
    };
    let described = |it: &Event| {
        let time = it.decided.unwrap_or(it.time).strftime("%Y-%m-%dT%H:%M:%SZ");
        format!("`{} {}` (event {}, {time})", it.kind(), it.subject(), it.sequence)
    };
    let by = log.events.iter().rev().find(is_by);
    let by =
        by.map_or_else(String::new, |it| format!("; the branch that stays says {}", described(it)));
    let message = format!("{} cannot come after the other branch: {why}{by}", described(event));
    let next = "decide which of the two holds; take the log of the other branch as it is, correct the \
                files, and `cargo xtask fleet record` records what they say";
    Box::new(Problem::error(NOT_AFTER, LOG, message).next(next))
}
