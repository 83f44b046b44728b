//! Repositories from templates, made and brought to a newer version, as a person sees it.

use std::path::Path;

use serde_json::Value;

use crate::workspace::Workspace;
use crate::workspace::files::files;

/// A folder of its own, in which repositories are made.
fn run(workspace: &Workspace, folder: &str, words: &str) -> String {
    let mut command = workspace.command(words);
    let output = command.current_dir(workspace.root.join(folder)).output().unwrap();
    workspace.shown(words, &output)
}

fn read(workspace: &Workspace, path: &str) -> String {
    std::fs::read_to_string(workspace.root.join(path)).unwrap()
}

/// What is recorded, with another text for a file: as if the template had been that when the repository
/// was made.
fn had(workspace: &Workspace, file: &str, text: &str) {
    let mut record: Value =
        serde_json::from_str(&read(workspace, "mine/.domi-template.json")).unwrap();
    record["files"][file] = text.into();
    workspace.write("mine/.domi-template.json", &record.to_string());
}

fn made() -> Workspace {
    let workspace = Workspace::empty();
    let said = run(&workspace, ".", "template new default mine");
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    workspace
}

#[test]
fn a_repository_is_made_as_the_template_is() {
    let workspace = Workspace::empty();
    let before = files(&workspace);
    let dry = run(&workspace, ".", "template new default mine --dry-run");
    assert_eq!(files(&workspace), before, "a dry run writes nothing");
    let said = run(&workspace, ".", "template new default mine");
    let written = |said: &str| -> Vec<String> {
        said.lines().filter(|line| line.starts_with("write ")).map(str::to_owned).collect()
    };
    assert_eq!(written(&said), written(&dry));
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/default");
    let mut compared = 0;
    for entry in walkdir::WalkDir::new(&template) {
        let path = entry.unwrap().into_path();
        let part = path.strip_prefix(&template).unwrap();
        if path.is_file() && !part.starts_with("target") && !part.starts_with("Cargo.lock") {
            let made = std::fs::read(workspace.root.join("mine").join(part)).unwrap();
            assert_eq!(made, std::fs::read(&path).unwrap(), "{}", part.display());
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared}");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let mut said = run(&workspace, ".", "template new defalt other");
    said += &run(&workspace, ".", "template new default other --source xtask");
    said += &run(&workspace, ".", "template update");
    let again = run(&workspace, ".", "template new default mine");
    assert!(again.contains("error[D0533]: Cargo.toml: there is something"), "{again}");
    // The folder is none, is a link, or is within a file.
    std::fs::create_dir(workspace.root.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", workspace.root.join("link")).unwrap();
    workspace.write("file", "");
    let before = files(&workspace);
    for folder in ["link", "link/", "file", "file/in"] {
        let refused = run(&workspace, ".", &format!("template new default {folder}"));
        let wanted = format!("error[D0533]: {folder}: it is a link, or no folder");
        assert!(refused.contains(&wanted) && refused.ends_with("--- exit 2\n"), "{refused}");
    }
    assert_eq!(files(&workspace), before, "nothing was written");
    insta::assert_snapshot!(said);
    assert!(again.ends_with("--- exit 2\n"), "{again}");
    let words = format!("template new cim fleet --source {}", source.display());
    let said = run(&workspace, ".", &words);
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    let manifest = read(&workspace, "fleet/Cargo.toml");
    assert!(
        manifest.contains(&format!("domi-sdk = {{ path = \"{}/crates/sdk\" }}", source.display()))
    );
}

#[test]
fn what_is_new_is_merged_and_a_second_time_nothing_changes() {
    let workspace = made();
    let nothing = run(&workspace, "mine", "template update");
    assert!(nothing.contains("default is that of this tool") && nothing.ends_with("--- exit 0\n"));
    let of_template = read(&workspace, "mine/README.md");
    let flake = read(&workspace, "mine/flake.nix");
    // The template had fewer lines at its end, a file that it has no more, and lacked another one.
    let short: String = of_template
        .lines()
        .rev()
        .skip(2)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .map(|line| format!("{line}\n"))
        .collect();
    had(&workspace, "README.md", &short);
    had(&workspace, "old.txt", "old\n");
    workspace.write("mine/old.txt", "old\n");
    workspace.write("mine/README.md", &format!("Mine.\n\n{short}"));
    workspace.write("mine/flake.nix", &flake.replace("Features, each", "Mine, each"));
    let before = files(&workspace);
    let dry = run(&workspace, "mine", "template update --dry-run");
    assert_eq!(files(&workspace), before, "a dry run writes nothing");
    let said = run(&workspace, "mine", "template update");
    insta::assert_snapshot!(format!("{dry}{said}"));
    assert_eq!(read(&workspace, "mine/README.md"), format!("Mine.\n\n{of_template}"));
    assert!(read(&workspace, "mine/flake.nix").contains("Mine, each"));
    assert!(!workspace.root.join("mine/old.txt").exists());
    let before = files(&workspace);
    let again = run(&workspace, "mine", "template update");
    assert!(again.contains("default is that of this tool"), "{again}");
    assert_eq!(files(&workspace), before);
}

#[test]
fn lines_that_both_changed_are_refused_or_marked() {
    let workspace = made();
    let flake = read(&workspace, "mine/flake.nix");
    had(&workspace, "flake.nix", &flake.replace("Features, each", "Modules, each"));
    workspace.write("mine/flake.nix", &flake.replace("Features, each", "Mine, each"));
    let before = files(&workspace);
    let refused = run(&workspace, "mine", "template update");
    assert_eq!(files(&workspace), before, "nothing was changed");
    let marked = run(&workspace, "mine", "template update --mark");
    insta::assert_snapshot!(format!("{refused}{marked}"));
    let text = read(&workspace, "mine/flake.nix");
    for part in
        ["<<<<<<< yours\n", "Mine, each", "=======\n", "Features, each", ">>>>>>> template\n"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let again = run(&workspace, "mine", "template update");
    assert!(again.contains("default is that of this tool"), "{again}");
    assert_eq!(read(&workspace, "mine/flake.nix"), text);
}

#[test]
fn a_copy_is_recorded_as_one() {
    let workspace = made();
    std::fs::remove_file(workspace.root.join("mine/.domi-template.json")).unwrap();
    std::fs::remove_file(workspace.root.join("mine/systems/profiles/full.nix")).unwrap();
    // There, and no file.
    std::fs::remove_file(workspace.root.join("mine/flake.nix")).unwrap();
    std::fs::create_dir(workspace.root.join("mine/flake.nix")).unwrap();
    workspace.write("mine/README.md", "Mine.\n");
    let before = files(&workspace);
    let dry = run(&workspace, "mine", "template record default --dry-run");
    assert_eq!(files(&workspace), before, "a dry run writes nothing");
    let said = run(&workspace, "mine", "template record default");
    for part in
        ["changed  README.md\n", "changed  flake.nix\n", "missing  systems/profiles/full.nix\n"]
    {
        assert!(dry.contains(part) && said.contains(part), "{said}");
    }
    assert!(said.contains("write .domi-template.json"), "{said}");
    let again = run(&workspace, "mine", "template record default");
    assert!(again.contains("error[D1181]: .domi-template.json: there is a record"), "{again}");
    // What differs is the repository's own.
    let before = files(&workspace);
    let said = run(&workspace, "mine", "template update");
    assert!(said.contains("default is that of this tool"), "{said}");
    assert_eq!(files(&workspace), before);
}

#[test]
fn nothing_outside_is_read_or_written() {
    let workspace = made();
    workspace.write("outside.txt", "outside\n");
    had(&workspace, "../outside.txt", "outside\n");
    let said = run(&workspace, "mine", "template update");
    assert!(said.contains("error[D1181]") && said.contains("is no path within"), "{said}");
    had(&workspace, "docs/outside.txt", "outside\n");
    let text = read(&workspace, "mine/.domi-template.json");
    let mut record: Value = serde_json::from_str(&text).unwrap();
    record["files"].as_object_mut().unwrap().remove("../outside.txt");
    workspace.write("mine/.domi-template.json", &record.to_string());
    std::fs::remove_dir_all(workspace.root.join("mine/docs")).unwrap();
    std::os::unix::fs::symlink(&workspace.root, workspace.root.join("mine/docs")).unwrap();
    let said = run(&workspace, "mine", "template update");
    assert!(said.contains("error[D1182]: docs/outside.txt: it is a link"), "{said}");
    assert_eq!(read(&workspace, "outside.txt"), "outside\n");
    // Of a file that the template did not change, nothing is asked.
    let workspace = made();
    std::fs::remove_file(workspace.root.join("mine/README.md")).unwrap();
    std::os::unix::fs::symlink("/dev/null", workspace.root.join("mine/README.md")).unwrap();
    std::fs::write(workspace.root.join("mine/flake.nix"), [0xff, 0]).unwrap();
    let said = run(&workspace, "mine", "template update");
    assert!(said.contains("is that of this tool") && said.ends_with("--- exit 0\n"), "{said}");
    // Where the template did change it, that is said once.
    had(&workspace, "README.md", "Before.\n");
    let said = run(&workspace, "mine", "template update");
    assert_eq!(said.matches("error[D1182]: README.md: it is a link").count(), 1, "{said}");
    // The record is not written through a link.
    let record = workspace.root.join("mine/.domi-template.json");
    std::fs::rename(&record, workspace.root.join("record.json")).unwrap();
    std::os::unix::fs::symlink("../record.json", &record).unwrap();
    let said = run(&workspace, "mine", "template update");
    assert!(said.contains("error[D1181]: .domi-template.json: it is a link"), "{said}");
    workspace.write("mine/.domi-template.json", "{\"schema\":\"domi.template/9\"}");
    let said = run(&workspace, "mine", "template update");
    assert!(said.contains("error[D1181]: .domi-template.json"), "{said}");
}
