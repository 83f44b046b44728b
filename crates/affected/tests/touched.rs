//! Changes in a real git repository, followed to the features of a real cargo workspace.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use domi_affected::{Change, Lane, touched};
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_plugin::Workspace;

struct Repository {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Repository {
    /// Two features, `a` built from `shared`, which is built from a package of elsewhere; and what
    /// runs portable machines.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().canonicalize().unwrap()).unwrap();
        let repository = Self { _folder: folder, root };
        repository.write("Cargo.toml", WORKSPACE);
        repository.write("Cargo.lock", LOCK);
        let feature = "\n[package.metadata.domi]\nkind = \"services\"\n";
        let shared = "\n[dependencies]\nshared = { path = \"../../shared\" }\n";
        let tested = "\n[dev-dependencies]\nthere.workspace = true\n";
        repository.package("features/a", &format!("{feature}{shared}"));
        repository.package("features/b", &format!("{feature}{tested}"));
        repository.package("shared", "\n[dependencies]\nelsewhere.workspace = true\n");
        repository.package("domi-runner", "");
        for file in ["flake.nix", "README.md", "modules/services/b.nix", "picture.svg"] {
            repository.write(file, "");
        }
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit();
        repository
    }

    fn package(&self, folder: &str, rest: &str) {
        let name = Utf8Path::new(folder).file_name().unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}");
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        self.write(&format!("{folder}/src/main.rs"), "fn main() {}\n");
        self.write(&format!("{folder}/src/lib.rs"), "\n");
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.root.join(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        self.write(file, &text.replace(from, to));
    }

    fn git(&self, words: &[&str]) {
        let who = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        let git = Program::new("git").args(who).args(words).folder(&self.root);
        let outcome = git.run(&Interrupt::default()).unwrap();
        assert!(outcome.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=x"]);
    }

    /// What has changed since `main`, as lines of feature, lanes and reason.
    fn said(&self) -> String {
        let interrupt = Interrupt::default();
        let workspace = Workspace::find(&self.root, &interrupt).unwrap().unwrap();
        let change = Change::since(Some("main"), &self.root, &interrupt).unwrap().unwrap();
        let touched = touched(&workspace, &change).unwrap();
        let mut said = String::new();
        for feature in &workspace.features {
            for lane in [Lane::Portable, Lane::Nixos] {
                for reason in touched.why(&feature.name, lane) {
                    writeln!(said, "{} {lane:?}: {reason}", feature.name).unwrap();
                }
            }
        }
        said
    }
}

const WORKSPACE: &str = "[workspace]
resolver = \"3\"
members = [\"features/*\", \"shared\", \"domi-runner\"]

[workspace.dependencies]
elsewhere = \"1\"
there = \"1\"
";

const LOCK: &str = "version = 4

[[package]]
name = \"a\"
version = \"1.0.0\"
dependencies = [\"shared\"]

[[package]]
name = \"b\"
version = \"1.0.0\"
dependencies = [\"there\"]

[[package]]
name = \"domi-runner\"
version = \"1.0.0\"

[[package]]
name = \"elsewhere\"
version = \"1.2.3\"
source = \"registry+https://example.org/index\"
checksum = \"0000000000000000000000000000000000000000000000000000000000000000\"

[[package]]
name = \"shared\"
version = \"1.0.0\"
dependencies = [\"elsewhere\"]

[[package]]
name = \"there\"
version = \"1.0.0\"
source = \"registry+https://example.org/index\"
checksum = \"0000000000000000000000000000000000000000000000000000000000000000\"
";

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
                &format!("{WORKSPACE}\n[workspace.metadata.domi]\nplugins = [\"plugins/*\"]\n"),
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
            // What happens on main meanwhile is nobody's doing here.
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
    let since = |base, root| Change::since(base, root, &Interrupt::default()).unwrap();
    let problem = since(Some("--output=x"), &repository.root).unwrap_err().remove(0);
    assert_eq!(
        problem.to_string(),
        "error[D1202]: --output=x: no commit of this name is here\n  next: fetch it, or name one \
         that is here: `--affected=COMMIT`"
    );
    repository.git(&["checkout", "--quiet", "--orphan", "other"]);
    repository.write("README.md", "other");
    repository.commit();
    let problem = since(Some("main"), &repository.root).unwrap_err().remove(0);
    assert_eq!(problem.code.0, "D1202");
    assert!(problem.message.contains("no history"), "{problem}");
    let empty = tempfile::tempdir().unwrap();
    let empty = Utf8Path::from_path(empty.path()).unwrap();
    assert_eq!(since(None, empty).unwrap_err()[0].code.0, "D1201");
}
