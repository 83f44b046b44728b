mod lacking;
mod step;
mod steps;
mod telling;

use std::path::PathBuf;

use clap::Args;
use domi_model::{Platform, Problem};
use quick_junit::{Report, TestCase, TestCaseStatus, TestSuite};

use self::lacking::{Skip, lacking, left_out, without_machines};
use self::step::case;
use self::steps::{NIXOS_TESTS, Tests, steps};
use crate::Exit;
use crate::arguments::Install;
use crate::codes::UNUSABLE;
use crate::context::Context;
use crate::failure::Result;
use crate::request::{FleetRequest, NixRequest};
use crate::start::{Run, Start};
use crate::{fleet, setup};

/// Run everything that a change must pass
#[derive(Debug, Args)]
pub(crate) struct Ci {
    /// Run nothing; print the commands
    #[arg(long)]
    plan: bool,
    /// Leave out the machine tests, and say so
    #[arg(long)]
    no_machine: bool,
    /// Where to write the verdicts as JUnit XML
    #[arg(long, value_name = "FILE", default_value = "target/domi/ci.xml")]
    junit: PathBuf,
    #[command(flatten)]
    install: Install,
}

impl Run for Ci {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = NixRequest::with_nixpkgs(None);
        let fleet = FleetRequest::new(&context.root, config);
        let fleet = fleet.wanted.then(|| fleet::tested(&fleet::files(&fleet).fleet));
        let tests = Tests { ci: &config.ci, fleet: fleet.as_ref() };
        ci(context, &self, tests, &request)
    }
}

/// Passes everything that a change must pass. One step that fails stops no other.
fn ci(context: &Context, arguments: &Ci, tests: Tests<'_>, request: &NixRequest) -> Result<Exit> {
    let mut steps = steps(context, !arguments.no_machine, tests, request);
    if arguments.plan {
        steps.iter().try_for_each(|step| data!("{}", step.shown))?;
        return Ok(Exit::Pass);
    }
    let junit = context.root.as_std_path().join(&arguments.junit);
    domi_host::file::check_writable(&junit).map_err(|error| {
        let problem = Problem::error(UNUSABLE, "--junit", format!("{error:#}"));
        context.problems(
            Exit::Usage,
            vec![problem.next("name another file, or make this one writable")],
        )
    })?;
    // A run that is stopped leaves none, instead of the one of the run before.
    if let Err(error) = fs_err::remove_file(&junit)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error.into());
    }
    if !arguments.no_machine {
        let machines = setup::Wanted::machines(Platform::ALL.into());
        setup::ensure(context, &machines, arguments.install)?;
    }
    let mut skips = vec![Skip { name: NIXOS_TESTS.0, why: NIXOS_TESTS.1.to_owned() }];
    skips.extend(if arguments.no_machine { without_machines(tests) } else { left_out(tests) });
    setup::offer(context, &setup::NIX, arguments.install)?;
    for (name, why) in lacking(context, request)? {
        steps.retain(|step| step.name != name);
        skips.push(Skip { name, why });
    }
    let mut suite = TestSuite::new("ci");
    let mut failed = Vec::new();
    for step in &steps {
        let ended = step.take(context)?;
        failed.extend(ended.failed.clone().map(|printed| (step, printed)));
        suite.add_test_case(case(step, ended));
    }
    for skip in &skips {
        data!("- {}  not run: {}", skip.name, skip.why)?;
        let mut status = TestCaseStatus::skipped();
        status.set_message(&*skip.why);
        suite.add_test_case(TestCase::new(skip.name, status));
    }
    let mut report = Report::new("domi ci");
    report.add_test_suite(suite);
    domi_host::file::write(&junit, report.to_string()?)?;
    data!("{}", arguments.junit.display())?;
    // Again at the end: the output of the steps after it may be thousands of lines.
    for (step, printed) in &failed {
        data!("✗ {}  `{}` failed:", step.name, step.shown)?;
        telling::lines(printed).iter().try_for_each(|line| data!("  {line}"))?;
    }
    data!(
        "{} passed, {} failed, {} skipped",
        steps.len() - failed.len(),
        failed.len(),
        skips.len()
    )?;
    Ok(if failed.is_empty() { Exit::Pass } else { Exit::Step })
}
