//! What the guide says, for programs and for people.

use domi_report::Paint;
use schemars::JsonSchema;
use serde::Serialize;

use super::picture::Picture;
use super::step::{Check, Found, Step};
use super::{fleet, repository};

/// The version of the document.
const SCHEMA: &str = "domi.guide/1";

/// The next useful step, what is done, and what comes later.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Guide {
    /// The version of this document: `domi.guide/1`.
    schema: String,
    /// The name of the check whose step is next; nothing where there is nothing to do.
    pub(super) next: Option<String>,
    /// All that concerns this repository, in the order in which it is useful.
    pub(super) checks: Vec<Checked>,
}

/// A check, and what it came to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checked {
    /// Its name, which never gets another meaning.
    pub(super) id: String,
    /// What is so once it is done.
    about: String,
    /// How it stands.
    state: State,
    /// How that is known; or what else must be done first.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<Step>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum State {
    /// It is done.
    Done,
    /// It is the next one.
    Next,
    /// It comes later.
    Later,
}

/// The JSON Schema of the document.
pub(crate) fn schema() -> serde_json::Value {
    crate::out::schema::<Guide>(SCHEMA)
}

/// All checks, in a newcomer's order.
pub(super) fn checks() -> impl Iterator<Item = &'static Check<Picture>> {
    repository::FIRST.iter().chain(fleet::CHECKS).chain(repository::LAST)
}

impl Guide {
    pub(super) fn of(picture: &Picture) -> Self {
        let (mut next, mut checked) = (None, Vec::new());
        for Check { id, about, look } in checks() {
            let (state, reason, step) = match look(picture) {
                Found::Nothing => continue,
                Found::Done(how) => (State::Done, Some(how).filter(|how| !how.is_empty()), None),
                Found::Unknown(why) => (State::Later, Some(why.to_owned()), None),
                Found::Open(step) if next.is_none() => {
                    next = Some((*id).to_owned());
                    (State::Next, None, Some(step))
                }
                Found::Open(step) => (State::Later, None, Some(step)),
            };
            let (id, about) = ((*id).to_owned(), (*about).to_owned());
            checked.push(Checked { id, about, state, reason, step });
        }
        Self { schema: SCHEMA.to_owned(), next, checks: checked }
    }
}

/// What a person sees of it.
pub(super) fn text(guide: &Guide, paint: Paint) -> String {
    let mut text = String::new();
    let next = guide.checks.iter().find(|it| it.state == State::Next);
    match next.and_then(|it| it.step.as_ref()) {
        Some(step) => {
            text += &format!("next: {}\n", paint.strong(&step.what));
            if let Some(edit) = &step.edit {
                text += &format!("  {}:\n", edit.at.words(&edit.file));
                text +=
                    &edit.lines.iter().map(|line| format!("      {line}\n")).collect::<String>();
                text += "  then run:\n";
            }
            text += &format!("      {}\n", step.command);
            text += &format!("  why: {}\n", step.why);
        }
        None => {
            text += "nothing is left to do. More is up to you: `cargo xtask new NAME` makes another feature, \
                     and docs/fleet.md describes machines\n";
        }
    }
    text += "\n";
    for Checked { about, state, reason, .. } in &guide.checks {
        let reason = reason.as_ref().map(|it| paint.faint(format_args!(" ({it})")));
        let reason = reason.unwrap_or_default();
        text += &match state {
            State::Done => format!("{} {about}{reason}\n", paint.good("✓")),
            State::Next => format!("{} {about}\n", paint.strong("→")),
            State::Later => format!("{} {about}\n", paint.faint("·")),
        };
    }
    text
}
