//! A journal that is written.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Problem;

use super::left::undo_left;
use super::line::Line;
use super::lock::{FILE, locked, synced};
use crate::Exit;
use crate::codes::CHANGING;
use crate::failure::{Failure, Result};

/// A journal that is written.
pub(crate) struct Journal {
    path: Utf8PathBuf,
    /// Open for more lines, and locked.
    file: File,
}

impl Journal {
    /// Begins one for a folder, which is made where it is not there. What a command that was killed left
    /// there is undone first.
    pub(crate) fn begin(root: &Utf8Path) -> Result<Self> {
        undo_left(root)?;
        fs_err::create_dir_all(root)?;
        let path = root.join(FILE);
        let mut options = File::options();
        options.create(true).append(true).mode(0o600);
        let file = options.open(&path).with_context(|| format!("cannot write {path}"))?;
        // Of two that begin at once, one has it; the other may have opened what is removed since.
        let is_there = file.metadata().ok().zip(path.metadata().ok());
        let is_there = is_there.is_some_and(|(open, there)| open.ino() == there.ino());
        if !locked(&file, &path)? || !is_there || file.metadata().is_ok_and(|it| it.len() > 0) {
            let message = "another command is changing files here";
            let problem = Problem::error(CHANGING, root.as_str(), message);
            let problem = problem.next("wait until it has ended, and try again");
            return Err(Failure::problems(Exit::Usage, root, [problem]));
        }
        let mut journal = Self { path, file };
        let words = crate::context::words().skip(1).collect();
        journal.add(&[Line::Begun { process: std::process::id(), words }])?;
        synced(root)?;
        Ok(journal)
    }

    /// Adds lines. They are on the disk when this returns.
    pub(crate) fn add(&mut self, lines: &[Line]) -> anyhow::Result<()> {
        let cannot = || format!("cannot write {}", self.path);
        let mut text = String::new();
        for line in lines {
            text += &serde_json::to_string(line)?;
            text.push('\n');
        }
        self.file.write_all(text.as_bytes()).with_context(cannot)?;
        self.file.sync_data().with_context(cannot)
    }

    /// Everything is done, or undone.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        Ok(fs_err::remove_file(&self.path)?)
    }
}
