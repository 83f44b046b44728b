//! The examples of problems, `crates/cli/src/codes/examples`: each is run by the real program, and what is
//! printed is compared with the file. `UPDATE_EXPECTED=1` writes what is printed instead.
//!
//! A new example is a file `D0101.md`: the files that make the problem happen, and a block `console` with the
//! commands. The test fills in what they print.
//!
//! An example that begins with "This computer has Nix" gets the one that `DOMI_NIX` names, and `~/nixpkgs`; without
//! one it is skipped. So is one whose line "This computer has" or whose commands name a program that is not here.
//! `/home/ada/domi-nix` is this repository: features are compiled with its SDK. Nothing is installed: an example
//! with apt has QEMU, too.

mod example;
mod without;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use regex::Regex;

use crate::repository;

/// How many examples run at once.
const AT_ONCE: usize = 4;

fn folder() -> PathBuf {
    repository::root().join("crates/cli/src/codes/examples")
}

/// The codes that have an example.
fn recorded() -> BTreeSet<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let examples = files.filter(|path| path.extension().is_some_and(|it| it == "md"));
    examples.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// What differs each time: times, hashes and ids.
fn settled(text: &str) -> String {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let hash = Regex::new("[0-9a-f]{64}").unwrap();
    let took = Regex::new(r"\b(\d+ min )?\d+(\.\d)? s\b").unwrap();
    let text = time.replace_all(text, "<time>");
    let text = hash.replace_all(&text, "<hash>");
    took.replace_all(&text, "<duration>").into_owned()
}

fn file(code: &str) -> PathBuf {
    folder().join(code).with_extension("md")
}

fn text(code: &str) -> String {
    std::fs::read_to_string(file(code)).unwrap()
}

/// What is wrong with the example of a code; it is written again where that is asked for.
fn wrong(code: &str) -> Option<String> {
    let before = text(code);
    if let Some(program) = example::lacking(&before) {
        eprintln!("SKIPPED: the example of {code}: there is no {program}");
        return None;
    }
    let now = example::run(&before);
    if !now.contains(&format!("[{code}]")) {
        return Some(format!("the example of {code} does not show it:\n{now}"));
    }
    if settled(&now) == settled(&before) {
        return None;
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(file(code), now).unwrap();
        return None;
    }
    Some(format!("the example of {code} prints something else now:\n{now}"))
}

#[test]
fn every_example_prints_what_is_recorded() {
    // Of two commands that compile in one folder, one waits, and says so: these come one after the other.
    let (compiling, others): (BTreeSet<_>, BTreeSet<_>) =
        recorded().into_iter().partition(|code| example::compiles(&text(code)));
    let others = Mutex::new(others);
    let wrong_ones = Mutex::new(Vec::new());
    let look = |code: &str| {
        // Nobody else waits for the lock while this one runs.
        let found = wrong(code);
        wrong_ones.lock().unwrap().extend(found);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| compiling.iter().for_each(|code| look(code)));
        for _ in 1..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(code) = others.lock().unwrap().pop_first() else { break };
                    look(&code);
                }
            });
        }
    });
    let wrong = wrong_ones.into_inner().unwrap();
    let how = "UPDATE_EXPECTED=1 cargo test -p xtask examples::";
    assert!(wrong.is_empty(), "{}\nwrite them again: {how}", wrong.join("\n"));
}

/// The list of those without may only become shorter.
#[test]
fn every_problem_has_an_example_or_a_reason_why_not() {
    let page = std::fs::read_to_string(repository::root().join("docs/problems.md")).unwrap();
    let heading = Regex::new(r#"(?m)^## <a id="d\d{4}"></a>(D\d{4}): "#).unwrap();
    let all: BTreeSet<String> =
        heading.captures_iter(&page).map(|found| found[1].to_owned()).collect();
    let without: BTreeSet<String> =
        without::CODES.iter().flat_map(|(_, codes)| codes.split(' ')).map(str::to_owned).collect();
    let recorded = recorded();
    let new: Vec<_> = all.difference(&recorded).filter(|code| !without.contains(*code)).collect();
    assert!(new.is_empty(), "write an example: {new:?}");
    let has: Vec<_> = without.intersection(&recorded).collect();
    assert!(has.is_empty(), "these have an example; take them from the list: {has:?}");
    let gone: Vec<_> = without.difference(&all).collect();
    assert!(gone.is_empty(), "there are no such problems: {gone:?}");
    assert!(all.len() > 200, "the page was not read: {}", all.len());
}

#[test]
fn what_stands_in_a_fence_is_a_file_or_run() {
    let text = "`a/b.json`:\n\n```json\n{ }\n```\n\n```toml\n# c.toml\n\n# d/e.toml\nf = 1\n\n```\n\n\
                ```console\n$ cat a/b.json c.toml d/e.toml\nwhat was recorded\n$ pwd\n```\n";
    let expected = text.replace("what was recorded", "{ }\nf = 1");
    let expected = expected.replace("$ pwd\n", "$ pwd\n/home/ada/site\n");
    assert_eq!(example::run(text), expected);
}

/// Nothing of this computer is in an example.
#[test]
fn paths_of_a_temporary_folder_are_not_recorded() {
    let temporary = std::env::temp_dir();
    for code in recorded() {
        let text = text(&code);
        let has = |path: &Path| text.contains(&format!("{}/", path.display()));
        assert!(!has(&temporary) && !has(repository::root()), "{code}: {text}");
    }
}

/// What is recorded on one computer has no server of the packages that this one has.
#[test]
fn addresses_are_of_hosts_that_nobody_has() {
    let address = Regex::new("://([A-Za-z0-9.-]*)").unwrap();
    let is_public = |host: &str| {
        let reserved = ["example.org", "invalid"];
        host.contains('.') && !reserved.iter().any(|it| host.ends_with(it))
    };
    for code in recorded() {
        let text = text(&code);
        let found = address.captures_iter(&text).map(|found| found[1].to_owned());
        let others: Vec<_> = found.filter(|host| is_public(host)).collect();
        assert_eq!(others, [""; 0], "the example of {code}");
    }
}
