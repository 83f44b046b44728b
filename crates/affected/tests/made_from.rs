//! Files that features are made from, wherever they are.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod repository;

use domi_host::Interrupt;
use domi_plugin::{BuiltFrom, Limits, Loader};
use repository::Repository;

/// Feature `a` is touched in both lanes, for one reason.
#[track_caller]
fn check(repository: &Repository, reason: &str) {
    let said = repository.said();
    let said: Vec<_> = said.lines().filter(|line| line.starts_with("a ")).collect();
    assert_eq!(said, [format!("a Portable: {reason}"), format!("a Nixos: {reason}")]);
}

#[test]
fn what_the_compiler_reads_touches_the_feature_wherever_it_is() {
    for file in ["templates/text", "docs/text.md", "features/b/text", "shared/tests/x.rs"] {
        let mut repository = Repository::new();
        repository.write(file, "");
        repository.commit();
        let paths = [repository.root.join(file)].into();
        repository.built_from.insert("a".to_owned(), BuiltFrom { paths, and_more: false });
        assert_eq!(repository.said(), "");
        repository.write(file, "changed");
        check(&repository, &format!("its manifest is made from {file}"));
    }
}

#[test]
fn what_git_does_not_keep_counts_as_changed() {
    let mut repository = Repository::new();
    repository.write(".gitignore", "secret\n");
    repository.write("templates/secret", "");
    repository.commit();
    let paths = [repository.root.join("templates/secret"), "/etc/passwd".into()].into();
    repository.built_from.insert("a".to_owned(), BuiltFrom { paths, and_more: false });
    check(&repository, "its manifest is made from templates/secret, which git does not track");
}

#[test]
fn a_feature_of_which_nobody_knows_counts_as_changed_when_anything_has() {
    let mut repository = Repository::new();
    repository.built_from.insert("a".to_owned(), BuiltFrom::unknown());
    assert_eq!(repository.said(), "");
    repository.write("README.md", "changed");
    check(&repository, "its plugin may read README.md");
    repository.commit();
    // Features know nothing of each other, nor of what is made from them.
    repository.replace("features/b/src/main.rs", "{}", "{ }");
    repository.write("docs/reference/b.md", "");
    assert!(!repository.said().contains("a Portable"), "{}", repository.said());
}

/// How each changed file affects a feature `a` with this in its table.
#[track_caller]
fn check_command(table: &str, files: &[(&str, &str)]) {
    let repository = Repository::new();
    let dependencies = "[dependencies]\nshared = { path = \"../../shared\" }\n";
    let table = format!("\n{dependencies}\n[package.metadata.domi]\n{table}\n");
    repository.package("features/a", &table);
    for (file, _) in files {
        repository.write(file, "");
    }
    for (link, to) in [("link", "../../docs/linked"), ("links", "../../templates/linked")] {
        std::os::unix::fs::symlink(to, repository.root.join("features/a").join(link)).unwrap();
    }
    repository.commit();
    let workspace = repository.workspace();
    let interrupt = Interrupt::default();
    let limits = Limits::default();
    let loader = Loader { workspace: &workspace, limits, progress: &|_| (), interrupt: &interrupt };
    let said = || {
        let said =
            repository.asking(&mut |_| loader.built_from(&[workspace.feature("a").unwrap()]));
        let first = said.lines().find_map(|line| line.strip_prefix("a Portable: "));
        first.map(str::to_owned).unwrap_or_default()
    };
    assert_eq!(said(), "");
    for (file, expected) in files {
        repository.write(file, "changed");
        assert_eq!(said(), *expected, "{file}");
        repository.commit();
    }
}

#[test]
fn a_command_reads_its_folder_and_perhaps_whatever_else_there_is() {
    check_command(
        "command = [\"sh\", \"../../docs/tool.sh\"]",
        &[
            ("features/a/.data/x", "features/a/.data/x is part of it"),
            ("features/a/tests/x.rs", "its manifest is made from features/a/tests/x.rs"),
            ("features/a/skel/Cargo.toml", "features/a/skel/Cargo.toml is part of it"),
            ("docs/tool.sh", "its manifest is made from docs/tool.sh"),
            ("docs/linked", "its manifest is made from docs/linked"),
            ("templates/linked/x", "its manifest is made from templates/linked/x"),
            ("docs/x.md", "its plugin may read docs/x.md"),
            ("modules/services/x.nix", ""),
            ("features/b/data", ""),
        ],
    );
}

#[test]
fn a_command_that_says_what_it_reads_is_touched_by_nothing_else() {
    check_command(
        "command = [\"sh\", \"../../docs/tool.sh\"]\nreads = [\"../../docs/data\", \"links\"]",
        &[
            ("docs/tool.sh", "its manifest is made from docs/tool.sh"),
            ("docs/data/x", "its manifest is made from docs/data/x"),
            ("templates/linked/x", "its manifest is made from templates/linked/x"),
            ("docs/linked", ""),
            ("docs/x.md", ""),
        ],
    );
}
