mod telling;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use domi_host::command::Program;
use domi_model::{Platform, Problem};
use domi_nix_command::{Flake, NIXPKGS, Nix};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::scripts::SHELLCHECK;
use crate::Exit;
use crate::arguments::Install;
use crate::codes::UNUSABLE;
use crate::config::CiTests;
use crate::context::Context;
use crate::failure::Result;
use crate::request::NixRequest;
use crate::setup;
use crate::start::{Run, Start};

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
        ci(context, &self, &config.ci, &request)
    }
}

/// A step of what a change must pass.
struct Step {
    name: &'static str,
    /// How a person runs it.
    shown: String,
    program: Program,
    /// Whether its output is shown even if it succeeds.
    speaks: bool,
}

/// How a step ended.
struct Ended {
    took: Duration,
    /// What it printed, if it failed.
    failed: Option<String>,
}

/// Something that was left out, and why.
struct Skip {
    name: &'static str,
    why: String,
}

/// Passes everything that a change must pass. One step that fails stops no other.
fn ci(context: &Context, arguments: &Ci, tests: &CiTests, request: &NixRequest) -> Result<Exit> {
    let mut steps = steps(context, arguments, tests, request);
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
        let ended = take(context, step)?;
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

/// What needs machines, or containers in their place.
fn without_machines(tests: &CiTests) -> Vec<Skip> {
    let left = machine_tests(tests).into_iter().map(|(name, _)| name).chain([UNITS]);
    left.map(|name| Skip { name, why: "--no-machine was given".to_owned() }).collect()
}

/// What of the machine tests `domi.toml` has left out.
fn left_out(tests: &CiTests) -> Vec<Skip> {
    let others = tests.filter.as_ref().map(|filter| Skip {
        name: OTHER_MACHINE_TESTS,
        why: format!("ci.filter in domi.toml takes only `{filter}`; `cargo xtask matrix` runs all"),
    });
    let on_machines = tests.containers.as_ref().map(|contained| Skip {
        name: ON_MACHINES,
        why: format!(
            "ci.containers in domi.toml lets containers do `{contained}`, where a computer has them; \
             `cargo xtask matrix` has all on machines"
        ),
    });
    others.into_iter().chain(on_machines).collect()
}

/// Steps that `ci` never takes.
const NIXOS_TESTS: (&str, &str) = (
    "NixOS tests",
    "they are evaluated here at most; `cargo xtask test --backend nixos-vm` builds and runs them",
);

const MACHINE_TESTS: &str = "machine tests";
const CONTAINER_TESTS: &str = "container tests";
const OTHER_MACHINE_TESTS: &str = "all other machine tests";
const ON_MACHINES: &str = "container tests on machines";
const UNITS: &str = "systemd's judgement of units";

/// How long a step that is stopped may tidy up: it may have machines, and files of its own.
const GRACE: Duration = Duration::from_secs(30);

const NIX_SYNTAX: &str = "Nix syntax";
const LOCK: &str = "flake.lock";
const FLAKE: &str = "flake";
const CONFORMANCE: &str = "live conformance";
const SCRIPTS: &str = "scripts";
const DEPENDENCIES: &str = "dependencies";
const ADVISORIES: &str = "advisories";

/// What `cargo` is told for the two steps of cargo-deny. A warning fails them too: it names a rule
/// in deny.toml that no crate needs any more.
const DENY: [&str; 6] = ["deny", "--log-level", "warn", "check", "-D", "warnings"];

/// How long fetching the database of advisories may take.
const ADVISORIES_LIMIT: Duration = Duration::from_secs(60);

/// Has Nix read every Nix file that git knows.
const PARSE: &str = "git ls-files -z -- '*.nix' | xargs -0 nix-instantiate --parse >/dev/null";

/// Has Nix check that flake.lock has every input of flake.nix. It needs no network, and no file but
/// these two.
const AGREE: &str = "folder=$(mktemp -d) && trap 'rm -r \"$folder\"' EXIT && \
    cp flake.nix flake.lock \"$folder\" && \
    ${DOMI_NIX:-nix} --extra-experimental-features 'nix-command flakes' \
    flake metadata --offline --no-update-lock-file \"path:$folder\" >/dev/null";

/// The steps that cannot be taken here, and why.
fn lacking(context: &Context, request: &NixRequest) -> Result<BTreeMap<&'static str, String>> {
    let mut lacking = BTreeMap::new();
    let mut lacks = |steps: &[&'static str], why: String| {
        for step in steps {
            lacking.entry(*step).or_insert_with(|| why.clone());
        }
    };
    if domi_host::tool::find(setup::NIX.program).is_none() {
        lacks(&[NIX_SYNTAX], format!("there is no {} here", setup::NIX.program));
    }
    if Flake::of(context.root.as_std_path()).is_none() {
        lacks(&[LOCK, FLAKE], "there is no flake.nix here".to_owned());
    } else if !context.root.join("flake.lock").exists() {
        lacks(&[LOCK], "there is no flake.lock here; `nix flake lock` makes it".to_owned());
    }
    if domi_host::tool::find(SHELLCHECK).is_none() {
        lacks(&[SCRIPTS], format!("there is no {SHELLCHECK} here; your distribution has it"));
    }
    if !context.root.join("deny.toml").exists() {
        lacks(&[DEPENDENCIES, ADVISORIES], "there is no deny.toml here".to_owned());
    } else if domi_host::tool::find("cargo-deny").is_none() {
        let why = "there is no cargo-deny here; `cargo install cargo-deny --locked` installs it";
        lacks(&[DEPENDENCIES, ADVISORIES], why.to_owned());
    } else if let Some(why) = no_advisories(context)? {
        lacks(&[ADVISORIES], why);
    }
    if request.nixpkgs().is_none() {
        let why = "DOMI_NIXPKGS names no nixpkgs to evaluate with";
        lacks(&[FLAKE, CONFORMANCE], why.to_owned());
    }
    match Nix::find(&context.interrupt)? {
        Err(problem) => lacks(&[LOCK, FLAKE, CONFORMANCE], problem.message),
        Ok(nix) => {
            if let Some(problem) = nix.too_old(NIXPKGS, "nixpkgs") {
                lacks(&[FLAKE, CONFORMANCE], problem.message);
            }
        }
    }
    Ok(lacking)
}

/// Why the database of advisories is not here, if it is not. Without a network it cannot be
/// fetched, and an old copy would pass over what is new.
fn no_advisories(context: &Context) -> Result<Option<String>> {
    let outcome = Program::new(cargo_program())
        .args(["deny", "fetch", "db"])
        .folder(&context.root)
        .time_limit(ADVISORIES_LIMIT)
        .run(&context.interrupt)?;
    let said = String::from_utf8_lossy(&outcome.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let why = format!("the database of advisories cannot be fetched: {}", last.trim());
    Ok((!outcome.success()).then_some(why))
}

fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Has Nix evaluate all that the flake has, on all systems.
fn flake_check(context: &Context, request: &NixRequest) -> Option<Step> {
    let flake = request.applied_to(Flake::of(context.root.as_std_path())?);
    let nix = std::env::var_os(domi_nix_command::VARIABLE).filter(|it| !it.is_empty());
    let mut words: Vec<String> =
        ["--extra-experimental-features", "nix-command flakes", "flake", "check"]
            .map(str::to_owned)
            .into();
    words.extend(["--no-build", "--all-systems"].map(str::to_owned));
    words.extend(flake.flags());
    words.push(flake.reference());
    let program = Program::new(nix.unwrap_or_else(|| "nix".into())).args(words);
    Some(Step { name: FLAKE, shown: program.to_string(), program, speaks: false })
}

fn steps(context: &Context, arguments: &Ci, tests: &CiTests, request: &NixRequest) -> Vec<Step> {
    let cargo = |name, words: &[&str]| Step {
        name,
        shown: Program::new("cargo").args(words).to_string(),
        program: Program::new(cargo_program()).args(words),
        speaks: words[0] == "xtask",
    };
    let mut cargo_test = cargo("tests", &["test", "--workspace", "--no-fail-fast"]);
    if arguments.no_machine {
        cargo_test.shown = format!("DOMI_TEST_MACHINE=0 {}", cargo_test.shown);
        cargo_test.program = cargo_test.program.env("DOMI_TEST_MACHINE", "0");
    }
    let shell = |name, script: &str| Step {
        name,
        shown: script.to_owned(),
        program: Program::new("sh").args(["-euc", script]),
        speaks: false,
    };
    let mut steps = vec![
        cargo("formatting", &["fmt", "--all", "--check"]),
        cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
        cargo("generated files", &["xtask", "generate", "--check"]),
        cargo(SCRIPTS, &["xtask", "scripts", "--check"]),
        cargo(DEPENDENCIES, &[&DENY[..], &["bans", "licenses", "sources"]].concat()),
        cargo(ADVISORIES, &[&DENY[..], &["advisories"]].concat()),
        shell(NIX_SYNTAX, PARSE),
        shell(LOCK, AGREE),
    ];
    steps.extend(flake_check(context, request));
    steps.push(cargo(CONFORMANCE, &["xtask", "conformance"]));
    if !arguments.no_machine {
        // Before the others, which then find the machines' images made.
        for (name, words) in machine_tests(tests) {
            steps.push(cargo(name, &words.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        steps.push(cargo(UNITS, &["xtask", "guest", "units"]));
    }
    steps.push(cargo_test);
    for step in &mut steps {
        step.program = step
            .program
            .clone()
            .folder(&context.root)
            .show_stderr()
            .leaves_servers()
            .time_limit(Duration::from_secs(2 * 60 * 60))
            .grace(GRACE)
            .output_limit(1 << 30);
    }
    steps
}

/// The words for the tests that need machines, and for those that containers may do.
fn machine_tests(tests: &CiTests) -> Vec<(&'static str, Vec<String>)> {
    let matrix = |words: &[&str], filter: Option<String>| {
        let words = ["xtask", "matrix", "--no-cache"].iter().chain(words);
        let filter = filter.into_iter().flat_map(|filter| ["--filter".to_owned(), filter]);
        words.map(|&word| word.to_owned()).chain(filter).collect()
    };
    let CiTests { filter, containers } = tests;
    let Some(contained) = containers else {
        return vec![(MACHINE_TESTS, matrix(&[], filter.clone()))];
    };
    let both = |with: String| match filter {
        Some(filter) => format!("({filter}) and {with}"),
        None => with,
    };
    vec![
        (MACHINE_TESTS, matrix(&[], Some(both(format!("not ({contained})"))))),
        (CONTAINER_TESTS, matrix(&["--containers"], Some(both(format!("({contained})"))))),
    ]
}

fn take(context: &Context, step: &Step) -> Result<Ended> {
    let paint = context.paint();
    talk!("{} {}", paint.strong("$"), step.shown);
    let begun = Instant::now();
    let outcome = step.program.run(&context.interrupt)?;
    let took = begun.elapsed();
    let printed = String::from_utf8_lossy(&outcome.stdout);
    let seconds = took.as_secs();
    if step.speaks || !outcome.success() {
        crate::out::data(format_args!("{printed}"))?;
    }
    if outcome.success() {
        data!("✓ {}  {seconds} s  `{}`", step.name, step.shown)?;
        return Ok(Ended { took, failed: None });
    }
    data!("✗ {}  {seconds} s  `{}` failed ({})", step.name, step.shown, outcome.end)?;
    Ok(Ended { took, failed: Some(printed.into_owned()) })
}

fn case(step: &Step, ended: Ended) -> TestCase {
    let mut status = match ended.failed {
        None => TestCaseStatus::success(),
        Some(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if ended.failed.is_some() {
        status.set_message(format!("`{}` failed", step.shown));
    }
    let mut case = TestCase::new(step.name, status);
    case.set_time(ended.took);
    if let Some(printed) = ended.failed {
        case.set_system_out(printed);
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_that_needs_machines_is_counted_without_them() {
        let names = |containers: Option<&str>| {
            let containers = containers.map(str::to_owned);
            let tests = CiTests { filter: None, containers };
            without_machines(&tests).into_iter().map(|skip| skip.name).collect::<Vec<_>>()
        };
        assert_eq!(names(None), [MACHINE_TESTS, UNITS]);
        assert_eq!(names(Some("not first()")), [MACHINE_TESTS, CONTAINER_TESTS, UNITS]);
    }
}
