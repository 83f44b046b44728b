//! The steps that there are.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use domi_host::command::Program;
use domi_model::Platform;
use domi_nix_command::Flake;

use super::step::Step;
use crate::config::CiTests;
use crate::context::Context;
use crate::request::NixRequest;

/// Steps that `ci` never takes.
pub(super) const NIXOS_TESTS: (&str, &str) = (
    "NixOS tests",
    "they are evaluated here at most; `cargo xtask test --backend nixos-vm` builds and runs them",
);

pub(super) const MACHINE_TESTS: &str = "machine tests";
pub(super) const CONTAINER_TESTS: &str = "container tests";
pub(super) const OTHER_MACHINE_TESTS: &str = "all other machine tests";
pub(super) const ON_MACHINES: &str = "container tests on machines";
pub(super) const FLEET_TESTS: &str = "tests of policies";
pub(super) const FLEET_ON_MACHINES: &str = "tests of policies on machines";
pub(super) const UNITS: &str = "systemd's judgement of units";

/// How long a step that is stopped may tidy up: it may have machines, and files of its own.
const GRACE: Duration = Duration::from_secs(30);

pub(super) const NIX_SYNTAX: &str = "Nix syntax";
pub(super) const LOCK: &str = "flake.lock";
pub(super) const FLAKE: &str = "flake";
pub(super) const CONFORMANCE: &str = "live conformance";
pub(super) const SCRIPTS: &str = "scripts";
pub(super) const DEPENDENCIES: &str = "dependencies";
pub(super) const ADVISORIES: &str = "advisories";

/// What `cargo` is told for the two steps of cargo-deny. A warning fails them too: it names a rule
/// in deny.toml that no crate needs any more.
const DENY: [&str; 6] = ["deny", "--log-level", "warn", "check", "-D", "warnings"];

/// Has Nix read every Nix file that git knows.
const PARSE: &str = "list=$(mktemp) && trap 'rm \"$list\"' EXIT && \
    git ls-files -z -- '*.nix' >\"$list\" && \
    xargs -0 -r nix-instantiate --parse <\"$list\" >/dev/null";

/// Has Nix check that flake.lock has every input of flake.nix. It needs no network, and no file but
/// these two.
const AGREE: &str = "folder=$(mktemp -d) && trap 'rm -r \"$folder\"' EXIT && \
    cp flake.nix flake.lock \"$folder\" && \
    ${DOMI_NIX:-nix} --extra-experimental-features 'nix-command flakes' \
    flake metadata --offline --no-update-lock-file \"path:$folder\" >/dev/null";

/// The tests that need machines, or containers in their place.
#[derive(Clone, Copy)]
pub(super) struct Tests<'a> {
    /// Which tests of features, and where.
    pub(super) ci: &'a CiTests,
    /// The systems of the hosts that tests of policies are about, where there is a fleet.
    pub(super) fleet: Option<&'a BTreeSet<Platform>>,
}

impl Tests<'_> {
    /// The names of the steps and their words.
    pub(super) fn steps(self) -> Vec<(&'static str, Vec<String>)> {
        let mut steps = machine_tests(self.ci);
        if let Some(systems) = self.fleet.filter(|systems| !systems.is_empty()) {
            steps.push((FLEET_TESTS, fleet_tests(self.ci, systems)));
        }
        steps
    }
}

pub(super) fn cargo_program() -> OsString {
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

pub(super) fn steps(
    context: &Context,
    with_machines: bool,
    tests: Tests<'_>,
    request: &NixRequest,
) -> Vec<Step> {
    let cargo = |name, words: &[&str]| Step {
        name,
        shown: Program::new("cargo").args(words).to_string(),
        program: Program::new(cargo_program()).args(words),
        speaks: words[0] == "xtask",
    };
    let mut cargo_test = cargo("tests", &["test", "--workspace", "--no-fail-fast"]);
    if !with_machines {
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
    if with_machines {
        // Before the others, which then find the machines' images made.
        for (name, words) in tests.steps() {
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

/// The words for the tests of policies, about hosts of these systems. What filters choose are tests of
/// features; but whoever lets containers do some of those has no machines to spare.
fn fleet_tests(tests: &CiTests, systems: &BTreeSet<Platform>) -> Vec<String> {
    let mut words = vec!["xtask", "fleet", "test", "--no-cache"];
    words.extend(tests.containers.iter().map(|_| "--containers"));
    words.extend(systems.iter().flat_map(|system| ["--system", system.as_str()]));
    words.into_iter().map(str::to_owned).collect()
}

/// The words for the tests of features that need machines, and for those that containers may do.
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
