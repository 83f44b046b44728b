//! What is checked of other files by their text: where things come from, and of which version.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_host::command::Program;
use walkdir::WalkDir;

use super::super::nix_code::code;
use super::check::{ACTIONS, Check, SEARCH_PATH, VERSIONS};

/// Folders with workflows and with what they run.
const OF_CI: [&str; 3] = [".github/workflows", ".github/actions", ".ci"];
/// Files in which the version of Rust can be named.
const TOOLCHAINS: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];
/// What comes before the name of a version of Rust.
const INSTALL: &str = "rustup toolchain install ";

/// All of them. `target` is cargo's folder.
pub(super) fn checks(root: &Utf8Path, target: &Utf8Path, interrupt: &Interrupt) -> Vec<Check> {
    let texts: Vec<_> = OF_CI.iter().flat_map(|folder| texts(root, folder)).collect();
    let toolchain =
        TOOLCHAINS.iter().find_map(|file| std::fs::read_to_string(root.join(file)).ok());
    let here = |program: &str| version(program, root, interrupt);
    let [actions, versions] = of_texts(&texts, toolchain.as_deref(), &here);
    vec![search_path(root, target), actions, versions]
}

/// What files of CI come to, and one of rustup.
pub(super) fn of_texts(
    texts: &[Text],
    toolchain: Option<&str>,
    here: &dyn Fn(&str) -> Option<String>,
) -> [Check; 2] {
    [actions(texts), versions(texts, toolchain.and_then(channel).as_deref(), here)]
}

/// A file's path from the root, and what it holds.
pub(super) type Text = (Utf8PathBuf, String);

fn texts(root: &Utf8Path, folder: &str) -> Vec<Text> {
    let files = WalkDir::new(root.join(folder)).sort_by_file_name().into_iter().flatten();
    let files = files.filter_map(|entry| Utf8PathBuf::try_from(entry.into_path()).ok());
    let text = |path: Utf8PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path.strip_prefix(root).ok()?.to_owned(), text))
    };
    files.filter_map(text).collect()
}

fn search_path(root: &Utf8Path, target: &Utf8Path) -> Check {
    let is_of_others = |path: &std::path::Path| {
        path == target.as_std_path()
            || path.file_name().is_some_and(|name| name == ".git" || name == "node_modules")
    };
    let files = WalkDir::new(root).sort_by_file_name().into_iter();
    let files = files.filter_entry(|entry| !is_of_others(entry.path())).flatten();
    let (mut count, mut wrong) = (0, Vec::new());
    for entry in files.filter(|entry| entry.path().extension().is_some_and(|it| it == "nix")) {
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        count += 1;
        let place = entry.path().strip_prefix(root).unwrap_or(entry.path());
        wrong.extend(searches(&text).into_iter().map(|at| format!("{}:{at}", place.display())));
    }
    if count == 0 {
        return Check::not_run(SEARCH_PATH, "there are no Nix files here", "");
    }
    let fix = "take it from the flake's inputs, or from the `pkgs` of the module";
    Check::of(SEARCH_PATH, &wrong, &format!("{count} Nix files"), fix)
}

/// The lines that take nixpkgs from the search path of whoever evaluates them.
fn searches(text: &str) -> Vec<usize> {
    // Nearly no file has it at all, and to find its code takes long.
    if !text.contains("<nixpkgs") {
        return Vec::new();
    }
    let code = code(text);
    let searches = |line: &str| line.contains("<nixpkgs>") || line.contains("<nixpkgs/");
    (1..).zip(code.lines()).filter(|(_, line)| searches(line)).map(|(at, _)| at).collect()
}

fn actions(texts: &[Text]) -> Check {
    let (mut count, mut wrong) = (0, Vec::new());
    let workflows =
        texts.iter().filter(|(path, _)| matches!(path.extension(), Some("yml" | "yaml")));
    for (path, text) in workflows {
        for (at, line) in text.lines().enumerate() {
            for action in uses(line) {
                count += 1;
                if !is_pinned(action) {
                    wrong.push(format!("{path}:{}: {action}", at + 1));
                }
            }
        }
    }
    if count == 0 {
        return Check::not_run(ACTIONS, "no workflow here uses an action", "");
    }
    let fix = "name the commit of the version: `uses: OWNER/NAME@COMMIT # VERSION`";
    Check::of(ACTIONS, &wrong, &format!("{count} uses of actions"), fix)
}

/// The actions that a line uses: as a key of its own, or within `{ … }`.
fn uses(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("uses") {
        let before = line[..at].trim_end_matches(['"', '\'']).trim_end();
        let is_in_braces = before.ends_with(['{', ',']);
        let is_first = before.chars().all(|c| c == '-' || c.is_whitespace());
        let after = line[at + "uses".len()..].trim_start_matches(['"', '\'']).trim_start();
        let Some(value) = after.strip_prefix(':') else { continue };
        let value = value.split_whitespace().next().unwrap_or_default();
        let action = if is_in_braces { value.trim_end_matches([',', '}', ']']) } else { value };
        let action = action.trim_matches(['"', '\'']);
        // Braces are in programs, too; every action has a slash.
        if is_first || is_in_braces && action.contains('/') {
            found.push(action);
        }
    }
    found
}

/// Whether an action cannot become another one: it is of this repository, or named by a digest.
fn is_pinned(action: &str) -> bool {
    let hex =
        |text: &str, length| text.len() == length && text.chars().all(|c| c.is_ascii_hexdigit());
    if let Some(image) = action.strip_prefix("docker://") {
        return image.split_once("@sha256:").is_some_and(|(_, digest)| hex(digest, 64));
    }
    action.starts_with("./") || action.split_once('@').is_some_and(|(_, commit)| hex(commit, 40))
}

/// The tools that CI installs by version, and what they are here. `toolchain` is what a file of the
/// repository says of Rust, and counts in both places.
fn versions(
    texts: &[Text],
    toolchain: Option<&str>,
    here: &dyn Fn(&str) -> Option<String>,
) -> Check {
    let mut wanted = installed(texts);
    if let Some(toolchain) = toolchain {
        wanted.insert("rustc".to_owned(), [toolchain.to_owned()].into());
    }
    let (mut same, mut wrong) = (Vec::new(), Vec::new());
    for (program, versions) in wanted {
        let in_ci = versions.iter().map(String::as_str).collect::<Vec<_>>().join(" and ");
        let Some(found) = here(&program) else {
            // What is not here cannot be another one. Rust is here, or nothing would be.
            if program == "rustc" {
                wrong.push(format!("rustc is {in_ci} in CI, and here it cannot be asked"));
            }
            continue;
        };
        if versions.iter().all(|version| *version == found) {
            same.push(format!("{program} {found}"));
        } else if versions.iter().any(|version| !is_number(version)) {
            wrong.push(format!("{program} is {in_ci} in CI, whatever that is; here it is {found}"));
        } else {
            wrong.push(format!("{program} is {in_ci} in CI, and {found} here"));
        }
    }
    if same.is_empty() && wrong.is_empty() {
        let why = "CI installs no tool of a named version that is here too";
        return Check::not_run(VERSIONS, why, "");
    }
    let fix = "name the version in rust-toolchain.toml, or in the files of CI, and install it here";
    Check::of(VERSIONS, &wrong, &same.join("; "), fix)
}

/// The versions that texts install, by program.
fn installed(texts: &[Text]) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::<String, BTreeSet<String>>::new();
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        if let Some((_, rest)) = line.split_once(INSTALL)
            && let Some(channel) = rest.split_whitespace().next()
        {
            all.entry("rustc".to_owned()).or_default().insert(channel.to_owned());
        }
        let Some((_, rest)) = line.split_once("cargo install ") else { continue };
        for (name, version) in rest.split_whitespace().filter_map(|word| word.split_once('@')) {
            all.entry(name.to_owned()).or_default().insert(version.to_owned());
        }
    }
    all
}

fn is_number(version: &str) -> bool {
    version.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// The channel that a file of rustup names: TOML, or just the name.
fn channel(text: &str) -> Option<String> {
    match text.parse::<toml_edit::DocumentMut>() {
        Ok(file) => Some(file.get("toolchain")?.get("channel")?.as_str()?.to_owned()),
        Err(_) => text.lines().next().map(|line| line.trim().to_owned()),
    }
}

/// The version that a program says it has, if it is here.
fn version(program: &str, root: &Utf8Path, interrupt: &Interrupt) -> Option<String> {
    let path = domi_host::tool::find(program)?;
    let asked = Program::new(path).arg("--version").folder(root).run(interrupt).ok()?;
    let said = String::from_utf8(asked.stdout).ok()?;
    let mut words = said.split_whitespace();
    words.find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[track_caller]
    fn check(found: &Check, state: State, says: &str) {
        assert!(found.state == state && found.reason.contains(says), "{found:?}");
    }

    #[test]
    fn nixpkgs_of_the_search_path_is_found_but_not_in_a_comment() {
        assert_eq!(searches("{ pkgs ? import <nixpkgs> { } }:"), [1]);
        assert_eq!(searches("import <nixpkgs/nixos>"), [1]);
        assert!(searches("# import <nixpkgs>").is_empty());
        assert!(searches("inputs.nixpkgs").is_empty());
        assert_eq!(searches("{ a = \"#\"; b = import <nixpkgs> { }; }"), [1]);
        assert_eq!(searches("/* import\n <nixpkgs> */\n\"${import <nixpkgs> { }}\""), [3]);
    }

    #[test]
    fn an_action_is_named_by_a_commit_or_is_red() {
        let of = |action: &str| {
            actions(&[("a.yml".into(), format!("jobs:\n  - uses: {action} # v1\n"))])
        };
        let commit = "3d3c42e5aac5ba805825da76410c181273ba90b1";
        check(&of(&format!("actions/checkout@{commit}")), State::Green, "1 uses");
        check(&of("./.github/actions/own"), State::Green, "");
        check(&of("actions/checkout@v7"), State::Red, "a.yml:2: actions/checkout@v7");
        check(&of("\"actions/checkout@main\""), State::Red, "checkout@main");
        check(&of("docker://alpine:3"), State::Red, "docker");
        let line = |line: &str| actions(&[("a.yml".into(), line.to_owned())]);
        check(&line("- { uses: x/y@v1 }"), State::Red, "a.yml:1: x/y@v1");
        check(&line("steps: [{name: a, \"uses\": \"x/y@v1\"}]"), State::Red, "a.yml:1: x/y@v1");
        check(&line(&format!("- {{ uses: x/y@{commit}, name: a }}")), State::Green, "1 uses");
        check(&line("- run: jq '{uses: .a}' # it uses: x/y@v1"), State::NotRun, "no workflow");
        check(&actions(&[]), State::NotRun, "no workflow");
    }

    #[test]
    fn tools_that_differ_between_ci_and_here_are_red() {
        let here = |program: &str| match program {
            "rustc" => Some("1.90.0".to_owned()),
            "cargo-deny" => Some("0.20.2".to_owned()),
            _ => None,
        };
        let of =
            |text: &str, toolchain| versions(&[("x".into(), text.to_owned())], toolchain, &here);
        check(&of("rustup toolchain install 1.90.0 --x", None), State::Green, "rustc 1.90.0");
        check(&of("rustup toolchain install stable", None), State::Red, "stable in CI, whatever");
        check(&of("rustup toolchain install stable", Some("1.90.0")), State::Green, "");
        check(&of("", Some("1.89.0")), State::Red, "1.89.0 in CI, and 1.90.0 here");
        check(&of("cargo install --locked cargo-deny@0.20.2 ||", None), State::Green, "cargo-deny");
        check(&of("cargo install cargo-deny@0.20.1", None), State::Red, "0.20.1 in CI");
        check(&of("cargo install other@1.0.0", None), State::NotRun, "no tool");
        assert_eq!(channel("[toolchain]\nchannel = \"1.2.3\"\n").as_deref(), Some("1.2.3"));
        assert_eq!(channel("1.2.3\n").as_deref(), Some("1.2.3"));
    }
}
