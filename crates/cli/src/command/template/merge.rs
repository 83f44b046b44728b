//! A template's newer version in a repository that has been changed since: what becomes of each file.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_host::command::{End, Program};

/// Texts by the paths of their files.
pub(super) type Files = BTreeMap<Utf8PathBuf, String>;

/// What becomes of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Merged {
    /// Those that get another text; without one, they go.
    pub(super) changes: Vec<(Utf8PathBuf, Option<String>)>,
    /// Those where both sides changed the same lines: so many times each, with marks in their texts.
    pub(super) conflicts: Vec<(Utf8PathBuf, usize)>,
    /// Those that stay, and why.
    pub(super) left: Vec<(Utf8PathBuf, &'static str)>,
}

/// What becomes of the files of a repository (`mine`), which had those of `base` and whose template has
/// those of `new`. Three texts that all differ are put together by `merge`: the text, and how often both
/// changed the same lines.
pub(super) fn merged(
    base: &Files,
    mine: &Files,
    new: &Files,
    mut merge: impl FnMut(&Utf8Path, [&str; 3]) -> anyhow::Result<(String, usize)>,
) -> anyhow::Result<Merged> {
    let mut out = Merged::default();
    let paths: BTreeSet<&Utf8PathBuf> = base.keys().chain(new.keys()).collect();
    for path in paths {
        let [base, mine, new] = [base, mine, new].map(|files| files.get(path));
        // The template says what it said, or what is here already.
        if base == new || mine == new {
            continue;
        }
        match (base, mine, new) {
            (base, mine, new) if base == mine => {
                out.changes.push((path.clone(), new.cloned()));
            }
            (_, Some(_), None) => {
                out.left.push((path.clone(), "the template has it no more; you have changed it"));
            }
            (_, None, _) => out
                .left
                .push((path.clone(), "you have removed it; it is another one in the template")),
            (base, Some(mine), Some(new)) => {
                let base = base.map_or("", String::as_str);
                let (text, conflicts) = merge(path, [mine, base, new])?;
                if conflicts > 0 {
                    out.conflicts.push((path.clone(), conflicts));
                }
                if text != *mine {
                    out.changes.push((path.clone(), Some(text)));
                }
            }
        }
    }
    Ok(out)
}

/// Puts three texts together by `git merge-file`: mine, base and new. What people know from git is what
/// they get here, its marks among that.
pub(super) fn by_git(
    interrupt: &Interrupt,
    [mine, base, new]: [&str; 3],
) -> anyhow::Result<(String, usize)> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str, text: &str| -> anyhow::Result<std::path::PathBuf> {
        let path = folder.path().join(name);
        fs_err::write(&path, text)?;
        Ok(path)
    };
    let outcome = Program::new("git")
        .args(["merge-file", "-p", "-L", "yours", "-L", "template before", "-L", "template"])
        .arg(file("mine", mine)?)
        .arg(file("base", base)?)
        .arg(file("new", new)?)
        .folder(folder.path())
        .run(interrupt)?;
    let said = String::from_utf8_lossy(&outcome.stderr);
    // It ends with the number of conflicts, 127 at most.
    let conflicts = match outcome.end {
        End::Exit(code) => usize::try_from(code).ok().filter(|times| *times <= 127),
        _ => None,
    };
    let conflicts = conflicts.ok_or_else(|| anyhow::anyhow!("git merge-file failed: {said}"))?;
    Ok((String::from_utf8(outcome.stdout)?, conflicts))
}

#[cfg(test)]
mod tests;
