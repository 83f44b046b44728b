//! Everything that a manifest can say is said by a feature of the catalogue, or is listed here.

use std::collections::BTreeSet;
use std::process::Command;

use crate::repository;

/// What no feature of the catalogue says. The manifest that uses everything says it, so that its module
/// and its records show that both interpreters know it.
const BY_NO_FEATURE: &str = "\
    Action.python Feature.formerly FormerName.name FormerName.taken IfChanged.reload \
    Machine.previous Maintainer.email Manifest.conflicts Manifest.removed Manifest.renamed \
    Maturity.dev Maturity.prod Removed.option Removed.reason Renamed.from Renamed.silent \
    Renamed.to Taken.noLonger Taken.silently Taken.withWarning";

/// What not even that manifest says: a maturity is one of several, and it has one.
const BY_NONE: [&str; 2] = ["Maturity.dev", "Maturity.prod"];

/// The manifests of all features.
fn manifests() -> Vec<serde_json::Value> {
    let folder = repository::root().join("crates/features");
    let names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(repository::root()).arg("build").arg("--quiet");
    build.args(names.iter().flat_map(|name| ["--package", name]));
    assert!(build.status().unwrap().success());
    let of = |name: &String| {
        let mut run = Command::new(env!("CARGO"));
        run.current_dir(repository::root()).args(["run", "--quiet", "--package", name]);
        let output = run.output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    names.iter().map(of).collect()
}

#[test]
fn all_that_can_be_said_is_said_by_a_feature_or_listed() {
    let used: BTreeSet<String> = manifests().iter().flat_map(domi_model::words_of).collect();
    let all = domi_model::words();
    let unused: Vec<&str> = all.difference(&used).map(String::as_str).collect();
    let listed: Vec<&str> = BY_NO_FEATURE.split_whitespace().collect();
    assert_eq!(unused, listed, "not said, and listed");
    let everything = include_str!("../../crates/nix/tests/everything/manifest.json");
    let everything = domi_model::words_of(&serde_json::from_str(everything).unwrap());
    let said = |word: &&&str| !everything.contains(**word) && !word.ends_with(".place");
    let unsaid: Vec<&str> = listed.iter().filter(said).copied().collect();
    assert_eq!(unsaid, BY_NONE, "not said by the manifest that uses everything, and listed");
}
