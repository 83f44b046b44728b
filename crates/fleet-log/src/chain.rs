//! All events of a log, and what they come to.

use std::collections::{BTreeMap, HashSet};

use domi_fleet::{Change, LOG, State};
use domi_model::{Place, Problem};
use jiff::Timestamp;
use rayon::prelude::*;

use crate::codes::{BAD_LINE, TORN};
use crate::event::{Event, hash, nothing};
use crate::fork::fork;
use crate::random::id;

/// A log that was read and found right.
#[derive(Debug, Clone)]
pub struct Log {
    /// The events, in order.
    pub events: Vec<Event>,
    /// What they come to.
    pub state: State,
    /// The hash of the last line.
    pub head: String,
    /// What stands behind the last end of a line.
    pub torn: Option<Torn>,
}

/// A line without its end, at the end of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// Where it begins, in bytes.
    pub begin: usize,
    /// How many bytes it has.
    pub length: usize,
    /// Its number, from 1.
    pub line: u32,
    /// Whether nothing but the end is missing: it is an event that follows from those before.
    pub is_event: bool,
}

/// What comes after the events of a log.
pub(crate) struct Next {
    pub(crate) events: Vec<Event>,
    /// Their lines.
    pub(crate) text: String,
    /// The hash of the last line.
    pub(crate) head: String,
}

impl Torn {
    /// Says that it is there.
    pub fn problem(self) -> Problem {
        self.said("").next("`cargo xtask fleet record` repairs it")
    }

    /// Says that it was there, and what became of it.
    pub fn repaired(self) -> Problem {
        self.said(if self.is_event { "; it gets one" } else { "; they are cut" })
    }

    fn said(self, what: &str) -> Problem {
        let place = Place { file: LOG.to_owned(), line: self.line };
        let message = match self.is_event {
            true => format!("the last line has no end{what}"),
            false => format!("the last {} bytes are no whole line{what}", self.length),
        };
        Problem::warning(TORN, LOG, message).at(Some(place))
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { events: Vec::new(), state: State::default(), head: nothing(), torn: None }
    }
}

impl Log {
    /// Reads the text of a log.
    ///
    /// # Errors
    /// The first line that is wrong, unless it is the last and not whole.
    pub fn parse(bytes: &[u8]) -> Result<Self, Box<Problem>> {
        let mut log = Self::default();
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines: Vec<&[u8]> = bytes[..end].split_inclusive(|byte| *byte == b'\n').collect();
        let number = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
        let events: Vec<_> = lines.par_iter().map(|line| read(&line[..line.len() - 1])).collect();
        let mut ids = HashSet::with_capacity(events.len());
        for (at, event) in events.into_iter().enumerate() {
            if let Err(why) = event.and_then(|(event, hash)| log.add(event, hash, &mut ids)) {
                let line = &lines[at][..lines[at].len() - 1];
                if let Some(problem) = fork(&log.events, line) {
                    return Err(problem);
                }
                let place = Place { file: LOG.to_owned(), line: number(at) };
                let problem = Problem::error(BAD_LINE, LOG, why).at(Some(place));
                let next =
                    "get the file back from where it is kept; nothing is added to it until then";
                return Err(Box::new(problem.next(next)));
            }
        }
        let tail = &bytes[end..];
        if !tail.is_empty() {
            // An editor that takes the last end of a line away takes no event away.
            let event = read(tail).and_then(|(event, hash)| log.add(event, hash, &mut ids));
            // An event of another branch was answered there: it is not cut.
            if event.is_err()
                && let Some(problem) = fork(&log.events, tail)
            {
                return Err(problem);
            }
            let (length, line) = (tail.len(), number(lines.len()));
            log.torn = Some(Torn { begin: end, length, line, is_event: event.is_ok() });
        }
        Ok(log)
    }

    fn add(&mut self, event: Event, hash: String, ids: &mut HashSet<String>) -> Result<(), String> {
        let sequence = self.events.len() as u64 + 1;
        if event.sequence != sequence {
            return Err(format!("has the number {}, and {sequence} comes next", event.sequence));
        }
        if event.previous != self.head {
            return Err("the line before is another one than when this was written".to_owned());
        }
        if self.events.last().is_some_and(|last| last.time > event.time) {
            return Err("is older than the line before".to_owned());
        }
        if event.decided.is_some_and(|decided| decided > event.time) {
            return Err("stands in the log from before it was decided".to_owned());
        }
        ids.insert(event.id.clone());
        if !ids.contains(&event.correlation) || !ids.contains(&event.causation) {
            return Err("follows from an event that is not there".to_owned());
        }
        if ids.len() as u64 != sequence {
            return Err("has the id of another event".to_owned());
        }
        self.state.apply(&event.change).map_err(|why| format!("cannot have happened: {why}"))?;
        self.head = hash;
        self.events.push(event);
        Ok(())
    }

    /// The events that changes become, all decided together: the first is the cause of the others, and
    /// follows from `cause` if there is one. `random` has bytes for each of them; `constants` are those
    /// of the command.
    pub(crate) fn next(
        &self,
        changes: Vec<Change>,
        now: Timestamp,
        random: &[[u8; 10]],
        cause: Option<&Event>,
        constants: &BTreeMap<String, String>,
    ) -> Next {
        // A clock that was set back does not make anything older than what came before.
        let time = self.events.last().map_or(now, |last| now.max(last.time));
        let (mut head, mut first) = (self.head.clone(), None);
        let (mut events, mut text) = (Vec::with_capacity(changes.len()), String::new());
        let numbers = self.events.len() as u64 + 1..;
        for ((change, random), sequence) in changes.into_iter().zip(random).zip(numbers) {
            let id = id(time, random);
            let causation = match (&first, cause) {
                (Some(first), _) => String::clone(first),
                (None, Some(cause)) => cause.id.clone(),
                (None, None) => id.clone(),
            };
            let first: &String = first.get_or_insert_with(|| id.clone());
            let correlation = cause.map_or(first, |cause| &cause.correlation).clone();
            let previous = head;
            let decided = None;
            let event = Event {
                sequence,
                id,
                time,
                decided,
                correlation,
                causation,
                previous,
                change,
                constants: constants.clone(),
            };
            let line = event.line();
            head = hash(line.as_bytes());
            text += &line;
            text.push('\n');
            events.push(event);
        }
        Next { events, text, head }
    }

    /// Puts what comes next behind the end; `state` is what there is then.
    pub(crate) fn extend(&mut self, next: Next, state: State) {
        self.state = state;
        self.head = next.head;
        self.events.extend(next.events);
    }

    /// What there was at a time.
    pub fn at(&self, time: Timestamp) -> State {
        let mut state = State::default();
        for event in self.events.iter().take_while(|event| event.time <= time) {
            // It was applied once when the log was read.
            let _ = state.apply(&event.change);
        }
        state
    }
}

/// The event of a line, and the hash of the line.
pub(crate) fn read(line: &[u8]) -> Result<(Event, String), String> {
    let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
    Event::read(text).map(|event| (event, hash(line)))
}
