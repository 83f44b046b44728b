//! Another text in the place of a log, whole or not at all.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_fleet::LOG;
use domi_model::Problem;

use crate::file::{Locked, all, folders, locked};

/// Where the new text stands until it is whole. Nobody else writes there: the log is locked.
const NEW: &str = "domain/events/.log.jsonl.new";

/// The one who puts another text in the place of a log, such as one that git put together. Others are
/// refused until it is dropped, or its process ends.
#[derive(Debug)]
pub struct Replacing {
    file: Locked,
    root: Utf8PathBuf,
    bytes: Vec<u8>,
}

impl Replacing {
    /// Opens the log of a fleet, or makes it.
    ///
    /// # Errors
    /// The inner one: somebody else writes, or it cannot be read.
    pub fn open(root: &Utf8Path) -> Result<Result<Self, Box<Problem>>> {
        let mut file = match locked(root)? {
            Ok(file) => file,
            Err(problem) => return Ok(Err(problem)),
        };
        let bytes = match all(&mut file.0, LOG) {
            Ok(bytes) => bytes,
            Err(problem) => return Ok(Err(problem)),
        };
        Ok(Ok(Self { file, root: root.to_owned(), bytes }))
    }

    /// What stands there now, whatever it is.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts a text in its place, and returns once it is durable. Whoever is stopped in the middle
    /// leaves the old one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(self, text: &[u8]) -> Result<()> {
        let (new, log) = (self.root.join(NEW), self.root.join(LOG));
        let cannot = || format!("cannot write {new}");
        // What somebody left who was stopped is no link that leads elsewhere.
        let _ = std::fs::remove_file(&new);
        let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let opened = OpenOptions::new().write(true).create_new(true).custom_flags(flags).open(&new);
        let mut written = opened.with_context(cannot)?;
        let mode = self.file.0.metadata().context("cannot look at the log")?.permissions();
        let put = (written.set_permissions(mode))
            .and_then(|()| written.write_all(text))
            .and_then(|()| written.sync_all())
            .and_then(|()| std::fs::rename(&new, &log));
        if put.is_err() {
            let _ = std::fs::remove_file(&new);
        }
        put.with_context(cannot)?;
        for folder in folders(&self.root)? {
            folder.sync_all().context("cannot sync the folder of the log")?;
        }
        Ok(())
    }
}
