use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use domi_event::Body;
use domi_model::Problem;
use domi_runner::{BackendKind, Durations, RunOptions, ShardOf};

use crate::arguments::{Choice, Conduct, Global};
use crate::codes::{NO_DURATIONS, NOT_RESUMABLE};
use crate::context::Context;
use crate::failure::Result;
use crate::jobs::{self, Chosen};
use crate::request::{RunRequest, WorkflowRequest};
use crate::start::{Run, Start};
use crate::{Exit, github, runs};

/// Test every feature on every system
#[derive(Debug, Args)]
pub(crate) struct Matrix {
    #[command(flatten)]
    choice: Choice,
    /// Start no more tests after one has failed
    #[arg(long)]
    fail_fast: bool,
    /// Run only this part of the plan, such as 2/5
    #[arg(long, value_name = "I/N")]
    shard: Option<ShardOf>,
    /// How long jobs took before, for order and shards [default: as recorded]
    #[arg(long, value_name = "FILE")]
    durations: Option<PathBuf>,
    /// Resume the last matrix that was stopped: run what had not passed
    #[arg(
        long,
        conflicts_with_all = [
            "features", "test", "filter", "affected", "system", "fail_fast", "shard", "durations",
            "plan", "github", "backend", "containers", "require", "no_cache", "cold", "both_lanes",
        ]
    )]
    resume: bool,
    /// Run each test in containers and on machines; a difference is a failure
    #[arg(long, conflicts_with_all = ["backend", "containers", "github", "allow_tcg"])]
    both_lanes: bool,
    /// Run nothing; write the shards as a matrix for GitHub, or as JSON
    #[arg(long, conflicts_with_all = ["plan", "shard", "backend", "containers", "json"])]
    github: bool,
    #[command(flatten)]
    conduct: Conduct,
}

/// What `matrix` is asked for beside what every run is.
struct MatrixRequest {
    run: RunRequest,
    workflow: WorkflowRequest,
    fail_fast: bool,
    shard: Option<ShardOf>,
    durations: Option<PathBuf>,
    resumed: Option<Resumed>,
}

/// A run that is resumed.
struct Resumed {
    run: String,
    /// The command that began it.
    command: Vec<String>,
}

impl Run for Matrix {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let (arguments, resumed) = if self.resume {
            let (before, resumed) = stopped(context, self)?;
            (before, Some(resumed))
        } else {
            (self, None)
        };
        let for_github = arguments.github;
        let run = RunRequest::new(arguments.choice, arguments.conduct, config);
        let request = MatrixRequest {
            run: RunRequest { both_lanes: arguments.both_lanes, ..run },
            workflow: WorkflowRequest::new(&context.root, config),
            fail_fast: arguments.fail_fast,
            shard: arguments.shard,
            durations: arguments.durations,
            resumed,
        };
        if for_github { shards_for_github(context, &request) } else { matrix(context, request) }
    }
}

/// Tests every feature on every system, to the end.
fn matrix(context: &Context, request: MatrixRequest) -> Result<Exit> {
    let run = &request.run;
    let workspace = context.workspace()?;
    let chosen = Chosen::load(context, &workspace, &run.choice)?;
    let selection = jobs::on_all_systems(jobs::selection(context, run)?);
    let mut plan = chosen.plan(context, &selection)?;
    if !run.plan {
        plan.source = domi_affected::source(&context.root, &context.interrupt)?.unwrap_or_default();
    }
    jobs::check_strength(context, run, &plan)?;
    if run.choice.is_everything() && chosen.errors.is_empty() {
        context.show(selection.known_failures.idle(&plan.jobs));
    }
    let runs = runs::folder(&workspace.target);
    let durations = durations(context, request.durations.as_deref(), &runs)?;
    if let Some(shard) = request.shard {
        plan.keep_shard(shard, &durations);
    }
    let exit = if run.plan {
        jobs::show(&plan, run)?
    } else {
        jobs::check_generated(context, &plan)?;
        let mut options = RunOptions {
            fail_fast: request.fail_fast,
            durations: Some(durations),
            ..jobs::options(context, run, &workspace.target)?
        };
        if let Some(resumed) = request.resumed {
            options.resume = Some(resumed.run);
            options.command = resumed.command;
        }
        let portable = jobs::portable(context, run)?;
        jobs::execute(context, run, plan, &options, portable)?
    };
    chosen.end(context, exit)
}

/// Tells GitHub which shards there are. What runs them are other computers than this one.
fn shards_for_github(context: &Context, request: &MatrixRequest) -> Result<Exit> {
    let choice = &request.run.choice;
    let workspace = context.workspace()?;
    let chosen = Chosen::load(context, &workspace, choice)?;
    let selection = jobs::on_all_systems(jobs::choice(context, choice)?);
    let plan = chosen.plan_whole(context, &selection)?;
    let runs = runs::folder(&workspace.target);
    let durations = durations(context, request.durations.as_deref(), &runs)?;
    let estimate = durations.estimates();
    let contained = durations.estimates_where_first(BackendKind::PORTABLE_CONTAINER);
    let mut jobs = Vec::new();
    for lane in request.workflow.settings.lanes() {
        let backend = match lane.backend {
            domi_github::Backend::Portable => BackendKind::PORTABLE,
            domi_github::Backend::Containers => BackendKind::PORTABLE_CONTAINER,
            domi_github::Backend::NixosVm => BackendKind::NIXOS_VM,
        };
        let millis = |job| match lane.backend {
            domi_github::Backend::Containers => contained(job),
            _ => estimate(job),
        };
        let of_lane = plan
            .jobs
            .iter()
            .filter(|job| job.system == lane.system && chosen.affected.reaches_job(job, backend));
        jobs.extend(of_lane.map(|job| domi_github::Job { lane, millis: millis(job) }));
    }
    let matrix = domi_github::matrix(&jobs, &request.workflow.limits)
        .map_err(|problems| context.problems(Exit::Usage, problems))?;
    match github::file("GITHUB_OUTPUT") {
        Some(file) => github::append(&file, &matrix.outputs())?,
        None => data!("{}", matrix.json())?,
    }
    let (jobs, shards) = (matrix.jobs(), matrix.shards());
    talk!("{jobs} jobs in {shards} shards");
    chosen.end(context, Exit::Pass)
}

/// How long jobs took: what the user names, or what was seen here.
fn durations(context: &Context, file: Option<&Path>, runs: &Path) -> Result<Durations> {
    let Some(file) = file else { return Ok(Durations::of_runs(runs)) };
    Durations::read(file).map_err(|error| {
        let problem =
            Problem::error(NO_DURATIONS, file.display().to_string(), format!("{error:#}"))
                .next("name another file, or leave out --durations");
        context.problems(Exit::Usage, vec![problem])
    })
}

/// The command line of a run of the past, as far as it is one of a matrix.
#[derive(Debug, Parser)]
struct Recorded {
    #[command(flatten)]
    _global: Global,
    #[command(subcommand)]
    command: RecordedCommand,
}

#[derive(Debug, Subcommand)]
enum RecordedCommand {
    Matrix(Box<Matrix>),
}

/// The last matrix that was stopped: its arguments, and what it was. What passed in it passes
/// still, where nothing has changed since; everything else is to be done.
fn stopped(context: &Context, arguments: Matrix) -> Result<(Matrix, Resumed)> {
    let none = |message: String| {
        let problem = Problem::error(NOT_RESUMABLE, "--resume", message)
            .next("run `cargo xtask matrix`; it does not run again what passed before");
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
        let Ok(Recorded { command: RecordedCommand::Matrix(mut before), .. }) =
            Recorded::try_parse_from(words)
        else {
            continue;
        };
        let ended = recording.events.iter().any(|event| match &event.body {
            Body::RunFinished(finished) => !finished.interrupted,
            _ => false,
        });
        if ended {
            return Err(none(format!("the last run, {}, was not stopped", started.run)));
        }
        talk!("resuming {}: {}", started.run, started.command.join(" "));
        // This command line decides how it is shown and reported.
        before.conduct.json = arguments.conduct.json;
        before.conduct.reports = arguments.conduct.reports;
        before.conduct.install = arguments.conduct.install;
        let resumed = Resumed { run: started.run.clone(), command: started.command.clone() };
        return Ok((*before, resumed));
    }
    Err(none("no matrix has been run here yet".to_owned()))
}
