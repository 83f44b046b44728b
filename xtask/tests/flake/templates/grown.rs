//! The fleet of the template, made from nothing in twelve commits, as somebody would who describes a
//! bakery for the first time: each is checked, recorded, and found to be as the log says.

use std::collections::BTreeMap;
use std::path::Path;

use super::{generated, xtask};
use crate::workspace::git::git_in;

/// What each commit says in one line, and the files that come with it.
const COMMITS: [(&str, &[&str]); 12] = [
    (
        "Whose it is",
        &[
            "domain/organizations/hill-bakery.toml",
            "domain/organizations/office.toml",
            "domain/people/ada.toml",
            "users/ada.toml",
            "domain/policies/authorization/owners-administer.toml",
            "domain/policies/authentication/keys-only.toml",
        ],
    ),
    (
        "The shop, and who is called when something stops",
        &[
            "domain/organizations/shop.toml",
            "domain/people/cem.toml",
            "users/cem.toml",
            "domain/networks/people/on-call.toml",
        ],
    ),
    (
        "Who keeps the books, and the courier",
        &[
            "domain/people/berta.toml",
            "users/berta.toml",
            "domain/people/courier.toml",
            "users/courier.toml",
            "domain/relationships/books-of-the-shop.toml",
        ],
    ),
    ("Two places", &["domain/locations/hill-street.toml", "domain/locations/mill-lane.toml"]),
    (
        "What was bought, and what is built from",
        &[
            "domain/inventory/devices/box-1.toml",
            "domain/inventory/devices/box-2.toml",
            "domain/inventory/devices/box-3.toml",
            "domain/inventory/equipment/battery.toml",
            "domain/inventory/equipment/rack.toml",
            "domain/inventory/sourcecode/machines.toml",
        ],
    ),
    (
        "Networks",
        &[
            "domain/networks/equipment/shop.toml",
            "domain/networks/equipment/office.toml without name_server",
        ],
    ),
    (
        "The first machine, and what it is for",
        &[
            "nodes/web.toml",
            "hosts/counter.toml",
            "domain/names/counter.toml",
            "domain/names/till.toml",
        ],
    ),
    (
        "Books, and copies of them",
        &[
            "nodes/backup.toml",
            "hosts/ledger.toml",
            "domain/inventory/secrets/bank.toml",
            "domain/inventory/accounts/bank.toml",
        ],
    ),
    (
        "A machine for other machines, which answers for names",
        &["hosts/cabinet.toml", "domain/networks/equipment/office.toml"],
    ),
    (
        "The page, and where it is tried",
        &[
            "hosts/page.toml",
            "hosts/tryout.toml",
            "domain/procedures/constants/try-port.toml",
            "domain/policies/authentication/public-machines.toml",
            "environments/page.toml",
        ],
    ),
    (
        "Who may log in besides the owner, and what is expected",
        &[
            "domain/policies/authorization/office-uses-office.toml",
            "domain/policies/authorization/courier-delivers.toml",
        ],
    ),
    (
        "How it changes, what is asked of it, and tools",
        &[
            "domain/procedures/waves/trial.toml",
            "domain/procedures/waves/rest.toml",
            "domain/procedures/queries/what-the-cabinet-carries.toml",
            "shells/page.toml",
            "homes/ada.toml",
        ],
    ),
];

/// The files of the fleet in a repository, with what they say.
fn fleet(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for folder in ["domain", "environments", "homes", "hosts", "nodes", "shells", "users"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).into_iter().filter_map(Result::ok) {
            if entry.path().extension().is_some_and(|it| it == "toml") {
                let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(path, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    files
}

#[test]
fn it_grows_from_nothing_in_twelve_commits_each_of_them_right() {
    let folder = generated("cim");
    let root = folder.path();
    let whole = fleet(root);
    for file in whole.keys() {
        std::fs::remove_file(root.join(file)).unwrap();
    }
    git_in(root, &["init", "--quiet"]);
    let said = xtask(root, &["fleet", "check"]);
    assert!(said.contains("no problems"), "an empty folder is a fleet: {said}");
    for (message, files) in COMMITS {
        for file in files {
            let (file, less) = file.split_once(" without ").unwrap_or((file, "\0"));
            let lines = whole[file].split_inclusive('\n').filter(|line| !line.starts_with(less));
            domi_host::file::write(&root.join(file), lines.collect::<String>()).unwrap();
        }
        let checked = xtask(root, &["fleet", "check"]);
        assert!(checked.contains(": no problems"), "{message}: {checked}");
        xtask(root, &["fleet", "record"]);
        xtask(root, &["fleet", "verify"]);
        git_in(root, &["add", "--all"]);
        git_in(root, &["commit", "--quiet", "--message", message]);
    }
    // Records of people have a salt each; nothing else was added.
    let grown = fleet(root).into_iter().map(|(file, text)| {
        let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("salt = "));
        (file, lines.collect::<String>())
    });
    assert_eq!(grown.collect::<BTreeMap<_, _>>(), whole);
    assert_eq!(git_in(root, &["rev-list", "--count", "HEAD"]), COMMITS.len().to_string());
}
