//! The fleet: an organisation and its machines, as files of TOML.

mod hosts;
mod why;

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use domi_fleet::Features;
use domi_fleet_files::{Loaded, Wanted};
use domi_model::{Problem, Severity};
use serde_json::json;

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::request::FleetRequest;
use crate::start::{Run, Start};
use crate::values::given;

/// Check the fleet, show its hosts, explain their settings
#[derive(Debug, Args)]
pub(crate) struct Fleet {
    /// What to do
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find everything that is wrong with the fleet's files
    Check {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the hosts, with what each of them gets
    Hosts {
        /// Print one JSON document, with all settings
        #[arg(long)]
        json: bool,
    },
    /// Say why an option of a host has its value
    Why {
        /// The option from its host on, such as `web-1.feature-x.port` or `web-1.features`
        #[arg(value_name = "HOST.OPTION", value_parser = given)]
        option: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Run for Fleet {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = FleetRequest::new(&context.root, config);
        match self.command {
            Command::Check { json } => check(context, &request, json),
            Command::Hosts { json } => hosts::run(context, &request, json),
            Command::Why { option, json } => why::run(context, &request, &option, json),
        }
    }
}

/// Prints how many files there are of each kind, and everything that is wrong with them.
fn check(context: &Context, request: &FleetRequest, json: bool) -> Result<Exit> {
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

fn counts(fleet: &domi_fleet::Fleet) -> [(usize, &'static str); 9] {
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

/// The features of the workspace. They are built only if the fleet names one.
fn features(context: &Context, fleet: &domi_fleet::Fleet) -> Result<Features> {
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
fn placed(mut problems: Vec<Problem>, request: &FleetRequest) -> Vec<Problem> {
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
fn ended(context: &Context, problems: Vec<Problem>) -> Result<Exit> {
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(context.problems(Exit::Fleet, problems));
    }
    context.show(problems);
    Ok(Exit::Pass)
}
