//! A machine that has a feature's previous release, and is updated: with real tags and real containers.
//!
//! `DOMI_TEST_CONTAINER=0` leaves out what needs a container, and says so.

use serde_json::{Value, json};

use crate::workspace::committed::commit;
use crate::workspace::ended::check;
use crate::workspace::git::git_in;
use crate::workspace::{Workspace, containers, images};

/// A release of a feature that keeps a word in a folder, and says it with its own number.
fn release(version: &str, folder: &str, tests: &Value) -> String {
    let script = "word=/var/lib/$folder/word\ntest -e \"$word\" || echo first >\"$word\"\n\
                  echo \"$version $(cat \"$word\")\" >\"/var/lib/$folder/said\"";
    let values = json!({ "folder": { "literal": folder }, "version": { "literal": version } });
    let start = json!({ "script": { "name": "keep", "text": script, "values": values } });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "kept", "kind": "services", "summary": "Keeps a word", "maturity": "dev",
            "version": version, "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "packages": { "coreutils": { "nixpkgs": ["coreutils"], "debian": ["coreutils"] } },
        "system": { "units": [{
            "kind": "service", "name": { "literal": "kept" },
            "wantedBy": [{ "literal": "multi-user.target" }],
            "path": [{ "package": "coreutils" }],
            "commands": { "ExecStart": [{ "argv": { "list": [start] } }] },
            "config": {
                "Type": { "value": { "literal": "oneshot" } },
                "RemainAfterExit": { "value": { "literal": true } },
                "StateDirectory": { "value": { "literal": folder } },
            },
        }] },
        "tests": tests,
    });
    manifest.to_string()
}

/// What it says is asked of a folder.
fn says(what: &str, folder: &str) -> Value {
    let command = format!("cat /var/lib/{folder}/said");
    json!({ "action": { "output": { "command": command, "expect": { "equals": what } } } })
}

/// The test of an update, of a release that has its word in this folder.
fn update(folder: &str) -> Value {
    json!([{ "name": "keeps its word", "body": { "run": {
        "machines": { "machine": { "previous": true } },
        "steps": [
            { "action": { "waitForUnit": "kept.service" } },
            says("1.0.0 first", "kept"),
            { "action": { "succeed": "echo mine >/var/lib/kept/word" } },
            { "action": { "switch": {} } },
            says("1.1.0 mine", folder),
        ],
    } } }])
}

/// A repository in which the feature was released once, with a tag or without.
fn released(tag: bool) -> Workspace {
    let workspace = Workspace::empty();
    workspace.printing("kept", &release("1.0.0", "kept", &json!([])));
    commit(&workspace);
    if tag {
        git_in(&workspace.root, &["tag", "kept-v1.0.0"]);
    }
    workspace
}

fn run(workspace: &Workspace, words: &str) -> String {
    let words = format!("{words} --no-cache --containers");
    let output = images::command(workspace, &words).output().unwrap();
    workspace.shown(&words, &output)
}

#[test]
fn an_update_from_the_previous_release_keeps_data_or_is_red() {
    if !containers::may_run() {
        return;
    }
    let workspace = released(true);
    workspace.printing("kept", &release("1.1.0", "kept", &update("kept")));
    check(&run(&workspace, "test"), 0, &["checking out kept-v1.0.0", "1 passed"]);
    // What was built once is known.
    let again = run(&workspace, "test");
    check(&again, 0, &["1 passed"]);
    assert!(!again.contains("checking out"), "{again}");
    // A release that looks for its word elsewhere has lost it.
    workspace.printing("kept", &release("1.1.0", "kept-words", &update("kept-words")));
    check(&run(&workspace, "test"), 1, &["1.1.0 first", "1.1.0 mine", "1 failed"]);
    // The same release again is no update: of a commit that is tagged, it is the one before.
    workspace.printing("kept", &release("1.1.0", "kept", &update("kept")));
    git_in(&workspace.root, &["add", "."]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=More"]);
    git_in(&workspace.root, &["tag", "kept-v1.1.0"]);
    check(&run(&workspace, "test"), 0, &["1 passed"]);
}

#[test]
fn without_a_previous_release_the_test_is_skipped_and_counted() {
    let workspace = released(false);
    workspace.printing("kept", &release("1.1.0", "kept", &update("kept")));
    let plan = run(&workspace, "test --plan");
    let why = "it begins with the previous release: there is no tag of one in the history";
    check(&plan, 0, &["keeps its word: skipped: ", why]);
    let said = run(&workspace, "test");
    check(&said, 0, &["1 skipped", why]);
    // One that cannot be built is no previous release either, and is reported.
    workspace.feature("kept", "exit 1");
    git_in(&workspace.root, &["add", "."]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=Broken"]);
    git_in(&workspace.root, &["tag", "kept-v1.0.0"]);
    workspace.printing("kept", &release("1.1.0", "kept", &update("kept")));
    check(&run(&workspace, "test --plan"), 0, &["skipped: it begins with the previous release: "]);
}

#[test]
fn nixos_has_no_module_of_the_previous_release() {
    let workspace = released(true);
    workspace.printing("kept", &release("1.1.0", "kept", &update("kept")));
    workspace.run("generate");
    let tests = std::fs::read_to_string(workspace.root.join("tests/kept.nix")).unwrap();
    let said = "# Not here: keeps its word. It begins with the previous release";
    assert!(tests.contains(said) && !tests.contains("runNixOSTest"), "{tests}");
}
