use clap::Parser;
use domi_event::Body;
use domi_model::{Platform, Problem};
use domi_runner::{BackendKind, Durations, RunOptions, Selection};

use crate::args::{Arguments, Choice, Command, Matrix};
use crate::codes::{NO_DURATIONS, NOT_RESUMABLE};
use crate::context::Context;
use crate::failure::Result;
use crate::jobs::{self, Chosen};
use crate::{Exit, github, runs, workflow};

/// Tests every feature on every system, to the end.
pub(crate) fn run(context: &Context, arguments: &Matrix) -> Result<Exit> {
    if arguments.resume {
        return resume(context, arguments);
    }
    if arguments.github {
        return for_github(context, arguments);
    }
    go(context, arguments, None)
}

fn go(context: &Context, arguments: &Matrix, resumed: Option<Resumed>) -> Result<Exit> {
    let workspace = context.workspace()?;
    let chosen = Chosen::load(context, &workspace, &arguments.choice)?;
    let selection = jobs::selection(context, &arguments.choice, &arguments.conduct)?;
    let selection = on_all_systems(selection);
    let mut plan = chosen.plan(context, &selection)?;
    if !arguments.conduct.plan {
        plan.source = domi_affected::source(&context.root, &context.interrupt)?.unwrap_or_default();
    }
    jobs::check_strength(context, &arguments.conduct, &plan)?;
    if is_whole(&arguments.choice) && chosen.errors.is_empty() {
        context.show(selection.known_failures.idle(&plan.jobs));
    }
    let runs = runs::folder(&workspace.target);
    let durations = durations(context, arguments, &runs)?;
    if let Some(shard) = arguments.shard {
        plan.keep_shard(shard, &durations);
    }
    let exit = if arguments.conduct.plan {
        jobs::show(&plan, &arguments.conduct)?
    } else {
        let mut options = RunOptions {
            fail_fast: arguments.fail_fast,
            durations: Some(durations),
            ..jobs::options(context, &arguments.conduct, &workspace.target)?
        };
        if let Some(resumed) = resumed {
            options.resume = Some(resumed.run);
            options.command = resumed.command;
        }
        let portable = jobs::portable(context, &arguments.conduct)?;
        jobs::execute(context, &arguments.conduct, plan, &options, portable)?
    };
    chosen.end(context, exit)
}

/// Tells GitHub which shards there are. What runs them are other computers than this one.
fn for_github(context: &Context, arguments: &Matrix) -> Result<Exit> {
    let workspace = context.workspace()?;
    let chosen = Chosen::load(context, &workspace, &arguments.choice)?;
    let selection = on_all_systems(jobs::choice(context, &arguments.choice)?);
    let plan = chosen.plan_whole(context, &selection)?;
    let durations = durations(context, arguments, &runs::folder(&workspace.target))?;
    let estimate = durations.estimates();
    let mut jobs = Vec::new();
    for lane in workflow::settings(context).lanes() {
        let backend = match lane.backend {
            domi_github::Backend::Portable => BackendKind::PORTABLE,
            domi_github::Backend::NixosVm => BackendKind::NIXOS_VM,
        };
        let of_lane = plan.jobs.iter().filter(|job| {
            job.system == lane.system && chosen.affected.reaches(job.feature(), backend)
        });
        jobs.extend(of_lane.map(|job| domi_github::Job { lane, millis: estimate(job) }));
    }
    let matrix = domi_github::matrix(&jobs, &workflow::limits(context))
        .map_err(|problems| context.problems(Exit::Usage, problems))?;
    match github::file("GITHUB_OUTPUT") {
        Some(file) => github::append(&file, &matrix.outputs())?,
        None => data!("{}", matrix.json())?,
    }
    let (jobs, shards) = (matrix.jobs(), matrix.shards());
    talk!("{jobs} jobs in {shards} shards");
    chosen.end(context, Exit::Pass)
}

/// All that there are, where nobody chooses.
pub(crate) fn on_all_systems(selection: Selection) -> Selection {
    match &selection.systems[..] {
        [] => Selection { systems: Platform::ALL.to_vec(), ..selection },
        _ => selection,
    }
}

/// Whether a choice leaves nothing out.
fn is_whole(choice: &Choice) -> bool {
    let Choice { features, test, filter, affected, explain: _, system } = choice;
    features.is_empty()
        && test.is_empty()
        && filter.is_none()
        && affected.is_none()
        && system.is_empty()
}

/// How long jobs took: what the user names, or what was seen here.
fn durations(context: &Context, arguments: &Matrix, runs: &std::path::Path) -> Result<Durations> {
    let Some(file) = &arguments.durations else { return Ok(Durations::of_runs(runs)) };
    Durations::read(file).map_err(|error| {
        let problem =
            Problem::error(NO_DURATIONS, file.display().to_string(), format!("{error:#}"))
                .next("name another file, or none");
        context.problems(Exit::Usage, vec![problem])
    })
}

/// A run that is gone on with.
struct Resumed {
    run: String,
    /// The command that began it.
    command: Vec<String>,
}

/// Goes on with the last run that was stopped. What passed in it passes still, where nothing has
/// changed since; everything else is done.
fn resume(context: &Context, arguments: &Matrix) -> Result<Exit> {
    let none = |message: String| {
        let problem = Problem::error(NOT_RESUMABLE, "--resume", message)
            .next("run `cargo xtask matrix`; what passed before is not run again");
        context.problems(Exit::Usage, vec![problem])
    };
    let folder = runs::folder(&context.workspace()?.target);
    for file in runs::newest_first(&folder) {
        let recording = runs::read(context, &file)?;
        let Some(Body::RunStarted(started)) = recording.events.first().map(|event| &event.body)
        else {
            continue;
        };
        let words = started.command.get(1..).unwrap_or_default();
        let Ok(Arguments { command: Command::Matrix(mut before), .. }) =
            Arguments::try_parse_from(words)
        else {
            continue;
        };
        let ended = recording.events.iter().any(|event| match &event.body {
            Body::RunFinished(finished) => !finished.interrupted,
            _ => false,
        });
        if ended {
            return Err(none(format!("the last run, {}, came to its end", started.run)));
        }
        talk!("going on with {}: {}", started.run, started.command.join(" "));
        // How it is shown and reported is what this command line says.
        let conduct = arguments.conduct.clone();
        before.conduct.json = conduct.json;
        before.conduct.reports = conduct.reports;
        before.conduct.install = conduct.install;
        let resumed = Resumed { run: started.run.clone(), command: started.command.clone() };
        return go(context, &before, Some(resumed));
    }
    Err(none("nothing has been run here yet".to_owned()))
}
