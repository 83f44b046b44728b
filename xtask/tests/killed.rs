//! Commands that change several files of a workspace, killed at many moments: what comes after finds the
//! workspace as it was, or done.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::workspace::Workspace;
use crate::workspace::files::files;
use crate::workspace::shelves::shelves;
use crate::workspace::with_sdk::{run, with_sdk};

const JOURNAL: &str = ".domi-undo";

type Files = BTreeMap<String, Vec<u8>>;

/// Everything but the lock, which cargo puts right whenever it looks.
fn held(workspace: &Workspace) -> Files {
    let mut files = files(workspace);
    files.remove("Cargo.lock");
    files
}

/// Makes a workspace what it was.
fn reset(workspace: &Workspace, before: &Files) {
    for path in files(workspace).keys().filter(|path| !path.is_empty() && *path != "Cargo.lock") {
        let path = workspace.root.join(path);
        if !path.is_dir() {
            std::fs::remove_file(path).unwrap();
        }
    }
    // Folders that are there, and were not, are empty now; the inner ones come last.
    for path in files(workspace).keys().rev().filter(|path| !before.contains_key(*path)) {
        let _ = std::fs::remove_dir(workspace.root.join(path));
    }
    let is_folder = |path: &str| before.keys().any(|it| it.starts_with(&format!("{path}/")));
    for (path, content) in before.iter().filter(|(path, _)| !path.is_empty() && !is_folder(path)) {
        domi_host::file::write(&workspace.root.join(path), content).unwrap();
    }
    assert_eq!(held(workspace), *before);
}

fn started(workspace: &Workspace, words: &[&str]) -> Child {
    let mut command = workspace.command("");
    command.args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until a file is there, or the command has ended.
fn until(child: &mut Child, workspace: &Workspace, path: &str) {
    let since = Instant::now();
    while !workspace.root.join(path).exists() && child.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < Duration::from_secs(300), "{path} is not there");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Kills a command at ten moments: while it writes, soon after, while what it wrote is compiled, and
/// while files are generated from it, the last of which is `last`.
fn killed_at_many_moments(workspace: &Workspace, words: &[&str], last: &str) {
    let before = held(workspace);
    let said = run(workspace, words);
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    let done = held(workspace);
    assert_ne!(before, done);
    // While it writes the first files, while what it wrote is compiled, and while files are generated.
    let moments = [0, 1, 2, 4, 8, 16, 32, 64].map(|later| (JOURNAL, later));
    let generating = [(last, 0), (last, 2)];
    let mut undone = 0;
    for (path, later) in moments.into_iter().chain(generating) {
        reset(workspace, &before);
        let mut child = started(workspace, words);
        until(&mut child, workspace, path);
        std::thread::sleep(Duration::from_millis(later));
        child.kill().unwrap();
        child.wait().unwrap();
        let half = held(workspace);
        let said = run(workspace, &["guide"]);
        assert!(said.contains("--- exit 0\n"), "{said}");
        if half.contains_key(JOURNAL) && said.contains("was killed before it was done") {
            undone += 1;
        }
        let after = held(workspace);
        let is_done = after == done;
        let differing: Vec<_> = after
            .iter()
            .filter(|(path, content)| before.get(*path) != Some(*content))
            .map(|(path, _)| path)
            .chain(before.keys().filter(|path| !after.contains_key(*path)))
            .collect();
        assert!(is_done || after == before, "{path} {later}: {differing:?}\n{said}");
        let metadata = ["metadata", "--offline", "--format-version=1"];
        let output =
            Command::new(env!("CARGO")).args(metadata).current_dir(&workspace.root).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(undone > 0, "no command was killed while it worked");
}

#[test]
fn new_is_undone() {
    let workspace = with_sdk();
    killed_at_many_moments(&workspace, &["new", "web-thing"], "modules/services/web-thing.nix");
}

#[test]
fn rename_is_undone() {
    let workspace = shelves();
    killed_at_many_moments(&workspace, &["rename", "shelf", "rack"], "modules/services/rack.nix");
}

#[test]
fn what_somebody_changed_since_is_not_lost_and_one_command_works_at_a_time() {
    let workspace = with_sdk();
    let before = held(&workspace);
    let mut child = started(&workspace, &["new", "web-thing"]);
    until(&mut child, &workspace, "crates/web-thing/src/main.rs");
    until(&mut child, &workspace, "crates/web-thing/Cargo.toml");
    let other = run(&workspace, &["new", "other-thing"]);
    assert!(other.contains("D1184") && other.ends_with("--- exit 2\n"), "{other}");
    child.kill().unwrap();
    child.wait().unwrap();
    let path = "crates/web-thing/src/main.rs";
    let written = std::fs::read_to_string(workspace.root.join(path)).unwrap();
    workspace.write(path, "// mine\n");
    let half = held(&workspace);
    for command in ["list", "generate"] {
        let said = run(&workspace, &[command]);
        assert!(said.contains("D1183") && said.contains(path), "{said}");
        assert!(said.ends_with("--- exit 2\n"), "{said}");
    }
    assert_eq!(held(&workspace), half, "nothing is undone");
    workspace.write(path, &written);
    let said = run(&workspace, &["guide"]);
    assert!(said.contains("`new web-thing` was killed before it was done"), "{said}");
    assert_eq!(held(&workspace), before);
}
