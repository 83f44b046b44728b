//! Which files touch which features, by where they are.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod repository;

use camino::Utf8Path;
use domi_affected::Change;
use domi_host::Interrupt;
use domi_plugin::Workspace;
use repository::Repository;

#[track_caller]
fn check(change: impl FnOnce(&Repository), expected: &[&str]) {
    let repository = Repository::new();
    change(&repository);
    let said = repository.said();
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[track_caller]
fn check_file(file: &str, expected: &[&str]) {
    check(|repository| repository.write(file, "changed"), expected);
}

#[test]
fn nothing_changed_touches_nothing() {
    check(|_| (), &[]);
}

#[test]
fn a_features_own_file_touches_it_alone() {
    let own = "features/a/src/main.rs is part of it";
    check_file(
        "features/a/src/main.rs",
        &[&format!("a Portable: {own}"), &format!("a Nixos: {own}")],
    );
    let new = "features/b/extra.nix is part of it";
    check_file(
        "features/b/extra.nix",
        &[&format!("b Portable: {new}"), &format!("b Nixos: {new}")],
    );
}

#[test]
fn a_file_of_a_plugin_that_is_no_package_touches_it_alone() {
    let own = ["README.md", "plugin.toml", "tests/default.nix"];
    let said = ["Portable", "Nixos"]
        .map(|lane| own.map(|file| format!("c {lane}: plugins/c/{file} is part of it")));
    check(
        |repository| {
            repository.write(
                "Cargo.toml",
                &format!(
                    "{}\n[workspace.metadata.domi]\nplugins = [\"plugins/*\"]\n",
                    repository::WORKSPACE
                ),
            );
            repository.write("plugins/c/plugin.toml", "command = [\"true\"]\n");
            repository.write("plugins/c/README.md", "");
            repository.write("plugins/c/tests/default.nix", "");
        },
        &said.iter().flatten().map(|line| &**line).collect::<Vec<_>>(),
    );
}

#[test]
fn what_a_crate_only_tests_itself_with_touches_nobody() {
    check_file("shared/tests/all.rs", &[]);
    check_file("features/a/examples/one.rs", &[]);
    check(
        |repository| {
            repository.replace(
                "Cargo.lock",
                "name = \"there\"\nversion = \"1.0.0\"",
                "name = \"there\"\nversion = \"1.0.1\"",
            );
        },
        &[],
    );
    check(|repository| repository.replace("Cargo.toml", "there = \"1\"", "there = \"1.0.1\""), &[]);
}

#[test]
fn a_shared_crate_touches_those_built_from_it() {
    let shared = "it is built from shared: shared/src/lib.rs";
    check_file(
        "shared/src/lib.rs",
        &[&format!("a Portable: {shared}"), &format!("a Nixos: {shared}")],
    );
}

#[test]
fn another_version_of_a_package_touches_those_built_from_it() {
    let new = "it is built from elsewhere 1.2.4, which is new in Cargo.lock";
    check(
        |repository| repository.replace("Cargo.lock", "1.2.3", "1.2.4"),
        &[&format!("a Portable: {new}"), &format!("a Nixos: {new}")],
    );
    let asked = "it is built from shared: Cargo.toml";
    check(
        |repository| repository.replace("Cargo.toml", "elsewhere = \"1\"", "elsewhere = \"1.2\""),
        &[&format!("a Portable: {asked}"), &format!("a Nixos: {asked}")],
    );
}

#[test]
fn what_runs_a_lane_touches_all_features_in_it() {
    let runs = "its tests are run with domi-runner: domi-runner/src/lib.rs";
    check_file(
        "domi-runner/src/lib.rs",
        &[&format!("a Portable: {runs}"), &format!("b Portable: {runs}")],
    );
    let settings = "its tests are run with the settings of machines: domi.toml";
    check_file(
        "domi.toml",
        &[&format!("a Portable: {settings}"), &format!("b Portable: {settings}")],
    );
    let trunk = "every NixOS here is made from flake.nix";
    check_file("flake.nix", &[&format!("a Nixos: {trunk}"), &format!("b Nixos: {trunk}")]);
    check_file("modules/services/b.nix", &["b Nixos: modules/services/b.nix is made from it"]);
}

#[test]
fn what_everything_is_built_with_touches_everything() {
    let all = |how: &str| -> Vec<String> {
        let line = |feature, lane| format!("{feature} {lane}: {how}");
        vec![line("a", "Portable"), line("a", "Nixos"), line("b", "Portable"), line("b", "Nixos")]
    };
    for (file, how) in [
        ("rust-toolchain.toml", "everything is built with rust-toolchain.toml"),
        (".cargo/config.toml", "everything is built with .cargo/config.toml"),
        ("picture.svg", "nobody knows what picture.svg is for"),
    ] {
        let all = all(how);
        check_file(file, &all.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn what_people_read_touches_nothing() {
    for file in ["README.md", "docs/guide.md", ".github/workflows/ci.yml", "LICENSE-MIT"] {
        check_file(file, &[]);
    }
}

#[test]
fn commits_since_the_base_count_and_so_does_what_is_not_committed() {
    check(
        |repository| {
            repository.git(&["checkout", "--quiet", "-b", "work"]);
            repository.write("features/a/src/main.rs", "fn main() { }\n");
            repository.commit();
            // Later commits on main are not part of this change.
            repository.git(&["checkout", "--quiet", "main"]);
            repository.write("flake.nix", "{ }");
            repository.commit();
            repository.git(&["checkout", "--quiet", "work"]);
            repository.write("modules/services/b.nix", "{ }");
        },
        &[
            "a Portable: features/a/src/main.rs is part of it",
            "a Nixos: features/a/src/main.rs is part of it",
            "b Nixos: modules/services/b.nix is made from it",
        ],
    );
}

#[test]
fn a_package_that_is_gone_touches_those_who_had_it() {
    let gone = "features/a/Cargo.toml is part of it";
    check(
        |repository| {
            std::fs::remove_dir_all(repository.root.join("shared")).unwrap();
            repository.replace("Cargo.toml", "\"shared\", ", "");
            repository.replace("Cargo.lock", "dependencies = [\"shared\"]\n", "");
            repository.package("features/a", "\n[package.metadata.domi]\nkind = \"services\"\n");
        },
        &[&format!("a Portable: {gone}"), &format!("a Nixos: {gone}")],
    );
}

#[test]
fn a_base_that_is_not_there_and_a_folder_without_history_are_said() {
    let repository = Repository::new();
    fn since(
        base: Option<&str>,
        workspace: &Workspace,
    ) -> Result<Change, Vec<domi_model::Problem>> {
        Change::since(base, workspace, &Interrupt::default()).unwrap()
    }
    let mut workspace = repository.workspace();
    let problem = since(Some("--output=x"), &workspace).unwrap_err().remove(0);
    assert_eq!(
        problem.to_string(),
        "error[D1202]: --output=x: there is no commit of this name here\n  next: fetch it, or name one \
         that is here: `--affected=COMMIT`"
    );
    repository.git(&["checkout", "--quiet", "--orphan", "other"]);
    repository.write("README.md", "other");
    repository.commit();
    let problem = since(Some("main"), &workspace).unwrap_err().remove(0);
    assert_eq!(problem.code.0, "D1202");
    assert!(problem.message.contains("no history"), "{problem}");
    for (lock, said) in [(None, "No such file"), (Some("<<<<<<< ours\n"), "parse error")] {
        let path = repository.root.join("Cargo.lock");
        std::fs::remove_file(&path).unwrap();
        lock.into_iter().for_each(|text| std::fs::write(&path, text).unwrap());
        let problems = since(Some("no-such"), &workspace).unwrap_err();
        let codes: Vec<_> = problems.iter().map(|problem| problem.code.0).collect();
        assert_eq!(codes, ["D1202", "D1203"], "all at once");
        assert!(problems[1].message.contains(said), "{}", problems[1]);
        std::fs::write(&path, "").unwrap();
    }
    let empty = tempfile::tempdir().unwrap();
    workspace.root = Utf8Path::from_path(empty.path()).unwrap().to_owned();
    let problem = since(None, &workspace).unwrap_err().remove(0);
    assert_eq!(problem.code.0, "D1201");
    assert!(problem.message.contains("fatal: "), "git's own words: {problem}");
}

#[test]
fn what_is_no_program_in_a_crates_own_folders_may_be_read_by_its_plugin() {
    for file in ["features/a/tests/manifest.json", "features/a/examples/x.toml"] {
        let own = format!("{file} is part of it");
        check_file(file, &[&format!("a Portable: {own}"), &format!("a Nixos: {own}")]);
    }
}

#[test]
fn another_of_two_versions_that_are_both_locked_touches_those_built_from_it() {
    let two = |repository: &Repository, of_a: &str, of_there: &str| {
        let other = "
[[package]]
name = \"elsewhere\"
version = \"2.0.0\"
source = \"registry+https://example.org/index\"
checksum = \"1111111111111111111111111111111111111111111111111111111111111111\"

[[package]]
name = \"shared\"
";
        repository.write("Cargo.lock", repository::LOCK);
        repository.replace("Cargo.lock", "\n[[package]]\nname = \"shared\"\n", other);
        repository.replace("Cargo.lock", "[\"elsewhere\"]", &format!("[\"elsewhere {of_a}\"]"));
        // The other feature's tests need it, so that feature stays touched.
        let file = std::fs::read_to_string(repository.root.join("Cargo.lock")).unwrap();
        repository
            .write("Cargo.lock", &format!("{}dependencies = [\"elsewhere {of_there}\"]\n", file));
    };
    let new = "it is built from elsewhere 2.0.0, which is new in Cargo.lock";
    let repository = Repository::new();
    two(&repository, "1.2.3", "2.0.0");
    repository.commit();
    assert_eq!(repository.said(), "");
    two(&repository, "2.0.0", "1.2.3");
    assert_eq!(repository.said(), format!("a Portable: {new}\na Nixos: {new}\n"));
}
