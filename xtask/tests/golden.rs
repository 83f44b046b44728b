//! Files that earlier versions wrote (`golden/<version>/`): a run with its folder, the shards of a
//! plan, durations, a quarantine. They must stay readable.

use std::path::Path;

use serde_json::Value;

use crate::workspace::Workspace;

const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/1");
const MANIFEST: &str = include_str!("../../crates/plugin/tests/golden/1/greeting.json");

fn with_first_files() -> Workspace {
    let workspace = Workspace::empty();
    workspace.printing("greeting", MANIFEST);
    for file in ["quarantine.toml", "durations.json"] {
        workspace.write(file, &std::fs::read_to_string(Path::new(FIRST).join(file)).unwrap());
    }
    workspace
}

/// What a command prints, on a computer of any architecture.
fn printed(words: &str) -> String {
    let output = with_first_files().command(words).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    format!("$ cargo xtask {words}\n{}", String::from_utf8(output.stdout).unwrap())
        .replace(FIRST, "FIRST")
}

#[test]
fn a_run_of_the_first_version_is_shown() {
    insta::assert_snapshot!(printed(&format!("replay {FIRST}/run")));
}

#[test]
fn the_events_of_a_run_of_the_first_version_are_all_read() {
    let workspace = with_first_files();
    let printed = workspace.command(&format!("replay --json {FIRST}/run")).output().unwrap();
    let lines = |text: &str| -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let kept = std::fs::read_to_string(format!("{FIRST}/run/events.jsonl")).unwrap();
    assert_eq!(lines(&String::from_utf8(printed.stdout).unwrap()), lines(&kept));
}

#[test]
fn shards_of_the_first_version_are_merged() {
    // The name of the run that it becomes is that of the moment.
    let merged = printed(&format!("report merge {FIRST}/shards --expect 10"));
    insta::assert_snapshot!(merged.rsplit_once(" · ").unwrap().0);
}

#[test]
fn a_plan_follows_durations_and_a_quarantine_of_the_first_version() {
    let whole = printed("matrix --plan --system x86_64-linux");
    let shard = printed("matrix --plan --shard 1/3 --durations durations.json");
    insta::assert_snapshot!(whole + &shard);
}
