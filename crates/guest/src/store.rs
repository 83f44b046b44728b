//! Saved machines on disk. They are found by a key, made by one process while others wait, and
//! written completely or not at all.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use domi_host::file::Lock;
use domi_host::{Interrupt, sparse};
use fs_err as fs;
use tempfile::TempDir;

use crate::hardware::Hardware;
use crate::progress::{Progress, Stages};
use crate::snapshot::{KERNEL, Kind, Manifest, Snapshot};
use crate::{Error, Result};

/// The time of a snapshot's last use is that of this file in its folder.
const USED: &str = "used";

/// The folders of the store.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    root: PathBuf,
}

/// What the store is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) key: &'a str,
    pub(crate) hardware: &'a Hardware,
    pub(crate) parent: Option<&'a Snapshot>,
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

/// Which entries pruning removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// All that no machine uses now.
    All,
    /// Those that were not used for so long.
    UnusedFor(Duration),
}

impl Store {
    pub(crate) fn open(root: PathBuf) -> Result<Self> {
        let store = Self { root };
        for folder in [store.saved(), store.building()] {
            fs::create_dir_all(folder)?;
        }
        Ok(store)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Finds a snapshot, or makes it: `make` fills a new folder and returns its manifest.
    pub(crate) fn obtain(
        &self,
        wanted: &Wanted,
        stages: &Stages,
        interrupt: &Interrupt,
        make: impl FnOnce(&Path) -> Result<Manifest>,
    ) -> Result<Snapshot> {
        if let Some(snapshot) = self.stored(wanted, stages)? {
            return Ok(snapshot);
        }
        let _lock = self.lock(wanted.key, interrupt, || stages.report(Progress::Waiting))?;
        if let Some(snapshot) = self.stored(wanted, stages)? {
            return Ok(snapshot);
        }
        self.sweep(wanted.key)?;
        self.make_room(wanted.room)?;
        let folder = self.temporary(wanted.key)?;
        let manifest = make(folder.path()).map_err(|error| {
            self.keep_logs(wanted.key, folder.path(), stages);
            self.full_disk(error)
        })?;
        let _ = fs::remove_dir_all(self.logs(wanted.key));
        manifest.write(folder.path())?;
        self.remove(wanted.key)?;
        fs::rename(folder.keep(), self.folder(wanted.key))?;
        let made = self.stored(wanted, stages)?;
        made.context("what was just stored cannot be found").map_err(Error::Other)
    }

    /// What is stored under a key, if it is usable.
    fn stored(&self, wanted: &Wanted, stages: &Stages) -> Result<Option<Snapshot>> {
        let folder = self.folder(wanted.key);
        match Snapshot::open(&folder, wanted.hardware, wanted.parent) {
            Ok(None) => Ok(None),
            Ok(Some(snapshot)) => {
                // A read-only store works too; it just cannot record when something was used.
                let _ = std::fs::write(folder.join(USED), "");
                Ok(Some(snapshot))
            }
            Err(Error::Damaged { path, reason }) => {
                let reason = format!("{} is damaged: {reason}", path.display());
                stages.report(Progress::Remaking { reason: &reason });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The kernel of any stored image of an architecture.
    pub(crate) fn kernel(&self, architecture: &str) -> Result<Option<PathBuf>> {
        for entry in self.list()? {
            let folder = self.folder(&entry.key);
            let kernel = folder.join(KERNEL);
            let manifest = Manifest::read(&folder).ok().flatten();
            let fits = manifest.is_some_and(|(manifest, _)| {
                manifest.made_with.get("architecture").is_some_and(|name| name == architecture)
            });
            if fits && kernel.exists() {
                return Ok(Some(kernel));
            }
        }
        Ok(None)
    }

    /// A folder that vanishes when it is dropped. What a killed process leaves is removed later.
    pub(crate) fn temporary(&self, key: &str) -> Result<TempDir> {
        let folder =
            tempfile::Builder::new().prefix(&format!("{key}-")).tempdir_in(self.building());
        let cannot = || format!("cannot write in {}", self.building().display());
        Ok(folder.with_context(cannot)?)
    }

    /// Everything stored, the last used first.
    pub(crate) fn list(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for folder in fs::read_dir(self.saved())? {
            let folder = folder?;
            entries.push(entry(&folder.path(), folder.file_name().to_string_lossy().into_owned()));
        }
        entries.sort_by(|a, b| b.last_used.cmp(&a.last_used).then_with(|| a.key.cmp(&b.key)));
        Ok(entries)
    }

    /// Reads all that is stored and removes what is damaged; returns what was removed, and why.
    pub(crate) fn verify(&self, interrupt: &Interrupt) -> Result<Vec<(Entry, Error)>> {
        let mut gone = Vec::new();
        for entry in self.list()? {
            interrupt.check()?;
            if let Err(damage) = Manifest::verify(&self.folder(&entry.key)) {
                self.remove(&entry.key)?;
                gone.push((entry, damage));
            }
        }
        Ok(gone)
    }

    /// Keeps the logs if making an image or a layer failed.
    fn keep_logs(&self, key: &str, from: &Path, stages: &Stages) {
        let kept = self.logs(key);
        let _ = fs::remove_dir_all(&kept);
        let files = fs::read_dir(from).into_iter().flatten().flatten().map(|file| file.path());
        let logs = files.filter(|path| path.extension().is_some_and(|end| end == "log"));
        let kept_now = logs.filter(|log| {
            let name = log.file_name().unwrap_or_default();
            let written = fs::metadata(log).is_ok_and(|facts| facts.len() > 0);
            written
                && fs::create_dir_all(&kept).and_then(|()| fs::rename(log, kept.join(name))).is_ok()
        });
        if kept_now.count() > 0 {
            let text = format!("the logs are in {}", kept.display());
            stages.report(Progress::Note { text: &text });
        }
    }

    /// Removes what is not in use, and what is based on it; returns what was removed.
    pub(crate) fn prune(&self, what: Prune) -> Result<Vec<Entry>> {
        let mut gone = Vec::new();
        for entry in self.list()? {
            let age = entry.last_used.elapsed().unwrap_or_default();
            let wanted = match what {
                Prune::All => true,
                Prune::UnusedFor(limit) => age >= limit,
            };
            if wanted && !entry.in_use {
                self.remove(&entry.key)?;
                gone.push(entry);
            }
        }
        self.sweep("")?;
        if what == Prune::All {
            let _ = fs::remove_dir_all(self.root.join("logs"));
        }
        Ok(gone)
    }

    /// Reads all of what is stored and, if it is damaged, removes it and says how. If something
    /// else has been stored under its name since, that is left alone.
    pub(crate) fn discard_if_damaged(
        &self,
        part: &Snapshot,
        interrupt: &Interrupt,
    ) -> Result<Option<Error>> {
        let Err(damage) = part.verify_alone() else { return Ok(None) };
        let _lock = self.lock(part.key(), interrupt, || ())?;
        let there = Manifest::read(part.folder()).ok().flatten();
        if there.is_none_or(|(_, digest)| digest == part.digest()) {
            self.remove(part.key())?;
        }
        Ok(Some(damage))
    }

    fn lock(&self, key: &str, interrupt: &Interrupt, waits: impl FnOnce()) -> Result<Lock> {
        Ok(Lock::acquire(&self.root.join("locks").join(key), interrupt, waits)?)
    }

    /// Removes what is stored under a key: first its name, so that nobody sees an incomplete entry.
    pub(crate) fn remove(&self, key: &str) -> Result<()> {
        let gone = self.temporary(key)?;
        match fs::rename(self.folder(key), gone.path().join("gone")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes what killed builders have left: for one key while its lock is held, or for all keys
    /// those whose lock is free.
    fn sweep(&self, key: &str) -> Result<()> {
        for left in fs::read_dir(self.building())? {
            let left = left?;
            let name = left.file_name().to_string_lossy().into_owned();
            let of = name.split('-').next().unwrap_or_default();
            if of == key || (key.is_empty() && !self.is_being_made(of)) {
                fs::remove_dir_all(left.path())?;
            }
        }
        Ok(())
    }

    fn is_being_made(&self, key: &str) -> bool {
        let lock = std::fs::File::open(self.root.join("locks").join(key));
        lock.is_ok_and(|lock| lock.try_lock().is_err())
    }

    pub(crate) fn make_room(&self, needed: u64) -> Result<()> {
        let free = sparse::free_space(&self.root)?;
        if free >= needed {
            return Ok(());
        }
        Err(Error::NoSpace { path: self.root.clone(), needed, free })
    }

    /// If the disk is full now, that explains the failure.
    fn full_disk(&self, error: Error) -> Error {
        const NEARLY_NOTHING: u64 = 16 << 20;
        if matches!(error, Error::Interrupted) {
            return error;
        }
        self.make_room(NEARLY_NOTHING).err().unwrap_or(error)
    }

    fn saved(&self) -> PathBuf {
        self.root.join("images")
    }

    fn building(&self) -> PathBuf {
        self.root.join("building")
    }

    fn logs(&self, key: &str) -> PathBuf {
        self.root.join("logs").join(key)
    }

    fn folder(&self, key: &str) -> PathBuf {
        self.saved().join(key)
    }
}

fn entry(folder: &Path, key: String) -> Entry {
    let manifest = Manifest::read(folder).ok().flatten().map(|(manifest, _)| manifest);
    let used = fs::metadata(folder.join(USED)).or_else(|_| fs::metadata(folder));
    Entry {
        key,
        kind: manifest.as_ref().map(|manifest| manifest.kind),
        packages: manifest.map(|manifest| manifest.packages).unwrap_or_default(),
        bytes: allocated(folder),
        last_used: used.and_then(|facts| facts.modified()).unwrap_or(SystemTime::UNIX_EPOCH),
        in_use: Manifest::in_use(folder),
    }
}

/// Bytes on the disk of all files in a folder, without their holes.
fn allocated(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|facts| facts.blocks() * 512).sum()
}

#[cfg(test)]
mod tests;
