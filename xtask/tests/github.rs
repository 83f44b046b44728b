//! The workflow for GitHub: as GitHub's own parser reads it, and as a runner would run its steps.
//!
//! `DOMI_WORKFLOW_PARSER` names `dist/index.js` of the npm package `@actions/workflow-parser`,
//! `DOMI_ZIZMOR` the program zizmor, which looks for ways to attack a workflow. Where one is not
//! set, what needs it is left out, and this says so.

mod repository;
mod update;
mod workflow;

use std::path::Path;

use serde_json::{Value, json};

use crate::workspace::output::said;
use crate::workspace::{Workspace, greetings};
use repository::{Repository, entries, output_of};

const FILE: &str = ".github/workflows/ci.yml";

#[test]
fn other_services_get_the_matrix_as_json() {
    let workspace = Workspace::with_greeting();
    let printed = workspace.run("matrix --github --system x86_64-linux");
    let (_, rest) = printed.split_once('\n').unwrap();
    let (document, _) = rest.split_once("\n---").unwrap();
    let mut document: Value = serde_json::from_str(document).unwrap();
    let shard = document["matrices"][0]["include"][0].take();
    let expected = json!({
        "schema": "domi.matrix/1", "jobs": 1, "shards": 1, "matrices": [{ "include": [null] }],
    });
    assert_eq!(document, expected, "{printed}");
    assert_eq!(shard["shard"], "1/1", "{printed}");
    assert_eq!(shard["runner"], "ubuntu-24.04", "{printed}");
}

#[test]
fn the_steps_of_a_run_do_all_of_the_plan_and_report_it() {
    let repository = Repository::new(&["first", "second", "third"]);
    let plan = repository.plan("");
    assert_eq!((output_of(&plan, "jobs"), output_of(&plan, "shards")), ("3", "3"));
    assert_eq!(output_of(&plan, "matrix-2"), "");
    let week = output_of(&plan, "week");
    assert!(week.len() == 7 && week.as_bytes()[4] == b'-', "{week}");
    let entries = entries(&plan);
    assert_eq!(entries[0]["name"], "aarch64-linux portable 1/3, emulated");
    assert_eq!(entries[0]["runner"], "ubuntu-24.04-arm");
    for entry in &entries {
        let output = repository.shard("", entry);
        assert!(output.status.success(), "{}", said(&output));
    }

    let output = repository.report("3");
    assert!(output.status.success(), "{}", said(&output));
    let page = repository.text("report/index.html");
    for feature in ["first", "second", "third"] {
        assert!(page.contains(feature), "{feature}");
    }
    assert!(repository.text("report/junit.xml").contains("tests=\"3\""));
    assert!(repository.text("github-summary").contains("3 passed"));

    let output = repository.run("report", "Update durations", &[("BASE", "")]);
    assert!(output.status.success(), "{}", said(&output));
    let durations = repository.text("target/domi/durations.json");
    let durations: Value = serde_json::from_str(&durations).unwrap();
    assert_eq!(durations.as_object().unwrap().len(), 3, "{durations}");
    // The next plan knows that they all take no time.
    assert_eq!(output_of(&repository.plan(""), "shards"), "1");
}

#[test]
fn a_lane_of_containers_leaves_the_choice_to_its_runner_and_does_all_of_the_plan() {
    let more = "[test]\ncontainers = [\"aarch64-linux\"]\n";
    let repository = Repository::with(&["first", "second"], more);
    let entries = entries(&repository.plan(""));
    let names: Vec<_> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    let name = |index| format!("aarch64-linux portable-container {index}/2, the rest emulated");
    assert_eq!(names, [name(1), name(2)]);
    for entry in &entries {
        assert_eq!((&entry["backend"], &entry["containers"]), (&json!(""), &json!(true)));
        let output = repository.shard("", entry);
        assert!(output.status.success(), "{}", said(&output));
    }
    let output = repository.report("2");
    assert!(output.status.success(), "{}", said(&output));
    // Nothing of the plan needs a machine, so nothing is missing.
    let looked = repository.run(
        "test-1",
        "Fail without containers",
        &[("BASE", ""), ("SYSTEM", "aarch64-linux")],
    );
    assert!(looked.status.success(), "{}", said(&looked));
}

#[test]
fn a_shard_that_is_lost_is_missed() {
    let repository = Repository::new(&["first", "second"]);
    let plan = repository.plan("");
    let output = repository.shard("", &entries(&plan)[0]);
    assert!(output.status.success(), "{}", said(&output));
    let output = repository.report("2");
    assert!(!output.status.success());
    assert!(said(&output).contains("shard 2 of 2 is missing"), "{}", said(&output));
}

#[test]
fn a_pull_request_runs_what_it_touches_and_says_why() {
    let repository = Repository::new(&["first", "second"]);
    let base = repository.git(&["rev-parse", "HEAD"]);
    let none = repository.plan(&base);
    assert_eq!((output_of(&none, "jobs"), output_of(&none, "shards")), ("0", "0"));
    assert_eq!(output_of(&none, "matrix-1"), "", "GitHub refuses a matrix without entries");

    let changed = greetings::manifest("second").replace("What to say.", "What it says.");
    repository.workspace.write("features/second/manifest.json", &changed);
    repository.commit();
    let plan = repository.plan(&base);
    assert_eq!((output_of(&plan, "jobs"), output_of(&plan, "shards")), ("1", "1"));
    let why = repository.run("plan", "Explain", &[("BASE", &base)]);
    assert!(why.status.success(), "{}", said(&why));
    assert!(said(&why).contains("features/second/manifest.json"), "{}", said(&why));

    let ran = repository.shard(&base, &entries(&plan)[0]);
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(said(&ran).contains("second") && !said(&ran).contains("first"), "{}", said(&ran));
    let report = repository.report("1");
    assert!(report.status.success(), "{}", said(&report));
}

#[test]
fn a_runner_without_kvm_is_an_error_before_anything_runs() {
    let repository = Repository::new(&["first"]);
    let script = repository.step("test-1", "Fail without KVM")["run"].as_str().unwrap();
    assert!(script.contains("/dev/kvm"));
    // A device that can be opened stands for KVM that can be used.
    let with = repository.bash(&script.replace("/dev/kvm", "/dev/null"), &[]);
    assert!(with.status.success() && said(&with).is_empty(), "{}", said(&with));
    for kvm in ["/dev/no-such-kvm", "/dev"] {
        let without = repository.bash(&script.replace("/dev/kvm", kvm), &[]);
        assert!(!without.status.success());
        let said = said(&without);
        assert!(said.starts_with(&format!("::error title=No KVM::{kvm} cannot be")), "{said}");
        assert!(!Path::new("/dev/no-such-kvm").exists(), "looking for KVM makes none");
    }
}

/// What the last check says of jobs that ended so.
#[track_caller]
fn check_required(results: &str, good: bool) {
    let repository = Repository::new(&[]);
    let name = "Check the results of all jobs";
    let output = repository.run("required", name, &[("RESULTS", results)]);
    assert_eq!(output.status.success(), good, "{}", said(&output));
    assert_eq!(said(&output).contains("::error::"), !good, "{}", said(&output));
}

#[test]
fn the_last_check_is_green_only_when_all_ran_that_had_to() {
    check_required("plan success true\ntest-1 success true\ntest-2 skipped false", true);
    check_required("plan success true\ntest-1 skipped true", false);
    check_required("plan failure true\ntest-1 skipped false", false);
    check_required("plan success true\nchecks cancelled true", false);
    check_required("plan success true\ntest-1 failure false", false);
    check_required("plan", false);
}

#[test]
fn a_repository_that_does_not_ask_for_a_workflow_gets_none() {
    let repository = Repository::new(&["first"]);
    repository.workspace.write("domi.toml", "");
    let output = repository.workspace.command("generate --check").output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let output = repository.workspace.command("generate").output().unwrap();
    assert!(said(&output).contains(&format!("remove {FILE}")), "{}", said(&output));
    assert!(!repository.path(".github").exists());
}
