//! What git is asked, and that no setting of git hides a change.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod repository;

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use domi_host::Interrupt;
use repository::Repository;

const OWN: &str = "a Portable: features/a/src/main.rs is part of it\na Nixos: features/a/src/main.rs is part of it\n";

/// A change of a feature's file is seen, whatever was done before.
#[track_caller]
fn check(before: &[&[&str]]) {
    let repository = Repository::new();
    for words in before {
        repository.git(words);
    }
    repository.write("features/a/src/main.rs", "fn main() { }\n");
    assert_eq!(repository.said(), OWN, "{before:?}");
}

#[test]
fn no_setting_hides_a_change() {
    check(&[&["update-index", "--assume-unchanged", "features/a/src/main.rs"]]);
    check(&[&["update-index", "--skip-worktree", "features/a/src/main.rs"]]);
    check(&[&["config", "core.fsmonitor", "true"], &["config", "core.ignoreStat", "true"]]);
    check(&[&["config", "diff.orderFile", "/nowhere"], &["config", "diff.noprefix", "true"]]);
    check(&[&["config", "diff.external", "/nowhere"], &["config", "color.ui", "always"]]);
    check(&[&["config", "core.quotePath", "true"], &["config", "diff.relative", "true"]]);
    check(&[&["config", "core.splitIndex", "true"], &["config", "core.untrackedCache", "true"]]);
}

#[test]
fn a_new_file_that_only_the_user_ignores_is_seen() {
    let repository = Repository::new();
    repository.git(&["config", "core.excludesFile", repository.root.join(".git/mine").as_str()]);
    std::fs::write(repository.root.join(".git/mine"), "*.json\n").unwrap();
    std::fs::write(repository.root.join(".git/info/exclude"), "*.json\n").unwrap();
    repository.write("features/a/new.json", "{}");
    let own = "features/a/new.json is part of it";
    assert_eq!(repository.said(), format!("a Portable: {own}\na Nixos: {own}\n"));
}

#[test]
fn a_file_that_is_committed_although_it_is_ignored_is_seen() {
    let repository = Repository::new();
    repository.write(".gitignore", "*.json\n");
    repository.commit();
    repository.git(&["checkout", "--quiet", "-b", "work"]);
    repository.write("features/a/new.json", "{}");
    repository.git(&["add", "--force", "features/a/new.json"]);
    repository.git(&["commit", "--quiet", "--message=x"]);
    let own = "features/a/new.json is part of it";
    assert_eq!(repository.said(), format!("a Portable: {own}\na Nixos: {own}\n"));
}

#[test]
fn whether_a_file_may_be_executed_is_part_of_it() {
    let repository = Repository::new();
    repository.git(&["config", "core.fileMode", "false"]);
    let mode = PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(repository.root.join("features/a/src/main.rs"), mode).unwrap();
    assert_eq!(repository.said(), OWN);
}

#[test]
fn a_name_that_is_not_utf_8_is_as_good_as_any() {
    let repository = Repository::new();
    let name = std::ffi::OsStr::from_bytes(b"features/a/\xff.txt");
    std::fs::write(repository.root.as_std_path().join(name), "").unwrap();
    let own = "features/a/\u{fffd}.txt is part of it";
    assert_eq!(repository.said(), format!("a Portable: {own}\na Nixos: {own}\n"));
}

#[test]
fn the_workspace_may_be_below_the_repository() {
    let repository = Repository::within("below/here");
    repository.replace("Cargo.toml", "members = [", "members = [\"../outside\", ");
    repository.package("../outside", "workspace = \"../here\"\n");
    repository.replace(
        "features/b/Cargo.toml",
        "[dev-dependencies]",
        "[dependencies]\noutside.path = \"../../../outside\"\n[dev-dependencies]",
    );
    repository.replace(
        "Cargo.lock",
        "[[package]]\nname = \"shared\"",
        "[[package]]\nname = \"outside\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"shared\"",
    );
    repository.replace("Cargo.lock", "[\"there\"]", "[\"there\", \"outside\"]");
    repository.write("../../README.md", "");
    repository.commit();
    assert_eq!(repository.said(), "");
    repository.write("../outside/src/lib.rs", "// changed");
    let from = "it is built from outside: ../outside/src/lib.rs";
    assert_eq!(repository.said(), format!("b Portable: {from}\nb Nixos: {from}\n"));
    repository.commit();
    repository.write("../../README.md", "changed");
    repository.write("features/a/src/main.rs", "fn main() { }\n");
    assert_eq!(repository.said(), OWN);
    repository.commit();
    repository.write("../../.cargo/config.toml", "");
    let all = "everything is built with ../../.cargo/config.toml";
    let lines =
        ["a Portable", "a Nixos", "b Portable", "b Nixos"].map(|to| format!("{to}: {all}\n"));
    assert_eq!(repository.said(), lines.concat());
}

#[test]
fn what_is_in_a_repository_within_this_one_is_seen_whatever_is_said_of_it() {
    let inner = Repository::new();
    let repository = Repository::new();
    let settings = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    repository.git(&[&settings[..], &[inner.root.as_str(), "features/a/data"]].concat());
    repository.git(&["config", "--file", ".gitmodules", "submodule.features/a/data.ignore", "all"]);
    repository.git(&["config", "diff.ignoreSubmodules", "all"]);
    repository.commit();
    assert_eq!(repository.said(), "");
    repository.write("features/a/data/README.md", "changed");
    let own = "features/a/data is part of it";
    assert_eq!(repository.said(), format!("a Portable: {own}\na Nixos: {own}\n"));
}

#[test]
fn the_source_is_the_commit_and_what_was_changed_in_it() {
    let repository = Repository::new();
    let source =
        || domi_affected::source(&repository.root, &Interrupt::default()).unwrap().unwrap();
    let commit = source();
    assert_eq!(commit.len(), 40, "{commit}");
    // Files that a CI job adds are not part of the change.
    repository.write("durations.json", "{}");
    assert_eq!(source(), commit);
    repository.write("features/a/src/main.rs", "fn main() { }\n");
    let changed = source();
    assert!(changed.starts_with(&format!("{commit}, changed (")), "{changed}");
    repository.write("features/a/src/main.rs", "fn main() {  }\n");
    assert_ne!(source(), changed);
    repository.commit();
    assert_ne!(source(), commit);
    let empty = tempfile::tempdir().unwrap();
    let empty = camino::Utf8Path::from_path(empty.path()).unwrap();
    assert_eq!(domi_affected::source(empty, &Interrupt::default()).unwrap(), None);
}
