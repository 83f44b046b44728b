//! Loads features, plans their jobs, runs the plan, and says how the command ends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use camino::Utf8Path;
use domi_backend_container::{Container, ContainerOptions};
use domi_backend_portable::{Portable, PortableOptions};
use domi_model::{Platform, Problem};
use domi_plugin::Workspace;
use domi_runner::{
    BackendKind, Backends, Ending, Job, Loaded, Plan, Programs, RunOptions, Runs, Selection,
};

use crate::affected::{self, Affected};
use crate::arguments::{Choice, Reports, Required};
use crate::codes::OLD_MODULE;
use crate::context::Context;
use crate::failure::Result;
use crate::generated::FileState;
use crate::request::RunRequest;
use crate::required::Gathered;
use crate::setup::Wanted;
use crate::shown::Shown;
use crate::{Exit, backends, guests, nix, programs, quarantine, released, runs, setup};

/// The features that a choice is about.
pub(crate) struct Chosen {
    pub(crate) features: Vec<Loaded>,
    /// Features that are not chosen, and that tests of those which are need.
    pub(crate) required: Vec<Loaded>,
    /// Problems of features that could not be loaded. They stop no other feature, and are reported at
    /// the end.
    pub(crate) errors: Vec<Problem>,
    pub(crate) affected: Affected,
}

impl Chosen {
    /// Loads the features that are named, or with `--affected` those of them that a change touches.
    pub(crate) fn load(context: &Context, workspace: &Workspace, choice: &Choice) -> Result<Self> {
        let load = |names: &[String]| Gathered::load(context, workspace, names, &|_| ());
        let Some(base) = &choice.affected else {
            return Ok(Self::of(load(&choice.features)?, Affected::everything()));
        };
        let change = affected::change(context, workspace, base.as_deref())?;
        // Where nothing has changed, nothing need be built to know that; what is wrong is told.
        let gathered = match (&choice.features[..], change.files.is_empty()) {
            (names, false) => load(names)?,
            ([], true) => Gathered { errors: workspace.problems.clone(), ..Gathered::default() },
            (names, true) => {
                let lacking = names.iter().filter(|name| workspace.feature(name).is_none());
                let lacking: Vec<_> = lacking.cloned().collect();
                if lacking.is_empty() { Gathered::default() } else { load(&lacking)? }
            }
        };
        let affected = Affected::find(context, workspace, &change, &gathered, choice.explain)?;
        Ok(Self::of(gathered.only(|name| affected.touches(name)), affected))
    }

    fn of(gathered: Gathered, affected: Affected) -> Self {
        let Gathered { features, needed: required, errors, .. } = gathered;
        Self { features, required, errors, affected }
    }

    /// The features that were made for this run from hand-written modules.
    pub(crate) fn by_hand(features: Vec<Loaded>) -> Self {
        let (required, errors) = (Vec::new(), Vec::new());
        Self { features, required, errors, affected: Affected::everything() }
    }

    /// Plans what is selected of them.
    pub(crate) fn plan(&self, context: &Context, selection: &Selection) -> Result<Plan> {
        let mut plan = self.plan_whole(context, selection)?;
        plan.jobs.retain(|job| self.affected.reaches_job(job, job.backend));
        Ok(plan)
    }

    /// Plans what is selected of them, whether a change reaches it or not.
    pub(crate) fn plan_whole(&self, context: &Context, selection: &Selection) -> Result<Plan> {
        if self.features.is_empty() {
            return Ok(Plan::default());
        }
        let previous = released::previous(context, &self.features)?;
        let beside = self.required.clone();
        let selection = Selection { beside, previous, ..selection.clone() };
        domi_runner::plan(&self.features, &selection)
            .map_err(|problems| context.problems(exit_of(&problems), problems))
    }

    /// How a command ends: with the problems of features that could not be loaded, if there are any.
    pub(crate) fn end(self, context: &Context, exit: Exit) -> Result<Exit> {
        if self.errors.is_empty() || exit == Exit::Interrupted {
            return Ok(exit);
        }
        let exit = if exit == Exit::Pass { Exit::Feature } else { exit };
        Err(context.problems(exit, self.errors))
    }
}

/// A computer that lacks something ends with another code than a wrong command line.
pub(crate) fn exit_of(problems: &[Problem]) -> Exit {
    let lacks = |problem: &Problem| {
        problem.code == domi_backend_container::NONE_HERE
            || domi_nix_command::CODES.iter().any(|(code, ..)| *code == problem.code)
    };
    if problems.iter().all(lacks) { Exit::Missing } else { Exit::Usage }
}

/// Whether problems of a plan say only that none of its tests is chosen.
pub(crate) fn choose_nothing(problems: &[Problem]) -> bool {
    let codes = [domi_runner::NO_SUCH_TEST, domi_runner::FILTER_FITS_NOTHING];
    problems.iter().all(|problem| codes.contains(&problem.code))
}

/// Which jobs there are, whatever runs them.
pub(crate) fn choice(context: &Context, choice: &Choice) -> Result<Selection> {
    Ok(Selection {
        systems: choice.system.clone(),
        tests: choice.test.clone(),
        filter: choice.filter.clone(),
        known_failures: quarantine::read(context)?,
        backends: backends::ours(),
        ..Selection::default()
    })
}

/// All systems that there are, where nobody chooses.
pub(crate) fn on_all_systems(selection: Selection) -> Selection {
    match &selection.systems[..] {
        [] => Selection { systems: Platform::ALL.to_vec(), ..selection },
        _ => selection,
    }
}

/// Which jobs there are, and what runs them.
pub(crate) fn selection(context: &Context, request: &RunRequest) -> Result<Selection> {
    Ok(Selection {
        backend: request.backend,
        both_lanes: request.both_lanes,
        // A NixOS under QEMU is restored, too.
        portable_only: (request.cold && request.backend != Some(BackendKind::NIXOS_SNAPSHOT))
            .then_some("--cold"),
        backends: nix::backends(context, request)?,
        ..choice(context, &request.choice)?
    })
}

/// How jobs are run.
pub(crate) fn options(
    context: &Context,
    request: &RunRequest,
    target: &Utf8Path,
) -> Result<RunOptions> {
    let words = context.program().into_iter();
    let usual = RunOptions::new(runs::folder(target), domi_host::dirs::cache()?);
    let test_limit = request.test_limit.unwrap_or(usual.test_limit);
    Ok(RunOptions {
        jobs: request.jobs.map(usize::from),
        step_limit: request.step_limit.unwrap_or(usual.step_limit).min(test_limit),
        test_limit,
        use_cache: request.use_cache,
        retries: request.retries,
        require_kvm: request.require.contains(&Required::Kvm),
        runs_moved_by: Some("CARGO_TARGET_DIR"),
        command: words.chain(crate::context::words().skip(1)).collect(),
        interrupt: context.interrupt.clone(),
        ..usual
    })
}

/// What is asked of portable machines.
pub(crate) fn portable(context: &Context, request: &RunRequest) -> Result<PortableOptions> {
    let usual = PortableOptions::new(guests::settings(context, &request.guest)?);
    let builds = programs::builds(context, &usual.guest.distribution)?;
    Ok(PortableOptions { cold: request.cold, builds: Some(builds), ..usual })
}

/// Refuses to run anything that is weaker than what is required.
pub(crate) fn check_strength(context: &Context, request: &RunRequest, plan: &Plan) -> Result<()> {
    let required = request.require.iter().filter_map(|required| match required {
        Required::Backend(backend) => Some(*backend),
        Required::Kvm => None,
    });
    let Some(required) = required.max() else { return Ok(()) };
    let problems = domi_runner::weaker(plan, required);
    if problems.is_empty() { Ok(()) } else { Err(context.problems(Exit::Missing, problems)) }
}

/// Refuses to run anything on NixOS by generated files that are not what the features say now: their verdict would
/// be of another module.
pub(crate) fn check_generated(context: &Context, plan: &Plan) -> Result<()> {
    let by_nix = |job: &&Job| job.backend.row().runs != Runs::Debian && job.skip.is_none();
    let mut problems = BTreeMap::new();
    for job in plan.jobs.iter().filter(by_nix) {
        let about = &job.manifest.feature;
        if problems.contains_key(&about.name) {
            continue;
        }
        let folder = job.crate_dir.to_string_lossy();
        let files = domi_nix::generate_one(&job.manifest, &folder);
        let is_old = |file: &domi_nix::GeneratedFile| {
            file.path.ends_with(".nix") && FileState::of(&context.root, file) == FileState::Stale
        };
        if let Some(old) = files.iter().find(|file| is_old(file)) {
            let message = format!("{} is not what the feature says now", old.path);
            let problem = Problem::error(OLD_MODULE, &about.name, message);
            problems.insert(about.name.clone(), problem.next("run `cargo xtask generate`"));
        }
    }
    let problems: Vec<_> = problems.into_values().collect();
    if problems.is_empty() { Ok(()) } else { Err(context.problems(Exit::Drift, problems)) }
}

/// Prints what would be done.
pub(crate) fn show(plan: &Plan, request: &RunRequest) -> Result<Exit> {
    let mut text = String::new();
    let mut above = None;
    for job in &plan.jobs {
        if request.json {
            text += &format!("{}\n", serde_json::to_string(&job.planned())?);
            continue;
        }
        let planned = job.planned();
        let header =
            format!("{} on {} · {} ({})", job.feature(), planned.system, planned.backend, job.why);
        if above.as_ref() != Some(&header) {
            text += &format!("{header}\n");
            above = Some(header);
        }
        text += &format!("{}\n", does(job));
    }
    if !request.json {
        let jobs = match (plan.jobs.len(), &plan.shard) {
            (jobs, Some(shard)) => {
                format!("{jobs} of {} jobs, in shard {} of {}", shard.jobs, shard.index, shard.of)
            }
            (1, None) => "1 job".to_owned(),
            (jobs, None) => format!("{jobs} jobs"),
        };
        text += &format!("{jobs}{}\n", compared(plan));
    }
    crate::out::data(format_args!("{text}"))?;
    Ok(Exit::Pass)
}

/// How many tests are done in both lanes, and how many of them cannot be.
fn compared(plan: &Plan) -> String {
    if !plan.both_lanes {
        return String::new();
    }
    let skipped = |job: &str| plan.jobs.iter().any(|it| it.id == job && it.skip.is_some());
    let in_containers = plan.jobs.iter().filter(|job| job.backend != BackendKind::PORTABLE);
    let pairs = in_containers.filter_map(|job| Some((job, job.compared_with.as_ref()?)));
    let (not, both): (Vec<_>, Vec<_>) =
        pairs.partition(|(job, other)| job.skip.is_some() || skipped(other));
    format!("; {} tests in both lanes, {} not compared", both.len(), not.len())
}

/// What will be done for a job.
pub(crate) fn does(job: &Job) -> String {
    let does = match (&job.skip, job.machines()) {
        (Some(why), _) => format!("skipped: {why}"),
        (None, 0) => "its settings must be refused; no machine".to_owned(),
        (None, 1) => format!("1 machine, {} steps", job.steps()),
        (None, machines) => format!("{machines} machines, {} steps", job.steps()),
    };
    let mut line = format!("  {}: {does}", job.test.name);
    for phrase in &job.not_covered {
        line += &format!("\n    not covered: {phrase}");
    }
    if let Some(known) = &job.quarantine {
        let state = if job.overdue { "was in quarantine" } else { "in quarantine" };
        line += &format!("\n    {state} until {}: {}", known.until, known.reason);
    }
    line
}

/// Runs a plan, and shows what happens.
pub(crate) fn execute(
    context: &Context,
    request: &RunRequest,
    mut plan: Plan,
    options: &RunOptions,
    portable: PortableOptions,
) -> Result<Exit> {
    // A shard without jobs is recorded all the same: `report merge` wants every shard.
    if plan.jobs.is_empty() && plan.shard.is_none() {
        talk!("there are no tests to run");
        return Ok(Exit::Pass);
    }
    ensure_guests(context, request, &plan)?;
    runs::check_reports(context, &request.reports)?;
    plan.backends = ready(plan.backends, options, portable);
    let mut shown = Shown::new(context, request.json);
    let summary = domi_runner::run(&plan, options, &mut |event| shown.see(event))?;
    finish(context, shown, &options.runs, &request.reports, exit(summary.ending))
}

/// These backends, ready to run jobs.
pub(crate) fn ready(
    backends: Backends,
    options: &RunOptions,
    portable: PortableOptions,
) -> Backends {
    let backends = if backends.get(BackendKind::PORTABLE_CONTAINER).is_some() {
        let own = ContainerOptions {
            distribution: portable.guest.distribution.clone(),
            cold: portable.cold,
            runs_again: portable.runs_again,
            realiser: portable.realiser.clone(),
            builds: portable.builds.clone(),
        };
        backends.with(Container::new(options.cache.clone(), own))
    } else {
        backends
    };
    backends.with(Portable::new(portable))
}

/// Sees to it that this computer has what the portable guests of a plan need.
pub(crate) fn ensure_guests(context: &Context, request: &RunRequest, plan: &Plan) -> Result<()> {
    let guests = guest_systems(plan);
    if guests.is_empty() {
        return Ok(());
    }
    let wanted = match request.programs {
        Programs::Debian => Wanted::machines(guests),
        Programs::Store => Wanted::with_stores(guests),
    };
    setup::ensure(context, &wanted, request.install)
}

/// Ends what is shown, and writes the reports. If a report cannot be written and the run failed too,
/// the command ends as the run did.
pub(crate) fn finish(
    context: &Context,
    shown: Shown<'_>,
    runs: &Path,
    reports: &Reports,
    exit: Exit,
) -> Result<Exit> {
    let (recorded, told) = shown.finish();
    let written = runs::write_reports(context, &recorded, runs, reports);
    match told.and(written) {
        Err(failure) if exit != Exit::Pass => {
            failure.explained(&context.root, Some(&context.target())).show(&context.global);
            Ok(exit)
        }
        done => done.map(|()| exit),
    }
}

/// How a command ends after its run ended so.
pub(crate) fn exit(ending: Ending) -> Exit {
    match ending {
        Ending::Passed => Exit::Pass,
        Ending::Failed => Exit::TestFailed,
        Ending::Missing => Exit::Missing,
        Ending::Undecided => Exit::Failed,
        Ending::Interrupted => Exit::Interrupted,
    }
}

/// The systems that portable guests of a plan have.
fn guest_systems(plan: &Plan) -> BTreeSet<Platform> {
    let on_guests = |job: &&Job| {
        job.backend == BackendKind::PORTABLE && job.skip.is_none() && job.machines() > 0
    };
    plan.jobs.iter().filter(on_guests).map(|job| job.system).collect()
}
