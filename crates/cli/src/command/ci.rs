use std::time::{Duration, Instant};

use domi_host::command::Program;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::Exit;
use crate::args::Ci;
use crate::context::Context;
use crate::failure::Result;
use crate::setup;

/// A step of what a change must pass.
struct Step {
    name: &'static str,
    /// How a person runs it.
    shown: String,
    program: Program,
    /// Whether what it prints is worth seeing when all went well.
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
    why: &'static str,
}

/// Passes everything that a change must pass. One step that fails stops no other.
pub(crate) fn run(context: &Context, arguments: &Ci) -> Result<Exit> {
    let mut steps = steps(context, arguments);
    if arguments.plan {
        steps.iter().for_each(|step| println!("{}", step.shown));
        return Ok(Exit::Pass);
    }
    if !arguments.no_machine {
        setup::ensure(context, arguments.install)?;
    }
    let mut skips = vec![NIXOS_TESTS];
    if arguments.no_machine {
        skips.push(Skip { name: "machine tests", why: "--no-machine was given" });
    }
    if !setup::offer(context, &setup::NIX, arguments.install)? {
        steps.retain(|step| step.name != NIX_SYNTAX);
        skips.push(Skip { name: NIX_SYNTAX, why: "there is no nix-instantiate here" });
    }
    let mut suite = TestSuite::new("ci");
    let mut failed = 0;
    for step in &steps {
        let ended = take(context, step)?;
        failed += usize::from(ended.failed.is_some());
        suite.add_test_case(case(step, ended));
    }
    for skip in &skips {
        println!("- {}  not run: {}", skip.name, skip.why);
        let mut status = TestCaseStatus::skipped();
        status.set_message(skip.why);
        suite.add_test_case(TestCase::new(skip.name, status));
    }
    let mut report = Report::new("domi ci");
    report.add_test_suite(suite);
    let file = context.root.as_std_path().join(&arguments.junit);
    domi_host::file::write(&file, report.to_string()?)?;
    println!("{}", arguments.junit.display());
    println!("{} passed, {failed} failed, {} skipped", steps.len() - failed, skips.len());
    Ok(if failed == 0 { Exit::Pass } else { Exit::Step })
}

/// What this command does not do yet, wherever it runs.
const NIXOS_TESTS: Skip = Skip {
    name: "NixOS tests",
    why: "the tests under tests/ are parsed here; to run them takes Nix with its packages",
};

const NIX_SYNTAX: &str = "Nix syntax";

/// Has Nix read every Nix file that git knows.
const PARSE: &str = "git ls-files -z -- '*.nix' | xargs -0 nix-instantiate --parse >/dev/null";

fn steps(context: &Context, arguments: &Ci) -> Vec<Step> {
    let cargo = |name, words: &[&str]| Step {
        name,
        shown: format!("cargo {}", words.join(" ")),
        program: Program::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(words),
        speaks: words[0] == "xtask",
    };
    let mut tests = cargo("tests", &["test", "--workspace", "--no-fail-fast"]);
    if arguments.no_machine {
        tests.shown = format!("DOMI_TEST_MACHINE=0 {}", tests.shown);
        tests.program = tests.program.env("DOMI_TEST_MACHINE", "0");
    }
    let nix = Step {
        name: NIX_SYNTAX,
        shown: PARSE.to_owned(),
        program: Program::new("sh").args(["-euc", PARSE]),
        speaks: false,
    };
    let mut steps = vec![
        cargo("formatting", &["fmt", "--all", "--check"]),
        cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
        cargo("generated files", &["xtask", "generate", "--check"]),
        nix,
    ];
    if !arguments.no_machine {
        // Before the others, which then find the machines' images made.
        steps.push(cargo("machine tests", &["xtask", "test", "--no-cache", "--keep-going"]));
    }
    steps.push(tests);
    for step in &mut steps {
        step.program = step
            .program
            .clone()
            .folder(&context.root)
            .show_stderr()
            .time_limit(Duration::from_secs(2 * 60 * 60))
            .output_limit(1 << 30);
    }
    steps
}

fn take(context: &Context, step: &Step) -> Result<Ended> {
    let paint = context.paint();
    eprintln!("{} {}", paint.strong("$"), step.shown);
    let begun = Instant::now();
    let outcome = step.program.run(&context.interrupt)?;
    let took = begun.elapsed();
    let printed = String::from_utf8_lossy(&outcome.stdout);
    let seconds = took.as_secs();
    if step.speaks || !outcome.success() {
        print!("{printed}");
    }
    if outcome.success() {
        println!("✓ {}  {seconds} s  `{}`", step.name, step.shown);
        return Ok(Ended { took, failed: None });
    }
    println!("✗ {}  {seconds} s  `{}` failed ({})", step.name, step.shown, outcome.end);
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
