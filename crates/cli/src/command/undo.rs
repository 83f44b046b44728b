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
use crate::journal::{Content, Journal, Line, digest, holder, synced};
use crate::request::GenerateRequest;

/// Makes changes of a workspace's features, prints what `said` has and what was done, and writes what is
/// generated from the features that there are then. Where not all of it can be done, all is as it was.
pub(super) fn change_all(
    context: &Context,
    request: &GenerateRequest,
    changes: &[Change],
    said: String,
) -> failure::Result<()> {
    change_and_judge(context, request, (None, changes), said, |_| Vec::new())
}

/// As [`change_all`], if nothing is wrong with the features that there are then. A folder is moved first,
/// from one place to another; one in a folder that begins with `journal::REMOVED` is removed at the end.
pub(super) fn change_and_judge(
    context: &Context,
    request: &GenerateRequest,
    (moved, changes): (Option<[&Utf8Path; 2]>, &[Change]),
    mut said: String,
    judge: impl FnOnce(&[Feature]) -> Vec<Problem>,
) -> failure::Result<()> {
    let mut undo = Undo::kept(&context.root)?;
    // cargo writes which crates there are into it. Where we are killed, cargo puts it right.
    undo.note("Cargo.lock".into())?;
    if let Some([from, to]) = moved {
        undo.moved(from, to)?;
    }
    let root = &context.root;
    generate::make(context, root, changes, &mut |changes| undo.before(changes), &mut said)?;
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
    generate::write(context, request, all, &mut |changes| undo.before(changes))?;
    Ok(undo.done()?)
}

/// What files were before they were written. They become that again when this ends, unless it is
/// told to forget them.
pub(super) struct Undo<'a> {
    root: &'a Utf8Path,
    /// Files by their paths from the root, with what they held.
    files: Vec<(Utf8PathBuf, Option<Vec<u8>>)>,
    /// Folders that were not there.
    folders: Vec<Utf8PathBuf>,
    /// A folder that was moved: from and to, from the root.
    moved: Option<[Utf8PathBuf; 2]>,
    /// For who comes after us, where we are killed.
    journal: Option<Journal>,
}

impl<'a> Undo<'a> {
    /// Where this process is killed, what it wrote stays.
    pub(super) fn new(root: &'a Utf8Path) -> Self {
        Self { root, files: Vec::new(), folders: Vec::new(), moved: None, journal: None }
    }

    /// Where this process is killed, the next command undoes what it wrote. No other one changes files
    /// meanwhile.
    pub(super) fn kept(root: &'a Utf8Path) -> failure::Result<Self> {
        let mut undo = Self::new(root);
        undo.journal = Some(Journal::begin(root)?);
        Ok(undo)
    }

    /// Notes what files are now, before they are changed.
    pub(super) fn before(&mut self, changes: &[Change]) -> Result<()> {
        let mut lines = Vec::new();
        for change in changes {
            let (before, folders) = self.note(&change.path)?;
            lines.push(Line::File {
                path: change.path.clone(),
                before: before.as_deref().map(Content::of),
                after: change.new.as_ref().map(|new| digest(new.as_bytes())),
                folders,
            });
        }
        self.journal.as_mut().map_or(Ok(()), |journal| journal.add(&lines))
    }

    /// Moves a folder, by its paths from the root.
    fn moved(&mut self, from: &Utf8Path, to: &Utf8Path) -> Result<()> {
        let line = Line::Moved { from: from.to_owned(), to: to.to_owned() };
        self.journal.as_mut().map_or(Ok(()), |journal| journal.add(&[line]))?;
        self.moved = Some([from.to_owned(), to.to_owned()]);
        if let Some(holder) = holder(to) {
            fs_err::create_dir(self.root.join(holder))?;
        }
        Ok(fs_err::rename(self.root.join(from), self.root.join(to))?)
    }

    /// Notes what a file is now: what it holds, and how many of the folders around it are not there.
    fn note(&mut self, path: &Utf8Path) -> Result<(Option<Vec<u8>>, usize)> {
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
        let missing: Vec<_> = folders.filter(|it| !it.exists()).map(Utf8Path::to_owned).collect();
        let count = missing.len();
        self.folders.extend(missing);
        self.files.push((path.to_owned(), old.clone()));
        Ok((old, count))
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

    /// All is as it should be: nothing is taken back, whatever comes.
    pub(super) fn done(mut self) -> Result<()> {
        for (path, _) in &self.files {
            let file = self.root.join(path);
            synced(&file)?;
            synced(file.parent().unwrap_or(self.root))?;
        }
        if let Some(mut journal) = self.journal.take() {
            journal.add(&[Line::Done])?;
            if let Some(holder) = self.moved.as_ref().and_then(|[_, to]| holder(to)) {
                fs_err::remove_dir_all(self.root.join(holder))?;
            }
            journal.end()?;
        }
        self.forget();
        Ok(())
    }

    /// All is as it should be: nothing is taken back.
    pub(super) fn forget(mut self) {
        self.files.clear();
        self.folders.clear();
        self.moved = None;
    }

    /// Takes everything back; whether that could be done.
    fn take_back(&mut self) -> bool {
        let mut all = true;
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
                all = false;
            }
        }
        // One that something else was put into stays.
        self.folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
        for folder in &self.folders {
            let _ = std::fs::remove_dir(folder);
        }
        if let Some([from, to]) = self.moved.take() {
            if self.root.join(&to).symlink_metadata().is_ok()
                && let Err(error) = std::fs::rename(self.root.join(&to), self.root.join(&from))
            {
                talk!("{from} is in {to} and cannot be put back: {error}");
                all = false;
            }
            if let Some(holder) = holder(&to) {
                let _ = std::fs::remove_dir(self.root.join(holder));
            }
        }
        all
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        // What cannot be taken back is for the next command to try.
        if self.take_back()
            && let Some(journal) = self.journal.take()
            && let Err(error) = journal.end()
        {
            talk!("{error:#}");
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
