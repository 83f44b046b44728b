//! Asks a real NixOS about settings of a feature, and Rust too.

use std::time::Duration;

use domi_conformance::{Live, Outcome, Subject};
use domi_evaluate::Nixpkgs;
use domi_host::Interrupt;
use domi_model::{Manifest, Value};
use domi_nix_command::Nix;
use serde_json::Value as Json;

/// If this computer lacks something for these tests, a message says so, and they end.
fn given() -> Option<(Nix, Nixpkgs)> {
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

/// Asks both about settings, each with whether they are taken; both must mean the same.
pub(crate) fn check(manifest: &Manifest, rows: &[(Json, bool)]) {
    let Some((nix, nixpkgs)) = given() else { return };
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join(domi_nix::LIBRARY);
    let module = folder.path().join("modules/services/asked.nix");
    fs_err::create_dir_all(module.parent().unwrap()).unwrap();
    fs_err::write(library, domi_nix::library()).unwrap();
    fs_err::write(&module, domi_nix::module(manifest, "crates/features/asked")).unwrap();
    let live = Live {
        nix: &nix,
        nixpkgs: &nixpkgs,
        limit: Duration::from_secs(300),
        interrupt: &Interrupt::default(),
    };
    let subject = Subject { features: &[manifest], modules: &[module] };
    let cases = rows.iter().map(|(case, _)| Value::from_json(case.clone()).unwrap()).collect();
    let report = live.compare(subject, cases, |_| {}).unwrap();
    assert_eq!(report.differing, []);
    assert_eq!(report.cases.len(), rows.len());
    for ((case, outcome), (_, taken)) in report.cases.iter().zip(rows) {
        assert_eq!(matches!(outcome, Outcome::System(_)), *taken, "{case}: {outcome:?}");
    }
}
