mod module;
mod nixos_test;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use domi_backend_portable::{Driver, PortableOptions};
use domi_model::Problem;
use domi_runner::{BackendKind, ONLY_PORTABLE, Plan, Programs, RunOptions, Selection, Variant};

use crate::arguments::{Choice, Conduct};
use crate::context::Context;
use crate::failure::Result;
use crate::jobs::{self, Chosen};
use crate::request::RunRequest;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, realiser};

/// Test features in virtual machines
#[derive(Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    choice: Choice,
    /// Set an option of the feature on all machines that enable it
    #[arg(long, value_name = "OPTION=VALUE", value_parser = given)]
    set: Vec<String>,
    /// Enable all chosen features on the machines of each other's tests
    #[arg(long, conflicts_with_all = ["module", "driver"])]
    together: bool,
    /// Continue after a test has failed
    #[arg(long)]
    keep_going: bool,
    /// Test hand-written NixOS modules; by default those of domi.toml
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..,
        conflicts_with_all = ["features", "affected"]
    )]
    module: Option<Vec<PathBuf>>,
    /// Run NixOS tests, a file or an attribute of a flake, as they are
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["features", "affected", "module", "set", "together"],
        value_parser = given
    )]
    nixos_test: Option<String>,
    /// A command that must eventually succeed on the machine of --module
    #[arg(long, value_name = "COMMAND", requires = "module", value_parser = given)]
    check: Vec<String>,
    /// What makes the systems: rust, from the manifest (default), or nix
    #[arg(
        long,
        value_enum,
        value_name = "WHO",
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    realiser: Realiser,
    /// The programs of units of Nix: debian, by a table (default), or real
    #[arg(long, value_enum, value_name = "WHOSE", hide_possible_values = true)]
    store: Option<Store>,
    /// Let this NixOS test driver take the steps on portable machines
    #[arg(long, value_name = "PATH")]
    driver: Option<PathBuf>,
    /// Open a shell in the machine after its test, passed or failed
    #[arg(long)]
    shell: bool,
    /// Run nothing; list the tests
    #[arg(long, conflicts_with = "plan")]
    list: bool,
    #[command(flatten)]
    conduct: Conduct,
}

/// Who makes the systems of portable machines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Realiser {
    #[default]
    Rust,
    Nix,
}

/// Whose programs units and scripts run that Nix has evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    Debian,
    Real,
}

/// What `test` is asked for beside what every run is.
struct TestRequest {
    run: RunRequest,
    set: Vec<String>,
    together: bool,
    keep_going: bool,
    module: Option<Vec<PathBuf>>,
    nixos_test: Option<String>,
    checks: Vec<String>,
    realiser: Realiser,
    driver: Option<PathBuf>,
    shell: bool,
    list: bool,
}

impl Run for Test {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.anywhere()?;
        let mut realiser = self.realiser;
        let by_nix =
            realiser == Realiser::Nix || self.module.is_some() || self.nixos_test.is_some();
        let mut run = RunRequest::new(self.choice, self.conduct, config);
        run.programs = match self.store {
            Some(Store::Real) => Programs::Store,
            Some(Store::Debian) => Programs::Debian,
            None if by_nix => run.usual_programs,
            None => Programs::Debian,
        };
        if run.programs == Programs::Store {
            let refused = without_store(run.backend);
            if let Some(problem) = refused {
                return Err(context.problems(Exit::Usage, vec![problem]));
            }
            // What Rust makes names nothing of a store.
            realiser = Realiser::Nix;
        }
        let request = TestRequest {
            run,
            set: self.set,
            together: self.together,
            keep_going: self.keep_going,
            module: self.module,
            nixos_test: self.nixos_test,
            checks: self.check,
            realiser,
            driver: self.driver,
            shell: self.shell,
            list: self.list,
        };
        test(context, &request)
    }
}

/// Why what was asked for runs no test with a part of Nix's store: Debian machines alone have one.
fn without_store(asked: Option<BackendKind>) -> Option<Problem> {
    let [container, portable] = [BackendKind::PORTABLE_CONTAINER, BackendKind::PORTABLE];
    let other = asked.filter(|asked| ![container, portable].contains(asked))?;
    let message = format!("--store real is for {container} and {portable}, not for {other}");
    let next = "leave out --backend, or say --store debian";
    Some(Problem::error(ONLY_PORTABLE, "--store", message).next(next))
}

/// Tests features. Those that cannot be loaded stop no other, and are not forgotten.
fn test(context: &Context, request: &TestRequest) -> Result<Exit> {
    let mut again = BTreeMap::new();
    let (chosen, by_hand) = match (&request.module, &request.nixos_test) {
        (_, Some(tests)) => {
            let (loaded, realiser) = nixos_test::load(context, &request.run, tests)?;
            let words = vec!["--nixos-test".to_owned(), tests.clone()];
            again.insert(loaded.manifest.feature.name.clone(), words);
            (Chosen::by_hand(vec![loaded]), Some(realiser))
        }
        (Some(modules), None) => {
            let runs = !request.list && !request.run.plan;
            let (set, checks) = (&*request.set, &*request.checks);
            let asked = module::Asked { modules, set, checks, runs };
            let found = module::load(context, &request.run, &asked)?;
            again = found.again;
            let chosen = Chosen { errors: found.errors, ..Chosen::by_hand(found.loaded) };
            (chosen, found.realiser)
        }
        (None, None) => (Chosen::load(context, &context.workspace()?, &request.run.choice)?, None),
    };
    // Until all have run.
    let modules;
    let plan = chosen.plan(context, &selection(context, request)?)?;
    jobs::check_strength(context, &request.run, &plan)?;
    let exit = if request.list {
        list(&plan, request)?
    } else if request.run.plan {
        jobs::show(&plan, &request.run)?
    } else {
        if by_hand.is_none() {
            jobs::check_generated(context, &plan)?;
        }
        context.make_target()?;
        let target = context.target();
        let mut options = options(context, request, &target)?;
        let mut portable = portable(context, request)?;
        options.fail_fast = !request.keep_going && chosen.features.len() == 1;
        if by_hand.is_some() {
            portable.realiser = by_hand;
            options.repeat = context.program();
            options.repeat.push("test".to_owned());
            options.repeat_words = again;
        } else if request.realiser == Realiser::Nix && !chosen.features.is_empty() {
            modules = realiser::module_folder(context)?;
            let features = chosen.features.iter().chain(&chosen.required);
            let by_nix = realiser::for_features(context, &request.run, features, modules.path())?;
            portable.realiser = Some(by_nix);
        }
        jobs::execute(context, &request.run, plan, &options, portable)?
    };
    chosen.end(context, exit)
}

fn selection(context: &Context, request: &TestRequest) -> Result<Selection> {
    let selection = if request.list {
        // A list of tests does not depend on what would run them.
        jobs::choice(context, &request.run.choice)?
    } else {
        jobs::selection(context, &request.run)?
    };
    let own_machines = Some(BackendKind::NIXOS_SNAPSHOT);
    let shell = request.shell && request.run.backend != own_machines;
    Ok(Selection {
        portable_only: selection.portable_only.or(shell.then_some("--shell")),
        // The test of a hand-written module has them already.
        set: if request.module.is_some() { Vec::new() } else { request.set.clone() },
        variant: variant(request),
        together: request.together,
        ..selection
    })
}

/// How the portable backend is to do the tests.
fn variant(request: &TestRequest) -> Variant {
    let realiser = match request.realiser {
        Realiser::Rust if request.module.is_none() && request.nixos_test.is_none() => {
            domi_runner::Realiser::Rust
        }
        _ => domi_runner::Realiser::Nix,
    };
    let driven = request.driver.is_some() || request.nixos_test.is_some();
    Variant { realiser, driven, programs: request.run.programs }
}

/// Prints the tests.
fn list(plan: &Plan, request: &TestRequest) -> Result<Exit> {
    if request.run.json {
        return jobs::show(plan, &request.run);
    }
    let lines = plan.jobs.iter().map(|job| format!("{}: {}\n", job.feature(), job.test.name));
    crate::out::data(format_args!("{}", lines.collect::<String>()))?;
    Ok(Exit::Pass)
}

fn options(
    context: &Context,
    request: &TestRequest,
    target: &camino::Utf8Path,
) -> Result<RunOptions> {
    let usual = jobs::options(context, &request.run, target)?;
    Ok(RunOptions { shell: request.shell, ..usual })
}

fn portable(context: &Context, request: &TestRequest) -> Result<PortableOptions> {
    let usual = jobs::portable(context, &request.run)?;
    let path = request.driver.as_deref().map(std::path::absolute).transpose();
    let path = path.context("the driver has no usable path")?;
    let is_driven = path.is_some() || request.nixos_test.is_some();
    let relay = ["guest", "relay"].map(str::to_owned).to_vec();
    let driver = Driver { path, relay, script: domi_nix::test_script };
    Ok(PortableOptions { driver: is_driven.then_some(driver), ..usual })
}
