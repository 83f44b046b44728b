//! `docs/first-feature.md`, followed word for word: its commands are run, its changes made, and what
//! it shows is what comes of them.
//!
//! Times, names of runs and reasons for a backend are others each time; `…` on the page stands for
//! lines that are. `DOMI_TEST_MACHINE=0` leaves the test out, and says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "workspace/machines.rs"]
mod machines;
#[path = "workspace/sdk.rs"]
mod sdk;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where the templates take this project's crates from.
const SOURCE: &str = "git = \"https://github.com/domi-nix/domi-nix\"";
/// The page's own lines for what differs.
const LEFT_OUT: &str = "…";
/// The file that the page changes.
const CHANGED: &str = "crates/motto/src/main.rs";

/// What a page has one do.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// A command, and the lines that it prints.
    Run(String, Vec<String>),
    /// Lines of a file, and what becomes of them.
    Change(String, String),
}

/// The steps of a page, in its order.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "console" => {
                for line in block {
                    match (line.strip_prefix("$ "), steps.last_mut()) {
                        (Some(command), _) => steps.push(Step::Run(command.to_owned(), Vec::new())),
                        (None, Some(Step::Run(_, said))) => said.push(line.to_owned()),
                        (None, _) => panic!("before any command: {line}"),
                    }
                }
            }
            "diff" => {
                let side = |other: char| -> String {
                    let kept = block.iter().filter(|line| !line.starts_with(other));
                    kept.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
                };
                steps.push(Step::Change(side('+'), side('-')));
            }
            other => panic!("the test does not know blocks of {other}"),
        }
    }
    steps
}

/// A text without what is other each time.
fn masked(text: &str) -> String {
    let replacements = [
        (r"\b(\d+ min )?\d+(\.\d)? s\b", "TIME"),
        (r"(portable guest) \(.*\)", "$1 (WHY)"),
        (r"(\S*/)?\d{8}-\d{6}-[0-9a-f]{4}(/\S*)?", "RUN"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DAY"),
        (r"(\S)   +", "$1  "),
    ];
    let replace = |text: String, (pattern, by): (&str, &str)| {
        Regex::new(pattern).unwrap().replace_all(&text, by).into_owned()
    };
    replacements.into_iter().fold(text.to_owned(), replace)
}

/// Whether lines are those of the page.
fn fits(page: &[String], said: &[String]) -> bool {
    match page.split_first() {
        None => said.is_empty(),
        Some((line, rest)) if line == LEFT_OUT => {
            (0..=said.len()).any(|left_out| fits(rest, &said[left_out..]))
        }
        Some((line, rest)) => {
            said.first().is_some_and(|first| masked(first) == masked(line))
                && fits(rest, &said[1..])
        }
    }
}

/// Where the page is followed.
struct Follower {
    folder: tempfile::TempDir,
    /// Where the commands are run.
    here: PathBuf,
}

impl Follower {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // `cargo xtask` is the program that is tested, and the clone of the repository is this one.
        let program = |name: &str, script: &str| {
            let real = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
            let real = String::from_utf8(real.unwrap().stdout).unwrap();
            let text = format!("#!/bin/sh\n{script}\nexec {} \"$@\"\n", real.trim());
            domi_host::file::write(&path("bin").join(name), text).unwrap();
            let mode = PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(path("bin").join(name), mode).unwrap();
        };
        let xtask = env!("CARGO_BIN_EXE_xtask");
        program("cargo", &format!("[ \"$1\" = xtask ] && shift && exec {xtask} \"$@\""));
        program("git", &format!("[ \"$1\" = clone ] && exec ln -s {ROOT} domi-nix"));
        // The images of this computer, and no verdicts of the past.
        let cache = domi_host::dirs::cache().unwrap();
        std::fs::create_dir(path("cache")).unwrap();
        for entry in std::fs::read_dir(&cache).into_iter().flatten() {
            let name = entry.unwrap().file_name();
            if name != "verdicts" {
                symlink(cache.join(&name), path("cache").join(name)).unwrap();
            }
        }
        let _ = std::fs::remove_dir_all(sdk::target().join("domi"));
        let here = path("work");
        std::fs::create_dir(&here).unwrap();
        Self { folder, here }
    }

    /// What a command prints on standard output.
    fn run(&mut self, line: &str) -> String {
        if let Some(folder) = line.strip_prefix("cd ") {
            self.here = self.here.join(folder);
            return String::new();
        }
        let bin = self.folder.path().join("bin");
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(&self.here)
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("CARGO", env!("CARGO"))
            .env("CARGO_TARGET_DIR", sdk::target())
            .env("DOMI_CACHE", self.folder.path().join("cache"))
            .env_remove("DOMI_NIX")
            .env_remove("DOMI_NIXPKGS")
            .env_remove("GITHUB_ACTIONS")
            .output()
            .unwrap();
        let (stdout, stderr) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
        eprintln!("$ {line}\n{}{stderr}", String::from_utf8_lossy(stdout));
        from_here(&self.here.join("my-features"));
        String::from_utf8(output.stdout).unwrap()
    }

    fn change(&self, file: &str, before: &str, after: &str) {
        let file = self.here.join(file);
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(
            text.matches(before).count(),
            1,
            "this is to be changed:\n{before}\nin:\n{text}"
        );
        std::fs::write(&file, text.replacen(before, after, 1)).unwrap();
    }
}

/// Where a folder is a copy of a template that takes the crates from the published repository, it
/// takes them from here, as they are locked here.
fn from_here(folder: &Path) {
    let manifest = folder.join("Cargo.toml");
    let Ok(text) = std::fs::read_to_string(&manifest) else { return };
    if !text.contains(SOURCE) {
        return;
    }
    let here = |line: &str| {
        let name = line.strip_prefix("domi-").and_then(|rest| rest.split(' ').next());
        let path = name.map(|name| format!("path = {:?}", format!("{ROOT}/crates/{name}")));
        path.map_or_else(|| line.to_owned(), |path| line.replace(SOURCE, &path)) + "\n"
    };
    std::fs::write(&manifest, text.lines().map(here).collect::<String>()).unwrap();
    std::fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

#[test]
fn the_page_is_followed_word_for_word() {
    if !machines::may_run() {
        return;
    }
    if !cfg!(target_arch = "x86_64") {
        eprintln!("SKIPPED: the page shows a computer of x86_64");
        return;
    }
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/first-feature.md")).unwrap();
    let mut follower = Follower::new();
    for step in steps(&page) {
        match step {
            Step::Run(command, expected) => {
                let said: Vec<String> = follower.run(&command).lines().map(str::to_owned).collect();
                let shown = |lines: &[String]| masked(&lines.join("\n"));
                assert!(
                    fits(&expected, &said),
                    "$ {command}\nThe page shows:\n{}\nIt prints:\n{}",
                    shown(&expected),
                    shown(&said)
                );
            }
            Step::Change(before, after) => follower.change(CHANGED, &before, &after),
        }
    }
    let format = ["fmt", "--check", "--package", "motto"];
    let formatted = Command::new(env!("CARGO")).args(format).current_dir(&follower.here).output();
    let formatted = formatted.unwrap();
    assert!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stdout));
}

#[test]
fn what_differs_from_the_page_is_seen() {
    let page =
        "text\n```console\n$ a b\none in 2.0 s\n…\nlast\n$ c\n```\n```diff\n x\n-y\n+z\n```\n";
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let expected = [
        Step::Run("a b".to_owned(), lines("one in 2.0 s\n…\nlast")),
        Step::Run("c".to_owned(), Vec::new()),
        Step::Change("x\ny\n".to_owned(), "x\nz\n".to_owned()),
    ];
    assert_eq!(steps(page), expected);
    let Step::Run(_, page) = &expected[0] else { unreachable!("it is a command") };
    assert!(fits(page, &lines("one in 17 s\nlast")));
    assert!(fits(page, &lines("one in 17 s\nmore\nand more\nlast")));
    assert!(!fits(page, &lines("one in 17 s\nlast\nmore")));
    assert!(!fits(page, &lines("two in 17 s\nlast")));
    assert!(!fits(page, &lines("one in 17 s")));
}
