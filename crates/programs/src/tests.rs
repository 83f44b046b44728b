use std::collections::BTreeSet;

use camino::Utf8Path;
use domi_host::command::Program;
use domi_model::Code;
use fs_err as fs;
use tempfile::TempDir;

use super::*;

fn write(root: &Utf8Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn package(name: &str, more: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2021\"\n\
         [lints]\nworkspace = true\n{more}"
    )
}

/// A workspace with a program, what it is built from, and others; also a feature.
fn workspace() -> (TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    write(
        root,
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\ndefault-members = [\"crates/other\"]\n\
         [workspace.package]\nversion = \"1.2.3\"\n\
         [workspace.dependencies]\nlibrary = { path = \"crates/library\" }\n\
         [workspace.lints.rust]\nunused = \"deny\"\n",
    );
    let tool = "[dependencies]\nlibrary.workspace = true\n\
                [dev-dependencies]\nother = { path = \"../other\" }\nserde = \"1\"\n\
                [[bin]]\nname = \"more\"\npath = \"src/more.rs\"\n";
    write(root, "crates/tool/Cargo.toml", &package("tool", tool));
    write(root, "crates/tool/src/main.rs", "fn main() { library::say(); }\n");
    write(root, "crates/tool/src/more.rs", "fn main() {}\n");
    write(root, "crates/library/Cargo.toml", &package("library", ""));
    write(root, "crates/library/src/lib.rs", "pub fn say() {}\n");
    write(root, "crates/other/Cargo.toml", &package("other", ""));
    write(root, "crates/other/src/lib.rs", "");
    let wide = "[dependencies]\nserde = \"1\"\n";
    write(root, "crates/wide/Cargo.toml", &package("wide", wide));
    write(root, "crates/wide/src/main.rs", "fn main() {}\n");
    let feature = "[package.metadata.domi]\nkind = \"services\"\n";
    write(root, "crates/feature/Cargo.toml", &package("feature", feature));
    write(root, "crates/feature/src/main.rs", "fn main() {}\n");
    let found = Workspace::find(root, &Interrupt::default()).unwrap().unwrap();
    (folder, found)
}

fn wanted(name: &str, programs: &[&str]) -> CratePrograms {
    let programs = programs.iter().map(|name| (*name).to_owned()).collect();
    CratePrograms { name: name.to_owned(), programs, system: Platform::X86_64Linux }
}

#[test]
fn what_cannot_be_built_is_refused_by_name() {
    let (_folder, workspace) = workspace();
    let check = |name: &str, programs: &[&str], code: Code, part: &str| {
        let Err(NoSystem::NotBuilt(problems)) = usable(&workspace, &wanted(name, programs)) else {
            panic!("{name} is taken");
        };
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!((problem.code, &*problem.subject), (code, name));
        assert!(problem.message.contains(part), "{}", problem.message);
    };
    check("none", &["none"], CRATE_UNUSABLE, "no crate of this name");
    check("library", &["library"], CRATE_UNUSABLE, "has no program");
    check("feature", &["feature"], CRATE_UNUSABLE, "that of a feature");
    check("tool", &["tool", "less"], CRATE_UNUSABLE, "no program `less`, only more, tool");
    check("wide", &["wide"], FROM_ELSEWHERE, "it is built from serde");
    assert!(usable(&workspace, &wanted("tool", &["more", "tool"])).is_ok());
}

#[test]
fn a_copy_is_a_workspace_of_what_is_needed_which_cargo_builds_alone() {
    let (_folder, workspace) = workspace();
    let of = workspace.program("tool").unwrap();
    let copied = Source::copy(&workspace, &of).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let to = copy.path().join("source");
    copied.put(&to).unwrap();
    assert!(to.join("crates/library/src/lib.rs").exists() && !to.join("crates/other").exists());
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Program::new(cargo)
        .args(["build", "--offline", "--quiet", "--package", "tool", "--bin", "tool"])
        .env("CARGO_TARGET_DIR", copy.path().join("target"))
        .folder(&to)
        .run(&Interrupt::default())
        .unwrap();
    assert!(built.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

#[test]
fn a_copy_has_another_digest_when_what_it_is_built_from_changes_and_only_then() {
    let (_folder, workspace) = workspace();
    let of = workspace.program("tool").unwrap();
    let digest = || Source::copy(&workspace, &of).unwrap().digest().to_owned();
    let mut seen = BTreeSet::from([digest()]);
    write(&workspace.root, "crates/other/src/lib.rs", "pub fn more() {}\n");
    assert!(!seen.insert(digest()), "another crate is nothing to it");
    write(&workspace.root, "crates/library/src/lib.rs", "pub fn say() { println!(); }\n");
    assert!(seen.insert(digest()));
    let text = fs::read_to_string(workspace.root.join("Cargo.toml")).unwrap();
    write(&workspace.root, "Cargo.toml", &format!("{text}[profile.release]\nlto = true\n"));
    assert!(seen.insert(digest()));
}
