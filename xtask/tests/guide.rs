//! What the guide says: in prepared repositories, and to somebody who follows it from an empty folder on.
//!
//! `DOMI_TEST_MACHINE=0` leaves out the walk, and says so.

use std::path::Path;

use serde_json::Value;

use crate::workspace::committed::commit;
use crate::workspace::follower::Follower;
use crate::workspace::git::git_in;
use crate::workspace::{GREETING, Workspace, machines};

/// What the guide says as JSON.
fn guide(workspace: &Workspace) -> Value {
    let output = workspace.command("guide --json").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(output.stderr.is_empty(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A workspace with a feature that has passed its tests, in which all is written and committed.
fn whole() -> Workspace {
    let workspace = Workspace::with_greeting();
    workspace.write("flake.nix", "{ }\n");
    workspace.write(".gitlab-ci.yml", "test: { script: cargo xtask ci }\n");
    workspace.run("generate");
    workspace.run("test greeting");
    commit(&workspace);
    git_in(&workspace.root, &["tag", "greeting-v0.1.0"]);
    workspace
}

/// Prepared repositories: what is done to one that is whole, or to an empty folder.
type Prepared = (&'static str, fn() -> Workspace);

fn prepared() -> Vec<Prepared> {
    fn with(change: impl Fn(&Workspace)) -> Workspace {
        let workspace = whole();
        change(&workspace);
        workspace
    }
    fn fleet(workspace: &Workspace) {
        workspace.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
        std::fs::create_dir_all(workspace.root.join("fleet")).unwrap();
        workspace.run("generate");
    }
    fn bare() -> Workspace {
        let workspace = Workspace::empty();
        for entry in std::fs::read_dir(&workspace.root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                std::fs::remove_dir_all(path).unwrap();
            } else {
                std::fs::remove_file(path).unwrap();
            }
        }
        workspace
    }
    vec![
        ("workspace", bare),
        ("workspace", || {
            let workspace = bare();
            workspace.write("notes.txt", "mine\n");
            workspace
        }),
        ("readable", || with(|it| it.write("Cargo.toml", "[workspace\n"))),
        ("readable", || with(|it| it.write("domi.toml", "jobs = 3 = 4\n"))),
        ("readable", || with(|it| it.write("features/other/Cargo.toml", "[package]\n"))),
        ("sdk", Workspace::empty),
        ("feature", || {
            let workspace = Workspace::empty();
            let text = "[workspace]\nmembers = [\"features/*\"]\n[workspace.dependencies]\ndomi-sdk = \"1\"\n";
            workspace.write("Cargo.toml", text);
            workspace
        }),
        ("built", || with(|it| it.feature("greeting", "exit 3"))),
        ("built", || {
            with(|it| {
                let package = "[package]\nname = \"more\"\nedition = \"2024\"\n";
                let table = "[package.metadata.domi]\nkind = \"services\"\n";
                it.write("features/more/Cargo.toml", &format!("{package}{table}"));
                it.write("features/more/src/main.rs", "fn main() {}\n");
            })
        }),
        ("generated", || {
            with(|it| it.printing("greeting", &GREETING.replace("What to say.", "What is said.")))
        }),
        ("tests", || {
            with(|it| {
                let at = GREETING.find("\"tests\"").unwrap();
                it.printing("greeting", &format!("{}\"tests\": [] }}", &GREETING[..at]));
                it.run("generate");
            })
        }),
        ("passed", || {
            with(|it| {
                it.printing("greeting", &GREETING.replace("refuses to say nothing", "another"));
                it.run("generate");
            })
        }),
        ("passed", || {
            with(|it| {
                // Nothing refuses that.
                it.printing(
                    "greeting",
                    &GREETING.replace("{ \"text\": \"\" }", "{ \"text\": \"a\" }"),
                );
                it.run("generate");
                it.run("test greeting");
            })
        }),
        ("git", || with(|it| std::fs::remove_dir_all(it.root.join(".git")).unwrap())),
        ("ignored", || with(|it| it.write(".gitignore", ""))),
        ("committed", || with(|it| it.write("README.md", "Mine.\n"))),
        ("ci", || {
            with(|it| {
                git_in(&it.root, &["rm", "--quiet", ".gitlab-ci.yml"]);
                git_in(&it.root, &["commit", "--quiet", "--message=No CI"]);
            })
        }),
        ("flake", || {
            with(|it| {
                git_in(&it.root, &["rm", "--quiet", "flake.nix"]);
                git_in(&it.root, &["commit", "--quiet", "--message=No flake"]);
            })
        }),
        ("systems", || {
            with(|it| {
                let platforms = "[\"x86_64-linux\", \"aarch64-linux\"]";
                it.printing("greeting", &GREETING.replace("[\"x86_64-linux\"]", platforms));
                it.run("generate");
                it.run("test greeting");
                git_in(&it.root, &["add", "."]);
                git_in(&it.root, &["commit", "--quiet", "--message=Another system"]);
            })
        }),
        ("released", || with(|it| drop(git_in(&it.root, &["tag", "--delete", "greeting-v0.1.0"])))),
        ("fleet.organisation", || with(fleet)),
        ("fleet.readable", || {
            with(|it| {
                fleet(it);
                it.write("fleet/hosts/a.toml", "roles = [\"gone\"]\n");
            })
        }),
        ("fleet.people", || {
            with(|it| {
                fleet(it);
                it.write("fleet/domain/organizations/a.toml", "purpose = \"Bread\"\n");
            })
        }),
    ]
}

#[test]
fn prepared_repositories_have_their_next_step() {
    if !cfg!(target_arch = "x86_64") {
        eprintln!("SKIPPED: the features are for x86_64");
        return;
    }
    for (expected, prepare) in prepared() {
        let workspace = prepare();
        let said = guide(&workspace);
        assert_eq!(said["next"], expected, "{said:#}");
        let text = workspace.run("guide");
        assert!(text.contains("next: ") && text.ends_with("--- exit 0\n"), "{text}");
    }
    let workspace = whole();
    let said = guide(&workspace);
    assert_eq!(said["next"], Value::Null, "{said:#}");
    insta::assert_snapshot!(workspace.run("guide"));
}

/// Does what a step says; the name of its check, or nothing where nothing is left to do.
fn follow(follower: &mut Follower) -> Option<String> {
    let said = follower.run("cargo xtask guide --json");
    let said: Value = serde_json::from_str(&said).unwrap();
    let next = said["next"].as_str()?.to_owned();
    let checks = said["checks"].as_array().unwrap();
    let step = &checks.iter().find(|it| it["id"] == *next).unwrap()["step"];
    if let Some(edit) = step.get("edit") {
        write(&follower.here, edit);
    }
    let command = step["command"].as_str().unwrap();
    let (said, good) = follower.run_to_end(command);
    assert!(good, "{next}: {command}\n{said}");
    Some(next)
}

/// Writes lines where a step has them written.
fn write(folder: &Path, edit: &Value) {
    let file = folder.join(edit["file"].as_str().unwrap());
    let lines = edit["lines"].as_array().unwrap().iter();
    let lines: String = lines.map(|line| format!("{}\n", line.as_str().unwrap())).collect();
    let old = std::fs::read_to_string(&file).ok();
    let new = match (edit["at"].as_str().unwrap(), old) {
        ("new", None) => lines,
        ("top", Some(old)) => lines + &old,
        ("end", Some(old)) => old + &lines,
        (at, old) => panic!("{at}: {old:?}"),
    };
    domi_host::file::write(&file, new).unwrap();
}

/// Follows the guide to its end.
fn walk(follower: &mut Follower) -> Vec<String> {
    let mut walked = Vec::new();
    while let Some(step) = follow(follower) {
        assert_ne!(walked.last(), Some(&step), "it says the same again");
        walked.push(step);
        assert!(walked.len() < 50, "{walked:?}");
    }
    walked
}

#[test]
fn who_follows_the_guide_comes_from_an_empty_folder_to_its_end() {
    if !machines::may_run() {
        return;
    }
    let mut follower = Follower::new();
    assert_eq!(follow(&mut follower).as_deref(), Some("workspace"));
    // Machines of another system are emulated, which takes minutes.
    let manifest = follower.here.join("crates/greeting/Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let platforms =
        format!("maturity = \"dev\"\nplatforms = [\"{}-linux\"]", std::env::consts::ARCH);
    std::fs::write(&manifest, text.replace("maturity = \"dev\"", &platforms)).unwrap();
    let walked = walk(&mut follower);
    let expected =
        ["built", "generated", "passed", "git", "committed", "ci", "committed", "released"];
    assert_eq!(walked, expected);
    // Whoever has machines says so.
    let file = follower.here.join("domi.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + "\n[fleet]\nroot = \"fleet\"\n").unwrap();
    let walked = walk(&mut follower);
    let expected = [
        "fleet.organisation",
        "generated",
        "fleet.people",
        "fleet.responsible",
        "fleet.keys",
        "fleet.places",
        "fleet.hosts",
        "generated",
        "fleet.features",
        "generated",
        "fleet.users",
        "fleet.policies",
        "generated",
        "fleet.tests",
        // The workflow tries them.
        "generated",
        "fleet.recorded",
        "committed",
    ];
    assert_eq!(walked, expected);
}
