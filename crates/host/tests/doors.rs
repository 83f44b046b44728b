//! What the source of the other crates may do without this one, as this crate's first lines say it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::{Path, PathBuf};

/// What only computes.
const PURE: [&str; 12] = [
    "derive",
    "event",
    "fleet",
    "fleet-machines",
    "fleet-plan",
    "github",
    "model",
    "nix",
    "realise",
    "report",
    "sdk",
    "transplant",
];

/// Who starts programs. `wait` is no part of the tool: it runs on the machines of features.
const STARTS: [&str; 4] = [
    "host/src/command.rs",
    "host/src/command/keeper.rs",
    "guest/src/qemu.rs",
    "wait/src/condition.rs",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines of the crates' code that are neither comments nor of tests, each with its file.
fn lines() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in std::fs::read_dir(crates).unwrap().flatten() {
        sources(&folder.path().join("src"), &mut files);
    }
    let mut lines = Vec::new();
    for file in files {
        let name = file.strip_prefix(crates).unwrap().to_str().unwrap().to_owned();
        if name.contains("tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.extend(code.map(|line| (name.clone(), line.to_owned())));
    }
    lines
}

#[test]
fn programs_are_started_where_it_is_said() {
    let starts = |(file, line): &(String, String)| {
        let names =
            line.contains("process::") && line.contains("Command") && !line.contains("domi_");
        (names && !STARTS.contains(&&**file)).then(|| format!("{file}: {line}"))
    };
    let lines = lines();
    assert!(lines.len() > 10_000, "the source is found");
    assert_eq!(lines.iter().filter_map(starts).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn what_only_computes_has_no_files_programs_or_network() {
    let touches = |(file, line): &(String, String)| {
        let pure = PURE.contains(&file.split('/').next().unwrap_or_default());
        let words = ["std::fs", "fs_err", "std::net", "process::Command", "domi_host"];
        let found = words.iter().any(|word| line.contains(word));
        (pure && found).then(|| format!("{file}: {line}"))
    };
    assert_eq!(lines().iter().filter_map(touches).collect::<Vec<_>>(), Vec::<String>::new());
}
