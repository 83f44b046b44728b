//! What is left out, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domi_host::command::Program;
use domi_nix_command::{Flake, NIXPKGS, Nix};

use super::steps::{
    ADVISORIES, CONFORMANCE, DEPENDENCIES, FLAKE, FLEET_ON_MACHINES, FLEET_TESTS, LOCK, NIX_SYNTAX,
    ON_MACHINES, OTHER_MACHINE_TESTS, SCRIPTS, Tests, UNITS, cargo_program,
};
use crate::command::scripts::SHELLCHECK;
use crate::context::Context;
use crate::failure::Result;
use crate::request::NixRequest;
use crate::setup;

/// How long fetching the database of advisories may take.
const ADVISORIES_LIMIT: Duration = Duration::from_secs(60);

/// Something that was left out, and why.
pub(super) struct Skip {
    pub(super) name: &'static str,
    pub(super) why: String,
}

/// What needs machines, or containers in their place.
pub(super) fn without_machines(tests: Tests<'_>) -> Vec<Skip> {
    let left = tests.steps().into_iter().map(|(name, _)| name).chain([UNITS]);
    let left = left.map(|name| Skip { name, why: "--no-machine was given".to_owned() });
    left.chain(untested(tests)).collect()
}

/// What of the machine tests `domi.toml` has left out.
pub(super) fn left_out(tests: Tests<'_>) -> Vec<Skip> {
    let others = tests.ci.filter.as_ref().map(|filter| Skip {
        name: OTHER_MACHINE_TESTS,
        why: format!("ci.filter in domi.toml takes only `{filter}`; `cargo xtask matrix` runs all"),
    });
    let on_machines = tests.ci.containers.as_ref().map(|contained| Skip {
        name: ON_MACHINES,
        why: format!(
            "ci.containers in domi.toml lets containers do `{contained}`, where a computer has them; \
             `cargo xtask matrix` has all on machines"
        ),
    });
    let has_steps = tests.fleet.is_some_and(|systems| !systems.is_empty());
    let fleet = tests.ci.containers.as_ref().filter(|_| has_steps).map(|_| Skip {
        name: FLEET_ON_MACHINES,
        why:
            "with ci.containers in domi.toml, containers do them, too, where a computer has them; \
              `cargo xtask fleet test` has all on machines"
                .to_owned(),
    });
    others.into_iter().chain(on_machines).chain(fleet).chain(untested(tests)).collect()
}

/// A fleet of which nothing is tried.
fn untested(tests: Tests<'_>) -> Option<Skip> {
    let why = "no policy of the fleet has a test about a host in use";
    let none = tests.fleet.is_some_and(BTreeSet::is_empty);
    none.then(|| Skip { name: FLEET_TESTS, why: why.to_owned() })
}

/// The steps that cannot be taken here, and why.
pub(super) fn lacking(
    context: &Context,
    request: &NixRequest,
) -> Result<BTreeMap<&'static str, String>> {
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

#[cfg(test)]
mod tests {
    use domi_model::Platform;

    use super::super::steps::{CONTAINER_TESTS, MACHINE_TESTS};
    use super::*;
    use crate::config::CiTests;

    #[test]
    fn each_step_that_needs_machines_is_counted_without_them() {
        let names = |containers: Option<&str>, fleet: Option<&[Platform]>| {
            let ci = CiTests { filter: None, containers: containers.map(str::to_owned) };
            let fleet = fleet.map(|systems| systems.iter().copied().collect());
            let tests = Tests { ci: &ci, fleet: fleet.as_ref() };
            without_machines(tests).into_iter().map(|skip| skip.name).collect::<Vec<_>>()
        };
        assert_eq!(names(None, None), [MACHINE_TESTS, UNITS]);
        assert_eq!(names(Some("not first()"), None), [MACHINE_TESTS, CONTAINER_TESTS, UNITS]);
        let fleet: &[Platform] = &Platform::ALL;
        assert_eq!(names(None, Some(fleet)), [MACHINE_TESTS, FLEET_TESTS, UNITS]);
    }

    #[test]
    fn a_fleet_of_which_nothing_is_tried_is_counted_whatever_is_left_out() {
        let (ci, none) = (CiTests::default(), BTreeSet::new());
        let tests = Tests { ci: &ci, fleet: Some(&none) };
        for skips in [without_machines(tests), left_out(tests)] {
            assert!(skips.iter().any(|it| it.name == FLEET_TESTS && it.why.contains("no policy")));
        }
    }
}
