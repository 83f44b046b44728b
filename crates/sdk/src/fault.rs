//! What an author can write and cannot mean. It is noticed while the manifest is made, where no
//! result can say so, and becomes one of the manifest's problems.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domi_model::{Code, Place, Problem};

thread_local! {
    static FAULTS: RefCell<Vec<Problem>> = const { RefCell::new(Vec::new()) };
}

/// Notes a problem of the manifest that is being made.
pub(crate) fn note(problem: Problem) {
    FAULTS.with_borrow_mut(|faults| faults.push(problem));
}

/// What the work comes to, and the problems that it noted.
pub fn noted<R>(work: impl FnOnce() -> R) -> (R, Vec<Problem>) {
    let before = FAULTS.take();
    let result = work();
    // What is asked of a type is asked more than once.
    let mut faults: Vec<Problem> = Vec::new();
    for fault in FAULTS.replace(before) {
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    (result, faults)
}

/// An expression is written that has no meaning.
pub(crate) const BAD_EXPRESSION: Code = Code("D0113");

/// Something is said twice.
pub(crate) const SAID_TWICE: Code = Code("D0112");

/// Where each of the things was said that can be said only once.
#[derive(Debug, Default)]
pub(crate) struct Said {
    first: BTreeMap<String, Option<Place>>,
}

impl Said {
    /// Notes that a thing is said; where it has been said before, that is a problem. Whether it
    /// was the first time.
    pub(crate) fn once(&mut self, subject: &str, thing: &str, here: Option<Place>) -> bool {
        match self.first.get(thing) {
            None => {
                self.first.insert(thing.to_owned(), here);
                true
            }
            Some(first) => {
                note(twice(subject, thing, first.as_ref(), here));
                false
            }
        }
    }
}

impl Said {
    /// Notes that a thing is said, which may be said again.
    pub(crate) fn note(&mut self, thing: &str, here: Option<Place>) {
        self.first.entry(thing.to_owned()).or_insert(here);
    }

    /// Where the first of these things was said that was.
    pub(crate) fn place(&self, things: impl IntoIterator<Item = String>) -> Option<Place> {
        things.into_iter().find_map(|thing| self.first.get(&thing).cloned().flatten())
    }
}

/// The problem that a thing is said here, and has been said before.
pub(crate) fn twice(
    subject: &str,
    thing: &str,
    first: Option<&Place>,
    here: Option<Place>,
) -> Problem {
    let first = first.map(|place| format!(", first at {place}")).unwrap_or_default();
    Problem::error(SAID_TWICE, subject, format!("{thing} is said twice{first}"))
        .at(here)
        .next("keep one of the two; where it depends on settings, choose with `when(…)`")
}
