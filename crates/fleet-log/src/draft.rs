//! What may be added to a log, put together before any of it is written.

use std::collections::BTreeMap;

use anyhow::Result;
use domi_fleet::{Change, LOG, State};
use domi_model::Problem;
use jiff::{SignedDuration, Timestamp};

use crate::chain::{Log, Next};
use crate::codes::{CLOCK, NO_ORDER};
use crate::event::Event;
use crate::random::fill;

/// A log, and events behind its end that are not written yet.
#[derive(Debug, Clone)]
pub struct Draft {
    log: Log,
    /// How many events were there.
    begin: usize,
    /// The lines of the others.
    text: String,
}

impl Draft {
    /// A draft without events.
    pub fn of(log: Log) -> Self {
        Self { begin: log.events.len(), log, text: String::new() }
    }

    /// What the log would be.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What would be added.
    pub fn events(&self) -> &[Event] {
        &self.log.events[self.begin..]
    }

    /// Adds what happens, all of it decided together, as the answer to an event if that is named.
    ///
    /// # Errors
    /// The inner one: it cannot happen one after another, or the clock is far behind the last
    /// event. Nothing is added then.
    pub fn add(
        &mut self,
        changes: Vec<Change>,
        now: Timestamp,
        cause: Option<&Event>,
    ) -> Result<Result<(), Box<Problem>>> {
        self.add_by(changes, now, cause, &BTreeMap::new())
    }

    /// The same of a command that took constants, with their values.
    ///
    /// # Errors
    /// As of `add`.
    pub fn add_by(
        &mut self,
        changes: Vec<Change>,
        now: Timestamp,
        cause: Option<&Event>,
        constants: &BTreeMap<String, String>,
    ) -> Result<Result<(), Box<Problem>>> {
        Ok(planned(&self.log, changes, now, cause, constants)?.map(|(next, state)| {
            self.text += &next.text;
            self.log.extend(next, state);
        }))
    }

    /// The log, and the lines that are not written yet.
    pub(crate) fn into_parts(self) -> (Log, String) {
        (self.log, self.text)
    }
}

/// What changes become behind the end of a log, and what there is then.
pub(crate) fn planned(
    log: &Log,
    changes: Vec<Change>,
    now: Timestamp,
    cause: Option<&Event>,
    constants: &BTreeMap<String, String>,
) -> Result<Result<(Next, State), Box<Problem>>> {
    let mut state = log.state.clone();
    for change in &changes {
        if let Err(why) = state.apply(change) {
            let problem = Problem::error(NO_ORDER, &change.thing.name, why);
            let next = "rename one of the two to a third name, and record that first";
            return Ok(Err(Box::new(problem.next(next))));
        }
    }
    let last = log.events.last().filter(|last| is_behind(now, last.time));
    if let Some(last) = last.filter(|_| !changes.is_empty()) {
        let message = format!("it is {now} by the clock, and the last event is of {}", last.time);
        let next = "set the clock; if it was wrong at the last event, get the log from before back \
                    and record again";
        return Ok(Err(Box::new(Problem::error(CLOCK, LOG, message).next(next))));
    }
    let mut random = vec![[0; 10]; changes.len()];
    fill(random.as_flattened_mut())?;
    Ok(Ok((log.next(changes, now, &random, cause, constants), state)))
}

/// Whether a clock is further back than one is set for good reasons. An event would get the time
/// of the last one, and so would all that follow.
fn is_behind(now: Timestamp, last: Timestamp) -> bool {
    last.duration_since(now) > SignedDuration::from_hours(24)
}
