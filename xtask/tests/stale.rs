//! Whatever a feature is made from, a change of it is seen: with the tool as people use it.

use std::process::Command;

use crate::workspace::{GREETING, Workspace, git};

/// A workspace in the folder `here`, with a feature `a` in Rust whose summary is this expression.
fn with_feature(says: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("here/Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"a\"]\n");
    workspace.write(
        "here/a/Cargo.toml",
        "[package]\nname = \"a\"\nedition = \"2024\"\n[package.metadata.domi]\n",
    );
    let about = r#"{"name":"a","kind":"services","summary":"SAYS","maturity":"dev","version":"0.1.0","platforms":["x86_64-linux"]}"#;
    let manifest = format!(r#"{{"schema":"domi.feature/1","feature":{about}}}"#);
    workspace.write(
        "here/a/src/main.rs",
        &format!(
            "fn main() {{ print!(\"{{}}\", r#\"{manifest}\"#.replace(\"SAYS\", {says})); }}\n"
        ),
    );
    workspace
}

fn command(workspace: &Workspace, words: &str) -> Command {
    let mut command = workspace.command(words);
    command.current_dir(workspace.root.join("here"));
    command.env_remove("SITE").env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

/// The summary of the listed feature.
#[track_caller]
fn check(mut list: Command, expected: &str) {
    let output = list.output().unwrap();
    let (said, error) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
    let said = String::from_utf8(said).unwrap();
    assert!(said.trim_end().ends_with(&format!("in machines  {expected}")), "{said}{error}");
}

#[test]
fn variables_and_settings_that_a_feature_is_compiled_with_are_part_of_it() {
    let says = "&format!(\"{}/{}\", option_env!(\"SITE\").unwrap_or(\"no\"), cfg!(site))";
    let workspace = with_feature(says);
    let list = || command(&workspace, "list");
    let with = |name, value| {
        let mut command = list();
        command.env(name, value);
        command
    };
    check(list(), "no/false");
    check(with("SITE", "home"), "home/false");
    check(list(), "no/false");
    // Above the workspace.
    let setting = "[build]\nrustflags = [\"--cfg\", \"site\"]\n";
    workspace.write(".cargo/config.toml", setting);
    check(list(), "no/true");
    check(with("RUSTFLAGS", ""), "no/false");
    check(with("RUSTFLAGS", "--cfg other"), "no/false");
    workspace.write(".cargo/config.toml", &format!("{setting}[env]\nSITE = \"work\"\n"));
    check(list(), "work/true");
    check(with("SITE", "home"), "home/true");

    assert!(command(&workspace, "generate").status().unwrap().success());
    assert!(command(&workspace, "generate --check").status().unwrap().success());
    let red = command(&workspace, "generate --check").env("SITE", "home").output().unwrap();
    assert!(!red.status.success());
}

#[test]
fn what_a_command_reads_may_be_anywhere() {
    let workspace = Workspace::with_greeting();
    let changed = GREETING.replace("A greeting in a file", "Another greeting");
    for (script, file) in [
        ("cat .data/manifest.json", "features/greeting/.data/manifest.json"),
        ("cat skel/manifest.json", "features/greeting/skel/manifest.json"),
        ("cat ../../elsewhere.json", "elsewhere.json"),
    ] {
        workspace.write("features/greeting/skel/Cargo.toml", "");
        workspace.feature("greeting", script);
        workspace.write(file, GREETING);
        assert!(workspace.run("list").contains("A greeting in a file"), "{script}");
        workspace.write(file, &changed);
        assert!(workspace.run("list").contains("Another greeting"), "{script}");
    }
}

#[test]
fn a_workspace_is_found_as_cargo_finds_it() {
    let workspace = with_feature("\"x\"");
    for toml in [
        "[ workspace ]\nresolver = \"3\"\nmembers = [\"a\"]\n",
        "workspace = { resolver = \"3\", members = [\"a\"] }\n",
        "workspace.resolver = \"3\"\nworkspace.members = [\"a\"]\n",
        "[\"workspace\"]\nresolver = \"3\"\nmembers = [\"a\"]\n",
    ] {
        workspace.write("here/Cargo.toml", toml);
        let mut list = command(&workspace, "list");
        list.current_dir(workspace.root.join("here/a/src"));
        check(list, "x");
    }
    workspace.write("here/Cargo.toml", "[workspace\n");
    let broken = command(&workspace, "list").output().unwrap();
    let said = String::from_utf8(broken.stderr).unwrap();
    assert!(broken.status.code() == Some(2) && said.contains("error[D0402]"), "{said}");
}

#[test]
fn what_a_change_touches_is_what_the_compiler_reads() {
    let workspace = with_feature("include_str!(\"../../templates/text\").trim()");
    for file in ["templates/text", "templates/other", "README.md"] {
        workspace.write(&format!("here/{file}"), "x\n");
    }
    workspace.write(".gitignore", "target\n");
    let git = |words: &[&str]| git::git_in(&workspace.root, words);
    check(command(&workspace, "list"), "x");
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=All of it"]);
    let affected = |words: &str| {
        let output = command(&workspace, words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(affected("list --affected=HEAD"), "");
    workspace.write("here/templates/other", "y\n");
    workspace.write("here/README.md", "y\n");
    assert_eq!(affected("list --affected=HEAD"), "");
    workspace.write("here/templates/text", "y\n");
    assert!(affected("list --affected=HEAD").trim_end().ends_with("in machines  y"));

    let unset = command(&workspace, "list --affected=").output().unwrap();
    let said = String::from_utf8(unset.stderr).unwrap();
    assert!(unset.status.code() == Some(2) && said.contains("it is empty"), "{said}");
}
