//! Manifests that are nearly right: read, refused with problems, or sound, which means that they
//! can be printed as Nix and realised.

use std::collections::BTreeMap;

use domi_model::{Manifest, TestBody};
use domi_realise::{DebianPaths, realise};
use serde_json::Value;

/// The features of the tests: one that uses everything, and a small one that leaves room for
/// changes that matter.
fn documents() -> Vec<Value> {
    let everything = include_str!("../../nix/tests/everything/manifest.json");
    let small = serde_json::json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "everything", "kind": "services", "summary": "Small", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "packages": { "rsync": { "nixpkgs": ["rsync"], "debian": ["rsync"] } },
        "options": [
            {
                "name": "port", "type": "port", "description": "A port.",
                "default": { "literal": 80 },
            },
            {
                "name": "jobs", "type": { "attrsOf": "str" }, "description": "Jobs.",
                "default": { "literal": {} },
            },
        ],
        "system": {
            "units": [{
                "kind": "service",
                "name": { "text": [{ "literal": "job-" }, { "variable": { "name": "name" } }] },
                "scope": {
                    "each": { "over": { "option": ["jobs"] }, "name": "name", "value": "job" },
                },
                "wantedBy": [{ "literal": "multi-user.target" }],
                "commands": { "ExecStart": [{ "argv": { "list": [
                    { "packagePath": { "package": { "package": "rsync" }, "path": "bin/rsync" } },
                    { "variable": { "name": "job" } },
                ] } }] },
            }],
            "firewall": [{ "protocol": "tcp", "ports": { "list": [{ "option": ["port"] }] } }],
        },
        "tests": [{
            "name": "runs",
            "body": { "run": {
                "machines": { "machine": { "settings": { "jobs": { "a": "b" } } } },
                "steps": [{ "action": { "waitForUnit": "job-a.service" } }],
            } },
        }],
    });
    vec![small, serde_json::from_str(everything).expect("JSON")]
}

/// What the tests of a manifest set on their machines, and nothing.
fn settings(manifest: &Manifest) -> Vec<&BTreeMap<String, domi_model::Value>> {
    let machines = manifest.tests.iter().flat_map(|test| match &test.body {
        TestBody::Run(run) => run.machines.values().map(|machine| &machine.settings).collect(),
        TestBody::Refuse(refusal) => vec![&refusal.settings],
    });
    machines.collect()
}

fn check(printed: &[u8]) {
    let Ok((manifest, _)) = domi_plugin::read("everything", printed) else { return };
    let none = BTreeMap::new();
    for settings in settings(&manifest).into_iter().chain([&none]) {
        // Refused or not, it comes to an answer.
        let _ = realise(&manifest, settings, &DebianPaths::new(&manifest));
    }
    let _ = domi_nix::generate(&[(manifest, "crates/features/everything".to_owned())]);
}

#[test]
fn the_inputs_are_nearly_right() {
    for document in documents() {
        let printed = document.to_string();
        domi_plugin::read("everything", printed.as_bytes()).expect("it is sound before it changes");
        check(printed.as_bytes());
    }
}

#[test]
fn a_manifest_with_other_values_never_panics() {
    domi_mutate::read_all(&domi_mutate::mutated_json(documents()), check);
}

#[test]
fn a_manifest_with_other_bytes_never_panics() {
    let texts = documents().iter().map(|document| document.to_string().into_bytes()).collect();
    domi_mutate::read_all(&domi_mutate::mutated(texts), check);
}
