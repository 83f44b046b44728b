use domi_model::Platform;
use yaml_rust2::{Yaml, YamlLoader};

use super::*;
use crate::matrix::MATRICES;

fn settings() -> Settings {
    Settings {
        branch: "trunk".to_owned(),
        branches: vec!["dev".to_owned()],
        systems: vec![Platform::X86_64Linux, Platform::Aarch64Linux],
        has_flake: true,
        containers: Vec::new(),
        fleet: vec![Platform::X86_64Linux, Platform::Aarch64Linux],
        push: Some(PushTo::Cachix),
        checks: ["cargo", "xtask", "ci", "--no-machine"].map(str::to_owned).into(),
    }
}

/// The workflow, read by another YAML parser than the one that wrote it.
fn read(settings: &Settings) -> Yaml {
    let text = workflow(settings, "Made by a test.");
    YamlLoader::load_from_str(&text).expect("it is YAML").remove(0)
}

fn workflow_text(settings: &Settings) -> String {
    workflow(settings, "Made by a test.")
}

fn jobs(workflow: &Yaml) -> Vec<(&str, &Yaml)> {
    let jobs = workflow["jobs"].as_hash().expect("there are jobs").iter();
    jobs.map(|(name, job)| (name.as_str().expect("a name"), job)).collect()
}

fn steps(workflow: &Yaml) -> Vec<&Yaml> {
    jobs(workflow).into_iter().flat_map(|(_, job)| job["steps"].as_vec().expect("steps")).collect()
}

#[track_caller]
fn check_jobs(settings: &Settings, expected: &[&str]) {
    let workflow = read(settings);
    let names: Vec<&str> = jobs(&workflow).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, expected);
}

#[test]
fn there_are_jobs_for_what_a_repository_has() {
    use Platform::{Aarch64Linux, X86_64Linux};
    let tests = ["plan", "test-1", "test-2", "test-3", "test-4"];
    let fleet = ["fleet-x86_64-linux", "fleet-aarch64-linux"];
    let rest = ["checks", "evaluate", "report", "required"];
    let all = [&tests[..], &fleet, &rest, &["push"]].concat();
    check_jobs(&settings(), &all);
    let few = [&tests[..], &["checks", "report", "required"]].concat();
    check_jobs(&Settings { has_flake: false, fleet: Vec::new(), ..settings() }, &few);
    let no_push = &all[..all.len() - 1];
    check_jobs(&Settings { push: None, ..settings() }, no_push);
    // No runner for ARM has KVM, so nothing is built there that could be pushed. Nor is anything tried
    // on a system that is not under test.
    let arm = [&tests[..], &fleet[1..], &rest].concat();
    check_jobs(&Settings { systems: vec![Aarch64Linux], ..settings() }, &arm);
    let one = [&tests[..], &fleet[..1], &rest].concat();
    check_jobs(&Settings { push: None, fleet: vec![X86_64Linux], ..settings() }, &one);
}

#[test]
fn policies_are_tried_where_the_tests_of_features_run() {
    let script = |settings: &Settings, system: Platform| {
        let workflow = read(settings);
        let job = &workflow["jobs"][&*format!("fleet-{}", system.as_str())];
        let steps = job["steps"].as_vec().expect("steps");
        let test = steps.iter().find(|step| step["name"].as_str() == Some("Test"));
        let script = test.and_then(|step| step["run"].as_str()).expect("it runs something");
        (job["runs-on"].as_str().expect("a runner").to_owned(), script.to_owned())
    };
    let end = "--retries 1 \\\n  --junit target/domi/runs/junit.xml\n";
    let on_machines = "cargo xtask fleet test --system";
    let (x86, arm) = (Platform::X86_64Linux, Platform::Aarch64Linux);
    let expected = format!("{on_machines} x86_64-linux --backend portable --require kvm {end}");
    assert_eq!(script(&settings(), x86), ("ubuntu-24.04".to_owned(), expected.clone()));
    let emulated = format!("{on_machines} aarch64-linux --backend portable {end}");
    assert_eq!(script(&settings(), arm), ("ubuntu-24.04-arm".to_owned(), emulated));
    let allowed = Settings { containers: vec![x86, arm], ..settings() };
    assert_eq!(script(&allowed, x86).1, expected, "machines with KVM prove more");
    let (_, contained) = script(&allowed, arm);
    let run = "systemd-run --user --scope --quiet --property=Delegate=yes -- ";
    assert!(
        contained.contains(&format!("\n{run}{on_machines} aarch64-linux {end}")),
        "{contained}"
    );
}

#[test]
fn the_last_check_waits_for_all_others() {
    let workflow = read(&settings());
    let needs = workflow["jobs"]["required"]["needs"].as_vec().expect("it needs others");
    let mut others: Vec<&str> = jobs(&workflow).into_iter().map(|(name, _)| name).collect();
    others.retain(|name| !["required", "push"].contains(name));
    assert_eq!(needs.iter().filter_map(Yaml::as_str).collect::<Vec<_>>(), others);
    let results = workflow["jobs"]["required"]["steps"][0]["env"]["RESULTS"].as_str();
    assert_eq!(results.map(|lines| lines.lines().count()), Some(others.len()));
}

#[test]
fn every_job_ends_and_nobody_may_write() {
    let workflow = read(&settings());
    for (name, job) in jobs(&workflow) {
        assert!(job["timeout-minutes"].as_i64().is_some(), "{name}");
        assert!(job["permissions"].is_badvalue(), "{name}");
    }
    let permissions = workflow["permissions"].as_hash().expect("there are some");
    assert_eq!(permissions.len(), 1);
    assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"));
    assert!(workflow["on"]["pull_request_target"].is_badvalue());
}

#[test]
fn what_a_change_controls_comes_to_no_script_but_as_a_variable() {
    for step in steps(&read(&settings())) {
        if let Some(script) = step["run"].as_str() {
            assert!(!script.contains("${{"), "{script}");
            assert!(!script.contains("eval"), "{script}");
        }
    }
}

#[test]
fn no_secret_is_in_a_job_that_a_pull_request_starts() {
    let workflow = read(&settings());
    let mut text = String::new();
    yaml_rust2::YamlEmitter::new(&mut text).dump(&workflow).expect("it is YAML");
    let (before, _) = text.split_once("\n  push:").expect("the job that pushes is the last one");
    assert!(!before.contains("secrets"), "{before}");
    assert!(text.contains("secrets.CACHIX_AUTH_TOKEN"));
    let push = &workflow["jobs"]["push"];
    assert!(push["if"].as_str().is_some_and(|when| when.contains("github.event_name == 'push'")));
    // A pull request that nobody has reviewed may have written to GitHub's cache.
    assert!(push["steps"].as_vec().expect("steps").iter().all(|step| {
        step["uses"].as_str().is_none_or(|uses| !uses.starts_with("actions/cache"))
    }));
}

#[test]
fn one_setting_of_the_kernel_is_changed_where_containers_run_and_nowhere_else() {
    let allowed = vec![Platform::Aarch64Linux];
    let settings = Settings { containers: allowed, fleet: Vec::new(), ..settings() };
    let workflow = read(&settings);
    let changes = |step: &&&Yaml| step["run"].as_str().is_some_and(|it| it.contains("sysctl"));
    let all = steps(&workflow);
    let changing: Vec<_> = all.iter().filter(changes).collect();
    assert_eq!(changing.len(), MATRICES, "one for each job that may have containers");
    for step in changing {
        assert_eq!(step["if"].as_str(), Some("${{ matrix.containers }}"));
        let script = step["run"].as_str().expect("a script");
        let commands: Vec<&str> = script.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(commands, ["sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"]);
        assert!(script.starts_with("# "), "it says why");
    }
    let without = workflow_text(&Settings { containers: vec![Platform::X86_64Linux], ..settings });
    assert!(!without.contains("sysctl") && !without.contains("containers"), "{without}");
}

#[test]
fn every_action_is_pinned_and_says_its_version() {
    let text = workflow(&settings(), "Made by a test.");
    let uses: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("uses: ")).map(|it| it.1).collect();
    assert!(uses.len() > 10);
    for action in uses {
        let (_, pin) = action.split_once('@').expect("it is pinned");
        let (commit, version) = pin.split_once(" # v").expect("it says its version");
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{pin}");
        assert!(version.split('.').all(|number| number.parse::<u32>().is_ok()), "{pin}");
    }
}

#[test]
fn credentials_do_not_stay_in_a_checkout() {
    let workflow = read(&settings());
    let checkouts: Vec<&Yaml> = steps(&workflow)
        .into_iter()
        .filter(|step| {
            step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout"))
        })
        .collect();
    assert!(!checkouts.is_empty());
    assert!(
        checkouts.iter().all(|step| step["with"]["persist-credentials"].as_bool() == Some(false))
    );
}

#[test]
fn the_header_is_a_comment_and_the_branch_that_of_the_repository() {
    let text = workflow(&settings(), "Made by a test.\nTwice.");
    assert!(text.starts_with("# Made by a test.\n# Twice.\n\nname: CI\n"));
    let read = read(&settings());
    let branches = &read["on"]["push"]["branches"];
    assert_eq!((branches[0].as_str(), branches[1].as_str()), (Some("trunk"), Some("dev")));
}
