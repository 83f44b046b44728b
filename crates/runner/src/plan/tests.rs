use std::path::PathBuf;

use domi_model::Platform;
use serde_json::json;

use super::*;

fn loaded(name: &str, tests: &serde_json::Value) -> Loaded {
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": name, "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "options": [{
            "name": "port", "type": "port", "description": "Port.", "default": { "literal": 80 },
        }],
        "tests": tests,
    });
    let manifest = serde_json::from_value(manifest).unwrap();
    Loaded { manifest, crate_dir: PathBuf::from(".") }
}

fn runs(name: &str, actions: &serde_json::Value) -> serde_json::Value {
    let steps: Vec<_> =
        actions.as_array().unwrap().iter().map(|action| json!({ "action": action })).collect();
    json!({ "name": name, "body": { "run": { "machines": { "m": {} }, "steps": steps } } })
}

fn features() -> Vec<Loaded> {
    let a = json!([
        runs("it answers", &json!([{ "waitForPort": 80 }])),
        runs("it answers twice", &json!([{ "python": "x" }, { "waitForPort": 80 }])),
        { "name": "it refuses", "body": { "refuse": { "settings": {}, "because": "x" } } },
    ]);
    let b = json!([runs("only nix", &json!([{ "python": "x" }]))]);
    vec![loaded("a", &a), loaded("b", &b)]
}

fn select(features: &[&str], tests: &[&str], set: &[&str]) -> Selection {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let systems = vec![Platform::X86_64Linux];
    Selection {
        features: own(features),
        tests: own(tests),
        set: own(set),
        systems,
        ..Selection::default()
    }
}

/// The tests of the plan, or the codes of the problems, each on a line.
#[track_caller]
fn check(selection: &Selection, expected: &[&str]) {
    let got: Vec<String> = match plan(&features(), selection) {
        Ok(plan) => plan.jobs.into_iter().map(|job| job.id).collect(),
        Err(problems) => problems.iter().map(|p| format!("{} {}", p.code, p.subject)).collect(),
    };
    let got: Vec<_> = got.iter().map(|id| id.trim_end_matches("/x86_64-linux/portable")).collect();
    assert_eq!(got, expected);
}

#[test]
fn everything_is_planned_where_nothing_is_chosen() {
    check(
        &select(&[], &[], &[]),
        &["a/it-answers", "a/it-answers-twice", "a/it-refuses", "b/only-nix"],
    );
}

#[test]
fn a_test_is_chosen_by_its_name_or_by_a_part_of_names() {
    check(&select(&[], &["it answers"], &[]), &["a/it-answers"]);
    check(&select(&[], &["it-answers"], &[]), &["a/it-answers"]);
    check(&select(&[], &["ANSWERS"], &[]), &["a/it-answers", "a/it-answers-twice"]);
    check(&select(&["b"], &["only", "nix"], &[]), &["b/only-nix"]);
}

#[test]
fn what_is_not_there_is_said_all_at_once() {
    check(&select(&["c", "d"], &[], &[]), &["D0701 c", "D0701 d"]);
    check(&select(&["b"], &["answers", "nix"], &[]), &["D0702 answers"]);
    check(&select(&["c"], &["none"], &[]), &["D0701 c", "D0702 none"]);
}

#[test]
fn settings_must_fit_the_chosen_features() {
    check(&select(&["a"], &["refuses"], &["port=1"]), &["D0703 port=1"]);
    check(&select(&["a"], &["twice"], &["port=1"]), &["a/it-answers-twice"]);
    let problems = plan(&features(), &select(&["a"], &[], &["port", "none=1"])).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn a_test_runs_only_on_systems_that_its_feature_is_for() {
    let mut arm = select(&["a"], &["twice"], &[]);
    arm.systems = vec![Platform::Aarch64Linux];
    let jobs = plan(&features(), &arm).unwrap().jobs;
    assert_eq!(jobs[0].skip.as_deref(), Some("the feature is not for aarch64-linux"));
}
