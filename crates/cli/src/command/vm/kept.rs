//! Machines that are kept under a name.

use anyhow::Context as _;
use domi_guest::{Kept, KeptMachines};
use domi_model::names::is_label;
use domi_model::{Platform, Problem};
use serde::{Deserialize, Serialize};

use crate::Exit;
use crate::codes::{NO_SSH, NOT_KEPT};
use crate::context::Context;
use crate::failure::Result;

/// What becomes of the machine.
pub(super) enum Keeping {
    /// It is thrown away.
    No,
    /// It is made, and kept.
    New,
    /// It is there already, and resumed.
    Again(Kept),
}

/// What is asked for.
pub(super) struct Wanted<'a> {
    /// The name that it is kept under.
    pub(super) keep: Option<&'a str>,
    pub(super) features: &'a [String],
    pub(super) system: Option<Platform>,
    /// Whether options are set.
    pub(super) sets: bool,
    /// Whether it is to be reached by ssh.
    pub(super) ssh: bool,
}

/// What is known of a machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) name: String,
    pub(super) system: Platform,
    /// The features that were asked for.
    pub(super) features: Vec<String>,
    /// Whether it has an ssh server.
    #[serde(default)]
    pub(super) ssh: bool,
}

impl Note {
    /// What is on it, and its system, in words.
    pub(super) fn words(&self) -> String {
        let features = match &*self.features {
            [] => "no features".to_owned(),
            features => features.join(", "),
        };
        format!("{features} on {}", self.system.as_str())
    }

    /// As it is written down.
    pub(super) fn written(&self) -> Result<String> {
        Ok(serde_json::to_string(self).context("a note is JSON")?)
    }
}

/// What becomes of the machine, and what is known of it if it is there already. What is wrong with
/// that is added to the problems.
pub(super) fn find(
    machines: &KeptMachines,
    wanted: &Wanted<'_>,
    problems: &mut Vec<Problem>,
) -> Result<(Keeping, Option<Note>)> {
    let Some(name) = wanted.keep else { return Ok((Keeping::No, None)) };
    let subject = format!("--keep {name}");
    let mut problem = |message: String, next: String| {
        problems.push(Problem::error(NOT_KEPT, subject.clone(), message).next(next));
    };
    // It is the host name, too.
    if !is_label(name) {
        let rule = "a name has lower-case letters, digits, and hyphens between them, 63 at most";
        problem(rule.to_owned(), "choose another name".to_owned());
        return Ok((Keeping::No, None));
    }
    if !machines.has(name) {
        return Ok((Keeping::New, None));
    }
    let Some(kept) = machines.open(name)? else {
        let next = "end it there, or choose another name";
        problem("this machine is in use".to_owned(), next.to_owned());
        return Ok((Keeping::No, None));
    };
    let note: Note = serde_json::from_str(kept.note()).context("its note cannot be read")?;
    let other_features = !wanted.features.is_empty() && *wanted.features != note.features;
    let other_system = wanted.system.is_some_and(|system| system != note.system);
    if other_features || other_system || wanted.sets {
        let message =
            format!("there is a machine of this name, with {}; it stays as it is", note.words());
        let next = format!(
            "resume it by `cargo xtask vm --keep {name}`, remove it by `cargo xtask vm --forget \
             {name}`, or choose another name"
        );
        problem(message, next);
    }
    if wanted.ssh && !note.ssh {
        let message = "this machine was made without `--ssh`, and has no ssh server";
        let problem = Problem::error(NO_SSH, format!("--keep {name}"), message);
        let next =
            format!("resume it without `--ssh`, or remove it by `cargo xtask vm --forget {name}`");
        problems.push(problem.next(next));
    }
    Ok((Keeping::Again(kept), Some(note)))
}

/// Removes a machine that is kept.
pub(super) fn forget(context: &Context, machines: &KeptMachines, name: &str) -> Result<Exit> {
    let problem = |message: &str, next: String| {
        let problem = Problem::error(NOT_KEPT, format!("--forget {name}"), message).next(next);
        context.problems(Exit::Usage, vec![problem])
    };
    let names = machines.names()?;
    if !names.iter().any(|known| known == name) || !machines.has(name) {
        let next = match &*names {
            [] => "none is kept".to_owned(),
            names => format!("kept are {}", names.join(", ")),
        };
        return Err(problem("there is no such machine", next));
    }
    match machines.open(name)? {
        None => Err(problem("this machine is in use", "end it first".to_owned())),
        Some(kept) => {
            kept.remove()?;
            talk!("{name} is gone");
            Ok(Exit::Pass)
        }
    }
}
