//! Features whose tests take one step each, and what runs of them say.

use std::process::Output;

use serde_json::{Value, json};

use crate::workspace::Workspace;

/// The step of a command that must succeed.
pub(crate) fn runs(command: &str) -> Value {
    json!({ "succeed": command })
}

/// Adds a feature on both systems. Each of its tests, by name, takes one step on a machine.
pub(crate) fn add(workspace: &Workspace, name: &str, tests: &[(&str, Value)]) {
    let test = |(name, action): &(&str, Value)| {
        let steps = json!([{ "action": action }]);
        json!({ "name": name, "body": { "run": { "machines": { "m": {} }, "steps": steps } } })
    };
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": name, "kind": "services", "summary": "Commands", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "tests": tests.iter().map(test).collect::<Vec<_>>(),
    });
    workspace.printing(name, &manifest.to_string());
}

/// Two words of each event of a kind, from a run's JSON lines, sorted.
pub(crate) fn words(
    output: &Output,
    event: &str,
    [one, other]: [&str; 2],
) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(&output.stdout);
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let word = |event: &Value, name: &str| event["data"][name].as_str().unwrap().to_owned();
    let mut all: Vec<_> = events
        .filter(|it| it["event"] == event)
        .map(|it| (word(&it, one), word(&it, other)))
        .collect();
    all.sort();
    all
}
