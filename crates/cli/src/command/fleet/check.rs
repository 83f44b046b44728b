//! Everything that is wrong with a fleet.

use domi_fleet::Fleet;
use domi_fleet_files::{Loaded, Wanted};
use domi_model::Severity;
use serde_json::json;

use super::shared::{ended, features, placed};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::request::FleetRequest;

/// Prints how many files there are of each kind, and everything that is wrong with them.
pub(super) fn run(context: &Context, request: &FleetRequest, json: bool) -> Result<Exit> {
    let Loaded { fleet, mut problems } = domi_fleet_files::load(&request.root, Wanted::All);
    problems.extend(fleet.check());
    let features = features(context, &fleet)?;
    let projected = domi_fleet_files::project(&fleet, &features);
    problems.extend(projected.problems);
    let problems = placed(problems, request);
    let has_errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    let counts = counts(&fleet);
    if json {
        let counts: serde_json::Map<String, serde_json::Value> =
            counts.iter().map(|(count, what)| ((*what).to_owned(), json!(count))).collect();
        data!("{:#}", json!({ "counts": counts, "problems": problems }))?;
        return Ok(if has_errors { Exit::Fleet } else { Exit::Pass });
    }
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    let number = problems.len();
    let end = ended(context, problems);
    let what = if counts.is_empty() { "an empty fleet".to_owned() } else { counts.join(", ") };
    match number {
        0 => data!("{what}: no problems")?,
        1 => data!("{what}: 1 problem")?,
        number => data!("{what}: {number} problems")?,
    }
    end
}

fn counts(fleet: &Fleet) -> [(usize, &'static str); 9] {
    [
        (fleet.organizations.len(), "organisations and units"),
        (fleet.people.len(), "people and agents"),
        (fleet.locations.len(), "locations"),
        (fleet.devices.len(), "devices"),
        (fleet.networks.len(), "networks"),
        (fleet.policies.len(), "policies"),
        (fleet.roles.len(), "roles"),
        (fleet.users.len(), "users"),
        (fleet.hosts.len(), "hosts"),
    ]
}
