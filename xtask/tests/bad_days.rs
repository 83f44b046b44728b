//! The whole tool, on days when things go wrong: stopped, killed, offline, out of space, misused.
//! Each run is a real one, with real machines; afterwards nothing may be left of it.
//!
//! `DOMI_TEST_MACHINE=0` leaves out what needs a machine, and says so.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use crate::workspace::machines;
use crate::workspace::output::said;
use crate::workspace::waiting::wait_until;

/// A run of the tool that can be told from all others: its processes carry a mark in their
/// environment, its temporary files go into a folder of its own.
struct Stage {
    mark: String,
    temporary: TempDir,
    environment: BTreeMap<String, String>,
}

impl Stage {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let mark = format!("DOMI_STAGE={}-{number}", std::process::id());
        let temporary = tempfile::tempdir().unwrap();
        let mut environment = BTreeMap::new();
        let (name, value) = mark.split_once('=').unwrap();
        environment.insert(name.to_owned(), value.to_owned());
        environment.insert("TMPDIR".to_owned(), temporary.path().display().to_string());
        Self { mark, temporary, environment }
    }

    fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.environment.insert(name.to_owned(), value.as_ref().display().to_string());
        self
    }

    /// Without a network, as far as package managers see.
    fn offline(self) -> Self {
        // The discard port of this machine: nothing listens there.
        ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]
            .into_iter()
            .fold(self, |stage, name| stage.with(name, "http://127.0.0.1:9/"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).current_dir(root()).envs(&self.environment);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap()
    }

    /// The processes of this stage whose program is called so.
    fn processes(&self, program: &str) -> Vec<Pid> {
        let processes = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let id: i32 = entry.file_name().to_str()?.parse().ok()?;
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            let marked = environment.split(|b| *b == 0).any(|v| v == self.mark.as_bytes());
            let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
            (marked && name.starts_with(program)).then(|| Pid::from_raw(id)).flatten()
        });
        processes.collect()
    }

    fn wait_for_machine(&self, child: &mut Child) -> Pid {
        let mut machine = None;
        wait_until("no machine was started", Duration::from_secs(300), || {
            machine = self.processes("qemu-system").first().copied();
            let ended = machine.is_none() && child.try_wait().unwrap().is_some();
            assert!(!ended, "it ended before it had a machine");
            machine.is_some()
        });
        machine.unwrap()
    }

    /// No process, and nothing in the folder for temporary files.
    #[track_caller]
    fn assert_nothing_left(&self) {
        let limit = Duration::from_secs(10);
        wait_until("processes were left", limit, || self.processes("").is_empty());
        let left: Vec<_> = std::fs::read_dir(self.temporary.path()).unwrap().flatten().collect();
        assert!(left.is_empty(), "files were left: {left:?}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[track_caller]
fn check(output: &Output, code: i32, says: &[&str]) {
    let all = said(output);
    assert_eq!(output.status.code(), Some(code), "{all}");
    for words in says {
        assert!(all.contains(words), "it must say {words:?}:\n{all}");
    }
}

const ANSWERS: [&str; 5] =
    ["test", "feature-x", "--no-cache", "--test", "answers with the greeting"];

#[test]
fn a_run_that_passes_leaves_nothing_and_needs_no_network_once_it_is_warm() {
    if !machines::may_run() {
        return;
    }
    check(&Stage::new().run(&ANSWERS), 0, &["1 passed"]);
    let stage = Stage::new().offline();
    check(&stage.run(&ANSWERS), 0, &["1 passed"]);
    stage.assert_nothing_left();
}

#[test]
fn an_interrupted_run_says_so_and_leaves_nothing() {
    if !machines::may_run() {
        return;
    }
    let stage = Stage::new();
    let mut child = stage.start(&ANSWERS);
    stage.wait_for_machine(&mut child);
    // To all that was started, as by a terminal; and again to the first process, as by whoever
    // passes it on.
    let group = Pid::from_child(&child);
    kill_process_group(group, Signal::INT).unwrap();
    kill_process(group, Signal::INT).unwrap();
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted") && !said.contains("undecided"), "{said}");
    stage.assert_nothing_left();
}

#[test]
fn a_killed_run_leaves_nothing_and_the_next_one_passes() {
    if !machines::may_run() {
        return;
    }
    let stage = Stage::new();
    let mut child = stage.start(&ANSWERS);
    stage.wait_for_machine(&mut child);
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    stage.assert_nothing_left();
    check(&stage.run(&ANSWERS), 0, &["1 passed"]);
}

#[test]
fn a_killed_machine_is_an_error_of_that_test_alone() {
    if !machines::may_run() {
        return;
    }
    let stage = Stage::new();
    let mut child = stage.start(&ANSWERS);
    let machine = stage.wait_for_machine(&mut child);
    // Late enough for a step to be under way.
    std::thread::sleep(Duration::from_millis(700));
    kill_process(machine, Signal::KILL).unwrap();
    let output = child.wait_with_output().unwrap();
    check(&output, 70, &["QEMU ended", "1 undecided"]);
    stage.assert_nothing_left();
}

#[test]
fn a_failing_step_shows_what_came_and_how_to_repeat_it() {
    if !machines::may_run() {
        return;
    }
    let stage = Stage::new();
    let output = stage.run(&[&ANSWERS[..], &["--set", "greeting=good night"]].concat());
    check(
        &output,
        1,
        &[
            "hello",
            "good night",
            "cargo xtask test feature-x",
            "crates/features/feature-x",
            "1 failed",
        ],
    );
    stage.assert_nothing_left();
}

#[test]
fn a_step_that_hangs_ends_at_its_time_limit() {
    if !machines::may_run() {
        return;
    }
    let stage = Stage::new();
    // Nothing will ever listen on the port that the test waits for.
    let output = stage.run(&[&ANSWERS[..], &["--set", "port=8081", "--timeout", "20s"]].concat());
    check(&output, 1, &["8080", "1 failed"]);
    stage.assert_nothing_left();
}

#[test]
fn without_network_and_cache_it_says_what_is_missing() {
    if !machines::may_run() {
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let stage = Stage::new().offline().with("DOMI_CACHE", cache.path());
    check(&stage.run(&ANSWERS), 3, &["cannot be reached"]);
    stage.assert_nothing_left();
}

#[test]
fn a_full_disk_is_named_and_nothing_half_written_is_left() {
    if !machines::may_run() {
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let stage = Stage::new();
    let mut inside = Command::new("unshare");
    // A name space of our own, so that this also works for an ordinary user.
    inside
        .args(["--user", "--map-root-user", "--mount", "sh", "-ec"])
        .arg(
            "mount -t tmpfs -o size=64m none \"$DOMI_CACHE\"; code=0; \"$@\" || code=$?; \
             find \"$DOMI_CACHE\" -type f -size +4096k; exit $code",
        )
        .arg("sh")
        .arg(env!("CARGO_BIN_EXE_xtask"))
        .args(ANSWERS)
        .current_dir(root())
        .envs(&stage.environment)
        .env("DOMI_CACHE", cache.path());
    let output = inside.stdin(Stdio::null()).output().unwrap();
    check(&output, 3, &["space", &cache.path().display().to_string()]);
    stage.assert_nothing_left();
}

#[test]
fn misuse_is_told_before_anything_starts() {
    let stage = Stage::new();
    check(&stage.run(&["test", "feature-w"]), 2, &["feature-w", "feature-x"]);
    check(&stage.run(&["test", "feature-x", "--set", "gretting=hi"]), 2, &["D0202", "greeting"]);
    check(&stage.run(&["test", "feature-x", "--set", "port=99999"]), 2, &["D0201", "65535"]);
    check(&stage.run(&["tset"]), 2, &["test"]);
    stage.assert_nothing_left();
}
