//! Roots on disk: found by a key, made once by one process while others wait, written whole or not
//! at all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use domi_host::file::Lock;
use domi_host::{Interrupt, sparse};
use fs_err as fs;

use crate::ids::Mapping;
use crate::job::Job;
use crate::progress::{Listener, Progress};
use crate::stored::{Image, Manifest};
use crate::{Error, Result};

/// What making a root takes on the disk.
const ROOM: u64 = 1 << 30;
/// How long removing a root may take.
const REMOVAL: Duration = Duration::from_secs(120);

/// The folders of the store.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    root: PathBuf,
    mapping: Mapping,
    interrupt: Interrupt,
}

/// A folder that is made: removed when dropped, whoever its files belong to.
pub(crate) struct Unfinished<'a> {
    store: &'a Store,
    folder: PathBuf,
    finished: bool,
}

impl Store {
    pub(crate) fn open(root: PathBuf, mapping: Mapping, interrupt: Interrupt) -> Result<Self> {
        let store = Self { root, mapping, interrupt };
        for folder in [store.stored_in(), store.building()] {
            fs::create_dir_all(folder)?;
        }
        Ok(store)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Finds a root, or makes it: `make` fills a new folder and returns its manifest.
    pub(crate) fn obtain(
        &self,
        key: &str,
        below: Option<&Image>,
        listener: Listener,
        make: impl FnOnce(&Path) -> Result<Manifest>,
    ) -> Result<Image> {
        if let Some(image) = self.stored(key, below, listener)? {
            return Ok(image);
        }
        let waits = || listener(Progress::Waiting);
        let _lock = Lock::acquire(&self.root.join("locks").join(key), &self.interrupt, waits)?;
        if let Some(image) = self.stored(key, below, listener)? {
            return Ok(image);
        }
        self.sweep(key)?;
        let free = sparse::free_space(&self.root)?;
        if free < ROOM {
            return Err(Error::NoSpace { path: self.root.clone(), needed: ROOM, free });
        }
        let unfinished = self.unfinished(key)?;
        let manifest = make(unfinished.path())?;
        manifest.write(unfinished.path())?;
        self.remove(key)?;
        fs::rename(unfinished.finished(), self.folder(key))?;
        let made = self.stored(key, below, listener)?;
        Ok(made.context("what was just stored is not there")?)
    }

    fn stored(
        &self,
        key: &str,
        below: Option<&Image>,
        listener: Listener,
    ) -> Result<Option<Image>> {
        match Image::open(&self.folder(key), below) {
            Err(error @ Error::Damaged { .. }) => {
                listener(Progress::Remaking { reason: &error.to_string() });
                Ok(None)
            }
            other => other,
        }
    }

    /// Reads all of an image and of what it stands on, and removes what of it is damaged: asked for
    /// again, that is made again. Returns what was wrong first.
    pub(crate) fn discard_if_damaged(&self, image: &Image) -> Result<Option<Error>> {
        let mut found = None;
        for part in image.chain() {
            if let Err(damage) = Manifest::verify(part.folder()) {
                self.remove(part.key())?;
                found = found.or(Some(damage));
            }
        }
        Ok(found)
    }

    /// Removes what is not in use; returns the keys of what is gone.
    pub(crate) fn prune(&self) -> Result<Vec<String>> {
        let mut gone = Vec::new();
        for entry in fs::read_dir(self.stored_in())? {
            let entry = entry?;
            let key = entry.file_name().to_string_lossy().into_owned();
            if !Manifest::in_use(&entry.path()) {
                self.remove(&key)?;
                gone.push(key);
            }
        }
        self.sweep("")?;
        Ok(gone)
    }

    fn unfinished(&self, key: &str) -> Result<Unfinished<'_>> {
        let building = self.building();
        let folder = tempfile::Builder::new().prefix(&format!("{key}-")).tempdir_in(&building);
        let folder = folder.with_context(|| format!("cannot write in {}", building.display()))?;
        Ok(Unfinished { store: self, folder: folder.keep(), finished: false })
    }

    /// Removes what is stored under a key: first its name, so that nobody sees half of it.
    fn remove(&self, key: &str) -> Result<()> {
        let gone = self.unfinished(key)?;
        match fs::rename(self.folder(key), gone.path().join("gone")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes what killed builders have left; for one key while its lock is held, for all keys
    /// those whose lock nobody holds.
    fn sweep(&self, key: &str) -> Result<()> {
        for left in fs::read_dir(self.building())? {
            let left = left?;
            let name = left.file_name().to_string_lossy().into_owned();
            let of = name.split('-').next().unwrap_or_default();
            if of == key || (key.is_empty() && !self.is_being_made(of)) {
                self.clear(&left.path())?;
            }
        }
        Ok(())
    }

    /// Removes the disks that tools that were killed have left.
    pub(crate) fn sweep_disks(&self) -> Result<()> {
        for left in fs::read_dir(self.disks()).into_iter().flatten() {
            let left = left?.path();
            let lock = std::fs::File::open(&left);
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                self.clear(&left)?;
            }
        }
        Ok(())
    }

    fn is_being_made(&self, key: &str) -> bool {
        let lock = std::fs::File::open(self.root.join("locks").join(key));
        lock.is_ok_and(|lock| lock.try_lock().is_err())
    }

    /// Removes a folder, whoever its files belong to.
    pub(crate) fn clear(&self, folder: &Path) -> Result<()> {
        if !self.mapping.as_root() {
            let log = tempfile::NamedTempFile::new_in(&self.root)?;
            let nobody = Interrupt::default();
            let job =
                Job { mapping: &self.mapping, log: log.path(), limit: REMOVAL, interrupt: &nobody };
            job.empty(folder)?;
        }
        Ok(fs::remove_dir_all(folder)?)
    }

    /// Where the disks are that are not in memory.
    pub(crate) fn disks(&self) -> PathBuf {
        self.root.join("disks")
    }

    fn stored_in(&self) -> PathBuf {
        self.root.join("roots")
    }

    fn building(&self) -> PathBuf {
        self.root.join("building")
    }

    fn folder(&self, key: &str) -> PathBuf {
        self.stored_in().join(key)
    }
}

impl Unfinished<'_> {
    fn path(&self) -> &Path {
        &self.folder
    }

    /// It is no longer to be removed; its path.
    fn finished(mut self) -> PathBuf {
        self.finished = true;
        self.folder.clone()
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // What stays is swept when the same is made again.
            let _ = self.store.clear(&self.folder);
        }
    }
}
