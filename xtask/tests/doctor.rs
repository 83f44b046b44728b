//! `doctor` in repositories that are well and in some that are sick, each of something else: it finds
//! that and nothing more. What it says of this computer is another matter on every computer, and is
//! checked where it is made.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::workspace::{GREETING, Workspace, committed, git, greetings, output};

const WORKFLOW: &str = ".github/workflows/checks.yml";
const FLAKE: &str = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = _: { };\n}\n";

/// The lock of a flake whose nixpkgs is so many days old.
fn lock(days: u64, original: &Value) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let locked = json!({
        "type": "github", "owner": "NixOS", "repo": "nixpkgs", "narHash": NAR_HASH,
        "rev": "a50de1b7d8a586adc18d2395c19de7d6058e6030", "lastModified": now - days * 86400,
    });
    let nixpkgs = json!({ "locked": locked, "original": original });
    let root = json!({ "inputs": { "nixpkgs": "nixpkgs" } });
    json!({ "nodes": { "nixpkgs": nixpkgs, "root": root }, "root": "root", "version": 7 })
        .to_string()
}

fn github() -> Value {
    json!({ "type": "github", "owner": "NixOS", "repo": "nixpkgs" })
}

/// What CI does, with this version of Rust and this one of an action.
fn workflow(rust: &str, action: &str) -> String {
    format!(
        "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@{action} # v7\n      - run: rustup toolchain install {rust} --profile minimal\n"
    )
}

const NAR_HASH: &str = "sha256-uslt2pqShTIXdDAHRHv2QkYLsVdY8Oqwz0EA48/RSM8=";
const COMMIT: &str = "3d3c42e5aac5ba805825da76410c181273ba90b1";

/// The version of Rust that is here.
fn rust() -> String {
    let output = Command::new("rustc").arg("--version").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.split_whitespace().nth(1).unwrap().to_owned()
}

/// A repository in which all is well: generated, tested, locked, committed.
fn healthy() -> Workspace {
    let workspace = Workspace::with_greeting();
    workspace.write("quarantine.toml", "");
    for words in ["generate", "test greeting --system x86_64-linux"] {
        let seen = workspace.run(words);
        assert!(seen.ends_with("--- exit 0\n"), "{seen}");
    }
    workspace.write("flake.nix", FLAKE);
    workspace.write("flake.lock", &lock(10, &github()));
    workspace.write(WORKFLOW, &workflow(&rust(), COMMIT));
    committed::commit(&workspace);
    workspace
}

/// The document that it prints, after which nothing is another.
#[track_caller]
fn document(workspace: &Workspace, words: &str) -> Value {
    let status = || git::git_in(&workspace.root, &["status", "--porcelain"]);
    let before = status();
    let output = workspace.command(&format!("doctor --json {words}")).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 8)), "{}", output::said(&output));
    assert_eq!(status(), before, "it changes nothing");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What each check of the repository came to.
fn states(document: &Value) -> BTreeMap<String, String> {
    let checks = document["checks"].as_array().unwrap().iter();
    let word = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    let states = checks.map(|check| (word(check, "id"), word(check, "state")));
    states.filter(|(id, _)| id.starts_with("repository.")).collect()
}

/// Makes a healthy repository sick: exactly these checks are red then, and these not run any more.
#[track_caller]
fn check(make_sick: impl Fn(&Workspace), red: &[&str], not_run: &[&str]) -> Value {
    let workspace = healthy();
    let well = states(&document(&workspace, ""));
    make_sick(&workspace);
    let document = document(&workspace, "");
    let sick = states(&document);
    let mut expected = well;
    for (ids, state) in [(red, "red"), (not_run, "notRun")] {
        for id in ids {
            expected.insert(format!("repository.{id}"), state.to_owned());
        }
    }
    assert_eq!(sick, expected, "{document:#}");
    let reds = document["checks"].as_array().unwrap().iter().filter(|it| it["state"] == "red");
    for red in reds {
        assert!(red["fix"].is_string(), "it says what fixes it: {red}");
    }
    document
}

#[test]
fn a_healthy_repository_is_green_but_for_what_takes_its_time() {
    let document = document(&healthy(), "");
    let only_in_full = ["repository.flake-check", "repository.lock-agrees"];
    for (id, state) in states(&document) {
        let expected = if only_in_full.contains(&&*id) { "notRun" } else { "green" };
        assert_eq!(state, expected, "{id} in {document:#}");
    }
    let states = document["checks"].as_array().unwrap().iter().map(|check| &check["state"]);
    let count = |state: &str| states.clone().filter(|it| **it == state).count();
    assert_eq!(document["green"], count("green"));
    assert_eq!(document["red"], count("red"));
    assert_eq!(document["notRun"], count("notRun"));

    let schema = include_str!("../../docs/reference/doctor.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    jsonschema::validate(&schema, &document).unwrap();
}

#[test]
fn a_repository_of_nothing_has_nothing_that_is_green() {
    let workspace = Workspace::empty();
    committed::commit(&workspace);
    let states = states(&document(&workspace, ""));
    let green: Vec<_> = states.iter().filter(|(_, state)| *state != "notRun").collect();
    // There is a page of all features, of which there are none.
    let [(id, state)] = green[..] else { panic!("{states:?}") };
    assert_eq!((&**id, &**state), ("repository.generated", "red"));
}

#[test]
fn an_old_lock_is_found() {
    check(|it| it.write("flake.lock", &lock(100, &github())), &["lock-age"], &[]);
}

#[test]
fn what_may_be_another_thing_tomorrow_is_found() {
    let make_sick = |it: &Workspace| {
        let registry = json!({ "type": "indirect", "id": "nixpkgs" });
        it.write("flake.lock", &lock(10, &registry));
        it.write("shell.nix", "{ pkgs ? import <nixpkgs> { } }: pkgs.mkShell { }\n");
        it.write(WORKFLOW, &workflow(&rust(), "v7"));
    };
    check(make_sick, &["inputs-pinned", "search-path", "actions-pinned"], &[]);
}

#[test]
fn generated_files_that_are_stale_are_found() {
    let make_sick = |it: &Workspace| {
        let file = "features/greeting/manifest.json";
        it.write(file, &GREETING.replace("What to say.", "What is said."));
    };
    let document = check(make_sick, &["generated"], &[]);
    assert!(document.to_string().contains("docs/reference/greeting.md"), "{document:#}");
}

#[test]
fn features_that_nobody_has_tested_where_they_claim_to_run_are_found() {
    let make_sick = |it: &Workspace| {
        // On one more system than it was tested on; and one that says nothing of tests.
        greetings::add(it, &["greeting"]);
        let mut untested: Value = serde_json::from_str(&greetings::manifest("untested")).unwrap();
        untested["tests"] = json!([]);
        it.printing("untested", &untested.to_string().replace("greeting", "untested"));
        let seen = it.run("generate");
        assert!(seen.ends_with("--- exit 0\n"), "{seen}");
    };
    let document = check(make_sick, &["tested"], &[]).to_string();
    let says = "greeting on aarch64-linux: 1 of 1 tests were never run here";
    assert!(document.contains(says), "{document}");
    assert!(document.contains("untested has no test"), "{document}");
}

#[test]
fn a_test_that_failed_last_is_found() {
    let make_sick = |it: &Workspace| {
        let file = "features/greeting/manifest.json";
        it.write(file, &GREETING.replace("nonEmptyStr", "str"));
        it.run("generate");
        let seen = it.run("test greeting --system x86_64-linux --backend portable");
        assert!(seen.ends_with("--- exit 1\n"), "{seen}");
    };
    let document = check(make_sick, &["tested"], &[]).to_string();
    assert!(document.contains("did not pass: refuses to say nothing"), "{document}");
}

#[test]
fn a_test_that_failed_in_quarantine_has_not_passed() {
    let make_sick = |it: &Workspace| {
        let file = "features/greeting/manifest.json";
        it.write(file, &GREETING.replace("nonEmptyStr", "str"));
        it.run("generate");
        let entry = "[[quarantine]]\njobs = 'feature(greeting)'\nreason = \"it is known\"\nuntil = 9999-12-31\n";
        it.write("quarantine.toml", entry);
        let seen = it.run("test greeting --system x86_64-linux --backend portable");
        assert!(seen.ends_with("--- exit 0\n"), "{seen}");
    };
    let document = check(make_sick, &["tested"], &[]).to_string();
    let says = "greeting on x86_64-linux: in quarantine: refuses to say nothing";
    assert!(document.contains(says), "{document}");
}

#[test]
fn a_fleet_with_an_error_is_red() {
    let make_sick = |it: &Workspace| {
        it.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
        it.write("fleet/nodes/shop.toml", "features = [\"nothing\"]\n");
    };
    let document = check(make_sick, &["generated"], &[]).to_string();
    assert!(document.contains("nothing"), "{document}");
}

#[test]
fn what_differs_in_ci_and_a_flake_of_one_piece_are_found() {
    let make_sick = |it: &Workspace| {
        it.write(WORKFLOW, &workflow("stable", COMMIT));
        it.write("flake.nix", &format!("{FLAKE}{}", "# More.\n".repeat(200)));
    };
    check(make_sick, &["tool-versions", "flake-size"], &[]);
}

#[test]
fn what_hangs_on_something_broken_is_not_green() {
    let make_sick = |it: &Workspace| it.feature("broken", "exit 3");
    check(make_sick, &["features"], &["generated"]);
}

#[test]
fn the_gate_lets_through_what_was_red_and_stops_what_was_green() {
    let workspace = healthy();
    let without = workspace.run("doctor --gate");
    assert!(without.contains("D0536") && without.ends_with("--- exit 2\n"), "{without}");
    workspace.write("flake.lock", &lock(100, &github()));
    let words = "--history health.jsonl";
    let recorded = workspace.run(&format!("doctor --record {words}"));
    assert!(recorded.contains("✗ repository.lock-age: nixpkgs is 100"), "{recorded}");
    assert!(recorded.ends_with("--- exit 8\n"), "{recorded}");
    let gate = || workspace.run(&format!("doctor --gate {words}"));
    assert!(gate().ends_with("--- exit 0\n"), "{}", gate());
    workspace.write(WORKFLOW, &workflow(&rust(), "v7"));
    let stopped = gate();
    assert!(stopped.contains("✗ repository.actions-pinned (it was green)"), "{stopped}");
    assert!(stopped.ends_with("--- exit 8\n"), "{stopped}");
    // It is not recorded as what is so now, or the next gate would let it through.
    let recording = workspace.run(&format!("doctor --gate --record {words}"));
    assert!(recording.contains("nothing is recorded"), "{recording}");
    assert!(recording.ends_with("--- exit 8\n"), "{recording}");
    assert!(gate().ends_with("--- exit 8\n"), "{}", gate());
    // Rows by other rules are not compared with, and one that cannot be read stops all.
    let rows = std::fs::read_to_string(workspace.root.join("health.jsonl")).unwrap();
    workspace.write("health.jsonl", &rows.replace("\"rules\":2", "\"rules\":1"));
    assert!(gate().contains("D0536") && gate().ends_with("--- exit 2\n"), "{}", gate());
    workspace.write("health.jsonl", &format!("{rows}half a r"));
    assert!(gate().contains("line 2 is no row") && gate().ends_with("--- exit 2\n"), "{}", gate());
}

/// With the Nix that `DOMI_NIX` names; without one, that is said.
#[test]
fn a_lock_that_lacks_an_input_is_found_by_nix() {
    if std::env::var_os("DOMI_NIX").is_none() {
        eprintln!("not run: DOMI_NIX names no Nix");
        return;
    }
    let workspace = healthy();
    let agrees = || states(&document(&workspace, "--full"))["repository.lock-agrees"].clone();
    assert_eq!(agrees(), "green");
    let more = FLAKE.replace("outputs", "inputs.more.url = \"github:NixOS/more\";\n  outputs");
    workspace.write("flake.nix", &more);
    assert_eq!(agrees(), "red");
}
