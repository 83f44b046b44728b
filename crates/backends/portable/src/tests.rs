use domi_model::Platform;
use domi_runner::{Backends, Loaded, Realiser, Selection, Variant, plan};
use serde_json::{Value, json};

use crate::Portable;

/// The jobs of a feature for x86_64 with tests of these actions.
fn jobs(tests: &[&Value], system: Platform) -> Vec<domi_runner::Job> {
    let test = |actions: &&Value| {
        let actions = actions.as_array().unwrap().iter();
        let steps: Vec<_> = actions.map(|action| json!({ "action": action })).collect();
        let run = json!({ "machines": { "m": {} }, "steps": steps });
        json!({ "name": format!("test {steps:?}"), "body": { "run": run } })
    };
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "tests": tests.iter().map(test).collect::<Vec<_>>(),
    });
    let manifest = serde_json::from_value(manifest).unwrap();
    let loaded = Loaded { manifest, crate_dir: ".".into() };
    let backends = Backends::default().with(Portable::default());
    let selection = Selection { backends, systems: vec![system], ..Selection::default() };
    plan(&[loaded], &selection).unwrap().jobs
}

/// The skips of a feature's tests, whose machines have `web`, have it not or get it by a switch, and of
/// a refusal.
fn skips(set: &str, nix: bool) -> Vec<Option<String>> {
    let run = |name: &str, web: bool, action: Value| {
        let machines = json!({ "m": { "settings": { "web": web } } });
        let steps = json!([{ "action": action }]);
        json!({ "name": name, "body": { "run": { "machines": machines, "steps": steps } } })
    };
    let wait = || json!({ "waitForPort": 80 });
    let switch = json!({ "switch": { "settings": { "web": true } } });
    let refusal = json!({ "settings": { "web": 1 }, "because": "web" });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "options": [{ "name": "web", "type": "bool", "description": "W.",
                      "default": { "literal": false } }],
        "system": { "nixos": [{ "option": ["services", "nginx", set], "value": { "literal": 1 },
                                "when": { "option": ["web"] } }] },
        "tests": [run("one", true, wait()), run("two", false, wait()), run("three", false, switch),
                  { "name": "four", "body": { "refuse": refusal } }],
    });
    let manifest = serde_json::from_value(manifest).unwrap();
    let loaded = Loaded { manifest, crate_dir: ".".into() };
    let backends = Backends::default().with(Portable::default());
    let realiser = if nix { Realiser::Nix } else { Realiser::Rust };
    let variant = Variant { realiser, ..Variant::default() };
    let systems = vec![Platform::X86_64Linux];
    let selection = Selection { backends, systems, variant, ..Selection::default() };
    plan(&[loaded], &selection).unwrap().jobs.into_iter().map(|job| job.skip).collect()
}

#[test]
fn a_test_whose_machine_only_nixos_can_make_is_skipped_without_a_nix_and_says_why() {
    let why = "only NixOS has `services.nginx.enable`: it needs a Nix, with --realiser nix";
    let why = || Some(why.to_owned());
    assert_eq!(skips("enable", false), [why(), None, why(), None]);
    let switched = "step 1 switches a machine, which is done with systems made by Rust, not with \
                    those of Nix";
    assert_eq!(skips("enable", true), [None, None, Some(switched.to_owned()), None]);
}

#[test]
fn what_only_nix_can_do_is_skipped_or_named() {
    let python = json!([{ "python": "x" }]);
    let both = json!([{ "python": "x" }, { "waitForPort": 80 }]);
    let jobs_here = jobs(&[&both, &python], Platform::X86_64Linux);
    assert_eq!(jobs_here[0].not_covered, ["step 1, Python for the NixOS test driver"]);
    assert_eq!(
        jobs_here[1].skip.as_deref(),
        Some("every step of it is Python for the NixOS test driver")
    );
    let jobs = jobs(&[&both], Platform::Aarch64Linux);
    assert_eq!(jobs[0].skip.as_deref(), Some("the feature is not for aarch64-linux"));
}
