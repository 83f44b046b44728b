//! The disk of one container: in memory, or where that does not do, a folder that goes with it.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::ids::Mapping;
use crate::store::Store;

/// Where a container's disk keeps what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Upper {
    /// In memory: nothing of it is on this computer's file system.
    Memory,
    /// In a folder, where the kernel cannot lay one file system in memory over another.
    Folder,
}

/// A disk. Removed when dropped; locked until then, so that nobody sweeps it.
#[derive(Debug)]
pub(crate) struct Disk {
    place: Option<Place>,
}

#[derive(Debug)]
struct Place {
    folder: PathBuf,
    store: Store,
    _lock: File,
}

impl Disk {
    /// A new, empty one.
    pub(crate) fn make(upper: Upper, store: &Store, mapping: &Mapping) -> Result<Self> {
        if upper == Upper::Memory {
            return Ok(Self { place: None });
        }
        let folder = store.disks();
        fs::create_dir_all(&folder)?;
        let folder = tempfile::tempdir_in(folder).context("cannot make a disk")?.keep();
        let lock = File::open(&folder)?;
        lock.try_lock().map_err(std::io::Error::from)?;
        for name in ["upper", "work"] {
            mapping.make_folder(&folder.join(name))?;
        }
        Ok(Self { place: Some(Place { folder, store: store.clone(), _lock: lock }) })
    }

    /// The folder with what is written, if it is not in memory.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.place.as_ref().map(|place| &*place.folder)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What stays is swept when the next tool starts.
        let _ = self.store.clear(&self.folder);
    }
}
