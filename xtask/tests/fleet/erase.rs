//! A person is taken out of a fleet, and where copies remain is said.

use crate::fleet::{add_people, read, with_empty_fleet};
use crate::workspace::Workspace;
use crate::workspace::ended::check;
use crate::workspace::files::files;
use crate::workspace::git::git_in;

fn write_berta(workspace: &Workspace, status: &str) {
    let person = format!("status = '{status}'\ntitle = 'Berta Example'\nunits = ['bakery']\n");
    workspace.write("fleet/domain/people/berta.toml", &person);
    workspace.write("fleet/users/berta.toml", &format!("status = '{status}'\nuid = 1001\n"));
}

fn committed(workspace: &Workspace) {
    git_in(&workspace.root, &["add", "--all"]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=so far"]);
}

#[test]
fn a_person_is_taken_away_for_good_and_copies_are_listed() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    write_berta(&workspace, "active");
    workspace.write("NOTES.md", "The key is with Berta Example.\n");
    git_in(&workspace.root, &["init", "--quiet"]);
    committed(&workspace);
    check(&workspace.run("fleet record"), 0, &["user.added user/berta"]);
    let before = files(&workspace);
    let run = |words: &str, exit, parts: &[&str]| {
        check(&workspace.run(&format!("fleet erase {words}")), exit, parts);
    };
    run("bertha --yes", 2, &["D2063", "did you mean `berta`?"]);
    run("berta --yes", 7, &["D2024", "was active", "cannot be erased"]);
    run("ada --yes", 7, &["D2008", "fleet/domain/organizations/bakery.toml:2"]);
    assert_eq!(files(&workspace), before, "nothing is changed");

    write_berta(&workspace, "retired");
    check(&workspace.run("fleet record"), 0, &["person.changed person/berta"]);
    // Whoever has the salt can show what was recorded.
    let person = read(&workspace, "fleet/domain/people/berta.toml");
    let salt = person.lines().find(|line| line.starts_with("salt")).unwrap();
    workspace.write("old.txt", salt);
    let user = read(&workspace, "fleet/users/berta.toml");
    workspace.write("older.txt", user.lines().find(|line| line.starts_with("salt")).unwrap());
    committed(&workspace);
    let before = files(&workspace);
    let copies = [
        "digests",
        "events ",
        "2 commits",
        "- in NOTES.md, which has a name",
        "- in old.txt, ",
        "- in older.txt, ",
    ];
    run(
        "berta --dry-run",
        0,
        &[&["would be taken away: fleet/domain/people/berta.toml"], &copies[..]].concat(),
    );
    run("berta", 2, &["there is no terminal", "--dry-run"]);
    assert_eq!(files(&workspace), before, "nothing is changed");
    run("berta --yes", 0, &[&["taken away: ", "fleet/users/berta.toml"], &copies[..]].concat());
    assert!(!workspace.root.join("fleet/users/berta.toml").exists());
    assert!(!workspace.root.join("fleet/domain/people/berta.toml").exists());
    check(&workspace.run("fleet verify"), 0, &["as the files say"]);
    check(&workspace.run("fleet check"), 0, &["no problems"]);

    // The number of a user stays taken.
    workspace.write("fleet/domain/people/cem.toml", "");
    workspace.write("fleet/users/cem.toml", "uid = 1001\n");
    check(&workspace.run("fleet record"), 7, &["1001 was given to `berta` before"]);
}

/// A search that was not made found nothing, which does not say that there is nothing.
#[test]
fn files_that_git_could_not_search_are_not_passed_over() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    write_berta(&workspace, "retired");
    workspace.write("NOTES.md", "The key is with Berta Example.\n");
    git_in(&workspace.root, &["init", "--quiet"]);
    committed(&workspace);
    check(&workspace.run("fleet record"), 0, &[]);
    let dry = "fleet erase berta --dry-run";
    check(&workspace.run(dry), 0, &["history of git, and", "- in NOTES.md, which has a name"]);
    workspace.write(".git/index", "broken\n");
    let parts = ["history of git, and", "- in other files, if", "git could not be asked"];
    check(&workspace.run(dry), 0, &[&parts[..], &["git says: "]].concat());
    assert!(workspace.run(&format!("{dry} --json")).contains("\"copies\": null"));
    std::fs::remove_dir_all(workspace.root.join(".git")).unwrap();
    check(&workspace.run(dry), 0, &["history of git, if it has them: git could not be asked"]);
}
