use serde_json::json;

use super::*;
use crate::loaded::Loaded;
use crate::plan::{Plan, plan};
use crate::selection::Selection;

fn feature(name: &str, kind: &str, tests: &[&str]) -> Loaded {
    let test = |name: &&str| json!({ "name": name, "body": { "run": { "machines": { "m": {} }, "steps": [] } } });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": name, "kind": kind, "summary": "x", "maturity": "test", "version": "0.1.0",
            "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "tests": tests.iter().map(test).collect::<Vec<_>>(),
    });
    let manifest = serde_json::from_value(manifest).unwrap();
    Loaded { manifest, crate_dir: ".".into() }
}

fn jobs() -> Plan {
    use domi_model::Platform::{Aarch64Linux, X86_64Linux};
    let a = feature("a", "services", &["it starts (at once)", "it stops"]);
    let b = feature("b", "security", &["it starts"]);
    let systems = vec![X86_64Linux, Aarch64Linux];
    plan(&[a, b], &Selection { systems, ..Selection::default() }).unwrap()
}

/// The jobs that fit, without what all have in common.
#[track_caller]
fn check(filter: &str, expected: &[&str]) {
    let filter: Filter = filter.parse().unwrap();
    let jobs = jobs().jobs.into_iter().filter(|job| filter.fits(job));
    let fitting: Vec<String> =
        jobs.map(|job| job.id.replace("-linux/portable", "").replace("it-", "")).collect();
    assert_eq!(fitting, expected);
}

#[track_caller]
fn check_bad(filter: &str, expected: &str) {
    assert_eq!(filter.parse::<Filter>().unwrap_err().to_string(), expected);
}

#[test]
fn a_predicate_looks_at_one_thing() {
    check("feature(b)", &["b/starts/x86_64", "b/starts/aarch64"]);
    check("kind(security) & system(x86_64-linux)", &["b/starts/x86_64"]);
    check("backend(eval)", &[]);
    check("maturity(prod) or none()", &[]);
    check("not all()", &[]);
    assert_eq!(
        jobs().jobs.iter().filter(|job| "all()".parse::<Filter>().unwrap().fits(job)).count(),
        6
    );
}

#[test]
fn the_first_test_of_a_feature_is_the_first_that_runs_something() {
    check("first() and system(x86_64-linux)", &["a/starts-at-once/x86_64", "b/starts/x86_64"]);
    let refusal = json!({ "refuse": { "settings": {}, "because": "x" } });
    let mut c = feature("c", "services", &["it starts"]);
    c.manifest.tests[0].body = serde_json::from_value(refusal).unwrap();
    let alone = plan(&[c.clone()], &Selection::default()).unwrap();
    assert!(alone.jobs.iter().all(Job::is_first));
    c.manifest.tests.push(feature("c", "services", &["it stops"]).manifest.tests.remove(0));
    let jobs = plan(&[c], &Selection::default()).unwrap().jobs;
    let first: Vec<_> =
        jobs.iter().filter(|job| job.is_first()).map(|job| &job.test.name).collect();
    assert_eq!(first, ["it stops"]);
}

#[test]
fn a_matcher_is_a_text_a_part_or_a_regular_expression() {
    check("test(stop) & system(~x86)", &["a/stops/x86_64"]);
    check("test(=it stops) & system(~x86)", &["a/stops/x86_64"]);
    check("test(=it-stops) & system(~x86)", &["a/stops/x86_64"]);
    check("test(=stop)", &[]);
    check("test(/^it s.o/) & system(/^x86/)", &["a/stops/x86_64"]);
    check(r"test((at once\)) & system(~x86)", &["a/starts-at-once/x86_64"]);
    check(r"test(/\(at once\)$/) & system(~x86)", &["a/starts-at-once/x86_64"]);
}

#[test]
fn not_binds_more_than_and_which_binds_more_than_or() {
    let x86 = |jobs: &[&'static str]| jobs.to_vec();
    check(
        "feature(b) or feature(a) and not test(stops) and system(x86_64-linux)",
        &x86(&["a/starts-at-once/x86_64", "b/starts/x86_64", "b/starts/aarch64"]),
    );
    check(
        "(feature(b)|feature(a)) & !test(stops) & system(x86_64-linux)",
        &x86(&["a/starts-at-once/x86_64", "b/starts/x86_64"]),
    );
    check("!!feature(b)&system(x86_64-linux)", &["b/starts/x86_64"]);
}

#[test]
fn what_is_wrong_is_shown_where_it_is() {
    let predicates = "feature(…), test(…), system(…), backend(…), kind(…), maturity(…), all(), \
                      none() or first()";
    check_bad("", &format!("here a predicate was expected: {predicates}\n  \n  ^"));
    check_bad(
        "feature(a) and nothing(b)",
        &format!(
            "here a predicate was expected: {predicates}\n  feature(a) and nothing(b)\n                 ^"
        ),
    );
    check_bad(
        "feature(a) test(b)",
        "here `and`, `or` or the end was expected\n  feature(a) test(b)\n             ^",
    );
    check_bad("(feature(a)", "here `)` is missing\n  (feature(a)\n             ^");
    check_bad("feature(a", "here `)` is missing\n  feature(a\n           ^");
    check_bad("feature a", "here `(` is missing\n  feature a\n         ^");
    check_bad("test()", "test() wants a text\n  test()\n       ^");
    check_bad("all(x)", "all() wants nothing\n  all(x)\n      ^");
    check_bad(
        "test(/[/)",
        "no regular expression: unclosed character class\n  test(/[/)\n       ^",
    );
}
