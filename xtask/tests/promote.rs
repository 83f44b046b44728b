//! Features that become more mature, as a person sees it. That tests passed on NixOS is said here by files
//! of events as the matrix writes them, as no NixOS is built for this.

use std::path::Path;

use crate::workspace::committed::commit;
use crate::workspace::ended::check;
use crate::workspace::git::git_in;
use crate::workspace::{GREETING, Workspace};

/// A test that runs the feature, in the place of one that refuses.
const STARTS: &str = r#""name": "starts", "body": { "run": { "machines": { "machine": {} }, "steps": [
    { "action": { "waitForFile": "/etc/greeting" } } ] } }"#;
/// The test that the greeting has.
const REFUSES: &str = r#""name": "refuses to say nothing",
      "body": { "refuse": { "settings": { "text": "" }, "because": "text" } }"#;

/// A feature whose version and maturity are those of its `Cargo.toml`, and that has these tests.
fn compiled(tests: &[&str]) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n");
    workspace.write(
        "features/greeting/Cargo.toml",
        "# A greeting.\n[package]\nname = \"greeting\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [package.metadata.domi] # ours\n",
    );
    workspace.write(
        "features/greeting/src/main.rs",
        "fn main() {\n    let table = include_str!(\"../Cargo.toml\");\n    let maturity = [\"prod\", \
         \"test\"].into_iter().find(|it| table.contains(&format!(\"maturity = {it:?}\")));\n    \
         let maturity = format!(\"\\\"maturity\\\": {:?}\", maturity.unwrap_or(\"dev\"));\n    \
         let manifest = include_str!(\"../manifest.json\").replace(\"\\\"maturity\\\": \\\"dev\\\"\", \
         &maturity);\n    print!(\"{}\", manifest.replace(\"0.1.0\", \
         env!(\"CARGO_PKG_VERSION\")));\n}\n",
    );
    assert!(GREETING.contains(REFUSES));
    let manifest = GREETING.replace(REFUSES, &tests.join("\n    },\n    {\n      "));
    workspace.write("features/greeting/manifest.json", &manifest);
    workspace.run("generate");
    commit(&workspace);
    workspace
}

/// The events of a run on NixOS, of the commit that is checked out.
fn on_nixos(workspace: &Workspace, file: &Path, verdict: &str) {
    let commit = git_in(&workspace.root, &["rev-parse", "HEAD"]);
    let job = "greeting/starts/x86_64-linux/nixos-vm";
    let lines = [
        serde_json::json!({ "at": "2026-11-27T08:00:00Z", "event": "runStarted", "data": {
            "schema": "domi.event/1", "run": "20261127-080000-aaaa", "source": commit.trim(),
        } }),
        serde_json::json!({ "at": "2026-11-27T08:00:00Z", "event": "plan", "data": { "jobs": [{
            "job": job, "feature": "greeting", "test": "starts", "system": "x86_64-linux",
            "backend": "nixos-vm", "backendTitle": "nixos-vm", "why": "", "steps": 1,
        }] } }),
        serde_json::json!({ "at": "2026-11-27T08:00:09Z", "event": "jobFinished", "data": {
            "job": job, "verdict": verdict, "millis": 9, "machineMillis": 9,
        } }),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(file, text).unwrap();
}

fn table(workspace: &Workspace) -> String {
    std::fs::read_to_string(workspace.root.join("features/greeting/Cargo.toml")).unwrap()
}

fn all_committed(workspace: &Workspace) {
    git_in(&workspace.root, &["add", "."]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=More"]);
}

#[test]
fn a_feature_without_a_test_that_runs_it_stays_as_it_is() {
    let workspace = compiled(&[REFUSES]);
    let before = table(&workspace);
    let asks = "test asks for a test that runs it on each system it claims, SYSTEM";
    check(&workspace.run("promote greeting test"), 11, &["D0563", asks]);
    check(&workspace.run("promote greeting dev"), 0, &["greeting is dev already"]);
    check(&workspace.run("promote greeting best"), 2, &["possible values: dev, test, prod"]);
    assert_eq!(table(&workspace), before);
}

#[test]
fn a_feature_is_tried_and_then_in_use() {
    let workspace = compiled(&[STARTS]);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("events.jsonl");
    let prod = format!("promote greeting prod --runs {}", run.display());
    let shown = workspace.run("promote greeting test --dry-run");
    check(&shown, 0, &["+maturity = \"test\""]);
    check(
        &workspace.run("promote greeting prod"),
        11,
        &[
            "prod asks for version 1.0.0 or later, and it has 0.1.0",
            "on SYSTEM, no run is known of: `starts`",
        ],
    );
    check(&workspace.run("promote greeting test"), 0, &["greeting: dev → test"]);
    assert!(table(&workspace).contains("[package.metadata.domi] # ours\nmaturity = \"test\"\n"));
    let index = std::fs::read_to_string(workspace.root.join("nix/features.nix")).unwrap();
    assert!(index.contains("    maturity = \"test\";\n"), "{index}");

    let stable = table(&workspace).replace("0.1.0", "1.0.0");
    workspace.write("features/greeting/Cargo.toml", &stable);
    workspace.run("generate");
    all_committed(&workspace);
    on_nixos(&workspace, &run, "failed");
    check(&workspace.run(&prod), 11, &["did not pass in the run 20261127-080000-aaaa: `starts`"]);
    on_nixos(&workspace, &run, "passed");
    // It was of another feature than this one.
    let manifest = "features/greeting/manifest.json";
    let text = std::fs::read_to_string(workspace.root.join(manifest)).unwrap();
    workspace.write(manifest, &text.replace("hello", "good day"));
    check(&workspace.run(&prod), 11, &["does not count, as since then"]);
    workspace.write(manifest, &text);
    check(&workspace.run(&prod), 0, &["greeting: test → prod"]);
    all_committed(&workspace);
    check(&workspace.run("promote greeting dev"), 0, &["greeting: prod → dev"]);
}

#[test]
fn what_prints_its_maturity_itself_is_not_written() {
    let workspace = Workspace::with_greeting();
    let itself = "its maturity is what its program prints, not that of a Cargo.toml";
    check(&workspace.run("promote greeting test"), 11, &[itself]);
    check(&workspace.run("promote greeting prod --runs /nowhere"), 2, &["no run is there"]);
}
