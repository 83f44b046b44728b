//! Somebody who does in an empty folder what is written somewhere, with the real programs.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::sdk;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where the templates take this project's crates from.
const SOURCE: &str = "git = \"https://github.com/domi-nix/domi-nix\"";

/// Somebody who follows what a page or the guide says, in an empty folder.
pub(crate) struct Follower {
    folder: tempfile::TempDir,
    /// Where the commands are run.
    pub(crate) here: PathBuf,
}

impl Follower {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // `cargo xtask` is the program that is tested, and so is the one that cargo runs from the clone of the
        // repository, which is this one.
        let program = |name: &str, script: &str| {
            let real = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
            let real = String::from_utf8(real.unwrap().stdout).unwrap();
            let text = format!("#!/bin/sh\n{script}\nexec {} \"$@\"\n", real.trim());
            domi_host::file::write(&path("bin").join(name), text).unwrap();
            let mode = PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(path("bin").join(name), mode).unwrap();
        };
        let xtask = env!("CARGO_BIN_EXE_xtask");
        let from_clone = "run --quiet --manifest-path domi-nix/Cargo.toml --package xtask -- ";
        program(
            "cargo",
            &format!(
                "[ \"$1\" = xtask ] && shift && exec {xtask} \"$@\"\n\
                 case \"$*\" in \"{from_clone}\"*) shift 7; exec {xtask} \"$@\";; esac"
            ),
        );
        // The folder that a command names, or that of the repository's name.
        let named = "for last; do :; done; case $last in *://*) last=domi-nix;; esac";
        program("git", &format!("[ \"$1\" = clone ] && {{ {named}; exec ln -s {ROOT} $last; }}"));
        // The images of this computer, and no verdicts of the past.
        let cache = domi_host::dirs::cache().unwrap();
        std::fs::create_dir(path("cache")).unwrap();
        for entry in std::fs::read_dir(&cache).into_iter().flatten() {
            let name = entry.unwrap().file_name();
            if name != "verdicts" {
                symlink(cache.join(&name), path("cache").join(name)).unwrap();
            }
        }
        // No run has been here before. What is compiled is where all tests have it.
        let compiled = sdk::target().join("debug");
        std::fs::create_dir_all(&compiled).unwrap();
        std::fs::create_dir(path("target")).unwrap();
        symlink(compiled, path("target/debug")).unwrap();
        let here = path("work");
        std::fs::create_dir(&here).unwrap();
        Self { folder, here }
    }

    /// What a command prints on standard output, whatever it ends with.
    pub(crate) fn run(&mut self, line: &str) -> String {
        self.run_to_end(line).0
    }

    /// The same, and whether it went well.
    pub(crate) fn run_to_end(&mut self, line: &str) -> (String, bool) {
        if let Some(folder) = line.strip_prefix("cd ") {
            self.here = self.here.join(folder);
            return (String::new(), true);
        }
        let bin = self.folder.path().join("bin");
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(&self.here)
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("CARGO", env!("CARGO"))
            .env("CARGO_TARGET_DIR", self.folder.path().join("target"))
            .env("DOMI_CACHE", self.folder.path().join("cache"))
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Somebody")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "s@example.org")))
            .env_remove("DOMI_NIX")
            .env_remove("DOMI_NIXPKGS")
            .env_remove("GITHUB_ACTIONS")
            .output()
            .unwrap();
        let (stdout, stderr) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
        eprintln!("$ {line}\n{}{stderr}", String::from_utf8_lossy(stdout));
        from_here(&self.here.join("my-features"));
        from_here(&self.here);
        (String::from_utf8(output.stdout).unwrap(), output.status.success())
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
