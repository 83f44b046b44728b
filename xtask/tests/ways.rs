//! A test comes to the same verdict whoever makes the systems of its machines, and whoever takes
//! its steps: Rust, Nix, the NixOS test driver.
//!
//! `DOMI_TEST_DRIVER` names the driver (see docs/fidelity.md) and `DOMI_NIXPKGS` a nixpkgs; what
//! needs one that is not named is left out, and says so.

use std::collections::BTreeMap;
use std::process::Command;

use domi_host::Interrupt;
use domi_nix_command::Nix;

use crate::workspace::{containers, machines};

/// What a variable names, unless this is to be left out.
fn named(variable: &str) -> Option<String> {
    if !machines::may_run() {
        return None;
    }
    let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        eprintln!("SKIPPED: {variable} names nothing");
    }
    value
}

fn nixpkgs() -> Option<String> {
    let nixpkgs = named("DOMI_NIXPKGS")?;
    match Nix::find(&Interrupt::default()).unwrap() {
        Ok(_) => Some(nixpkgs),
        Err(problem) => {
            eprintln!("SKIPPED: {problem}");
            None
        }
    }
}

/// The verdicts of `cargo xtask test`, by feature and test.
fn verdicts(arguments: &[&str]) -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["test", "--json", "--keep-going", "--no-cache", "--timeout", "5m"])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let finished = events.filter(|event| event["event"] == "jobFinished");
    let verdicts: BTreeMap<_, _> = finished
        .map(|event| {
            let job = event["data"]["job"].as_str().unwrap();
            // What comes after is the system and the backend with its way.
            let name = job.split('/').take(2).collect::<Vec<_>>().join("/");
            (name, event["data"]["verdict"].as_str().unwrap().to_owned())
        })
        .collect();
    assert!(!verdicts.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    verdicts
}

/// All tests as they are, and one feature's with a setting that some of them cannot pass with.
#[track_caller]
fn check(way: &[&str]) {
    for which in [&["--backend", "portable"][..], &["feature-x", "--set", "greeting=no"]] {
        let with = |way: &[&str]| verdicts(&[which, way].concat());
        assert_eq!(with(way), with(&[]));
    }
}

#[test]
fn the_nixos_test_driver_comes_to_the_same_verdicts() {
    let Some(driver) = named("DOMI_TEST_DRIVER") else { return };
    check(&["--driver", &driver]);
}

#[test]
fn systems_that_nix_evaluates_come_to_the_same_verdicts() {
    let Some(nixpkgs) = nixpkgs() else { return };
    check(&["--realiser", "nix", "--nixpkgs", &nixpkgs]);
}

#[test]
fn containers_with_systems_that_nix_evaluates_come_to_the_verdicts_of_machines() {
    let Some(nixpkgs) = nixpkgs().filter(|_| containers::may_run()) else { return };
    for which in [&[][..], &["feature-x", "--set", "greeting=no"]] {
        let with = |way: &[&str]| verdicts(&[which, way].concat());
        let container = ["--backend", "portable-container", "--realiser", "nix"];
        let in_containers = with(&[&container[..], &["--nixpkgs", &nixpkgs]].concat());
        assert_eq!(in_containers, with(&["--backend", "portable"]));
    }
}

#[test]
fn a_module_by_hand_is_tested_from_its_file_alone() {
    let Some(nixpkgs) = nixpkgs() else { return };
    let test = |text: &str| {
        let module = "crates/backends/portable/tests/modules/site.nix";
        let text = format!("services.site.text={text}");
        let says_hello = "[[ $(curl --silent http://localhost:8080/) == hello ]]";
        let mut words = vec!["--module", module, "--nixpkgs", &nixpkgs];
        words.extend(["--set", "services.site.enable=true", "--set", "services.site.port=8080"]);
        words.extend(["--set", &text, "--check", says_hello]);
        verdicts(&words).into_values().collect::<Vec<_>>()
    };
    assert_eq!(test("hello"), ["passed"]);
    assert_eq!(test("farewell"), ["failed"]);
}
