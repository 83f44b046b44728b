//! A step that gives a running machine another system.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domi_console::Output;
use domi_realise::switch::decide;
use domi_realise::{File, System};
use serde::Deserialize;

use super::ended::{Ended, did};
use super::judge::{Did, Failure, judge};
use crate::archive::{archive, seconds_now};
use crate::driven::{Driven, Fault};
use crate::provision::switching::{STATES, apply, staged, stop};
use crate::provision::{Provision, Switched};

/// What a machine has, and what it is switched to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Switch<'a> {
    before: (&'a System, &'a [File]),
    after: &'a Switched,
    /// Whether the machine has not been switched before.
    is_first: bool,
}

/// A unit as systemd lists it.
#[derive(Deserialize)]
struct Listed {
    unit: String,
    active: String,
}

impl<'a> Switch<'a> {
    /// What a machine is switched to in a step, if it is.
    pub(super) fn of(provision: &'a Provision, step: usize) -> Option<Self> {
        let at = provision.switches.iter().position(|switched| switched.step == step)?;
        let before = provision.systems().nth(at)?;
        Some(Self { before, after: &provision.switches[at], is_first: at == 0 })
    }

    /// Switches the machine.
    pub(super) fn take(self, machine: &mut dyn Driven, limit: Duration) -> Result<(), Ended> {
        if let Some(command) = &self.after.by {
            let switched = machine.execute(command, limit).map_err(Ended::Broken)?;
            return done(&switched, TAKE).map(drop);
        }
        let begun = Instant::now();
        let left = || limit.saturating_sub(begun.elapsed()).max(Duration::from_secs(1));
        let listed = done(&machine.execute(STATES, left()).map_err(Ended::Broken)?, "be asked")?;
        let states = states(&listed.stdout).map_err(Ended::Failed)?;
        let decision = decide(self.before.0, &self.after.system, &states);
        let stopped = machine.execute(&stop(&decision), left()).map_err(Ended::Broken)?;
        done(&stopped, "stop what has changed")?;
        let files = archive(&staged(&self.after.files), seconds_now());
        let files = files.map_err(|error| Ended::Broken(Fault::ours(&error)))?;
        done(&machine.push(files).map_err(Ended::Broken)?, "take its files")?;
        let script = apply(self.before, self.after, &decision, self.is_first);
        let applied = machine.execute(&script, left()).map_err(Ended::Broken)?;
        done(&applied, TAKE).map(drop)
    }
}

/// What the last part of a switch does.
const TAKE: &str = "take its other system";

/// What a part of a switch did, if it succeeded.
fn done(output: &Output, what: &str) -> Result<Did, Ended> {
    let did = did(output);
    let succeed = domi_model::Action::Succeed(String::new());
    match judge(&succeed, &did) {
        Ok(()) => Ok(did),
        Err(failure) if did.cut.is_some() => Err(Ended::Failed(failure)),
        Err(failure) => {
            let message = format!("the machine cannot {what}, or not all of it");
            Err(Ended::Failed(Failure { message, ..failure }))
        }
    }
}

/// The states of the units that are listed.
fn states(listed: &str) -> Result<BTreeMap<String, String>, Failure> {
    let units: Vec<Listed> = serde_json::from_str(listed).map_err(|error| {
        Failure::new(format!("systemd's list of units cannot be read: {error}"))
    })?;
    Ok(units.into_iter().map(|it| (it.unit, it.active)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemds_list_of_units_is_read() {
        let listed = r#"[
            {"unit":"a.service","load":"loaded","active":"active","sub":"running","description":"A"}
        ]"#;
        let expected = [("a.service".to_owned(), "active".to_owned())].into();
        assert_eq!(states(listed).unwrap_or_default(), expected);
        assert!(states("Failed to list units").is_err());
    }

    #[test]
    fn a_list_that_is_broken_ends_no_program() {
        let list = r#"[{"unit":"a.service","active":"active"}]"#;
        domi_mutate::read_texts(&[list], |list| drop(states(list)));
    }
}
