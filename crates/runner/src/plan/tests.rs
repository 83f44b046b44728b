use std::path::PathBuf;

use domi_model::Platform;
use serde_json::json;

use super::*;
use crate::machine_systems::MachineSystems;

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

/// Features that each have one test; `a` and `b` claim the port that is set, `c` requires `a`.
fn neighbours() -> Vec<Loaded> {
    let test = json!([runs("it works", &json!([{ "waitForPort": 80 }]))]);
    let mut all = ["a", "b", "c"].map(|name| loaded(name, &test));
    for feature in &mut all[..2] {
        let claim = json!({ "kind": "tcp", "values": { "list": [{ "option": ["port"] }] } });
        feature.manifest.system.claims = vec![serde_json::from_value(claim).unwrap()];
    }
    let requires = json!([{ "feature": "a" }]);
    all[2].manifest.requires = serde_json::from_value(requires).unwrap();
    all.into()
}

fn beside(selection: &Selection, features: &[Loaded]) -> Result<Vec<String>, Vec<String>> {
    let line = |job: Job| {
        let others: Vec<_> = job.beside.iter().map(|it| &*it.manifest.feature.name).collect();
        format!("{} {}", job.id, others.join(","))
    };
    let planned = plan(features, selection).map(|plan| plan.jobs.into_iter().map(line).collect());
    planned.map_err(|problems| {
        problems.iter().map(|it| format!("{} {}: {}", it.code, it.subject, it.message)).collect()
    })
}

fn jobs(all: &[&str]) -> Result<Vec<String>, Vec<String>> {
    Ok(all.iter().map(|job| (*job).to_owned()).collect())
}

fn problems(all: &[&str]) -> Result<Vec<String>, Vec<String>> {
    Err(all.iter().map(|it| (*it).to_owned()).collect())
}

#[test]
fn what_a_feature_requires_is_beside_it_in_its_tests() {
    let planned = beside(&select(&["c"], &[], &[]), &neighbours());
    assert_eq!(planned, jobs(&["c/it-works/x86_64-linux/portable a"]));
    let planned = beside(&select(&["a"], &[], &[]), &neighbours());
    assert_eq!(planned, jobs(&["a/it-works/x86_64-linux/portable "]));
    let [a, _, c] = <[Loaded; 3]>::try_from(neighbours()).unwrap();
    let planned = beside(&select(&[], &[], &[]), std::slice::from_ref(&c));
    let missing = "D0715 c: it requires a, and there is no such feature here";
    assert_eq!(planned, problems(&[missing]));
    let selection = Selection { beside: vec![a], ..select(&[], &[], &[]) };
    let planned = beside(&selection, std::slice::from_ref(&c));
    assert_eq!(planned, jobs(&["c/it-works/x86_64-linux/portable a"]));
}

#[test]
fn what_a_test_has_beside_is_there_in_that_test() {
    let mut features = neighbours();
    let tests = json!([
        runs("it works", &json!([])),
        { "name": "with c", "body": { "run": {
            "beside": ["c"], "machines": { "machine": {} }, "steps": [] } } },
    ]);
    features[1].manifest.tests = serde_json::from_value(tests).unwrap();
    let planned = beside(&select(&["b"], &[], &["port=81"]), &features);
    let with = "b/with-c/x86_64-linux/portable a,c";
    assert_eq!(planned, jobs(&["b/it-works/x86_64-linux/portable ", with]));
    let missing = "D0715 b: a test of it has c, and there is no such feature here";
    assert_eq!(beside(&select(&["b"], &[], &[]), &features[1..2]), problems(&[missing]));
    // What `b` takes `c` for is not what it is.
    let known = json!({ "c": { "kind": "services", "reads": [
        { "option": ["size"], "type": "str" }] } });
    features[1].manifest.neighbours = serde_json::from_value(known).unwrap();
    let found = beside(&select(&["b"], &[], &["port=81"]), &features).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("D0115 b: it reads `size` of c: there is no option"), "{found:?}");
}

#[test]
fn features_are_tested_together_where_nothing_clashes() {
    let together = |features: &[&str], set: &[&str]| Selection {
        together: true,
        ..select(features, &[], set)
    };
    let planned = beside(&together(&["a", "c"], &[]), &neighbours());
    let a = "a/it-works/x86_64-linux/portable-together c";
    let c = "c/it-works/x86_64-linux/portable-together a";
    assert_eq!(planned, jobs(&[a, c]));
    let clash = "D0220 TCP port 80: claimed by a (domi.services.a.port) and by b \
                 (domi.services.b.port)";
    assert_eq!(beside(&together(&["a", "b"], &[]), &neighbours()), problems(&[clash]));
    // What is set is set of the feature that is tested.
    let b = "b/it-works/x86_64-linux/portable-together a";
    let a = "a/it-works/x86_64-linux/portable-together b";
    assert_eq!(beside(&together(&["a", "b"], &["port=81"]), &neighbours()), jobs(&[a, b]));
    let alone = "D0716 --together: one feature alone is together with nothing";
    assert_eq!(beside(&together(&["a"], &[]), &neighbours()), problems(&[alone]));
}

#[test]
fn a_feature_beside_that_is_not_for_a_system_keeps_the_test_from_it() {
    let mut features = neighbours();
    features[0].manifest.feature.platforms = vec![Platform::Aarch64Linux];
    let planned = plan(&features, &select(&["c"], &[], &[])).unwrap();
    let why = planned.jobs[0].skip.as_deref();
    assert_eq!(why, Some("a, beside it, is not for x86_64-linux"));
    // On a machine of another system, that one counts.
    let of_machine = [("m".to_owned(), Platform::Aarch64Linux)].into();
    let machine_systems = MachineSystems::new(of_machine);
    let planned = plan(&features, &Selection { machine_systems, ..select(&["c"], &[], &[]) });
    assert_eq!(planned.unwrap().jobs[0].skip, None);
}

/// The plan of a feature whose machine has a drop-in of `journald` and is switched.
fn switched(memory: &str, to: &serde_json::Value) -> Result<Vec<String>, Vec<String>> {
    let tests = json!([runs("it switches", &json!([{ "switch": to }]))]);
    let mut feature = loaded("a", &tests);
    let unit = json!({
        "kind": "service", "name": { "literal": "systemd-journald" }, "dropIn": true,
        "config": { "MemoryHigh": { "value": { "text": [
            { "literal": memory }, { "option": ["port"] }] } } },
    });
    feature.manifest.system.units = vec![serde_json::from_value(unit).unwrap()];
    beside(&select(&[], &[], &[]), &[feature])
}

#[test]
fn what_a_running_machine_cannot_be_switched_to_is_known_before_anything_starts() {
    let planned = jobs(&["a/it-switches/x86_64-linux/portable "]);
    assert_eq!(switched("1", &json!({})), planned);
    assert_eq!(switched("1", &json!({ "settings": { "port": 80 } })), planned);
    let found = switched("1", &json!({ "settings": { "port": 81 } })).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("D0227 systemd-journald.service: "), "{found:?}");
    assert_eq!(switched("1", &json!({ "enable": false })).unwrap_err().len(), 1);
}

#[test]
fn what_features_cannot_have_together_is_known_of_what_is_switched_to() {
    let mut features = neighbours();
    let tests = json!([{ "name": "it switches", "body": { "run": {
        "beside": ["b"],
        "machines": { "m": { "settings": { "port": 81 } } },
        "steps": [{ "action": { "switch": { "settings": { "port": 80 } } } }],
    } } }]);
    features[0].manifest.tests = serde_json::from_value(tests).unwrap();
    let clash = "D0220 TCP port 80: claimed by a (domi.services.a.port) and by b \
                 (domi.services.b.port)";
    assert_eq!(beside(&select(&["a"], &[], &[]), &features), problems(&[clash]));
}

#[test]
fn an_option_that_a_feature_beside_sets_is_not_switched() {
    let mut features = neighbours();
    let tests = json!([{ "name": "it switches", "body": { "run": {
        "beside": ["c"],
        "machines": { "m": {} },
        "steps": [{ "action": { "switch": { "settings": { "port": 81 } } } }],
    } } }]);
    features[1].manifest.tests = serde_json::from_value(tests).unwrap();
    features[2].manifest.requires.clear();
    let planned = jobs(&["b/it-switches/x86_64-linux/portable c"]);
    assert_eq!(beside(&select(&["b"], &[], &[]), &features), planned);
    let sets = json!([{ "feature": "b", "option": ["port"], "value": { "literal": 82 } }]);
    let takes =
        json!({ "b": { "kind": "services", "sets": [{ "option": ["port"], "type": "port" }] } });
    features[2].manifest.system.settings = serde_json::from_value(sets).unwrap();
    features[2].manifest.neighbours = serde_json::from_value(takes).unwrap();
    let found = beside(&select(&["b"], &[], &[]), &features).unwrap_err();
    assert!(found.iter().any(|it| it.starts_with("D0227 port: c sets it too")), "{found:?}");
}
