//! Roots in a store, and the disks of containers beside them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domi_host::Interrupt;
use domi_store::{Prune, Remove, Told};
use fs_err as fs;

use crate::Result;
use crate::ids::Mapping;
use crate::job::Job;
use crate::progress::{Listener, Progress};
use crate::stored::{Image, Manifest};

/// What making a root takes on the disk.
const ROOM: u64 = 1 << 30;
/// How long removing a root may take.
const REMOVAL: Duration = Duration::from_secs(120);

/// The store of roots.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    kept: domi_store::Store,
    remover: Arc<Remover>,
}

/// Removes folders with files that belong to the ids of containers.
#[derive(Debug)]
struct Remover {
    root: PathBuf,
    mapping: Mapping,
}

impl Store {
    pub(crate) fn open(root: PathBuf, mapping: Mapping, interrupt: Interrupt) -> Result<Self> {
        let remover = Arc::new(Remover { root: root.clone(), mapping });
        let kept = domi_store::Store::open(root, "roots", interrupt, Arc::clone(&remover))?;
        Ok(Self { kept, remover })
    }

    pub(crate) fn root(&self) -> &Path {
        self.kept.root()
    }

    /// Finds a root, or makes it: `make` fills a new folder and returns its manifest.
    pub(crate) fn obtain(
        &self,
        key: &str,
        below: Option<&Image>,
        listener: Listener,
        make: impl FnOnce(&Path) -> Result<Manifest>,
    ) -> Result<Image> {
        let told = |told: Told| listener(Progress::Store(told));
        self.kept.obtain(key, ROOM, &told, |folder| Image::open(folder, below), make)
    }

    /// Reads all of images and of what they stand on, and removes what of it is damaged: asked for
    /// again, that is made again. Returns what was wrong first.
    pub(crate) fn discard_damaged<'a>(
        &self,
        images: impl IntoIterator<Item = &'a Image>,
    ) -> Result<Option<domi_store::Error>> {
        let mut found = None;
        // Images may stand on the same part, and reading one takes long.
        let mut seen = BTreeSet::new();
        for part in images.into_iter().flat_map(Image::chain) {
            if seen.insert(part.key())
                && let Err(damage) = part.verify()
            {
                self.kept.discard::<Manifest>(part.key(), part.manifest_digest())?;
                found = found.or(Some(damage));
            }
        }
        Ok(found)
    }

    /// Removes what is not in use; returns the keys of what is gone.
    pub(crate) fn prune(&self, what: Prune) -> Result<Vec<String>> {
        Ok(self.kept.prune(what, |entry| entry.key.clone())?)
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

    /// Removes a folder, whoever its files belong to.
    pub(crate) fn clear(&self, folder: &Path) -> Result<()> {
        Ok(self.remover.remove(folder)?)
    }

    /// Where the disks are that are not in memory.
    pub(crate) fn disks(&self) -> PathBuf {
        self.root().join("disks")
    }
}

impl Remove for Remover {
    fn remove(&self, folder: &Path) -> anyhow::Result<()> {
        if !self.mapping.as_root() {
            let log = tempfile::NamedTempFile::new_in(&self.root)?;
            let nobody = Interrupt::default();
            let job =
                Job { mapping: &self.mapping, log: log.path(), limit: REMOVAL, interrupt: &nobody };
            job.empty(folder)?;
        }
        Ok(fs::remove_dir_all(folder)?)
    }
}
