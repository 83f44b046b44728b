//! Containers and machines side by side, as people use them: where the two contradict each other,
//! and where there are no containers.
//!
//! `DOMI_TEST_MACHINE=0` and `DOMI_TEST_CONTAINER=0` leave out what needs either, and say so.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::workspace::output::said;
use crate::workspace::stepping::runs;
use crate::workspace::{Workspace, containers, images, machines, stepping};

/// What came of comparing each test, from a run's JSON lines.
fn compared(output: &Output) -> Vec<(String, String)> {
    stepping::words(output, "lanesCompared", ["test", "outcome"])
}

#[test]
fn a_test_that_lanes_contradict_each_other_about_is_red_in_every_report() {
    if !machines::may_run() || !containers::may_run() {
        return;
    }
    let workspace = Workspace::empty();
    let tests = [
        ("agrees", runs("true")),
        ("loses power", json!("crash")),
        ("sees where", runs("systemd-detect-virt -c")),
    ];
    stepping::add(&workspace, "two", &tests);
    // Not even a known failure is a reason for two answers.
    let quarantine = "[[quarantine]]\njobs = 'test(=sees where)'\nreason = \"known\"\n\
                      until = 9999-12-31\n";
    workspace.write("quarantine.toml", quarantine);
    let summary = workspace.root.join("summary.md");
    let system = format!("{}-linux", std::env::consts::ARCH);
    let words = format!(
        "matrix --both-lanes --no-cache --system {system} --json --html page.html --junit junit.xml"
    );
    let output =
        images::command(&workspace, &words).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let outcome = |test: &str, outcome: &str| (test.to_owned(), outcome.to_owned());
    let expected = [
        outcome("agrees", "same"),
        outcome("loses power", "notCompared"),
        outcome("sees where", "different"),
    ];
    assert_eq!(compared(&output), expected);

    let who = "portable-container says passed, portable says failed";
    let shown = said(&images::command(&workspace, "replay").output().unwrap());
    assert!(shown.contains("both lanes: 1 different, 1 the same, 1 not compared"), "{shown}");
    assert!(shown.contains(who), "{shown}");
    for file in ["page.html", "summary.md", "junit.xml"] {
        let text = std::fs::read_to_string(workspace.root.join(file)).unwrap();
        assert!(text.contains(who), "{file}: {text}");
    }
    // Those that one part has recorded would cut the next part in another way.
    workspace.write("durations.json", "{}");
    let both = format!("matrix --both-lanes --system {system} --durations durations.json");
    let parts = ["1/3", "2/3", "3/3"].map(|shard| {
        let words = format!("{both} --shard {shard} --json");
        let output = images::command(&workspace, &words).output().unwrap();
        let name = format!("parts/{}/events.jsonl", shard.replace('/', "-of-"));
        workspace.write(&name, &String::from_utf8_lossy(&output.stdout));
        compared(&output).len()
    });
    assert_eq!(parts, [1, 1, 1]);
    let merged = workspace.command("report merge parts --expect 6").output().unwrap();
    assert_eq!(merged.status.code(), Some(1), "{}", said(&merged));
    let who = "different: portable-container says passed before, portable says failed";
    assert!(said(&merged).contains(who), "{}", said(&merged));
}

/// The same command by someone who has no other ids than their own: in a user namespace that maps
/// none. Of programs, all that are on the path but those that give ids away, where `without` says so.
fn by_nobody(command: &Command, without: &Path) -> Option<Output> {
    let mut nobody = Command::new("unshare");
    nobody.args(["--user", "--"]).arg(command.get_program()).args(command.get_args());
    nobody.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nobody.env(name, value),
            None => nobody.env_remove(name),
        };
    }
    let may = Command::new("unshare").args(["--user", "--", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no user namespace to be nobody in");
        return None;
    }
    if without.is_dir() {
        nobody.env("PATH", without);
    }
    Some(nobody.output().unwrap())
}

/// A folder with links to all programs but those that give ids away.
fn other_programs(folder: &Path) {
    for of_path in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
        for program in std::fs::read_dir(of_path).into_iter().flatten().flatten() {
            let name = program.file_name();
            if name != "newuidmap" && name != "newgidmap" {
                // The first on the path counts.
                let _ = std::os::unix::fs::symlink(program.path(), folder.join(name));
            }
        }
    }
}

#[test]
fn who_asks_for_containers_where_there_are_none_is_told_what_is_missing() {
    let workspace = Workspace::empty();
    stepping::add(&workspace, "two", &[("agrees", runs("true"))]);
    let none = Path::new("/no such folder");
    for words in ["test two --backend portable-container --plan", "matrix --both-lanes --plan"] {
        let Some(output) = by_nobody(&workspace.command(words), none) else { return };
        assert_eq!(output.status.code(), Some(3), "{words}: {}", said(&output));
        assert!(said(&output).contains("error[D0714]: portable-container: ids"), "{words}");
    }
}

#[test]
fn both_lanes_are_two_and_no_other() {
    let workspace = Workspace::with_greeting();
    for other in ["--backend portable", "--github", "--allow-tcg"] {
        let said = workspace.run(&format!("matrix --both-lanes {other}"));
        assert!(said.contains("cannot be used with") && said.ends_with("--- exit 2\n"), "{said}");
    }
}

#[test]
fn what_containers_need_is_asked_for_or_done_without() {
    let workspace = Workspace::empty();
    stepping::add(&workspace, "two", &[("agrees", runs("true"))]);
    let programs = tempfile::tempdir().unwrap();
    other_programs(programs.path());
    if !programs.path().join("apt-get").exists() {
        eprintln!("SKIPPED: only Debian and those like it have containers");
        return;
    }
    let nobody = |words: &str| by_nobody(&workspace.command(words), programs.path());
    for words in ["test two --backend portable-container", "matrix --both-lanes"] {
        let Some(output) = nobody(words) else { return };
        assert_eq!(output.status.code(), Some(3), "{words}: {}", said(&output));
        let said = said(&output);
        assert!(said.contains("error[D0510]: this computer lacks newuidmap"), "{words}: {said}");
        assert!(said.contains("--no-install-recommends uidmap`"), "{words}: {said}");
    }
    let Some(asked) = nobody("setup --dry-run --containers") else { return };
    assert!(said(&asked).contains("newuidmap"), "{}", said(&asked));
    // Where they are only allowed, a machine does as well.
    let workspace = Workspace::with_greeting();
    let nobody = |words: &str| by_nobody(&workspace.command(words), programs.path());
    workspace.write("domi.toml", "[test]\ncontainers = true\n");
    let Some(allowed) = nobody("setup --dry-run") else { return };
    assert!(said(&allowed).contains("newuidmap"), "{}", said(&allowed));
    let Some(ran) = nobody("test greeting") else { return };
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    assert!(said(&ran).contains("containers need newuidmap"), "{}", said(&ran));
}
