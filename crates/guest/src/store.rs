//! Saved machines in a store.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use domi_host::Interrupt;
use domi_store::{Plain, Prune, Told, Unfinished};

use crate::hardware::Hardware;
use crate::progress::{Progress, Stages};
use crate::snapshot::{KERNEL, Kind, Manifest, Snapshot};
use crate::{Error, Result};

/// The store of saved machines.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    kept: domi_store::Store,
    interrupt: Interrupt,
}

/// The name of the day among the facts of how something was made.
pub(crate) const DAY: &str = "day";

/// What the store is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) key: &'a str,
    pub(crate) hardware: &'a Hardware,
    pub(crate) parent: Option<&'a Snapshot>,
    /// The day on which it must have been made, if that matters; one of another day is made again.
    pub(crate) day: Option<&'a str>,
    /// Bytes on the disk that making it needs.
    pub(crate) room: u64,
}

/// A stored image or layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key it is stored under.
    pub key: String,
    /// Whether it is an image or a layer; nothing when its manifest cannot be read.
    pub kind: Option<Kind>,
    /// The packages of a layer.
    pub packages: Vec<String>,
    /// What it takes on the disk.
    pub bytes: u64,
    /// When it was made or last used.
    pub last_used: SystemTime,
    /// Whether a machine uses it now.
    pub in_use: bool,
}

impl Store {
    pub(crate) fn open(root: PathBuf, interrupt: Interrupt) -> Result<Self> {
        let kept = domi_store::Store::open(root, "images", interrupt.clone(), Plain)?;
        Ok(Self { kept, interrupt })
    }

    pub(crate) fn root(&self) -> &Path {
        self.kept.root()
    }

    /// Finds a snapshot, or makes it: `make` fills a new folder and returns its manifest.
    pub(crate) fn obtain(
        &self,
        wanted: &Wanted,
        stages: &Stages,
        make: impl FnOnce(&Path) -> Result<Manifest>,
    ) -> Result<Snapshot> {
        let told = |told: Told| stages.report(Progress::Store(told));
        let of_the_day = |found: &Snapshot| match wanted.day {
            Some(day) => found.made_with().get(DAY).is_some_and(|made| made == day),
            None => true,
        };
        let open = |folder: &Path| {
            let found = Snapshot::open(folder, wanted.hardware, wanted.parent)?;
            Ok(found.filter(of_the_day))
        };
        self.kept.obtain(wanted.key, wanted.room, &told, open, make)
    }

    /// The kernel of any stored image of an architecture.
    pub(crate) fn kernel(&self, architecture: &str) -> Result<Option<PathBuf>> {
        for domi_store::Entry { folder, .. } in self.kept.list()? {
            let kernel = folder.join(KERNEL);
            let manifest = Manifest::read(&folder).ok().flatten();
            let fits = manifest.is_some_and(|read| {
                read.manifest.made_with.get("architecture").is_some_and(|name| name == architecture)
            });
            if fits && kernel.exists() {
                return Ok(Some(kernel));
            }
        }
        Ok(None)
    }

    /// A folder that vanishes when it is dropped.
    pub(crate) fn temporary(&self, name: &str) -> Result<Unfinished> {
        Ok(self.kept.unfinished(name)?)
    }

    pub(crate) fn make_room(&self, needed: u64) -> Result<()> {
        Ok(self.kept.make_room(needed)?)
    }

    /// Everything stored, the last used first.
    pub(crate) fn list(&self) -> Result<Vec<Entry>> {
        Ok(self.kept.list()?.iter().map(entry).collect())
    }

    /// Reads all that is stored and removes what is damaged; returns what was removed, and why.
    pub(crate) fn verify(&self) -> Result<Vec<(Entry, Error)>> {
        let mut gone = Vec::new();
        for stored in self.kept.list()? {
            self.interrupt.check()?;
            if let Err(damage) = Manifest::verify(&stored.folder) {
                let entry = entry(&stored);
                self.kept.remove(&stored.key)?;
                gone.push((entry, damage.into()));
            }
        }
        Ok(gone)
    }

    /// Removes what is not in use; returns what was removed.
    pub(crate) fn prune(&self, what: Prune) -> Result<Vec<Entry>> {
        Ok(self.kept.prune(what, entry)?)
    }

    /// Reads all of what is stored and, if it is damaged, removes it and says how. If something
    /// else has been stored under its name since, that is left alone.
    pub(crate) fn discard_if_damaged(&self, part: &Snapshot) -> Result<Option<Error>> {
        let Err(damage) = part.verify_alone() else { return Ok(None) };
        self.kept.discard::<Manifest>(part.key(), part.digest())?;
        Ok(Some(damage))
    }
}

fn entry(stored: &domi_store::Entry) -> Entry {
    let manifest = Manifest::read(&stored.folder).ok().flatten().map(|read| read.manifest);
    Entry {
        key: stored.key.clone(),
        kind: manifest.as_ref().map(|manifest| manifest.kind),
        packages: manifest.map(|manifest| manifest.packages).unwrap_or_default(),
        bytes: allocated(&stored.folder),
        last_used: stored.last_used,
        in_use: stored.in_use,
    }
}

/// Bytes on the disk of all files in a folder, without their holes.
fn allocated(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = fs_err::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|facts| facts.blocks() * 512).sum()
}

#[cfg(test)]
mod tests;
