//! What is written is read by other libraries, which find the same in both formats, and find what
//! must hold.
//!
//! `DOMI_PYSHACL` names the folder of Python packages that has pySHACL and rdflib. Where it is not
//! set, what needs them is left out, and this says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

#[path = "../../fleet-picture/tests/fleets/mod.rs"]
#[expect(dead_code, reason = "pictures use more of it")]
mod fleets;
mod recorded;

use std::process::Command;

use domi_fleet_ontology::{Base, Dataset, SHAPES, Said, json_ld, turtle, vocabulary};
use serde_json::{Value, json};

use self::fleets::{Known, example};
use self::recorded::Recorded;

fn statements(known: &Known, base: &Base) -> Dataset {
    let recorded = Recorded::of(&known.fleet);
    let (fleet, hosts, log) = (&known.fleet, &known.hosts, recorded.log());
    Said { fleet, hosts, log, base }.statements()
}

/// What Python's libraries find in documents; nothing where they are not there.
fn found(documents: &[(&str, &str)]) -> Option<Value> {
    let Some(packages) = std::env::var_os("DOMI_PYSHACL") else {
        eprintln!("NOT RUN: DOMI_PYSHACL names no folder with pySHACL");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in documents {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/documents.py");
    let mut python = Command::new("python3");
    python.arg(script).current_dir(folder.path()).env("PYTHONPATH", packages);
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn documents(known: &Known, change: impl Fn(String) -> String) -> Option<Value> {
    let base = Base::new("https://bakery.example.org/").unwrap();
    let statements = statements(known, &base);
    let data = change(turtle(&statements, &base).unwrap());
    let json = json_ld(&statements, &base).unwrap();
    let words = turtle(&vocabulary(), &base).unwrap();
    let shapes = [("words.ttl", &*words), ("shapes.ttl", SHAPES)];
    found(&[[("data.ttl", &*data), ("data.jsonld", &*json)], shapes].concat())
}

#[test]
fn the_example_is_read_by_others_and_conforms() {
    let known = example();
    let Some(found) = documents(&known, |text| text) else { return };
    let base = Base::new("https://bakery.example.org/").unwrap();
    assert_eq!(found["statements"], json!(statements(&known, &base).len()));
    assert_eq!(found["words"], json!(vocabulary().len()));
    assert_eq!(found["same"], true, "Turtle and JSON-LD say the same");
    assert_eq!(found["conforms"], true, "{}", found["report"]);
    assert_eq!(found["unknown"], json!([]), "words that the vocabulary lacks");
}

#[test]
fn what_must_hold_and_does_not_is_found() {
    let known = example();
    let check = |line: &str, by: &str, shape: &str| {
        let change = |text: String| {
            assert!(text.contains(line), "{line}: {text}");
            text.replacen(line, by, 1)
        };
        let Some(found) = documents(&known, change) else { return };
        assert_eq!(found["conforms"], false, "{line}");
        let report = found["report"].as_str().unwrap();
        assert!(report.contains(shape), "{line}: {report}");
    };
    let agent = "domi:responsible person:berta";
    check(agent, "domi:responsible person:nobody", "responsible");
    check("domi:status \"maintenance\"", "domi:status \"asleep\"", "status");
    check("domi:may \"administer\"", "domi:may \"anything\"", "may");
    check("domi:sequence 1 ", "domi:sequence 0 ", "sequence");
}

#[test]
fn a_document_is_the_same_each_time() {
    let base = Base::default();
    let once = || turtle(&statements(&example(), &base), &base).unwrap();
    let without = |text: String| -> Vec<String> {
        let is_event = |line: &&str| line.contains("urn:uuid:");
        text.lines().filter(|line| !is_event(line)).map(str::to_owned).collect()
    };
    assert_eq!(without(once()).len(), without(once()).len());
    let words = turtle(&vocabulary(), &base).unwrap();
    assert_eq!(words, turtle(&vocabulary(), &base).unwrap());
    assert!(words.contains("domi:Host"), "{words}");
}
