//! What NixOS said once, and what Rust says now, are the same; no Nix is needed for that.
#![expect(clippy::unwrap_used, reason = "a record that cannot be read ends the test")]

use std::path::{Path, PathBuf};

use domi_conformance::{Record, copies};
use domi_model::Manifest;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[track_caller]
fn record(name: &str) -> Record {
    let file = root().join(format!("tests/conformance/{name}.json"));
    let text = fs_err::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{error}: run `cargo xtask conformance --record {name}`"));
    Record::read(&text).unwrap()
}

/// The record of features agrees with Rust, and is of these texts of their modules.
#[track_caller]
fn check(name: &str, modules: &[String]) {
    let record = record(name);
    if let Some(stale) = record.stale(modules) {
        panic!("{name} has changed since NixOS was asked: run `{}`", stale.command);
    }
    assert!(!record.is_empty(), "{name} has no cases");
    let differences = record.differences().unwrap();
    let first = differences.first().map(|it| (it.case.to_string(), &it.how));
    assert!(differences.is_empty(), "{name}: {} differ, as {first:#?}", differences.len());
}

fn everything() -> Manifest {
    let file = root().join("crates/nix/tests/everything/manifest.json");
    serde_json::from_str(&fs_err::read_to_string(file).unwrap()).unwrap()
}

/// The text of a feature's module today.
fn module(manifest: &Manifest, folder: &str, all: &[(Manifest, String)]) -> String {
    let feature = &manifest.feature;
    // A copy is made of the feature beside it.
    if let Some(copy) =
        all.iter().flat_map(|(it, _)| copies(it)).find(|it| it.feature.name == feature.name)
    {
        return domi_nix::module(&copy, folder);
    }
    let file = root().join(format!("modules/{}/{}.nix", feature.kind.as_str(), feature.name));
    match fs_err::read_to_string(file) {
        Ok(text) => text,
        Err(_) if feature.name == "everything" => domi_nix::module(&everything(), folder),
        Err(error) => panic!("{error}"),
    }
}

/// The texts today of the modules that a record is of.
fn modules(record: &Record) -> Vec<String> {
    let features = record.features().unwrap();
    features.iter().map(|(it, folder)| module(it, folder, &features)).collect()
}

#[test]
fn rust_says_what_nixos_said_of_two_features_together() {
    let mut some = 0;
    for file in fs_err::read_dir(root().join("tests/conformance")).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !name.contains('+') {
            continue;
        }
        check(&name, &modules(&record(&name)));
        some += 1;
    }
    assert!(some >= 4, "{some} pairs are recorded");
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
            check(&name, &modules(&record(&name)));
            some = true;
        }
    }
    assert!(some, "there are no modules");
}

#[test]
fn every_option_type_accepts_and_refuses_what_it_does_in_nixos() {
    let module = domi_nix::module(&everything(), "crates/features/everything");
    check("everything", &[module]);
}

#[test]
fn a_record_of_another_module_is_stale() {
    let file = root().join("tests/conformance/everything.json");
    let record = Record::read(&fs_err::read_to_string(file).unwrap()).unwrap();
    let (manifest, folder) = record.features().unwrap().remove(0);
    let module = domi_nix::module(&manifest, &folder);
    assert_eq!(record.stale(std::slice::from_ref(&module)), None);
    let stale = record.stale(&[format!("{module}\n")]).unwrap();
    assert!(stale.command.starts_with("cargo xtask conformance --record"), "{stale:?}");
    assert_eq!(Record::read(&record.write().unwrap()).unwrap(), record);
}
