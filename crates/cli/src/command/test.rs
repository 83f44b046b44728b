use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use domi_model::Problem;
use domi_runner::{
    BackendKind, Driver, Ending, Here, Job, Plan, Realiser, RunOptions, Selection, Shell, Way,
};

use crate::affected::Affected;
use crate::args::{self, Required, Test};
use crate::context::Context;
use crate::failure::Result;
use crate::shown::Shown;
use crate::{Exit, guests, module, nix, realiser, runs, setup};

/// How long a step may take where nobody says otherwise. Emulation is slow, and what hangs is
/// noticed by then.
const STEP_LIMIT: Duration = Duration::from_secs(90);
/// How long a test may take where nobody says otherwise.
const TEST_LIMIT: Duration = Duration::from_secs(600);

/// Tests features. Those that cannot be loaded stop no other, and are not forgotten.
pub(crate) fn run(context: &Context, arguments: &Test) -> Result<Exit> {
    let workspace = context.workspace()?;
    let affected =
        Affected::find(context, &workspace, arguments.affected.as_deref(), arguments.explain)?;
    let (features, errors, by_hand) = match &arguments.module {
        Some(module) => {
            let (loaded, realiser) = module::load(context, arguments, module)?;
            (vec![loaded], Vec::new(), Some(realiser))
        }
        None => {
            let loaded = affected.load(context, &workspace, &arguments.features)?;
            let features: Vec<_> = loaded.features.into_iter().map(guests::loaded).collect();
            (features, loaded.errors, None)
        }
    };
    // To list tests, nobody needs to know what would run them.
    let here = if arguments.list {
        Here::default()
    } else {
        nix::here(context, &arguments.nix, arguments.backend)?
    };
    let portable_only = [(arguments.cold, "--cold"), (arguments.shell, "--shell")];
    let selection = Selection {
        systems: arguments.system.clone(),
        backend: arguments.backend.filter(|_| !arguments.list),
        allow_tcg: arguments.allow_tcg,
        here,
        portable_only: portable_only.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag),
        tests: arguments.test.clone(),
        filter: arguments.filter.clone(),
        // Of a module by hand, they are in its test already.
        set: if by_hand.is_some() { Vec::new() } else { arguments.set.clone() },
        way: way(arguments),
        ..Selection::default()
    };
    let mut plan = if features.is_empty() {
        Plan::default()
    } else {
        domi_runner::plan(&features, &selection)
            .map_err(|problems| context.problems(exit_of(&problems), problems))?
    };
    plan.jobs.retain(|job| affected.reaches(job));
    check_strength(context, arguments, &plan)?;
    let exit = if arguments.list || arguments.plan {
        show(&plan, arguments)?;
        Exit::Pass
    } else {
        let fail_fast = !arguments.keep_going && features.len() == 1;
        let mut options = options(context, arguments, &workspace.target, fail_fast)?;
        if by_hand.is_some() {
            options.realiser = by_hand;
            options.repeat = by_hand_again(arguments);
        } else if arguments.realiser == args::Realiser::Nix && !features.is_empty() {
            let folder = workspace.target.join("domi/modules");
            let nix = &arguments.nix;
            options.realiser =
                Some(realiser::for_features(context, nix, &features, folder.as_std_path())?);
        }
        execute(context, arguments, &plan, &options)?
    };
    if errors.is_empty() || exit == Exit::Interrupted {
        return Ok(exit);
    }
    let exit = if exit == Exit::Pass { Exit::Feature } else { exit };
    Err(context.problems(exit, errors))
}

/// A computer that cannot do what was asked for is another thing than a question that makes no
/// sense.
fn exit_of(problems: &[Problem]) -> Exit {
    let lacks =
        |problem: &Problem| domi_nix_command::CODES.iter().any(|(code, ..)| *code == problem.code);
    if problems.iter().all(lacks) { Exit::Missing } else { Exit::Usage }
}

/// Refuses to run anything that is weaker than what is required.
fn check_strength(context: &Context, arguments: &Test, plan: &Plan) -> Result<()> {
    let required = arguments.require.iter().filter_map(|required| match required {
        Required::Backend(backend) => Some(*backend),
        Required::Kvm => None,
    });
    let Some(required) = required.max() else { return Ok(()) };
    let problems = domi_runner::weaker(plan, required);
    if problems.is_empty() { Ok(()) } else { Err(context.problems(Exit::Missing, problems)) }
}

/// The words that test the module again.
fn by_hand_again(arguments: &Test) -> Vec<String> {
    let mut words = ["cargo", "xtask", "test", "--module"].map(str::to_owned).to_vec();
    words.extend(arguments.module.iter().map(|path| path.display().to_string()));
    for (flag, values) in [("--set", &arguments.set), ("--check", &arguments.check)] {
        words.extend(values.iter().flat_map(|value| [flag.to_owned(), value.clone()]));
    }
    words
}

/// How the portable backend is to do the tests.
fn way(arguments: &Test) -> Way {
    let realiser = match arguments.realiser {
        args::Realiser::Rust if arguments.module.is_none() => Realiser::Rust,
        _ => Realiser::Nix,
    };
    Way { realiser, driven: arguments.driver.is_some() }
}

/// Prints the tests, or what would be done for them.
fn show(plan: &Plan, arguments: &Test) -> Result<()> {
    let mut out = io::stdout().lock();
    for job in &plan.jobs {
        if arguments.json {
            writeln!(out, "{}", serde_json::to_string(&job.planned())?)?;
        } else if arguments.list {
            writeln!(out, "{}: {}", job.feature(), job.test.name)?;
        } else {
            writeln!(out, "{}", planned(job))?;
        }
    }
    Ok(())
}

/// A job in a line, with what will be done and why there.
fn planned(job: &Job) -> String {
    let does = match (&job.skip, job.machines()) {
        (Some(why), _) => format!("skipped: {why}"),
        (None, 0) => "its settings must be refused; no machine".to_owned(),
        (None, 1) => format!("1 machine, {} steps", job.steps()),
        (None, machines) => format!("{machines} machines, {} steps", job.steps()),
    };
    let mut line = format!("{}: {does} ({})", job.id, job.why);
    for phrase in &job.not_covered {
        line += &format!("\n  not covered: {phrase}");
    }
    line
}

fn execute(context: &Context, arguments: &Test, plan: &Plan, options: &RunOptions) -> Result<Exit> {
    if plan.jobs.is_empty() {
        eprintln!("there are no tests");
        return Ok(Exit::Pass);
    }
    let on_guests = |job: &Job| {
        job.backend == BackendKind::Portable && job.skip.is_none() && job.machines() > 0
    };
    let guests: BTreeSet<_> =
        plan.jobs.iter().filter(|job| on_guests(job)).map(|job| job.system).collect();
    if !guests.is_empty() {
        setup::ensure(context, &guests, arguments.install)?;
    }
    let mut shown = Shown::new(context, arguments.json);
    let summary = domi_runner::run(plan, options, &mut |event| shown.see(event))?;
    runs::write_reports(&shown.finish()?, &options.runs, &arguments.reports)?;
    Ok(match summary.ending {
        Ending::Passed => Exit::Pass,
        Ending::Failed => Exit::TestFailed,
        Ending::Missing => Exit::Missing,
        Ending::Undecided => Exit::Failed,
        Ending::Interrupted => Exit::Interrupted,
    })
}

fn options(
    context: &Context,
    arguments: &Test,
    target: &camino::Utf8Path,
    fail_fast: bool,
) -> Result<RunOptions> {
    let config = &context.config;
    let test_limit = arguments.timeout.or(config.test_limit).unwrap_or(TEST_LIMIT);
    let words = ["cargo", "xtask"].map(str::to_owned).into_iter();
    Ok(RunOptions {
        runs: runs::folder(target),
        cache: domi_host::dirs::cache()?,
        jobs: arguments.jobs.or(config.jobs).map(usize::from),
        step_limit: config.step_limit.unwrap_or(STEP_LIMIT).min(test_limit),
        test_limit,
        use_cache: !arguments.no_cache,
        retries: arguments.retries,
        fail_fast,
        cold: arguments.cold,
        realiser: None,
        driver: arguments.driver.as_deref().map(driver).transpose()?,
        require_kvm: arguments.require.contains(&Required::Kvm),
        shell: if arguments.shell { Shell::Always } else { Shell::Never },
        guest: guests::settings(context)?,
        command: words.chain(std::env::args().skip(1)).collect(),
        repeat: ["cargo", "xtask", "test"].map(str::to_owned).to_vec(),
        interrupt: context.interrupt.clone(),
    })
}

/// The NixOS test driver at this path.
pub(crate) fn driver(path: &Path) -> Result<Driver> {
    let path = std::path::absolute(path).context("the driver has no usable path")?;
    let relay = ["guest", "relay"].map(str::to_owned).to_vec();
    Ok(Driver { path, relay, script: domi_nix::test_script })
}
