//! Logs of several branches of git in one: with real repositories, in conflicts, by name, and as the
//! merge driver that git calls.

use std::process::Command;

use crate::fleet::{add_hosts, add_people, read, with_empty_fleet};
use crate::workspace::Workspace;
use crate::workspace::ended::check;
use crate::workspace::git::git_in;

const LOG: &str = "fleet/domain/events/log.jsonl";

/// A repository whose branches `one` and `two` both recorded something after `main`. `one` and then
/// `main` recorded, too, so that `main` has what `two` and `one` do not.
fn forked() -> Workspace {
    let workspace = with_empty_fleet();
    workspace.write(".gitignore", "target\n");
    workspace.write(".gitattributes", &format!("{LOG} merge=domi-fleet-log -text\n"));
    add_people(&workspace);
    add_hosts(&workspace);
    git_in(&workspace.root, &["init", "--quiet", "--initial-branch=main"]);
    record(&workspace);
    for branch in ["one", "two"] {
        git_in(&workspace.root, &["checkout", "--quiet", "-b", branch, "main"]);
        workspace.write(&format!("fleet/hosts/{branch}.toml"), "");
        record(&workspace);
    }
    git_in(&workspace.root, &["checkout", "--quiet", "main"]);
    workspace.write("fleet/hosts/main.toml", "");
    record(&workspace);
    workspace
}

fn record(workspace: &Workspace) {
    check(&workspace.run("fleet record"), 0, &["domi.fleet."]);
    git_in(&workspace.root, &["add", "--all"]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=record"]);
}

/// Lets git merge by the driver.
fn with_driver(workspace: &Workspace) {
    let driver = format!("'{}' fleet log merge %O %A %B", env!("CARGO_BIN_EXE_xtask"));
    git_in(&workspace.root, &["config", "merge.domi-fleet-log.driver", &driver]);
}

/// Runs git where it may fail; returns whether it passed.
fn tried(workspace: &Workspace, words: &[&str]) -> bool {
    let settings = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"];
    let mut git = Command::new("git");
    let output = git.args(settings).args(words).current_dir(&workspace.root).output();
    output.unwrap().status.success()
}

/// Hashes, ids and times are others each time.
fn settled(text: &str) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let hash = regex::Regex::new("[0-9a-f]{64}").unwrap();
    hash.replace_all(&time.replace_all(text, "<time>"), "<hash>").into_owned()
}

#[test]
fn a_conflict_is_put_together_and_what_main_has_stays() {
    let workspace = forked();
    let main = read(&workspace, LOG);
    git_in(&workspace.root, &["checkout", "--quiet", "two"]);
    assert!(!tried(&workspace, &["merge", "main"]), "nobody told git of the driver");
    let conflict = read(&workspace, LOG);
    let mut said = workspace.run("fleet log rebase --dry-run");
    assert_eq!(read(&workspace, LOG), conflict, "nothing is written");
    for words in ["fleet verify", "fleet log rebase", "fleet verify", "fleet log rebase"] {
        said += &workspace.run(words);
    }
    said += &workspace.run("fleet log");
    insta::assert_snapshot!(settled(&said));
    assert!(read(&workspace, LOG).starts_with(&main));
    // A person took the one side of the conflict: what git has of the other one is put behind it.
    let together = read(&workspace, LOG);
    for side in ["--ours", "--theirs"] {
        git_in(&workspace.root, &["checkout", side, "--", LOG]);
        check(&workspace.run("fleet log rebase --json"), 0, &["\"kept\": 8", "\"was\": 8"]);
        assert_eq!(read(&workspace, LOG), together);
    }
}

#[test]
fn git_puts_three_branches_together_in_any_order_and_the_log_is_the_same() {
    let workspace = forked();
    with_driver(&workspace);
    let root = &workspace.root;
    let mut logs = Vec::new();
    for (from, others) in [
        ("main", ["one", "two"]),
        ("main", ["two", "one"]),
        ("one", ["main", "two"]),
        ("two", ["main", "one"]),
        ("one", ["two", "main"]),
    ] {
        git_in(root, &["checkout", "--quiet", "-b", "trial", from]);
        for other in others {
            assert!(tried(&workspace, &["merge", "--no-edit", other]), "{from} {other}");
        }
        check(&workspace.run("fleet verify"), 0, &["10 events, as the files say"]);
        logs.push(read(&workspace, LOG));
        git_in(root, &["checkout", "--quiet", "main"]);
        git_in(root, &["branch", "--quiet", "-D", "trial"]);
    }
    let main = read(&workspace, LOG);
    assert!(logs.iter().all(|log| log.starts_with(&main)), "what main has stays");
    // What is in one log does not become two events when the branch comes again.
    git_in(root, &["merge", "--quiet", "--no-edit", "one"]);
    git_in(root, &["checkout", "--quiet", "one"]);
    workspace.write("fleet/hosts/one.toml", "tags = ['again']\n");
    record(&workspace);
    git_in(root, &["checkout", "--quiet", "main"]);
    git_in(root, &["merge", "--quiet", "--no-edit", "one"]);
    check(&workspace.run("fleet verify"), 0, &["10 events, as the files say"]);
}

#[test]
fn a_branch_is_rebased_by_git_and_by_name() {
    let workspace = forked();
    let main = read(&workspace, LOG);
    let root = &workspace.root;
    git_in(root, &["checkout", "--quiet", "two"]);
    let (parts, own) =
        (["8 events stay, 1 comes behind them", "host/two, was 8"], read(&workspace, LOG));
    check(&workspace.run("fleet log rebase --onto main"), 0, &parts);
    let by_name = read(&workspace, LOG);
    check(&workspace.run("fleet log rebase --onto main"), 0, &["nothing to put together"]);
    check(&workspace.run("fleet log rebase --onto mainz"), 2, &["no commit of this name"]);
    workspace.write(LOG, &own);
    with_driver(&workspace);
    git_in(root, &["rebase", "--quiet", "main"]);
    assert!(by_name.starts_with(&main) && read(&workspace, LOG) == by_name);
    check(&workspace.run("fleet verify"), 0, &["9 events, as the files say"]);
}

#[test]
fn what_contradicts_is_refused_and_stays_a_conflict() {
    let workspace = forked();
    with_driver(&workspace);
    let root = &workspace.root;
    git_in(root, &["checkout", "--quiet", "two"]);
    workspace.write("fleet/hosts/main.toml", "");
    record(&workspace);
    assert!(!tried(&workspace, &["merge", "main"]));
    let conflict = read(&workspace, LOG);
    assert!(conflict.contains("<<<<<<< ours") && conflict.contains(">>>>>>> theirs"), "{conflict}");
    check(&workspace.run("fleet verify"), 7, &["D2048", "fleet log rebase"]);
    let parts = [
        "D2060",
        "`domi.fleet.host.added host/main` (event 9, ",
        "the branch that stays says `domi.fleet.host.added host/main` (event 8, ",
    ];
    check(&workspace.run("fleet log rebase"), 7, &parts);
    assert_eq!(read(&workspace, LOG), conflict);
    // The way out that is named.
    git_in(root, &["checkout", "main", "--", LOG]);
    check(&workspace.run("fleet record"), 0, &["host.added host/two"]);
    check(&workspace.run("fleet verify"), 0, &["9 events, as the files say"]);
}

#[test]
fn a_commit_that_is_picked_brings_its_own_events_and_no_others() {
    for is_driven in [true, false] {
        let workspace = forked();
        if is_driven {
            with_driver(&workspace);
        }
        let root = &workspace.root;
        git_in(root, &["checkout", "--quiet", "two"]);
        workspace.write("fleet/hosts/picked.toml", "");
        record(&workspace);
        git_in(root, &["checkout", "--quiet", "one"]);
        let is_done = tried(&workspace, &["cherry-pick", "two"]);
        assert_eq!(is_done, is_driven);
        if !is_driven {
            check(&workspace.run("fleet log rebase"), 0, &["8 events stay, 1 comes behind them"]);
        }
        check(&workspace.run("fleet verify"), 0, &["9 events, as the files say"]);
        assert!(!read(&workspace, LOG).contains("host/two"));
        // All of the branch later: what was picked is there once.
        if is_driven {
            git_in(root, &["merge", "--quiet", "--no-edit", "two"]);
            check(&workspace.run("fleet verify"), 0, &["10 events, as the files say"]);
            // What is taken back stays in the log: it was decided. The files say otherwise now.
            git_in(root, &["revert", "--no-edit", "two"]);
            check(&workspace.run("fleet verify"), 7, &["D2044", "fleet/hosts/picked.toml"]);
        }
    }
}
