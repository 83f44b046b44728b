//! Folders for a while, of which a killed process leaves none for long.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fs_err as fs;
use tempfile::TempDir;

use crate::file::is_drawn;

/// A folder that goes when this is dropped, and is locked until then. What a killed process has left is
/// not locked, so that the next one removes it.
#[derive(Debug)]
pub struct HeldFolder {
    folder: TempDir,
    removed: Vec<PathBuf>,
    _lock: std::fs::File,
}

impl HeldFolder {
    /// Makes one in `parent`, whose name begins with `prefix`. Those that nobody holds any more are
    /// removed before.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn make(parent: &Path, prefix: &str) -> Result<Self> {
        fs::create_dir_all(parent)?;
        let removed = remove_left(parent, prefix);
        loop {
            let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent);
            let folder = folder.with_context(|| format!("no folder in {}", parent.display()))?;
            // Somebody who removes what is left may have come before the lock.
            let Ok(lock) = std::fs::File::open(folder.path()) else { continue };
            match lock.try_lock() {
                Err(std::fs::TryLockError::WouldBlock) => {}
                Ok(()) if !folder.path().exists() => {}
                // Where folders cannot be locked nobody removes them either.
                _ => return Ok(Self { folder, removed, _lock: lock }),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What killed processes had left, and is removed.
    pub fn removed(&self) -> &[PathBuf] {
        &self.removed
    }

    /// Removes it.
    ///
    /// # Errors
    /// If something of it stays.
    pub fn close(self) -> std::io::Result<()> {
        self.folder.close()
    }
}

/// Removes the folders of killed processes in `parent`, and says which. What cannot be removed stays.
fn remove_left(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut removed = Vec::new();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_drawn = entry.file_name().to_str().is_some_and(|name| is_drawn(name, prefix));
        if !(is_folder && is_drawn) {
            continue;
        }
        let Ok(folder) = std::fs::File::open(entry.path()) else { continue };
        if folder.try_lock().is_ok() && std::fs::remove_dir_all(entry.path()).is_ok() {
            removed.push(entry.path());
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_stays_and_goes_with_its_holder() {
        let parent = tempfile::tempdir().unwrap();
        let held = HeldFolder::make(parent.path(), "run-").unwrap();
        std::fs::write(held.path().join("file"), "").unwrap();
        let another = HeldFolder::make(parent.path(), "run-").unwrap();
        assert!(held.path().join("file").exists());
        let path = held.path().to_owned();
        held.close().unwrap();
        assert!(!path.exists() && another.path().exists());
    }

    #[test]
    fn only_folders_that_nobody_holds_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["run-abcdef", "run-abc", "other", "run-of-mine"] {
            std::fs::create_dir(parent.path().join(name)).unwrap();
        }
        std::fs::write(parent.path().join("run-123456"), "a file").unwrap();
        let held = HeldFolder::make(parent.path(), "run-").unwrap();
        assert_eq!(held.removed(), [parent.path().join("run-abcdef")]);
        let left = |name: &str| parent.path().join(name).exists();
        assert!(!left("run-abcdef") && held.path().exists());
        let others = ["run-abc", "other", "run-of-mine", "run-123456"];
        assert!(others.iter().all(|name| left(name)));
    }
}
