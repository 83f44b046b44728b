//! The manifest of an entry: what the rest of its folder is. An entry with one is complete.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::Context;
use domi_host::{file, hash};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The file with an entry's manifest.
pub const MANIFEST: &str = "manifest.json";

/// A manifest as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<M> {
    /// What it says.
    pub manifest: M,
    /// Of its bytes: another one each time that an entry is made, as long as what it says of the
    /// entry is.
    pub digest: String,
}

/// Which entry another one is based on: its key, and its own identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The key that it is stored under.
    pub key: String,
    /// What tells it from another one under the same key.
    pub digest: String,
}

/// Keeps an entry from being pruned as long as it is there.
#[derive(Debug)]
pub struct Held {
    /// Locked shared as long as it is open.
    _manifest: File,
}

/// Writes the manifest of an entry.
pub(crate) fn write(folder: &Path, manifest: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(manifest).context("a manifest is plain JSON")?;
    Ok(file::write(&folder.join(MANIFEST), text)?)
}

impl<M: DeserializeOwned> Read<M> {
    /// Reads the manifest of an entry; nothing when there is no such folder.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it cannot be read.
    pub fn of(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MANIFEST);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !folder.exists() => {
                return Ok(None);
            }
            Err(error) => return Err(Error::damaged(path, &error)),
        };
        let manifest = serde_json::from_slice(&text).map_err(|why| Error::damaged(path, &why))?;
        Ok(Some(Self { manifest, digest: hash::Key::new("manifest").with(&text).finish() }))
    }
}

impl Held {
    /// Holds the entry of a folder.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it has no manifest; where it cannot be locked.
    pub fn entry(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let manifest = File::open(&path).map_err(|error| Error::damaged(path, &error))?;
        manifest.lock_shared().context("cannot lock a manifest")?;
        Ok(Self { _manifest: manifest })
    }
}

/// Whether somebody holds the entry of a folder.
pub(crate) fn is_held(folder: &Path) -> bool {
    let file = File::open(folder.join(MANIFEST));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
