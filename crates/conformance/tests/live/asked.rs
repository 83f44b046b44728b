//! Asks a real NixOS about settings of features, and Rust too.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domi_conformance::{Live, Outcome, Report, Subject};
use domi_evaluate::Nixpkgs;
use domi_host::Interrupt;
use domi_model::{Manifest, Value};
use domi_nix_command::Nix;
use serde_json::Value as Json;
use tempfile::TempDir;

/// If this computer lacks something for these tests, a message says so, and they end.
pub(crate) fn given() -> Option<(Nix, Nixpkgs)> {
    let Some(nixpkgs) = std::env::var("DOMI_NIXPKGS").ok().filter(|name| !name.is_empty()) else {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no nixpkgs");
        return None;
    };
    match Nix::find(&Interrupt::default()).unwrap() {
        Ok(nix) => Some((nix, Nixpkgs::named(&nixpkgs).unwrap())),
        Err(problem) => {
            eprintln!("SKIPPED: {problem}");
            None
        }
    }
}

/// What NixOS makes of the cases, which Rust must make too; nothing where this computer lacks a Nix.
#[track_caller]
pub(crate) fn ask(features: &[&Manifest], cases: Vec<Value>) -> Option<Report> {
    let asked = cases.len();
    let report = compare(features, features, cases)?;
    assert_eq!(report.differing, []);
    assert_eq!(report.cases.len(), asked);
    Some(report)
}

/// The modules of features, in a folder that is there as long as it is held.
pub(crate) fn modules(features: &[&Manifest]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, content: String| {
        let path = folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, content).unwrap();
        path
    };
    for file in domi_nix::shared() {
        write(&file.path, file.content);
    }
    let module = |manifest: &&Manifest| {
        let module = domi_nix::module(manifest, "crates/features/asked");
        write(&format!("modules/services/{}.nix", manifest.feature.name), module)
    };
    let modules = features.iter().map(module).collect();
    (folder, modules)
}

/// What NixOS makes of the cases by the modules of features, and Rust by other ones.
pub(crate) fn compare(
    features: &[&Manifest],
    by_rust: &[&Manifest],
    cases: Vec<Value>,
) -> Option<Report> {
    let (nix, nixpkgs) = given()?;
    let (_folder, modules) = modules(features);
    let (limit, interrupt) = (Duration::from_secs(300), Interrupt::default());
    let live = Live { nix: &nix, nixpkgs: &nixpkgs, limit, interrupt: &interrupt };
    let subject = Subject { features: by_rust, modules: &modules, programs: &BTreeMap::new() };
    Some(live.compare(subject, cases, |_| {}).unwrap())
}

/// Asks both about settings of a feature, each with whether they are taken.
#[track_caller]
pub(crate) fn check(manifest: &Manifest, rows: &[(Json, bool)]) {
    let cases = rows.iter().map(|(case, _)| Value::from_json(case.clone()).unwrap()).collect();
    let Some(report) = ask(&[manifest], cases) else { return };
    for ((case, outcome), (_, taken)) in report.cases.iter().zip(rows) {
        assert_eq!(matches!(outcome, Outcome::System(_)), *taken, "{case}: {outcome:?}");
    }
}
