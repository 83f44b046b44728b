//! Workspaces for tests, and what a person sees of the commands in them.

pub(crate) mod committed;
pub(crate) mod containers;
pub(crate) mod ended;
pub(crate) mod files;
pub(crate) mod follower;
pub(crate) mod git;
pub(crate) mod greetings;
pub(crate) mod images;
pub(crate) mod machines;
pub(crate) mod output;
pub(crate) mod prints;
pub(crate) mod sdk;
pub(crate) mod serving;
pub(crate) mod shelves;
pub(crate) mod stepping;
pub(crate) mod waiting;
pub(crate) mod with_sdk;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A cargo workspace in a temporary folder.
pub(crate) struct Workspace {
    _dir: tempfile::TempDir,
    pub(crate) root: PathBuf,
    /// Whether its features are compiled with the SDK, in the folder that they have for that.
    sdk: Option<sdk::Turn>,
}

/// A feature whose only test needs no machine.
pub(crate) const GREETING: &str = r#"{
  "schema": "domi.feature/3",
  "feature": {
    "name": "greeting", "kind": "services", "summary": "A greeting in a file",
    "maturity": "dev", "version": "0.1.0", "platforms": ["x86_64-linux"]
  },
  "options": [
    {
      "name": "text", "type": "nonEmptyStr", "description": "What to say.",
      "default": { "literal": "hello" }
    }
  ],
  "system": {
    "etc": [{ "path": { "literal": "greeting" }, "content": { "text": { "option": ["text"] } } }]
  },
  "tests": [
    {
      "name": "refuses to say nothing",
      "body": { "refuse": { "settings": { "text": "" }, "because": "text" } }
    }
  ]
}"#;

impl Workspace {
    /// A workspace without features.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let workspace = Self { _dir: dir, root, sdk: None };
        workspace
            .write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n");
        workspace
            .write("features/none/Cargo.toml", "[package]\nname = \"none\"\nedition = \"2024\"\n");
        workspace.write("features/none/src/lib.rs", "");
        workspace
    }

    /// A workspace with one feature whose only test needs no machine.
    pub(crate) fn with_greeting() -> Self {
        let workspace = Self::empty();
        workspace.printing("greeting", GREETING);
        workspace
    }

    /// A feature whose plugin prints this manifest.
    pub(crate) fn printing(&self, name: &str, manifest: &str) {
        self.feature(name, "cat manifest.json");
        self.write(&format!("features/{name}/manifest.json"), manifest);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        domi_host::file::write(&self.root.join(path), text).unwrap();
    }

    /// A feature whose plugin is a shell script.
    pub(crate) fn feature(&self, name: &str, script: &str) {
        let package = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
        let table = "[package.metadata.domi]\ncommand = [\"./plugin.sh\"]\n";
        self.write(&format!("features/{name}/Cargo.toml"), &format!("{package}{table}"));
        self.write(&format!("features/{name}/src/lib.rs"), "");
        self.script(&format!("features/{name}/plugin.sh"), script);
    }

    /// A program of the shell.
    pub(crate) fn script(&self, file: &str, script: &str) {
        self.write(file, &format!("#!/bin/sh\n{script}\n"));
        let mode = PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(self.root.join(file), mode).unwrap();
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(words.split_whitespace())
            .current_dir(&self.root)
            .env("DOMI_CACHE", self.root.join("target/cache"))
            .env_remove("CARGO_TARGET_DIR")
            // These tests may themselves be a step of a job on GitHub.
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_OUTPUT")
            .env_remove("GITHUB_STEP_SUMMARY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.sdk.is_some() {
            command.env("CARGO_TARGET_DIR", sdk::target());
        }
        command
    }

    /// What a command prints and ends with.
    pub(crate) fn run(&self, words: &str) -> String {
        self.shown(words, &self.command(words).output().unwrap())
    }

    pub(crate) fn shown(&self, words: &str, output: &Output) -> String {
        let mut text = format!("$ cargo xtask {words}\n");
        text += &String::from_utf8_lossy(&output.stdout);
        if !output.stderr.is_empty() {
            text += &format!("--- standard error\n{}", String::from_utf8_lossy(&output.stderr));
        }
        let end = output.status.code().map_or("killed".to_owned(), |code| format!("exit {code}"));
        text += &format!("--- {end}\n");
        let system = format!("{}-linux", std::env::consts::ARCH);
        let text = text.replace(self.root.to_str().unwrap(), "ROOT").replace(&system, "SYSTEM");
        without_durations(&without_run_names(&without_waiting(&text)))
    }
}

/// Whether cargo waits for another test is a matter of chance.
fn without_waiting(text: &str) -> String {
    let waits = |line: &&str| !line.trim_start().starts_with("Blocking waiting for file lock");
    text.split_inclusive('\n').filter(waits).collect()
}

/// How long something took is another matter each time: `in 0.1 s`, `1 min 03 s`.
fn without_durations(text: &str) -> String {
    let pattern = r"\b(\d+ min )?\d+(\.\d)? s\b";
    regex::Regex::new(pattern).unwrap().replace_all(text, "TIME").into_owned()
}

/// Names of runs hold the time.
fn without_run_names(text: &str) -> String {
    const RUNS: &str = "target/domi/runs/";
    let mut parts = text.split(RUNS);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
        out += &format!("{RUNS}RUN{rest}");
    }
    out
}
