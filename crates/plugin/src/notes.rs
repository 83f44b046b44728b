//! What cargo and the compiler note of what they built.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Artifact, BuildScript, TargetKind};

use crate::Workspace;

/// What an executable was built from, beside what all crates are built with.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Notes {
    /// Files, and folders with all that is in them; of packages that are here, not of those from
    /// a registry.
    pub(crate) files: BTreeSet<Utf8PathBuf>,
    /// Files that packages from elsewhere look at on this computer.
    pub(crate) others: BTreeSet<Utf8PathBuf>,
    /// Names of environment variables.
    pub(crate) variables: BTreeSet<String>,
}

/// What cargo said of one build.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) scripts: Vec<BuildScript>,
}

impl Notes {
    /// The notes on an executable; `None` where any of them cannot be found or read.
    pub(crate) fn of(
        workspace: &Workspace,
        executable: &Utf8Path,
        messages: &Messages,
    ) -> Option<Self> {
        let mut notes = Self::default();
        let rule = std::fs::read_to_string(executable.with_extension("d")).ok()?;
        for path in prerequisites(&rule) {
            notes.add(workspace, workspace.root.join(path));
        }
        let mut folders = BTreeMap::new();
        for artifact in
            messages.artifacts.iter().filter(|artifact| is_here(&artifact.package_id.repr))
        {
            notes.files.insert(artifact.manifest_path.clone());
            folders.insert(&artifact.package_id, artifact.manifest_path.parent()?);
            let found = of_compiler(workspace, executable, artifact);
            if found.is_empty() {
                return None;
            }
            for path in found {
                let text = std::fs::read_to_string(path).ok()?;
                notes.variables.extend(variables(&text).map(str::to_owned));
            }
        }
        for script in &messages.scripts {
            let output = std::fs::read(script.out_dir.parent()?.join("output")).ok()?;
            let folder = folders.get(&script.package_id).copied();
            notes.add_script(workspace, folder, &String::from_utf8_lossy(&output));
        }
        // Those that cargo sets are made from what is noted anyway.
        notes.variables.retain(|name| !name.starts_with("CARGO") && name != "OUT_DIR");
        Some(notes)
    }

    fn add(&mut self, workspace: &Workspace, path: Utf8PathBuf) {
        // What is built is built from something else, which is noted too.
        if !path.starts_with(&workspace.target) && !path.starts_with(workspace.build_folder()) {
            self.files.insert(path);
        }
    }

    /// What a build script asked for; it stands in this folder, where that is here.
    fn add_script(&mut self, workspace: &Workspace, folder: Option<&Utf8Path>, output: &str) {
        let mut asks = false;
        for (name, value) in output.lines().filter_map(instruction) {
            match (name, folder) {
                ("rerun-if-env-changed", _) => drop(self.variables.insert(value.to_owned())),
                ("rerun-if-changed", Some(folder)) => self.add(workspace, folder.join(value)),
                ("rerun-if-changed", None) if value.starts_with('/') => {
                    self.others.insert(value.into());
                }
                ("rerun-if-changed", None) => {}
                _ => continue,
            }
            asks = true;
        }
        // One that asks for nothing is run again when anything in its package changes.
        if let (false, Some(folder)) = (asks, folder) {
            self.files.insert(folder.to_owned());
        }
    }
}

/// Whether a package is on this computer by its path, where anybody may change it.
fn is_here(id: &str) -> bool {
    id.starts_with("path+")
}

/// Notes of the compiler on something that it built.
fn of_compiler(
    workspace: &Workspace,
    executable: &Utf8Path,
    artifact: &Artifact,
) -> Vec<Utf8PathBuf> {
    let Some(first) = artifact.filenames.first() else { return Vec::new() };
    if artifact.executable.as_deref() == Some(executable) {
        return of_executable(workspace, executable).into_iter().collect();
    }
    if artifact.target.kind.contains(&TargetKind::CustomBuild) {
        let folder = first.parent().and_then(|folder| folder.read_dir_utf8().ok());
        let files = folder.into_iter().flatten().flatten().map(|entry| entry.path().to_owned());
        return files.filter(|path| path.extension() == Some("d")).collect();
    }
    let of_file = |path: &Utf8PathBuf| {
        let stem = path.file_stem()?;
        let note = path.with_file_name(format!("{}.d", stem.strip_prefix("lib").unwrap_or(stem)));
        note.exists().then_some(note)
    };
    artifact.filenames.iter().filter_map(of_file).take(1).collect()
}

/// The compiler's note on an executable stands beside the file that it wrote, which cargo links to
/// where people look for it.
fn of_executable(workspace: &Workspace, executable: &Utf8Path) -> Option<Utf8PathBuf> {
    let within = executable.parent()?.strip_prefix(&workspace.target).ok()?;
    let folder = workspace.build_folder().join(within).join("deps");
    let facts = executable.metadata().ok()?;
    let same = |path: &Utf8Path| {
        path.metadata().is_ok_and(|other| (other.dev(), other.ino()) == (facts.dev(), facts.ino()))
    };
    let stem = executable.file_stem()?.replace('-', "_") + "-";
    let entries = folder.read_dir_utf8().ok()?.flatten();
    let mut named = entries.filter(|entry| entry.file_name().starts_with(&stem));
    Some(named.find(|entry| same(entry.path()))?.path().with_extension("d"))
}

/// The prerequisites of a makefile rule; a space within a name has a backslash before it.
fn prerequisites(rule: &str) -> impl Iterator<Item = Utf8PathBuf> {
    let prerequisites = rule.split_once(": ").map_or("", |(_, rest)| rest.trim_end());
    let mut paths = vec![String::new()];
    let mut chars = prerequisites.chars().peekable();
    while let Some(c) = chars.next() {
        let last = paths.len() - 1;
        match c {
            '\\' if chars.peek() == Some(&' ') => paths[last].extend(chars.next()),
            ' ' => paths.push(String::new()),
            c => paths[last].push(c),
        }
    }
    paths.into_iter().filter(|path| !path.is_empty()).map(Utf8PathBuf::from)
}

/// Names of the environment variables that a crate read as it was compiled.
fn variables(note: &str) -> impl Iterator<Item = &str> {
    let lines = note.lines().filter_map(|line| line.strip_prefix("# env-dep:"));
    lines.map(|line| line.split_once('=').map_or(line, |(name, _)| name))
}

/// What a line of a build script's output tells cargo.
fn instruction(line: &str) -> Option<(&str, &str)> {
    let told = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:"))?;
    told.split_once('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_cargo_writes_is_read() {
        #[track_caller]
        fn check(rule: &str, expected: &[&str]) {
            let paths: Vec<String> = prerequisites(rule).map(Utf8PathBuf::into_string).collect();
            assert_eq!(paths, expected);
        }
        check("/t/debug/x: /a/main.rs /a/lib.rs\n", &["/a/main.rs", "/a/lib.rs"]);
        check("/t/debug/x: /a\\ b/main.rs\n", &["/a b/main.rs"]);
        check("/t/debug/x:\n", &[]);
    }

    #[test]
    fn variables_are_read_whether_they_were_set_or_not() {
        let note = "a.d: a.rs\n\na.rs:\n\n# env-dep:SITE=a=b\n# env-dep:OTHER\n";
        assert_eq!(variables(note).collect::<Vec<_>>(), ["SITE", "OTHER"]);
    }

    #[test]
    fn a_build_script_is_understood_in_both_ways_of_writing() {
        for (line, expected) in [
            ("cargo::rerun-if-changed=a b", Some(("rerun-if-changed", "a b"))),
            ("cargo:rerun-if-env-changed=A", Some(("rerun-if-env-changed", "A"))),
            ("cargo: hello", None),
            ("rerun-if-changed=a", None),
        ] {
            assert_eq!(instruction(line), expected, "{line}");
        }
    }
}
