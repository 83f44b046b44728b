//! What the commands of a fleet have in common.

use camino::Utf8PathBuf;
use domi_fleet::{Features, Fleet};
use domi_model::{Problem, Severity};

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::request::FleetRequest;

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

/// Problems whose places are from the workspace's root, so that they can be opened from there.
pub(super) fn placed(mut problems: Vec<Problem>, request: &FleetRequest) -> Vec<Problem> {
    for place in problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
        // Places within features are from the workspace's root already.
        if domi_fleet::folder_of(&place.file) != domi_fleet::Folder::Outside {
            place.file = Utf8PathBuf::from(&request.shown).join(&place.file).into_string();
        }
    }
    problems.sort_by(|a, b| (&a.place, a.code, &a.subject).cmp(&(&b.place, b.code, &b.subject)));
    problems
}

/// Shows problems; the command ends with them if there is an error among them.
pub(super) fn ended(context: &Context, problems: Vec<Problem>) -> Result<Exit> {
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(context.problems(Exit::Fleet, problems));
    }
    context.show(problems);
    Ok(Exit::Pass)
}
