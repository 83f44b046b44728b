use domi_model::Platform;
use domi_runner::{Backends, Loaded, Selection, plan};
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
