//! Everything that is wrong with a fleet.

use domi_fleet::Fleet;
use domi_model::Severity;
use jiff::tz::TimeZone;
use serde_json::json;

use super::expected;
use super::shared::{ended, known};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::placed;
use crate::request::FleetRequest;

/// Prints how many files there are of each kind, and everything that is wrong with them.
pub(super) fn run(context: &Context, request: &FleetRequest, json: bool) -> Result<Exit> {
    let known = known(context, request)?;
    let today = jiff::Timestamp::now().to_zoned(TimeZone::UTC).date();
    let mut problems = known.problems(request);
    problems.extend(placed(known.fleet.overdue(today), request));
    problems.extend(placed(known.fleet.stale(), request));
    let is_sound = problems.iter().all(|problem| problem.severity != Severity::Error);
    problems.extend(placed(expected::problems(request, &known, is_sound), request));
    let has_errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    let counts = counts(&known.fleet);
    if json {
        let counts: serde_json::Map<String, serde_json::Value> =
            counts.iter().map(|(count, _, all)| ((*all).to_owned(), json!(count))).collect();
        data!("{:#}", json!({ "counts": counts, "problems": problems }))?;
        return Ok(if has_errors { Exit::Fleet } else { Exit::Pass });
    }
    let said = |(count, one, all): &(usize, &str, &str)| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {all}")),
    };
    let counts: Vec<String> = counts.iter().filter_map(said).collect();
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

/// How many there are of each kind, and what one and all of them are called.
fn counts(fleet: &Fleet) -> [(usize, &'static str, &'static str); 26] {
    [
        (fleet.organizations.len(), "organisation or unit", "organisations and units"),
        (fleet.people.len(), "person or agent", "people and agents"),
        (fleet.locations.len(), "location", "locations"),
        (fleet.devices.len(), "device", "devices"),
        (fleet.networks.len(), "network", "networks"),
        (fleet.policies.len(), "policy", "policies"),
        (fleet.roles.len(), "role", "roles"),
        (fleet.users.len(), "user", "users"),
        (fleet.hosts.len(), "host", "hosts"),
        (fleet.waves.len(), "wave", "waves"),
        (fleet.commands.len(), "command", "commands"),
        (fleet.reactions.len(), "reaction", "reactions"),
        (fleet.secrets.len(), "secret", "secrets"),
        (fleet.repositories.len(), "repository", "repositories"),
        (fleet.applications.len(), "application", "applications"),
        (fleet.accounts.len(), "account", "accounts"),
        (fleet.equipment.len(), "piece of equipment", "pieces of equipment"),
        (fleet.groups.len(), "group", "groups"),
        (fleet.terms.len(), "term", "terms"),
        (fleet.views.len(), "view", "views"),
        (fleet.contexts.len(), "other fleet", "other fleets"),
        (fleet.shells.len(), "shell", "shells"),
        (fleet.homes.len(), "home", "homes"),
        (fleet.constants.len(), "constant", "constants"),
        (fleet.queries.len(), "question", "questions"),
        (fleet.relationships.len(), "relationship", "relationships"),
    ]
}
