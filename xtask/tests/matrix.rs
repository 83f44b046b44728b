//! The matrix as people use it: on both systems, on several computers, for a change, with tests
//! that fail on one architecture, now and then, or as is known.
//!
//! `DOMI_TEST_MACHINE=0` leaves out what needs a machine, and says so.

use std::io::{BufRead, BufReader};
use std::process::Output;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::workspace::committed::commit;
use crate::workspace::output::said;
use crate::workspace::stepping::runs;
use crate::workspace::{Workspace, git, greetings, images, machines, stepping};

/// A feature whose tests each run a command in a machine.
fn add_machines(workspace: &Workspace, name: &str, commands: &[(&str, &str)]) {
    let tests: Vec<_> = commands.iter().map(|(test, command)| (*test, runs(command))).collect();
    stepping::add(workspace, name, &tests);
}

/// The verdict of each job, from a run's JSON lines.
fn verdicts(output: &Output) -> Vec<(String, String)> {
    stepping::words(output, "jobFinished", ["job", "verdict"])
}

#[track_caller]
fn check(output: &Output, exit: i32, expected: &[(&str, &str)]) {
    assert_eq!(output.status.code(), Some(exit), "{}", said(output));
    let expected: Vec<_> =
        expected.iter().map(|(job, end)| ((*job).to_owned(), (*end).to_owned())).collect();
    assert_eq!(verdicts(output), expected);
}

fn read(workspace: &Workspace, file: &str) -> String {
    std::fs::read_to_string(workspace.root.join(file)).unwrap()
}

#[test]
fn what_is_broken_on_one_architecture_is_red_there_and_green_elsewhere_in_every_report() {
    if !machines::may_run() {
        return;
    }
    let workspace = Workspace::empty();
    add_machines(&workspace, "only-x", &[("runs where it can", "test \"$(uname -m)\" = x86_64")]);
    let summary = workspace.root.join("summary.md");
    let words = "matrix --no-cache --json --html page.html --junit junit.xml";
    let output =
        images::command(&workspace, words).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
    let [here, there] = ["x86_64-linux", "aarch64-linux"]
        .map(|system| format!("only-x/runs-where-it-can/{system}/portable"));
    check(&output, 1, &[(&there, "failed"), (&here, "passed")]);

    let shown = said(&images::command(&workspace, "replay").output().unwrap());
    let sign = |system: &str| {
        let below = shown.split_once(&format!("on {system} · ")).unwrap().1;
        below.lines().nth(1).unwrap().trim().chars().next().unwrap()
    };
    assert_eq!((sign("x86_64-linux"), sign("aarch64-linux")), ('✓', '✗'), "{shown}");
    let junit = read(&workspace, "junit.xml");
    let suite = |system: &str| {
        let from = junit.split_once(&format!("on {system} (portable)\"")).unwrap().1;
        from.split_once('>').unwrap().0.to_owned()
    };
    assert!(suite("x86_64-linux").contains("failures=\"0\""), "{junit}");
    assert!(suite("aarch64-linux").contains("failures=\"1\""), "{junit}");
    for file in ["page.html", "summary.md"] {
        let page = read(&workspace, file);
        assert!(page.contains("--system aarch64-linux"), "{file} says how it is seen again");
        assert!(!page.contains("--system x86_64-linux"), "{file} has nothing against the other");
    }
}

#[test]
fn a_flaky_test_is_found_named_and_not_green() {
    if !machines::may_run() {
        return;
    }
    let workspace = Workspace::empty();
    add_machines(&workspace, "unsteady", &[("is there already", "true")]);
    let words = "matrix --system x86_64-linux --no-cache --retries 200 --json";
    // The image, which may take its time, is made by now.
    let steady = images::command(&workspace, words).output().unwrap();
    check(&steady, 0, &[("unsteady/is-there-already/x86_64-linux/portable", "passed")]);

    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let later = format!("test \"$(date +%s)\" -ge {}", now + 15);
    add_machines(&workspace, "unsteady", &[("is there already", &later)]);
    let output = images::command(&workspace, words).output().unwrap();
    check(&output, 1, &[("unsteady/is-there-already/x86_64-linux/portable", "flaky")]);
    let shown = said(&images::command(&workspace, "replay").output().unwrap());
    assert!(shown.contains("≈ is there already") && shown.contains("flaky: failed"), "{shown}");
    let explained = said(&workspace.command("explain unsteady").output().unwrap());
    assert!(explained.contains("flaky"), "{explained}");
}

#[test]
fn a_run_that_must_have_kvm_has_it_or_is_red_and_says_why() {
    if !machines::may_run() {
        return;
    }
    let workspace = Workspace::empty();
    add_machines(&workspace, "quick", &[("runs", "true")]);
    let words = "matrix --system x86_64-linux --json --no-cache";
    let accelerator = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout);
        let mut events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let prepared = events.find(|event| event["event"] == "prepared");
        prepared.map(|event| event["data"]["accelerator"].clone())
    };
    let any = images::command(&workspace, words).output().unwrap();
    check(&any, 0, &[("quick/runs/x86_64-linux/portable", "passed")]);
    let output = images::command(&workspace, &format!("{words} --require kvm")).output().unwrap();
    if accelerator(&any) == Some("kvm".into()) {
        check(&output, 0, &[("quick/runs/x86_64-linux/portable", "passed")]);
    } else {
        check(&output, 3, &[("quick/runs/x86_64-linux/portable", "error")]);
        assert!(said(&output).contains("KVM is required: "), "{}", said(&output));
    }
}

#[test]
fn a_run_that_was_stopped_is_resumed() {
    if !machines::may_run() {
        return;
    }
    let workspace = Workspace::empty();
    add_machines(
        &workspace,
        "slow",
        &[("one", "sleep 2"), ("two", "sleep 2"), ("three", "sleep 2")],
    );
    let words = "matrix --system x86_64-linux --no-cache --jobs 1 --json";
    let mut child = images::command(&workspace, words).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.find(|line| line.as_ref().unwrap().contains("\"jobFinished\""));
    let first: Value = serde_json::from_str(&first.unwrap().unwrap()).unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));

    let output = images::command(&workspace, "matrix --resume --json").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let of = |wanted: &str| {
        let all = verdicts(&output).into_iter();
        all.filter(|(_, verdict)| verdict == wanted).map(|(job, _)| job).collect::<Vec<_>>()
    };
    assert_eq!(of("cached"), [first["data"]["job"].as_str().unwrap()]);
    assert_eq!(of("passed").len(), 2);
    let again = images::command(&workspace, "matrix --resume").output().unwrap();
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
}

/// Changes a word in what a feature says of itself.
fn say_it_better(workspace: &Workspace, feature: &str) {
    let file = format!("features/{feature}/manifest.json");
    let changed = read(workspace, &file).replace("What to say.", "What is said.");
    workspace.write(&file, &changed);
}

#[test]
fn a_change_of_one_option_runs_the_jobs_of_its_feature_alone_and_says_so() {
    let workspace = Workspace::empty();
    greetings::add(&workspace, &["first", "second", "third"]);
    commit(&workspace);
    say_it_better(&workspace, "second");
    git::git_in(&workspace.root, &["commit", "--quiet", "--all", "--message=Say it better"]);
    let said = workspace.run("matrix --affected=HEAD~1 --explain")
        + &workspace.run("matrix --affected=HEAD --plan")
        + &workspace.run("list --affected=HEAD~1");
    insta::assert_snapshot!(without_commits(&said));
}

#[test]
fn a_change_runs_the_jobs_of_those_that_require_the_feature_too() {
    let workspace = Workspace::empty();
    greetings::add(&workspace, &["first", "second", "third", "fourth"]);
    for (name, other) in [("third", "second"), ("fourth", "third")] {
        amend(&workspace, name, |it| it["requires"] = json!([{ "feature": other }]));
    }
    commit(&workspace);
    say_it_better(&workspace, "second");
    let explained = workspace.run("list --affected=HEAD --explain");
    for feature in ["second", "third", "fourth"] {
        assert!(explained.contains(&format!("{feature}, NixOS: in, as")), "{explained}");
    }
    assert!(explained.contains("first, NixOS: out"), "{explained}");
    assert!(explained.contains("it needs second, of which"), "{explained}");
    assert!(workspace.run("list --affected=HEAD fourth").contains("fourth"));
}

/// Changes what a feature's manifest says.
fn amend(workspace: &Workspace, feature: &str, how: impl FnOnce(&mut Value)) {
    let file = format!("features/{feature}/manifest.json");
    let mut manifest: Value = serde_json::from_str(&read(workspace, &file)).unwrap();
    how(&mut manifest);
    workspace.write(&file, &manifest.to_string());
}

#[test]
fn a_change_runs_the_tests_that_have_the_feature_on_their_machines_and_no_others() {
    let workspace = Workspace::empty();
    greetings::add(&workspace, &["third"]);
    for name in ["first", "second"] {
        add_machines(&workspace, name, &[("alone", "true"), ("beside", "true")]);
    }
    for (name, other) in [("first", "second"), ("second", "third")] {
        amend(&workspace, name, |it| it["tests"][1]["body"]["run"]["beside"] = json!([other]));
    }
    // It says more than is known of a feature.
    amend(&workspace, "third", |it| it["feature"]["colour"] = json!("red"));
    commit(&workspace);
    let plan = |words: &str| workspace.run(&format!("matrix --plan --system x86_64-linux {words}"));
    // What the tests of another feature need is not on the machines of one that is beside it.
    assert!(!plan("first").contains("third"), "{}", plan("first"));
    let check = |changed: &str, expected: &[&str]| {
        let file = format!("features/{changed}/manifest.json");
        let before = read(&workspace, &file);
        amend(&workspace, changed, |it| it["feature"]["summary"] = json!("Something else"));
        let said = plan("--affected=HEAD");
        let (mut feature, mut jobs) = ("", Vec::new());
        for line in said.lines() {
            if let Some((name, _)) = line.split_once(" on SYSTEM · ") {
                feature = name;
            } else if line.starts_with("---") {
                break;
            } else if let Some((test, _)) =
                line.strip_prefix("  ").and_then(|it| it.split_once(": "))
            {
                jobs.push(format!("{feature} {test}"));
            }
        }
        assert_eq!(jobs, expected, "{said}");
        assert_eq!(said.matches("colour").count(), 1, "it is said once:\n{said}");
        workspace.write(&file, &before);
    };
    check("third", &["second beside", "third refuses to say nothing"]);
    check("second", &["first beside", "second alone", "second beside"]);
    check("first", &["first alone", "first beside"]);
}

#[test]
fn what_needs_a_feature_that_cannot_be_loaded_may_be_touched() {
    let workspace = Workspace::empty();
    greetings::add(&workspace, &["first", "second", "third"]);
    amend(&workspace, "first", |it| it["requires"] = json!([{ "feature": "second" }]));
    workspace.feature("second", "exit 3");
    commit(&workspace);
    workspace.write("features/third/manifest.json", "{}");
    let explained = workspace.run("list --affected=HEAD --explain first");
    assert!(explained.contains("it needs second, which cannot be loaded"), "{explained}");
    // It stops nothing else, and what it stops is told.
    for words in ["matrix --plan", "matrix --plan --affected=HEAD"] {
        workspace.write("features/third/manifest.json", &greetings::manifest("third"));
        say_it_better(&workspace, "third");
        let said = workspace.run(words);
        assert!(said.contains("third on SYSTEM"), "{said}");
        assert_eq!(said.matches("error[D0406]: second: ").count(), 1, "{said}");
        assert!(said.contains("error[D0715]: first: it needs second, which cannot"), "{said}");
        assert!(said.ends_with("--- exit 5\n"), "{said}");
    }
}

/// Names of commits are made from all that is in them.
fn without_commits(said: &str) -> String {
    let mut parts = said.split(" since ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        text += &format!(" since COMMIT{rest}");
    }
    text
}

#[test]
fn computers_that_share_a_plan_do_all_of_it_and_a_lost_part_is_noticed() {
    let workspace = Workspace::empty();
    greetings::add(&workspace, &["first", "second", "third"]);
    // Those that one part has recorded would cut the next part in another way.
    workspace.write("durations.json", "{}");
    let part = |shard: &str| {
        let words = format!("matrix --shard {shard} --durations durations.json --json");
        let output = workspace.command(&words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let name = format!("parts/{}/events.jsonl", shard.replace('/', "-of-"));
        workspace.write(&name, &String::from_utf8_lossy(&output.stdout));
        verdicts(&output).len()
    };
    assert_eq!(["1/3", "2/3", "3/3"].map(part), [2, 2, 2]);
    let mut seen = workspace.run("report merge parts --expect 6 --junit all.xml");
    seen += &workspace.run("report merge parts/1-of-3 parts/3-of-3");
    seen += &workspace.run("report merge parts --expect 7");
    assert!(workspace.root.join("all.xml").is_file(), "{seen}");
    assert_eq!(read(&workspace, "all.xml").matches("<testcase ").count(), 6);
    insta::assert_snapshot!(seen);
}

#[test]
fn known_failures_are_accepted_until_their_day_and_entries_for_nothing_are_named() {
    let workspace = Workspace::empty();
    greetings::add(&workspace, &["first"]);
    greetings::add(&workspace, &["second"]);
    let lax = read(&workspace, "features/first/manifest.json").replace("nonEmptyStr", "str");
    workspace.write("features/first/manifest.json", &lax);
    let entry = |jobs: &str, until: &str| {
        format!(
            "[[quarantine]]\njobs = '{jobs}'\nreason = \"the type is too wide\"\nuntil = {until}\n"
        )
    };
    let mut seen = String::new();
    workspace.write("quarantine.toml", &entry("feature(first)", "9999-12-31"));
    seen += &workspace.run("matrix");
    workspace.write("quarantine.toml", &entry("feature(first)", "2020-01-01"));
    seen += &workspace.run("matrix");
    let gone = entry("feature(gone)", "9999-12-31");
    workspace.write("quarantine.toml", &(entry("feature(second)", "2020-01-01") + &gone));
    seen += &workspace.run("matrix second --system x86_64-linux");
    seen += &workspace.run("matrix --plan");
    workspace.write("quarantine.toml", "[[quarantine]]\njobs = 'feature('\nuntil = \"soon\"\n");
    seen += &workspace.run("matrix --plan");
    insta::assert_snapshot!(seen);
}

#[test]
fn durations_that_cannot_be_read_are_no_reason_to_guess() {
    let workspace = Workspace::with_greeting();
    workspace.write("durations.json", "{\"a\":");
    let seen = workspace.run("matrix --plan --durations durations.json")
        + &workspace.run("matrix --plan --durations none.json")
        + &workspace.run("matrix --shard 3/2");
    insta::assert_snapshot!(seen);
}
