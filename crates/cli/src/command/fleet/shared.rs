//! What the commands of a fleet have in common.

use domi_fleet::{Features, Fleet};
use domi_model::{Problem, Severity};

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// The features of the workspace. They are built only if the fleet names one.
pub(super) fn features(context: &Context, fleet: &Fleet) -> Result<Features> {
    if fleet.givens().all(|(_, given)| given.named().next().is_none()) {
        return Ok(Features::default());
    }
    let loaded = context.load(&context.workspace()?, &[])?;
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    Ok(loaded.features.into_iter().map(|feature| feature.manifest).collect())
}

/// Shows problems; the command ends with them if there is an error among them.
pub(super) fn ended(context: &Context, problems: Vec<Problem>) -> Result<Exit> {
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(context.problems(Exit::Fleet, problems));
    }
    context.show(problems);
    Ok(Exit::Pass)
}
