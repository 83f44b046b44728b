//! `new`: a feature from nothing, with the real SDK and the real compiler. What cannot be made leaves
//! nothing behind.

use std::io::Write;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::workspace::files::files;
use crate::workspace::with_sdk::{MANIFEST, run, with_sdk};
use crate::workspace::{GREETING, Workspace};

#[test]
fn a_new_feature_is_a_member_is_generated_and_passes() {
    let workspace = with_sdk();
    let before = files(&workspace);
    let wanted = ["new", "web-thing", "--kind", "ui", "--summary", "A thing to look at"];
    let mut seen = run(&workspace, &[&wanted[..], &["--dry-run"]].concat());
    assert_eq!(files(&workspace), before, "a dry run writes nothing");
    seen += &run(&workspace, &wanted);
    seen += &run(&workspace, &["generate", "--check"]);
    seen += &run(&workspace, &["new", "web-thing"]);
    insta::assert_snapshot!(seen);
    // That it runs on a machine is shown where the page of the first feature is followed.
    let tested = run(&workspace, &["test", "web-thing", "--test", "refuse"]);
    assert!(tested.contains("  ✓ refuses to run no time at all"), "{tested}");
    assert!(tested.ends_with("--- exit 0\n"), "{tested}");
    let shown = run(&workspace, &["show", "web-thing"]);
    assert!(shown.contains("web-thing.service (by multi-user.target)"), "{shown}");
    assert!(shown.contains("✓ refused"), "{shown}");
}

#[test]
fn each_plugin_is_asked_once_and_what_is_odd_about_it_is_said_once() {
    let workspace = with_sdk();
    let odd = GREETING.replace("\"kind\"", "\"colour\": \"red\", \"kind\"");
    workspace.feature("greeting", "echo >>asked; cat manifest.json");
    workspace.write("features/greeting/manifest.json", &odd);
    let manifest = std::fs::read_to_string(workspace.root.join("Cargo.toml")).unwrap();
    let with = manifest.replace("\"xtask\"", "\"xtask\", \"features/greeting\"");
    workspace.write("Cargo.toml", &with);
    let seen = run(&workspace, &["new", "web-thing"]);
    assert!(seen.ends_with("--- exit 0\n"), "{seen}");
    assert_eq!(seen.matches("`feature.colour` in its manifest").count(), 1, "{seen}");
    let asked = std::fs::read(workspace.root.join("features/greeting/asked")).unwrap();
    assert_eq!(asked, b"\n");
}

/// What a command prints whose standard input is a terminal, at which a person writes these lines.
fn run_at_a_terminal(workspace: &Workspace, words: &[&str], lines: &str) -> String {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap().into_string().unwrap();
    let terminal = std::fs::File::options().read(true).write(true).open(name).unwrap();
    let mut person = std::fs::File::from(person);
    person.write_all(lines.as_bytes()).unwrap();
    let mut command = workspace.command("");
    let output = command.args(words).stdin(terminal).output().unwrap();
    workspace.shown(&words.join(" "), &output)
}

#[test]
fn who_is_at_a_terminal_is_asked() {
    let workspace = with_sdk();
    let check = |words: &[&str], lines: &str, says: &[&str], exit: &str| {
        let seen = run_at_a_terminal(&workspace, words, lines);
        for part in says {
            assert!(seen.contains(part), "no {part:?} in:\n{seen}");
        }
        assert!(seen.ends_with(&format!("--- exit {exit}\n")), "{seen}");
        seen
    };
    let name = "name of the feature, such as web-gateway: ";
    let kind = "its kind: services, security, packages, ui, features [services]: ";
    let dry = ["new", "--dry-run"];
    check(&dry, "web-thing\nui\n", &[name, kind, "crates/web-thing/src", "kind = \"ui\""], "0");
    check(&dry, "web-thing\n\n", &["kind = \"services\""], "0");
    check(&dry, "\n\n", &["D0532"], "2");
    let seen = check(&["new", "--dry-run", "--kind", "ui"], "a\n", &[name, "kind = \"ui\""], "0");
    assert!(!seen.contains("its kind"), "{seen}");
    check(&dry, "a\nthing\nui\n", &["the kinds are services, security", "kind = \"ui\""], "0");
}

#[test]
fn what_cannot_be_made_is_refused_or_taken_back() {
    let workspace = with_sdk();
    let before = files(&workspace);
    let check = |words: &[&str], says: &[&str], exit: &str| {
        let seen = run(&workspace, words);
        for part in says {
            assert!(seen.contains(part), "no {part:?} in:\n{seen}");
        }
        assert!(seen.ends_with(&format!("--- exit {exit}\n")), "{seen}");
    };
    check(&["new"], &["D0532", "has no name"], "2");
    check(&["new", "Web Thing"], &["D0532", "did you mean `web-thing`?"], "2");
    check(&["new", "xtask"], &["D0532", "a crate of this workspace"], "2");
    check(&["new", "serde"], &["D0532", "depends on"], "2");
    check(&["new", "a", "--kind", "thing"], &["the kinds are services, security"], "2");
    check(&["new", "a", "--summary", "It ends."], &["full stop"], "2");
    assert_eq!(files(&workspace), before);

    // Machines have a unit of this name: nobody knows that before the feature is read.
    check(&["new", "nix-daemon"], &["nix-daemon"], "5");
    assert_eq!(files(&workspace), before);

    workspace.write("crates/taken/file", "");
    check(&["new", "taken"], &["D0533", "crates/taken"], "2");
    workspace.write("modules/services/in-the-way.nix", "{ }\n");
    let before = files(&workspace);
    check(&["new", "in-the-way"], &["D0506", "modules/services/in-the-way.nix"], "4");
    assert_eq!(files(&workspace), before);

    workspace.feature("broken", "exit 3");
    let manifest = std::fs::read_to_string(workspace.root.join("Cargo.toml")).unwrap();
    workspace.write("Cargo.toml", &manifest.replace("\"xtask\"", "\"xtask\", \"features/broken\""));
    let before = files(&workspace);
    check(&["new", "a"], &["D0406", "broken"], "5");
    // The lock has what was there already, and nothing of what was not made.
    let after = files(&workspace);
    let made = |path: &&String| !before.contains_key(*path);
    assert_eq!(after.keys().filter(made).collect::<Vec<_>>(), [""; 0]);

    workspace.write("Cargo.toml", MANIFEST);
    check(&["new", "a"], &["D0533", "domi-sdk"], "2");
}
