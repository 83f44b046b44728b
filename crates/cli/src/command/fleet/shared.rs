//! What the commands of a fleet have in common.

use domi_fleet::{Features, Fleet};
use domi_fleet_log::{Event, Log};
use domi_model::{Problem, Severity};
use serde_json::Value;

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, files, placed};
use crate::request::FleetRequest;

/// The fleet with all that follows from it.
pub(super) fn known(context: &Context, request: &FleetRequest) -> Result<Known> {
    let loaded = files(request);
    let features = features(context, &loaded.fleet)?;
    Ok(Known::of(loaded, request, &features))
}

/// The same where nothing in it is wrong: what follows from files that are wrong is not shown.
pub(in crate::command) fn sound(context: &Context, request: &FleetRequest) -> Result<Known> {
    let known = known(context, request)?;
    let errors = known.errors(request);
    if errors.is_empty() { Ok(known) } else { Err(context.problems(Exit::Fleet, errors)) }
}

/// The features of the workspace. They are built only if the fleet names one.
pub(super) fn features(context: &Context, fleet: &Fleet) -> Result<Features> {
    features_of(context, &[fleet])
}

/// The features of the workspace, for several fleets.
pub(super) fn features_of(context: &Context, fleets: &[&Fleet]) -> Result<Features> {
    let mut givens = fleets.iter().flat_map(|fleet| fleet.givens());
    // A shell may not have the name of a feature.
    let has_crates = context.root.join("Cargo.toml").is_file();
    let mut shells = fleets.iter().flat_map(|fleet| fleet.shells.values());
    let mut applications = fleets.iter().flat_map(|fleet| fleet.applications.values());
    if givens.all(|(_, given)| given.named().next().is_none())
        && applications.all(|it| it.features.is_empty())
        && shells.all(|it| it.features.is_empty() && !has_crates)
    {
        return Ok(Features::default());
    }
    let loaded = context.load(&context.workspace()?, &[])?;
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    Ok(loaded.features.into_iter().map(|feature| feature.manifest).collect())
}

/// The log of a fleet.
pub(super) fn read(context: &Context, request: &FleetRequest) -> Result<Log> {
    let log = domi_fleet_log::read(&request.root);
    log.map_err(|problem| context.problems(Exit::Fleet, placed(vec![*problem], request)))
}

/// Shows problems; the command ends with them if there is an error among them.
pub(super) fn ended(context: &Context, problems: Vec<Problem>) -> Result<Exit> {
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(context.problems(Exit::Fleet, problems));
    }
    context.show(problems);
    Ok(Exit::Pass)
}

/// Events that were recorded just now, as people read them.
pub(super) fn recorded(events: &[Event]) -> String {
    let line = |it: &Event| format!("{} {} {}\n", it.sequence, it.kind(), it.subject());
    events.iter().map(line).collect()
}

/// An event as programs read it: what its line says.
pub(super) fn document(event: &Event) -> Value {
    serde_json::from_str(&event.line()).unwrap_or_default()
}
