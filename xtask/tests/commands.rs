//! What a person sees of the commands: the real program in workspaces of all kinds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod workspace;

use std::time::{Duration, Instant};

use workspace::{GREETING, Workspace};

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
    workspace.write(
        "modules/services/gone.nix",
        "# Gone.\n#\n# Generated from x by `cargo xtask generate`; edit it.\n{ }\n",
    );
    let stale = workspace.run("generate --check");
    let parts = [
        "-# Gone.\n",
        "+++ /dev/null\n",
        "+      description = \"What is said.\";\n",
        "next: run `cargo xtask generate`\n",
    ];
    for part in parts {
        assert!(stale.contains(part), "no {part:?} in:\n{stale}");
    }
    assert!(stale.ends_with("--- exit 4\n"), "{stale}");
    seen += &workspace.run("generate");
    seen += &workspace.run("generate --check");
    std::fs::remove_dir_all(workspace.root.join("features/greeting")).unwrap();
    seen += &workspace.run("generate");
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
    workspace
        .write("tests/gone.nix", "# Generated from x by `cargo xtask generate`; edit it.\n{ }\n");
    check("exit 4\n");
    workspace.run("generate");
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
    let output = workspace.command("setup").env("PATH", "/nowhere").output().unwrap();
    insta::assert_snapshot!(workspace.shown("setup", &output));
}

#[test]
fn what_a_change_must_pass_can_be_printed() {
    let workspace = Workspace::empty();
    insta::assert_snapshot!(workspace.run("ci --plan") + &workspace.run("ci --plan --no-machine"));
}

/// Waits until something is so.
#[track_caller]
fn wait_until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A command is stopped while a plugin hangs: it ends as it should, and the plugin with it.
#[track_caller]
fn check_stopped(signal: rustix::process::Signal, exit: Option<i32>) {
    let workspace = Workspace::empty();
    workspace.feature("hanging", "echo $$ > ../../pid.new; mv ../../pid.new ../../pid; sleep 1000");
    let mut child = workspace.command("list").spawn().unwrap();
    let pid = workspace.root.join("pid");
    wait_until("the plugin runs", || pid.exists());
    let plugin: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
    assert_eq!(child.wait().unwrap().code(), exit);
    let plugin = rustix::process::Pid::from_raw(plugin).unwrap();
    wait_until("the plugin ends", || rustix::process::test_kill_process(plugin).is_err());
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
