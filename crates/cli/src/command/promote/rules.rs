//! What a maturity asks of a feature.

use std::collections::BTreeMap;

use domi_model::{Manifest, Maturity, Problem, Test};
use semver::Version;

use super::proofs::{Proof, Proofs};
use crate::codes::NOT_PROMOTED;

/// How many tests are named.
const NAMED: usize = 3;
/// The version from which on a feature may be in use.
const STABLE: Version = Version::new(1, 0, 0);

/// What a feature lacks, as far as its manifest and those of features that it needs tell.
pub(super) fn without_runs<'m>(
    manifest: &Manifest,
    to: Maturity,
    others: impl Iterator<Item = &'m Manifest>,
) -> Vec<Problem> {
    let feature = &manifest.feature;
    let word = to.as_str();
    let problem = |message: String, next: String| {
        Problem::error(NOT_PROMOTED, &feature.name, message).next(next)
    };
    let mut problems = Vec::new();
    if manifest.tests.iter().all(|test| test.run().is_none()) {
        let systems: Vec<&str> = feature.platforms.iter().map(|it| it.as_str()).collect();
        let systems = systems.join(" and ");
        problems.push(problem(
            format!("{word} asks for a test that runs it on each system it claims, {systems}"),
            "write one; `docs/first-feature.md` shows how".to_owned(),
        ));
    }
    let always: Vec<&str> = manifest.always_requires().collect();
    for other in others.map(|it| &it.feature) {
        if always.contains(&&*other.name) && other.maturity < to {
            problems.push(problem(
                format!("it requires {}, which is only {}", other.name, other.maturity.as_str()),
                format!("promote {} first", other.name),
            ));
        }
    }
    if to == Maturity::Prod
        && !feature.version.parse().is_ok_and(|version: Version| version >= STABLE)
    {
        problems.push(problem(
            format!("{word} asks for version {STABLE} or later, and it has {}", feature.version),
            format!("set the version in the Cargo.toml of {}, and release it", feature.name),
        ));
    }
    problems
}

/// What a feature lacks of passed tests, to be in use.
pub(super) fn of_runs(manifest: &Manifest, proofs: &Proofs) -> Vec<Problem> {
    let name = &manifest.feature.name;
    let mut problems = Vec::new();
    for system in manifest.feature.platforms.iter().map(|it| it.as_str()) {
        for (why, tests) in lacking(&manifest.tests, system, proofs) {
            let named: Vec<String> =
                tests.iter().take(NAMED).map(|test| format!("`{}`", test.name)).collect();
            let more = match tests.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let message = format!(
                "prod asks for all tests to pass on NixOS; on {system}, {why}: {}{more}",
                named.join(", ")
            );
            let next = format!(
                "run `cargo xtask matrix --filter 'feature({name}) and system({system})' --require \
                 nixos-container` where there is a Nix that builds, then name its run with `--runs`"
            );
            problems.push(Problem::error(NOT_PROMOTED, name, message).next(next));
        }
    }
    problems
}

/// The tests that are not known to pass, by the reason.
fn lacking<'t>(
    tests: &'t [Test],
    system: &str,
    proofs: &Proofs,
) -> BTreeMap<String, Vec<&'t Test>> {
    let mut lacking: BTreeMap<String, Vec<&Test>> = BTreeMap::new();
    for test in tests {
        let why = match proofs.of(&test.name, system) {
            Some(Proof::Passed) => continue,
            Some(Proof::Not(why)) => why.clone(),
            None => "no run is known of".to_owned(),
        };
        lacking.entry(why).or_default().push(test);
    }
    lacking
}
