//! Places that are full, or belong to somebody else; and a tool that is killed. Each is a real one:
//! a small disk of its own, another user, SIGKILL.
//!
//! `DOMI_TEST_MACHINE=0` leaves out what needs a machine, and says so.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::workspace::{GREETING, Workspace};

/// A command in a name space where it may mount. As root it stays root: only root has another user
/// to be.
fn mounting(command: &Command, script: &str) -> Command {
    let mut inside = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        inside.args(["--user", "--map-root-user"]);
    }
    inside.args(["--mount", "sh", "-euc", script, "sh"]);
    inside.arg(command.get_program()).args(command.get_args());
    inside.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => inside.env(name, value),
            None => inside.env_remove(name),
        };
    }
    inside.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    inside
}

#[track_caller]
fn check(output: &Output, code: i32, says: &[&str]) {
    let [out, err] = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    for words in says {
        assert!(out.contains(words) || err.contains(words), "it must say {words:?}:\n{out}{err}");
    }
}

fn may_run_machines() -> bool {
    let may = std::env::var_os("DOMI_TEST_MACHINE").is_none_or(|value| value != "0");
    if !may {
        eprintln!("not run: DOMI_TEST_MACHINE=0");
    }
    may
}

/// A feature that is a crate, and prints its manifest.
fn add_compiled(workspace: &Workspace) {
    let table = "[package.metadata.domi]\nkind = \"services\"\n";
    let package = format!("[package]\nname = \"greeting\"\nedition = \"2024\"\n\n{table}");
    workspace.write("features/greeting/Cargo.toml", &package);
    workspace.write("features/greeting/manifest.json", GREETING);
    let main = "fn main() { print!(\"{}\", include_str!(\"../manifest.json\")); }\n";
    workspace.write("features/greeting/src/main.rs", main);
}

#[test]
fn a_disk_that_is_full_for_cargo_is_named_with_the_variable_that_moves_it() {
    let workspace = Workspace::empty();
    add_compiled(&workspace);
    let target = tempfile::tempdir().unwrap();
    // Of what is left of it, the one is enough for cargo to begin, and the other for nothing.
    for size in ["200k", "32k"] {
        let mut list = workspace.command("list");
        list.env("CARGO_TARGET_DIR", target.path());
        let script = format!(
            "mount -t tmpfs -o size={size} none \"$CARGO_TARGET_DIR\"; code=0; \"$@\" || code=$?; \
             find \"$CARGO_TARGET_DIR\" -name '.domi-*'; exit $code"
        );
        let output = mounting(&list, &script).output().unwrap();
        let place = target.path().display().to_string();
        check(&output, 3, &["D0526", "No space left", &place, "CARGO_TARGET_DIR"]);
        let left = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!left.contains(".domi-"), "{left}");
    }
}

/// A feature whose only test runs a command in a machine.
fn add_machine(workspace: &Workspace, command: &str) {
    let steps = json!([{ "action": { "succeed": command } }]);
    let body = json!({ "run": { "machines": { "m": {} }, "steps": steps } });
    let manifest = json!({
        "schema": "domi.feature/3",
        "feature": {
            "name": "commands", "kind": "services", "summary": "Commands", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "tests": [{ "name": "runs", "body": body }],
    });
    workspace.feature("commands", "cat manifest.json");
    workspace.write("features/commands/manifest.json", &manifest.to_string());
}

/// The folder that holds the images of this computer.
fn images() -> PathBuf {
    domi_host::dirs::cache().unwrap()
}

/// Begins a script: the cache may only be read, wherever it is mounted.
const READ_ONLY: &str = "mount --bind \"$IMAGES\" \"$DOMI_CACHE\"; \
                         mount -o remount,bind,ro \"$DOMI_CACHE\"; ";

#[test]
fn a_whole_run_works_on_a_warm_cache_that_somebody_else_has() {
    if !may_run_machines() {
        return;
    }
    let workspace = Workspace::empty();
    add_machine(&workspace, "true");
    let make = "test commands --no-cache";
    let mut warm = workspace.command(make);
    check(&warm.env("DOMI_CACHE", images()).output().unwrap(), 0, &["1 passed"]);
    let root = &workspace.root;
    std::fs::create_dir_all(root.join("target/cache")).unwrap();
    std::fs::create_dir_all(root.join("toolchain")).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_xtask"), root.join("xtask")).unwrap();
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    // Another user has neither our home nor what is in it; an ordinary one cannot become another.
    let become_other = if rustix::process::geteuid().is_root() {
        "mount --bind \"$SYSROOT\" toolchain; chown -hR 65534:65534 . 2>/dev/null || true; \
         PATH=$PWD/toolchain/bin:/usr/bin:/bin; HOME=$PWD; CARGO=cargo; shift; \
         unset CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN RUSTC; export PATH HOME CARGO; \
         exec setpriv --reuid 65534 --regid 65534 --clear-groups ./xtask \"$@\""
    } else {
        "exec \"$@\""
    };
    let script = format!("{READ_ONLY}{become_other}");
    let output = mounting(&workspace.command(make), &script)
        .env("IMAGES", images())
        .env("SYSROOT", String::from_utf8(sysroot).unwrap().trim())
        .output()
        .unwrap();
    check(&output, 0, &["1 passed"]);
}

/// A test whose machine finds the disk of this computer full.
#[track_caller]
fn check_full(command: &str) {
    let workspace = Workspace::empty();
    add_machine(&workspace, command);
    let target = workspace.root.join("target");
    std::fs::create_dir_all(target.join("cache")).unwrap();
    // Where the cache may only be read, the machine's disk is beside the run.
    let script = format!(
        "{READ_ONLY} mkdir -p target/domi; mount -t tmpfs -o size=640m none target/domi; exec \"$@\""
    );
    let output = mounting(&workspace.command("test commands --no-cache --timeout 120s"), &script)
        .env("IMAGES", images())
        .output()
        .unwrap();
    let words = ["machine's disk", "target/domi/runs", "No space left", "CARGO_TARGET_DIR"];
    check(&output, 3, &words);
}

#[test]
fn a_disk_that_is_full_for_a_machine_is_named_with_the_variable_that_moves_it() {
    if !may_run_machines() {
        return;
    }
    check_full("head -c 700M /dev/urandom > /var/tmp/big && sync");
    // The disk has space again, and the test would pass.
    check_full(
        "dd if=/dev/urandom of=/var/tmp/big bs=1M count=700 oflag=direct || rm /var/tmp/big",
    );
}

fn running(token: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let shown = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let shown = shown.map(|words| String::from_utf8_lossy(&words).replace('\0', " "));
    shown.filter(|words| words.contains(token)).collect()
}

#[track_caller]
fn wait_for(limit: Duration, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < limit);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_a_plugin_has_started_dies_with_a_tool_that_is_killed() {
    let workspace = Workspace::empty();
    let token = format!("1000.{}", std::process::id());
    let apart = "</dev/null >/dev/null 2>&1";
    workspace.feature(
        "greeting",
        &format!("setsid env -i sleep {token} {apart} &\nsetsid sh -c 'sleep {token}; :' &\nwait"),
    );
    for moment in [Some(10), Some(50), Some(200), None] {
        let mut tool = workspace.command("list").spawn().unwrap();
        match moment {
            Some(moment) => std::thread::sleep(Duration::from_millis(moment)),
            None => wait_for(Duration::from_secs(60), || running(&token).len() >= 3),
        }
        tool.kill().unwrap();
        tool.wait().unwrap();
        wait_for(Duration::from_secs(10), || running(&token).is_empty());
    }
}
