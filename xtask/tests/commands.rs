//! What a person sees of the commands: the real program in workspaces of all kinds.

use std::time::Duration;

use crate::workspace::waiting::wait_until;
use crate::workspace::{GREETING, Workspace};

#[test]
fn scripts_are_written_where_cargo_builds_and_counted() {
    let workspace = Workspace::empty();
    workspace.write(".cargo/config.toml", "[build]\ntarget-dir = \"built\"\n");
    let unit = r#""units": [{ "kind": "service", "name": { "literal": "greeting" }, "commands": {
        "ExecStart": [{ "argv": { "list": [{ "script": { "name": "greet", "text": "true" } }] } }]
    } }], "etc""#;
    workspace.printing("greeting", &GREETING.replace("\"etc\"", unit));
    let seen = workspace.run("scripts");
    assert!(seen.contains("ROOT/built/domi/scripts/greeting/0-"), "{seen}");
    assert!(seen.contains("\n1 script\n"), "{seen}");
}

#[test]
fn features_are_listed_and_broken_ones_stop_no_other() {
    let workspace = Workspace::with_greeting();
    workspace.feature("broken", "echo 'something is wrong' >&2; exit 3");
    workspace.feature("chatty", "echo hello; cat ../greeting/manifest.json");
    insta::assert_snapshot!(workspace.run("list"));
}

#[test]
fn files_are_generated_checked_and_removed() {
    let workspace = Workspace::with_greeting();
    let mut seen = workspace.run("generate --dry-run");
    assert!(!workspace.root.join("modules").exists(), "a dry run writes nothing");
    assert!(workspace.run("generate --check").ends_with("--- exit 4\n"));
    seen += &workspace.run("generate");
    seen += &workspace.run("generate --check");
    seen += &workspace.run("generate");
    let manifest = GREETING.replace("What to say.", "What is said.");
    workspace.write("features/greeting/manifest.json", &manifest);
    let check_stale = |parts: &[&str]| {
        let stale = workspace.run("generate --check");
        for part in parts.iter().chain(&["next: run `cargo xtask generate`\n"]) {
            assert!(stale.contains(part), "no {part:?} in:\n{stale}");
        }
        assert!(stale.ends_with("--- exit 4\n"), "{stale}");
    };
    check_stale(&["+      description = \"What is said.\";\n"]);
    seen += &workspace.run("generate");
    seen += &workspace.run("generate --check");
    std::fs::remove_dir_all(workspace.root.join("features/greeting")).unwrap();
    check_stale(&["--- modules/services/greeting.nix\n+++ /dev/null\n"]);
    let copy = "# Copied.\n#\n# Generated from x by `cargo xtask generate`; edit it.\n{ }\n";
    workspace.write("modules/services/copy.nix", copy);
    seen += &workspace.run("generate");
    seen += &workspace.run("generate --check");
    assert_eq!(
        std::fs::read(workspace.root.join("modules/services/copy.nix")).unwrap(),
        copy.as_bytes()
    );
    insta::assert_snapshot!(seen);
}

#[test]
fn what_was_as_it_should_be_is_looked_at_again() {
    let workspace = Workspace::with_greeting();
    let module = workspace.root.join("modules/services/greeting.nix");
    let noted = workspace.root.join("target/domi/generated.json");
    let check = |exit: &str| {
        let seen = workspace.run("generate --check");
        assert!(seen.ends_with(exit), "{seen}");
    };
    workspace.run("generate");
    assert!(noted.exists());
    check("exit 0\n");
    let text = std::fs::read(&module).unwrap();
    std::fs::write(&module, [&text[..], b"# by hand\n"].concat()).unwrap();
    check("exit 4\n");
    std::fs::remove_file(&module).unwrap();
    check("exit 4\n");
    std::fs::write(&module, &text).unwrap();
    check("exit 0\n");
    std::fs::write(&noted, "{").unwrap();
    check("exit 0\n");
}

#[test]
fn a_broken_feature_stops_no_files_but_those_that_name_all_and_keeps_its_own() {
    let workspace = Workspace::with_greeting();
    workspace.run("generate");
    let module = workspace.root.join("modules/services/greeting.nix");
    let good = std::fs::read_to_string(&module).unwrap();
    // What is missing is written, what is stale stays where nobody can say that it is.
    std::fs::write(&module, good.replace("hello", "old")).unwrap();
    let index = "# Gone.\n#\n# Generated from x by `cargo xtask generate`; edit it.\n{ }\n";
    workspace.write("nix/features.nix", index);
    workspace.write("modules/services/broken.nix", index);
    workspace.feature("broken", "exit 3");
    let mut seen = workspace.run("generate --dry-run");
    seen += &workspace.run("generate");
    seen += &workspace.run("generate");
    assert_eq!(std::fs::read_to_string(&module).unwrap(), good);
    let read = |path: &str| std::fs::read_to_string(workspace.root.join(path)).unwrap();
    assert_eq!(read("nix/features.nix"), index);
    assert_eq!(read("modules/services/broken.nix"), index);
    std::fs::write(&module, good.replace("hello", "old")).unwrap();
    let checked = workspace.run("generate --check");
    assert!(checked.contains("D0406") && checked.contains("D0505"), "{checked}");
    assert!(checked.ends_with("--- exit 5\n"), "{checked}");
    std::fs::remove_dir_all(workspace.root.join("features/broken")).unwrap();
    seen += &workspace.run("generate");
    insta::assert_snapshot!(seen);
}

#[test]
fn a_file_of_someone_else_in_the_way_is_left_alone() {
    let workspace = Workspace::with_greeting();
    workspace.run("generate");
    workspace.write("modules/services/greeting.nix", "{ }\n");
    let mut seen = workspace.run("generate --check");
    seen += &workspace.run("generate");
    assert_eq!(
        std::fs::read(workspace.root.join("modules/services/greeting.nix")).unwrap(),
        b"{ }\n"
    );
    insta::assert_snapshot!(seen);
}

#[test]
fn what_is_asked_for_and_not_there_is_said() {
    let workspace = Workspace::with_greeting();
    let mut seen = workspace.run("test greetings");
    seen += &workspace.run("test something");
    seen += &workspace.run("test greeting --test nothing-like-it");
    seen += &workspace.run("test greeting --set text=hi");
    seen += &workspace.run("test --timeout soon");
    seen += &workspace.run("tset");
    insta::assert_snapshot!(seen);
}

#[test]
fn one_word_is_a_job_or_else_an_option() {
    let workspace = Workspace::empty();
    let both = GREETING.replace("[\"x86_64-linux\"]", "[\"x86_64-linux\", \"aarch64-linux\"]");
    workspace.printing("greeting", &both);
    let option = workspace.run("explain text");
    assert!(option.contains("option domi.services.greeting.text\n"), "{option}");
    let several = workspace.run("explain refuses");
    assert!(several.contains("2 jobs have this in their names"), "{several}");
    assert!(several.contains("`explain FEATURE.refuses`"), "{several}");
    let none = workspace.run("explain txt");
    assert!(none.contains("there is no such job, option or code"), "{none}");
}

#[test]
fn a_test_that_needs_no_machine_is_run_without_one() {
    let workspace = Workspace::with_greeting();
    let mut seen = workspace.run("test --list");
    seen += &workspace.run("test --plan");
    seen += &workspace.run("test greeting");
    let lax = GREETING.replace("nonEmptyStr", "str");
    workspace.write("features/greeting/manifest.json", &lax);
    seen += &workspace.run("test greeting");
    workspace.feature("broken", "exit 3");
    workspace.write("features/greeting/manifest.json", GREETING);
    seen += &workspace.run("test");
    insta::assert_snapshot!(seen);
}

#[test]
fn a_run_of_the_past_is_shown_and_written_as_it_was() {
    let workspace = Workspace::with_greeting();
    let mut seen = workspace.run("replay");
    let told = |shown: String| shown.split_once('\n').map(|(_, rest)| rest.to_owned());
    let run = told(workspace.run("test --html live.html --junit live.xml"));
    let again = told(workspace.run("replay --html again.html --junit again.xml"));
    assert_eq!(again, run);
    let read = |file: &str| std::fs::read_to_string(workspace.root.join(file)).unwrap();
    assert!(read("live.html").contains("refuses to say nothing"));
    assert_eq!(read("again.html"), read("live.html"));
    assert_eq!(read("again.xml"), read("live.xml"));
    workspace.run("test");
    seen += &workspace.run("replay none");
    workspace.write("events.jsonl", "{}\n");
    seen += &workspace.run("replay events.jsonl");
    insta::assert_snapshot!(seen);
}

#[test]
fn domi_toml_is_read_and_what_is_wrong_is_shown_in_it() {
    let workspace = Workspace::with_greeting();
    workspace.write("domi.toml", "[guest]\nmemory = \"1 GiB\"\ncpu = 2\n");
    let mut seen = workspace.run("list");
    workspace.write("domi.toml", "[guest]\nmemory = 512\n\n[limits]\n\ttest = \"soon\"\n");
    seen += &workspace.run("list");
    workspace.write("domi.toml", "[guest\n");
    seen += &workspace.run("list");
    insta::assert_snapshot!(seen);
}

#[test]
fn outside_a_workspace_nothing_is_done() {
    let workspace = Workspace::empty();
    std::fs::remove_file(workspace.root.join("Cargo.toml")).unwrap();
    insta::assert_snapshot!(workspace.run("list"));
}

#[test]
fn a_workspace_without_features_has_nothing_to_do() {
    let workspace = Workspace::empty();
    insta::assert_snapshot!(
        ["list", "test", "generate"].map(|words| workspace.run(words)).concat()
    );
}

#[test]
fn a_computer_without_apt_is_told_what_to_do() {
    let workspace = Workspace::empty();
    let without = |words: &str| {
        let output = workspace.command(words).env("PATH", "/nowhere").output().unwrap();
        workspace.shown(words, &output)
    };
    insta::assert_snapshot!(without("setup"));
    for words in ["guest build", "guest probe"] {
        let said = without(words);
        assert!(said.contains("error[D0511]") && said.contains("exit 3"), "{said}");
    }
}

#[test]
fn what_a_change_must_pass_can_be_printed() {
    let workspace = Workspace::empty();
    insta::assert_snapshot!(workspace.run("ci --plan") + &workspace.run("ci --plan --no-machine"));
}

/// How long a process may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command is stopped while a plugin hangs: it ends as it should, and the plugin with it.
#[track_caller]
fn check_stopped(signal: rustix::process::Signal, exit: Option<i32>) {
    let workspace = Workspace::empty();
    workspace
        .feature("hanging", "echo $$ > ../../pid.new; mv ../../pid.new ../../pid; exec sleep 1000");
    let mut child = workspace.command("list").spawn().unwrap();
    let pid = workspace.root.join("pid");
    wait_until("the plugin runs", PATIENCE, || pid.exists());
    let plugin: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
    assert_eq!(child.wait().unwrap().code(), exit);
    let plugin = rustix::process::Pid::from_raw(plugin).unwrap();
    wait_until("the plugin ends", PATIENCE, || rustix::process::test_kill_process(plugin).is_err());
}

#[test]
fn an_interrupted_command_ends_with_its_plugins() {
    check_stopped(rustix::process::Signal::INT, Some(130));
    check_stopped(rustix::process::Signal::TERM, Some(130));
}

#[test]
fn a_killed_command_leaves_no_plugin() {
    check_stopped(rustix::process::Signal::KILL, None);
}

/// The NixOS test driver starts a machine with `sh -c`, and ends it by a signal to that shell.
#[test]
fn a_machine_of_the_driver_ends_with_the_shell_that_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut shell = std::process::Command::new("sh")
        // What follows keeps every kind of shell there while the machine runs.
        .args(["-c", "\"$0\" guest relay \"$1\" -- -name machine; true"])
        .arg(env!("CARGO_BIN_EXE_xtask"))
        .arg(&socket)
        .spawn()
        .unwrap();
    let mut machine = std::io::BufReader::new(listener.accept().unwrap().0);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut machine, &mut line).unwrap();
    assert_eq!(line, "[\"-name\",\"machine\"]\n");
    shell.kill().unwrap();
    shell.wait().unwrap();
    let patience = Some(Duration::from_secs(60));
    machine.get_ref().set_read_timeout(patience).unwrap();
    assert_eq!(std::io::Read::read(&mut machine, &mut [0]).unwrap(), 0);
}

/// A command whose reader has gone, or whose disk is full, ends as its work ends or says so.
#[track_caller]
fn check_output(workspace: &Workspace, words: &str, exit: i32) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut closed = workspace.command(words);
    let closed = closed.stdout(writer.try_clone().unwrap()).stderr(writer).status().unwrap();
    assert_eq!(closed.code(), Some(exit), "{words}");
    let full = workspace.root.join("target/full");
    std::fs::create_dir_all(workspace.root.join("target")).unwrap();
    // The numbers of /dev/full. Only root may make one, and not everywhere.
    let (number, mode) = (rustix::fs::makedev(1, 7), rustix::fs::Mode::WUSR);
    let kind = rustix::fs::FileType::CharacterDevice;
    let _ = rustix::fs::mknodat(rustix::fs::CWD, &full, kind, mode, number);
    let Ok(full) = std::fs::OpenOptions::new().write(true).open(full) else {
        eprintln!("not run: no device can be made here");
        return;
    };
    let output = workspace.command(words).stdout(full.try_clone().unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let lost = if exit == 0 { 3 } else { exit };
    assert_eq!(output.status.code(), Some(lost), "{words}: {said}");
    assert!(said.contains("standard output"), "{words}: {said}");
    let output = workspace.command(words).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), Some(exit), "{words}");
}

#[test]
fn output_that_goes_nowhere_stops_no_work() {
    let workspace = Workspace::with_greeting();
    let written = || workspace.root.join("nix/features.nix").exists();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert!(workspace.command("generate").stdout(writer).status().unwrap().success());
    assert!(written(), "all of it is written");
    let commands = [
        "list",
        "list --json",
        "matrix --plan",
        "matrix --plan --json",
        "matrix --github",
        "test",
        "test --json",
        "test --list",
        "replay",
        "explain greeting",
        "ci --plan",
        "completions bash",
    ];
    for words in commands {
        check_output(&workspace, words, 0);
    }
    std::fs::remove_dir_all(workspace.root.join("nix")).unwrap();
    check_output(&workspace, "generate --check", 4);
    check_output(&workspace, "generate --dry-run", 0);
    assert!(!written());
}

#[test]
fn what_reports_are_written_to_is_tried_before_anything_runs() {
    let workspace = Workspace::with_greeting();
    let lax = GREETING.replace("nonEmptyStr", "str");
    workspace.write("taken/file", "");
    let check = |words: &str, says: &str, exit: &str| {
        let seen = workspace.run(words);
        assert!(seen.contains(says) && seen.ends_with(&format!("--- exit {exit}\n")), "{seen}");
        let ran = workspace.root.join("target/domi/runs").exists();
        assert_eq!(ran, exit != "2", "{words}");
    };
    check("test --html taken", "D0526", "2");
    check("test --html taken/file/page.html", "taken/file", "2");
    check("test --junit taken --html taken/file/x", "--html", "2");
    check("report merge nowhere", "D0514", "2");
    check("report merge taken/file --junit taken", "D0526", "2");
    check("ci --junit taken", "D0526", "2");
    check("test --module nowhere.nix", "D0526", "2");
    check("test --html new/page.html", "1 passed", "0");
    assert!(workspace.root.join("new/page.html").exists());
    workspace.write("features/greeting/manifest.json", &lax);
    check("test --html new/page.html", "1 failed", "1");
}

#[test]
fn a_place_that_cannot_be_used_is_named_with_what_moves_it() {
    let workspace = Workspace::with_greeting();
    workspace.write("file", "");
    let check = |variable: &str, value: &str, words: &str, says: &str| {
        let value = workspace.root.join(value);
        let output = workspace.command(words).env(variable, value).output().unwrap();
        let seen = workspace.shown(words, &output);
        assert!(seen.contains(variable) && seen.contains(says), "{variable}: {seen}");
        assert!(seen.ends_with("--- exit 3\n"), "{variable}: {seen}");
    };
    check("TMPDIR", "nowhere", "list", "ROOT/nowhere");
    check("TMPDIR", "file", "list", "ROOT/file");
    check("DOMI_CACHE", "file/cache", "guest list", "ROOT/file");
    std::fs::create_dir_all(workspace.root.join("target/domi")).unwrap();
    std::fs::write(workspace.root.join("target/domi/runs"), "").unwrap();
    let seen = workspace.run("test");
    assert!(seen.contains("CARGO_TARGET_DIR") && seen.contains("target/domi/runs"), "{seen}");
    assert!(seen.ends_with("--- exit 3\n"), "{seen}");
}
