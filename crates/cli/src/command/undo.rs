//! Takes back what was written, where not all of it could be.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Problem;
use domi_plugin::Feature;

use super::generate::{self, Change};
use crate::Exit;
use crate::context::Context;
use crate::failure;
use crate::request::GenerateRequest;

/// Makes changes of a workspace's features, prints what `said` has and what was done, and writes what is
/// generated from the features that there are then. Where not all of it can be done, all is as it was.
pub(super) fn change_all(
    context: &Context,
    request: &GenerateRequest,
    changes: &[Change],
    said: String,
) -> failure::Result<()> {
    change_and_judge(context, request, changes, said, |_| Vec::new())
}

/// As [`change_all`], if nothing is wrong with the features that there are then.
pub(super) fn change_and_judge(
    context: &Context,
    request: &GenerateRequest,
    changes: &[Change],
    mut said: String,
    judge: impl FnOnce(&[Feature]) -> Vec<Problem>,
) -> failure::Result<()> {
    let mut undo = Undo::new(&context.root);
    // cargo writes which crates there are into it.
    undo.note("Cargo.lock".into())?;
    let root = &context.root;
    generate::make(context, root, changes, &mut |change| undo.note(&change.path), &mut said)?;
    // Looked for again, as the features are others now.
    let context = &context.until(context.interrupt.clone());
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &[])?;
    // A file that names all features cannot be written while one of them cannot be read.
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let wrong = judge(&loaded.features);
    if !wrong.is_empty() {
        return Err(context.problems(Exit::Usage, wrong));
    }
    crate::out::data(format_args!("{said}"))?;
    let all = (&workspace, loaded);
    generate::write(context, request, all, &mut |change| undo.note(&change.path))?;
    undo.forget();
    Ok(())
}

/// What files were before they were written. They become that again when this ends, unless it is
/// told to forget them.
pub(super) struct Undo<'a> {
    root: &'a Utf8Path,
    /// Files by their paths from the root, with what they held.
    files: Vec<(Utf8PathBuf, Option<Vec<u8>>)>,
    /// Folders that were not there, the outer ones behind the inner.
    folders: Vec<Utf8PathBuf>,
}

impl<'a> Undo<'a> {
    pub(super) fn new(root: &'a Utf8Path) -> Self {
        Self { root, files: Vec::new(), folders: Vec::new() }
    }

    /// Notes what a file is now, before it is written or removed.
    pub(super) fn note(&mut self, path: &Utf8Path) -> Result<()> {
        let file = self.root.join(path);
        let old = match std::fs::read(&file) {
            Ok(old) => Some(old),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                None
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {file}")),
        };
        let folders = file.ancestors().skip(1).take_while(|folder| *folder != self.root);
        self.folders.extend(folders.filter(|folder| !folder.exists()).map(Utf8Path::to_owned));
        self.files.push((path.to_owned(), old));
        Ok(())
    }

    /// Writes files, or removes those that have no text.
    pub(super) fn write(&mut self, texts: &BTreeMap<String, Option<String>>) -> Result<()> {
        for (path, text) in texts {
            self.note(path.as_str().into())?;
            let file = self.root.join(path);
            match text {
                Some(text) => domi_host::file::write(file.as_std_path(), text)?,
                None => fs_err::remove_file(file)?,
            }
        }
        Ok(())
    }

    /// All is as it should be: nothing is taken back.
    pub(super) fn forget(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        for (path, old) in self.files.drain(..).rev() {
            let file = self.root.join(&path);
            let undone = match old {
                Some(old) if std::fs::read(&file).is_ok_and(|now| now == old) => Ok(()),
                Some(old) => domi_host::file::write(file.as_std_path(), old),
                None => match std::fs::remove_file(&file) {
                    Err(error) if file.symlink_metadata().is_ok() => Err(error.into()),
                    _ => Ok(()),
                },
            };
            if let Err(error) = undone {
                talk!("{path} was written and cannot be taken back: {error:#}");
            }
        }
        // One that something else was put into stays.
        self.folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
        for folder in &self.folders {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_as_it_was_unless_that_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
        let write = |path: &str, text: &str| {
            domi_host::file::write(root.join(path).as_std_path(), text).expect("it is written");
        };
        let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
        write("there", "old");
        for forgotten in [false, true] {
            let mut undo = Undo::new(root);
            for path in ["there", "a/b/c", "a/d", "never"] {
                undo.note(path.into()).expect("it can be noted");
            }
            write("there", "new");
            write("a/b/c", "new");
            write("a/d", "new");
            if forgotten {
                undo.forget();
                assert_eq!(read("there").as_deref(), Some("new"));
                assert_eq!(read("a/b/c").as_deref(), Some("new"));
            } else {
                drop(undo);
                assert_eq!(read("there").as_deref(), Some("old"));
                assert!(!root.join("a").exists());
            }
        }
    }
}
