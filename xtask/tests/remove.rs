//! A feature is removed, as a person sees it.

use std::collections::BTreeMap;
use std::process::Command;

use crate::workspace::files::files;
use crate::workspace::{GREETING, Workspace};

/// Two features, of which `asking` requires `greeting`; members by name, with remarks.
fn two(requires: bool) -> Workspace {
    let workspace = Workspace::with_greeting();
    let asking = GREETING.replace("\"greeting\"", "\"asking\"");
    let place = r#"{ "file": "features/asking/src/main.rs", "line": 7 }"#;
    let requires = if requires {
        format!(r#""requires": [{{ "feature": "greeting", "place": {place} }}], "tests": ["#)
    } else {
        "\"tests\": [".to_owned()
    };
    workspace.printing("asking", &asking.replace("\"tests\": [", &requires));
    workspace.write(
        "Cargo.toml",
        "# Ours.\n[workspace]\nresolver = \"3\"\nmembers = [\n  \"features/none\", # empty\n  \
         \"features/greeting\",\n  # Asks.\n  \"features/asking\",\n]\n",
    );
    workspace
}

#[test]
fn what_something_depends_on_stays() {
    let workspace = two(true);
    workspace.write(
        "features/none/Cargo.toml",
        "[package]\nname = \"none\"\nedition = \"2024\"\n[dev-dependencies]\ngreeting = { path = \
         \"../greeting\" }\n",
    );
    workspace.run("generate");
    let before = files(&workspace);
    let said = ["remove greeting --yes", "remove asking", "remove none --yes"];
    insta::assert_snapshot!(said.map(|words| workspace.run(words)).join("\n"));
    assert!(files(&workspace) == before, "nothing was changed");
}

#[test]
fn what_is_removed_leaves_nothing() {
    let workspace = two(false);
    workspace.run("generate");
    workspace.write("domi.toml", "# What greeting wants.\n");
    workspace.write("tests/conformance/greeting.json", "{}\n");
    let before = files(&workspace);
    let shown = workspace.run("remove greeting --dry-run");
    assert!(files(&workspace) == before, "nothing was changed");
    let removed = workspace.run("remove greeting --yes");
    insta::assert_snapshot!(format!("{shown}\n{removed}"));
    let after = files(&workspace);
    let named: Vec<&String> = after.keys().filter(|path| path.contains("greeting")).collect();
    assert!(named.is_empty(), "{named:?}");
    let members = String::from_utf8(after["Cargo.toml"].clone()).unwrap();
    assert_eq!(
        members,
        "# Ours.\n[workspace]\nresolver = \"3\"\nmembers = [\n  \"features/none\", # empty\n  # \
         Asks.\n  \"features/asking\",\n]\n"
    );
    // What is left is what would be generated.
    assert!(workspace.run("generate --check").contains("--- exit 0"));
}

#[test]
fn what_cannot_be_done_whole_is_undone() {
    let workspace = two(false);
    workspace.run("generate");
    // An index that is none of ours cannot be written, and is among what changes.
    let index = workspace.root.join("nix/features.nix");
    std::fs::remove_file(&index).unwrap();
    std::fs::create_dir_all(index.join("of-someone")).unwrap();
    std::fs::write(index.join("of-someone/else"), "mine").unwrap();
    let before = files(&workspace);
    let said = workspace.run("remove greeting --yes");
    assert!(!said.contains("--- exit 0"), "{said}");
    let after = files(&workspace);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before), "{said}");
    assert!(after == before, "{said}");
}

#[test]
fn one_that_does_not_build_can_be_removed_and_another_stops_it() {
    let workspace = two(false);
    workspace.feature("greeting", "exit 1");
    let said = workspace.run("remove asking --yes");
    assert!(said.contains("--- exit 5"), "{said}");
    assert!(workspace.root.join("features/asking").exists());
    let said = workspace.run("remove greeting --yes");
    assert!(said.contains("--- exit 0"), "{said}");
    assert!(!workspace.root.join("features/greeting").exists());
}

#[test]
fn a_terminal_is_asked() {
    let workspace = two(false);
    // `script` gives it a terminal.
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no `script` here");
        return;
    }
    for (answer, there) in [("\n", true), ("n\n", true), ("y\n", false)] {
        let command = workspace.command("remove greeting");
        let line = format!("{} remove greeting", command.get_program().to_str().unwrap());
        let mut asked = Command::new("script");
        asked.args(["-qec", &line, "/dev/null"]).current_dir(&workspace.root);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => asked.env(name, value),
                None => asked.env_remove(name),
            };
        }
        let mut typed = workspace.root.join("typed");
        std::fs::write(&typed, answer).unwrap();
        let output = asked.stdin(std::fs::File::open(&mut typed).unwrap()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("with the 4 files of features/greeting"), "{said}");
        assert_eq!(workspace.root.join("features/greeting").exists(), there, "{said}");
    }
}
