//! What `nix flake init` gives people works as it is.

mod grown;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::flake::{ROOT, copy, flake_check, nix_and_inputs};
use crate::workspace::containers;
use crate::workspace::git::git_in;
use crate::workspace::output::said;

/// Where the templates take this project's crates from.
const SOURCE: &str = "git = \"https://github.com/domi-nix/domi-nix\"";

fn template(name: &str) -> PathBuf {
    Path::new(ROOT).join("templates").join(name)
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a folder");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            let content = std::fs::read(entry.path()).expect("it can be read");
            domi_host::file::write(&to, content).expect("it can be written");
        }
    }
}

/// A template of a repository, with this repository's crates instead of published ones, and
/// with what those are locked to.
fn repository(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_folder(&template(name), folder.path());
    let manifest = folder.path().join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).expect("text");
    let here: String = text
        .lines()
        .map(|line| {
            let name = line.strip_prefix("domi-").and_then(|rest| rest.split(' ').next());
            let path = name.map(|name| format!("path = {:?}", format!("{ROOT}/crates/{name}")));
            path.map_or_else(|| line.to_owned(), |path| line.replace(SOURCE, &path)) + "\n"
        })
        .collect();
    assert!(!here.contains(SOURCE), "{here}");
    std::fs::write(&manifest, here).expect("it can be written");
    std::fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.path().join("Cargo.lock"))
        .expect("it can be copied");
    folder
}

/// What `cargo xtask <words>` comes to in the folder.
fn run(folder: &Path, words: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(words)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("templates"))
        .output()
        .expect("it starts");
    let said = said(&output);
    (output, said)
}

/// What `cargo xtask <words>` says in the folder; it must succeed.
#[track_caller]
fn xtask(folder: &Path, words: &[&str]) -> String {
    let (output, said) = run(folder, words);
    assert!(output.status.success(), "{words:?}: {said}");
    said
}

/// Whether these crates of a folder are formatted by the rules that whoever begins has, which are not
/// ours.
#[track_caller]
fn formatted(folder: &Path, crates: &[&str]) {
    let mut formatted = Command::new("cargo");
    formatted.args(["fmt", "--check"]).current_dir(folder);
    formatted.args(crates.iter().flat_map(|name| ["--package", name]));
    let output = formatted.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A template, with what is generated from it. `UPDATE_EXPECTED=1` writes the template's files.
#[track_caller]
fn generated(name: &str) -> tempfile::TempDir {
    let folder = repository(name);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        xtask(folder.path(), &["generate"]);
        for made in ["docs", "modules", "nix", "systems", "tests"] {
            copy_folder(&folder.path().join(made), &template(name).join(made));
        }
    }
    xtask(folder.path(), &["generate", "--check"]);
    folder
}

#[test]
fn a_repository_made_from_the_template_is_as_it_was_generated() {
    let folder = generated("default");
    copy_folder(&template("feature"), &folder.path().join("crates/example"));
    let said = xtask(folder.path(), &["generate"]);
    for file in ["modules/services/example.nix", "tests/example.nix", "nix/features.nix"] {
        assert!(said.contains(&format!("write {file}")), "{said}");
    }
    formatted(folder.path(), &["greeting", "example"]);
}

#[test]
fn the_fleet_of_the_template_is_right_and_its_machines_do_what_it_says() {
    let folder = generated("cim");
    let folder = folder.path();
    formatted(folder, &["web-page", "copies"]);
    let said = xtask(folder, &["fleet", "check"]);
    assert!(
        said.contains("5 hosts, 2 waves, 1 secret") && said.contains(": no problems"),
        "{said}"
    );
    git_in(folder, &["init", "--quiet"]);
    git_in(folder, &["add", "--all"]);
    git_in(folder, &["commit", "--quiet", "--message=All of it"]);
    let said = xtask(folder, &["fleet", "plan"]);
    assert!(said.contains("nothing changes on 5 hosts"), "{said}");
    if !containers::may_run() {
        return;
    }
    let words = ["fleet", "test", "--no-cache", "--backend", "portable-container"];
    let said = xtask(folder, &words);
    assert!(said.contains("5 passed"), "{said}");

    // Who is not let in any more does not reach it.
    let role = folder.join("nodes/backup.toml");
    let text = std::fs::read_to_string(&role).expect("text");
    std::fs::write(&role, text.replace("hosts = [\"counter\"]", "")).expect("it is written");
    let (output, said) = run(folder, &words);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let why =
        "counter (192.0.2.10) does not reach tcp 22 of ledger (192.0.2.130): its firewall drops it";
    assert!(said.contains(why) && said.contains("4 passed, 1 failed"), "{said}");
}

#[test]
fn the_template_is_no_other_than_this_repository_where_it_is_the_same() {
    for file in [
        "xtask/src/main.rs",
        ".cargo/config.toml",
        "systems/profiles/full.nix",
        "systems/profiles/minimal.nix",
    ] {
        let ours = std::fs::read_to_string(Path::new(ROOT).join(file)).expect("text");
        let theirs = std::fs::read_to_string(template("default").join(file)).expect("text");
        assert_eq!(ours, theirs, "{file}");
    }
    let shared = [
        "Cargo.toml",
        ".cargo/config.toml",
        ".gitignore",
        "systems/default.nix",
        "systems/profiles/full.nix",
        "systems/profiles/minimal.nix",
        "xtask/Cargo.toml",
        "xtask/src/main.rs",
    ];
    for file in shared {
        let [one, other] =
            ["default", "cim"].map(|name| std::fs::read_to_string(template(name).join(file)));
        assert_eq!(one.expect("text"), other.expect("text"), "{file}");
    }
}

#[test]
fn the_flakes_of_the_templates_pass() {
    let Some((nix, mut inputs)) = nix_and_inputs() else { return };
    // The template has these from the flake that it follows.
    for (name, _) in &mut inputs {
        *name = match *name {
            "nixpkgs" => "domi/nixpkgs",
            _ => "domi/flake-parts",
        };
    }
    let source = copy();
    inputs.push(("domi", source.path().display().to_string()));
    for name in ["default", "cim"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy_folder(&template(name), folder.path());
        let (passes, said) = flake_check(&nix, folder.path(), &inputs);
        assert!(passes, "{name}: {said}");
    }
}
