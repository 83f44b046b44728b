//! Generated files: what differs from what should be, shown or fixed. One writer for all.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Problem;
use domi_report::Paint;
use fs_err as fs;
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::codes::{NOT_MADE, NOT_OURS};

use super::earlier::Earlier;
use super::ours::is_ours;
use super::planned::Planned;

/// Folders that generated files are in.
const FOLDERS: [&str; 6] = [".github", "modules", "nix", "systems", "tests", "docs"];

/// A generated file that is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// From the workspace root.
    pub(crate) path: Utf8PathBuf,
    /// What it holds; `None` where it is not there.
    pub(crate) old: Option<Vec<u8>>,
    /// What it should hold; `None` where it should not be there.
    pub(crate) new: Option<String>,
}

/// What there is to do, and what stands in the way of it.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// All that differs from what is planned, by path.
    pub(crate) changes: Vec<Change>,
    /// Of others: they have the names of files that are planned.
    pub(crate) in_the_way: Vec<Problem>,
    /// Warnings about files with the header of generated files that no earlier run wrote.
    pub(crate) left: Vec<Problem>,
}

/// Finds out what differs from what is planned. Only a plan that is whole says that generated files
/// which are not in it are to be removed.
pub(crate) fn changes(planned: &[Planned], earlier: &Earlier<'_>, whole: bool) -> Result<Changes> {
    let root = earlier.root;
    let found = planned.par_iter().map(|file| found(root, file)).collect::<Result<Vec<Found>>>()?;
    let mut all = Changes::default();
    for found in found {
        match found {
            Found::Same => {}
            Found::Differs(change) => all.changes.push(change),
            Found::Other(problem) => all.in_the_way.push(problem),
        }
    }
    let wanted = planned.iter().map(|file| &*file.path).collect();
    let orphans = if whole { orphans(root, &wanted)? } else { Vec::new() };
    for orphan in orphans {
        if earlier.wrote(&orphan.path, orphan.old.as_deref().unwrap_or_default()) {
            all.changes.push(orphan);
        } else {
            all.left.push(left(orphan));
        }
    }
    all.changes.sort_by(|a, b| a.path.cmp(&b.path));
    all.left.sort_by(|a, b| a.subject.cmp(&b.subject));
    Ok(all)
}

/// What is at the path of a generated file.
enum Found {
    Same,
    Differs(Change),
    /// Something that was not generated.
    Other(Problem),
}

fn found(root: &Utf8Path, file: &Planned) -> Result<Found> {
    let path = root.join(&file.path);
    let other = |what: &str| {
        let problem = Problem::error(NOT_OURS, file.path.as_str(), what)
            .next("move it elsewhere, or remove it");
        Ok(Found::Other(problem))
    };
    let missing = || {
        let new = Some(file.content.clone());
        Ok(Found::Differs(Change { path: file.path.clone(), old: None, new }))
    };
    match std::fs::symlink_metadata(&path) {
        Ok(facts) if facts.is_file() => {}
        Ok(facts) if facts.is_dir() => return other("a folder has this name"),
        Ok(facts) if facts.is_symlink() => return other("a link has this name"),
        Ok(_) => return other("something that is not a file has this name"),
        Err(error) if error.kind() == ErrorKind::NotFound => return missing(),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return other("a folder of this path is a file");
        }
        Err(error) => return Err(error).with_context(|| format!("cannot look at {path}")),
    }
    let old = fs::read(&path)?;
    if old == file.content.as_bytes() {
        return Ok(Found::Same);
    }
    if !is_ours(&file.path, &old) {
        return other("a file that was not generated has this name");
    }
    let new = Some(file.content.clone());
    Ok(Found::Differs(Change { path: file.path.clone(), old: Some(old), new }))
}

fn left(orphan: Change) -> Problem {
    let message = "its header says that it was generated, but no feature makes this file, and \
                   `generate` did not leave it like this";
    let problem = Problem::warning(NOT_MADE, orphan.path, message);
    problem.next("remove the file; if it is yours, remove only its header")
}

/// Files that say they were generated, and that nothing makes any more.
pub(super) fn orphans(root: &Utf8Path, wanted: &BTreeSet<&Utf8Path>) -> Result<Vec<Change>> {
    let mut orphans = Vec::new();
    for folder in FOLDERS.map(|folder| root.join(folder)).iter().filter(|f| f.is_dir()) {
        for entry in WalkDir::new(folder) {
            let entry = entry?;
            let Some(path) = Utf8Path::from_path(entry.path()) else { continue };
            let path = path.strip_prefix(root)?;
            if !entry.file_type().is_file() || wanted.contains(path) {
                continue;
            }
            let Some("nix" | "md" | "json" | "yml") = path.extension() else { continue };
            let old = fs::read(entry.path())?;
            if is_ours(path, &old) {
                orphans.push(Change { path: path.to_owned(), old: Some(old), new: None });
            }
        }
    }
    Ok(orphans)
}

impl Change {
    /// To what is planned, whatever is there.
    pub(crate) fn to(root: &Utf8Path, planned: Planned) -> Self {
        let Planned { path, content } = planned;
        Self { old: std::fs::read(root.join(&path)).ok(), new: Some(content), path }
    }

    /// Makes the file what it should be.
    pub(crate) fn apply(&self, root: &Utf8Path) -> Result<()> {
        let path = root.join(&self.path);
        if let Some(new) = &self.new {
            return domi_host::file::write(path.as_std_path(), new);
        }
        fs::remove_file(&path)?;
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != root) {
            // Fails where something else is left in the folder, which then stays.
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// What `apply` does, as a line: `write x`, `remove x`.
    pub(crate) fn said(&self) -> String {
        let verb = if self.new.is_some() { "write" } else { "remove" };
        format!("{verb} {}\n", self.path)
    }

    /// What differs, as a unified diff from what is to what should be.
    pub(crate) fn diff(&self, paint: Paint) -> String {
        let old = String::from_utf8_lossy(self.old.as_deref().unwrap_or_default());
        let new = self.new.as_deref().unwrap_or_default();
        let name = |there: bool| if there { self.path.as_str() } else { "/dev/null" };
        domi_report::patch([name(self.old.is_some()), name(self.new.is_some())], [&old, new], paint)
    }
}

#[cfg(test)]
mod tests;
