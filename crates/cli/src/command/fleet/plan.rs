//! What changes on which host between a commit and now.

mod revision;
pub(super) mod text;

use clap::ValueEnum;
use domi_fleet::{Features, Fleet};
use domi_fleet_files::{Loaded, Projected, project};
use domi_fleet_plan::{Plan, Revision, Side, plan};
use domi_model::{Problem, Severity};

use super::shared::{ended, features_of};
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, files, located, placed};
use crate::request::FleetRequest;
use crate::{Exit, out};

/// The JSON Schema of the document.
pub(in crate::command) fn schema() -> serde_json::Value {
    out::schema::<Plan>(domi_fleet_plan::SCHEMA)
}

/// A tool that a plan is written for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Tool {
    Colmena,
    DeployRs,
    NixosAnywhere,
}

/// How a plan is printed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text,
    Json,
    Script(Tool),
}

impl Form {
    pub(super) fn new(json: bool, script: Option<Tool>) -> Self {
        match script {
            Some(tool) => Self::Script(tool),
            None if json => Self::Json,
            None => Self::Text,
        }
    }
}

/// Prints what changes. Neither side may be wrong.
pub(super) fn run(
    context: &Context,
    request: &FleetRequest,
    from: &str,
    form: Form,
) -> Result<Exit> {
    let loaded = files(request);
    if !request.root.is_dir() {
        // There is no folder for git to look from.
        return ended(context, placed(loaded.problems, request));
    }
    let (revision, stored) = match revision::read(&request.root, from, &context.interrupt)? {
        Ok(read) => read,
        Err(problem) => return Err(context.problems(Exit::Usage, vec![*problem])),
    };
    let features = features_of(context, &[&stored.fleet, &loaded.fleet])?;
    let known = Known::of(loaded, request, &features);
    let then = before(stored, &features);
    // What is wrong now comes first: it is what people look for.
    let mut errors = known.errors(request);
    errors.extend(at(&revision, placed(then.errors, request)));
    if !errors.is_empty() {
        return ended(context, errors);
    }
    context.show(at(&revision, placed(then.lost, request)));
    let before = Side { fleet: &then.fleet, projected: &then.projected };
    let after = Side { fleet: &known.fleet, projected: &known.projected };
    let plan = plan(revision, before, after);
    match form {
        Form::Script(tool) => out::data(format_args!("{}", script(&plan, tool, &known.projected)))?,
        Form::Text | Form::Json => {
            let paint = context.paint_out();
            let json = matches!(form, Form::Json);
            out::document(&plan, json, |plan| text::text(plan, paint))?;
        }
    }
    Ok(Exit::Pass)
}

/// The plan as a script.
fn script(plan: &Plan, tool: Tool, projected: &Projected) -> String {
    let targets = projected.hosts.iter().map(|host| (host.name.clone(), host.target()));
    let targets = targets.collect();
    let tool = match tool {
        Tool::Colmena => domi_fleet_plan::Tool::Colmena,
        Tool::DeployRs => domi_fleet_plan::Tool::DeployRs,
        Tool::NixosAnywhere => return domi_fleet_plan::first_installation(plan, &targets),
    };
    domi_fleet_plan::script(plan, tool, &targets)
}

/// The fleet as it was.
struct Then {
    fleet: Fleet,
    projected: Projected,
    /// What keeps anything from being made of it.
    errors: Vec<Problem>,
    /// What it said of features that today's features do not take.
    lost: Vec<Problem>,
}

/// What followed from the files of a commit. Features are those of now: what files said of them then
/// may be wrong by now, and is then left out and said.
fn before(loaded: Loaded, features: &Features) -> Then {
    let Loaded { fleet, problems: mut errors } = loaded;
    // What was expected then, and did not hold, changes nothing on hosts.
    errors.extend(fleet.contradictions());
    errors.retain(|problem| problem.severity == Severity::Error);
    let mut projected = project(&fleet, features);
    let lost = std::mem::take(&mut projected.problems).into_iter();
    let lost = lost.filter(|problem| problem.severity == Severity::Error).map(|problem| Problem {
        severity: Severity::Warning,
        message: format!(
            "{}; by the features as they are now, and left out of the plan",
            problem.message
        ),
        ..problem
    });
    let lost = lost.collect();
    Then { fleet, projected, errors, lost }
}

/// Problems of files as they were in a commit: `git show` takes their places so.
fn at(revision: &Revision, problems: Vec<Problem>) -> Vec<Problem> {
    let commit = text::short(&revision.commit);
    located(problems, |file| format!("{commit}:{file}"))
}
