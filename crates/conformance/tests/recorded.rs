//! What NixOS said once, and what Rust says now, are the same; no Nix is needed for that.
#![expect(clippy::unwrap_used, reason = "a record that cannot be read ends the test")]

use std::path::{Path, PathBuf};

use domi_conformance::Record;
use domi_model::Manifest;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The record of a feature agrees with Rust, and is of this text of its module.
#[track_caller]
fn check(name: &str, module: &str) {
    let file = root().join(format!("tests/conformance/{name}.json"));
    let text = fs_err::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{error}: run `cargo xtask conformance --record {name}`"));
    let record = Record::read(&text).unwrap();
    if let Some(stale) = record.stale(module) {
        panic!("{name} has changed since NixOS was asked: run `{}`", stale.command);
    }
    assert!(!record.is_empty(), "{name} has no cases");
    let differences = record.differences().unwrap();
    let first = differences.first().map(|it| (serde_json::to_string(&it.settings), &it.how));
    assert!(differences.is_empty(), "{name}: {} differ, as {first:#?}", differences.len());
}

#[test]
fn rust_says_what_nixos_said_of_every_feature() {
    let mut some = false;
    for kind in fs_err::read_dir(root().join("modules")).unwrap() {
        let kind = kind.unwrap().path();
        if !kind.is_dir() {
            continue;
        }
        for module in fs_err::read_dir(kind).unwrap() {
            let module = module.unwrap().path();
            if module.extension().is_none_or(|it| it != "nix") || module.ends_with("default.nix") {
                continue;
            }
            let name = module.file_stem().unwrap().to_string_lossy().into_owned();
            check(&name, &fs_err::read_to_string(module).unwrap());
            some = true;
        }
    }
    assert!(some, "there are no modules");
}

#[test]
fn every_option_type_accepts_and_refuses_what_it_does_in_nixos() {
    let file = root().join("crates/nix/tests/everything/manifest.json");
    let manifest: Manifest = serde_json::from_str(&fs_err::read_to_string(file).unwrap()).unwrap();
    let module = domi_nix::module(&manifest, "crates/features/everything");
    check("everything", &module);
}

#[test]
fn a_record_of_another_module_is_stale() {
    let file = root().join("tests/conformance/everything.json");
    let record = Record::read(&fs_err::read_to_string(file).unwrap()).unwrap();
    let manifest = record.manifest().unwrap();
    let module = domi_nix::module(&manifest, &record.folder);
    assert_eq!(record.stale(&module), None);
    let stale = record.stale(&format!("{module}\n")).unwrap();
    assert!(stale.command.starts_with("cargo xtask conformance --record"), "{stale:?}");
    assert_eq!(Record::read(&record.write().unwrap()).unwrap(), record);
}
