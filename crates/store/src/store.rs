use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context;
use domi_host::file::Lock;
use domi_host::{Interrupt, sparse};
use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::manifest::{self, Read};
use crate::{Entry, Error, Prune, Remove, Result, Told, Unfinished};

/// The time of an entry's last use is that of this file in its folder.
const USED: &str = "used";

/// The folders of a store.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// The name of the folder with the entries.
    entries: &'static str,
    interrupt: Interrupt,
    remover: Arc<dyn Remove>,
}

impl Store {
    /// Opens a store whose entries are in a folder of `root` with this name.
    ///
    /// # Errors
    /// When its folders cannot be made.
    pub fn open(
        root: PathBuf,
        entries: &'static str,
        interrupt: Interrupt,
        remover: impl Remove + 'static,
    ) -> Result<Self> {
        let store = Self { root, entries, interrupt, remover: Arc::new(remover) };
        for folder in [store.entries(), store.building()] {
            fs::create_dir_all(folder)?;
        }
        Ok(store)
    }

    /// The folder that everything is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where an entry is, if it is there.
    pub fn folder(&self, key: &str) -> PathBuf {
        self.entries().join(key)
    }

    /// Finds an entry by `open`, or makes it: `make` fills a new folder and returns its manifest.
    /// One that `open` finds damaged is made again. Making one takes `room` bytes.
    ///
    /// # Errors
    /// Those of `open` and `make`, and where the disk is too full.
    pub fn obtain<T, M: Serialize, E: From<Error>>(
        &self,
        key: &str,
        room: u64,
        told: &dyn Fn(Told),
        open: impl Fn(&Path) -> Result<Option<T>>,
        make: impl FnOnce(&Path) -> Result<M, E>,
    ) -> Result<T, E> {
        let stored = || self.stored(key, told, &open);
        if let Some(found) = stored()? {
            return Ok(found);
        }
        let _lock = self.lock(key, || told(Told::Waiting))?;
        if let Some(found) = stored()? {
            return Ok(found);
        }
        self.sweep(key)?;
        self.make_room(room)?;
        let unfinished = self.unfinished(key)?;
        let manifest = make(unfinished.path()).map_err(|error| {
            self.keep_logs(key, unfinished.path(), told);
            self.full_disk().map_or(error, E::from)
        })?;
        // Those of an earlier failure.
        let _ = fs::remove_dir_all(self.logs(key));
        self.put(key, unfinished, &manifest)?;
        let missing = || Error::Other(anyhow::anyhow!("what was just stored cannot be found"));
        Ok(stored()?.ok_or_else(missing)?)
    }

    fn put(&self, key: &str, unfinished: Unfinished, manifest: &impl Serialize) -> Result<()> {
        manifest::write(unfinished.path(), manifest)?;
        self.remove(key)?;
        Ok(fs::rename(unfinished.finished(), self.folder(key))?)
    }

    /// What is stored under a key, if it is usable.
    fn stored<T>(
        &self,
        key: &str,
        told: &dyn Fn(Told),
        open: impl Fn(&Path) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let folder = self.folder(key);
        match open(&folder) {
            Ok(Some(found)) => {
                // A read-only store works too; it just cannot record when something was used.
                let _ = std::fs::write(folder.join(USED), "");
                Ok(Some(found))
            }
            Err(error @ Error::Damaged { .. }) => {
                told(Told::Remaking { reason: &error.to_string() });
                Ok(None)
            }
            other => other,
        }
    }

    /// A folder that vanishes when it is dropped. What a killed process leaves is removed later.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn unfinished(&self, key: &str) -> Result<Unfinished> {
        let building = self.building();
        let folder = tempfile::Builder::new().prefix(&format!("{key}-")).tempdir_in(&building);
        let folder = folder.with_context(|| format!("cannot write in {}", building.display()))?;
        Ok(Unfinished::new(folder.keep(), Arc::clone(&self.remover)))
    }

    /// Everything stored, the last used first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for folder in fs::read_dir(self.entries())? {
            let folder = folder?;
            let (key, folder) = (folder.file_name().to_string_lossy().into_owned(), folder.path());
            let used = fs::metadata(folder.join(USED)).or_else(|_| fs::metadata(&folder));
            let last_used = used.and_then(|facts| facts.modified());
            entries.push(Entry {
                key,
                last_used: last_used.unwrap_or(SystemTime::UNIX_EPOCH),
                in_use: manifest::is_held(&folder),
                folder,
            });
        }
        entries.sort_by(|a, b| b.last_used.cmp(&a.last_used).then_with(|| a.key.cmp(&b.key)));
        Ok(entries)
    }

    /// Removes what nobody holds; returns what was removed, as it was.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn prune<T>(&self, what: Prune, seen: impl Fn(&Entry) -> T) -> Result<Vec<T>> {
        let mut gone = Vec::new();
        for entry in self.list()?.into_iter().filter(|entry| what.wants(entry)) {
            let as_it_was = seen(&entry);
            self.remove(&entry.key)?;
            gone.push(as_it_was);
        }
        self.sweep("")?;
        if what == Prune::All {
            let _ = fs::remove_dir_all(self.root.join("logs"));
        }
        Ok(gone)
    }

    /// Removes an entry for a damage that was found in it. If something else has been stored under
    /// its name since it had this digest, that is left alone.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn discard<M: DeserializeOwned>(&self, key: &str, digest: &str) -> Result<()> {
        let _lock = self.lock(key, || ())?;
        let there = Read::<M>::of(&self.folder(key)).ok().flatten();
        if there.is_none_or(|there| there.digest == digest) {
            self.remove(key)?;
        }
        Ok(())
    }

    /// Removes what is stored under a key: first its name, so that nobody sees an incomplete entry.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, key: &str) -> Result<()> {
        let gone = self.unfinished(key)?;
        match fs::rename(self.folder(key), gone.path().join("gone")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Whether so many bytes are free.
    ///
    /// # Errors
    /// [`Error::NoSpace`] when they are not.
    pub fn make_room(&self, needed: u64) -> Result<()> {
        let free = sparse::free_space(&self.root)?;
        if free >= needed {
            return Ok(());
        }
        Err(Error::NoSpace { path: self.root.clone(), needed, free })
    }

    /// That the disk is full now, which explains a failure to write.
    fn full_disk(&self) -> Option<Error> {
        const NEARLY_NOTHING: u64 = 16 << 20;
        if self.interrupt.is_set() {
            return None;
        }
        self.make_room(NEARLY_NOTHING).err()
    }

    /// Keeps the logs of what could not be made.
    fn keep_logs(&self, key: &str, from: &Path, told: &dyn Fn(Told)) {
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
            told(Told::Logs { folder: &kept });
        }
    }

    fn lock(&self, key: &str, waits: impl FnOnce()) -> Result<Lock> {
        Ok(Lock::acquire(&self.locked(key), &self.interrupt, waits)?)
    }

    /// Removes what killed builders have left: for one key while its lock is held, or for all keys
    /// those whose lock is free.
    fn sweep(&self, key: &str) -> Result<()> {
        for left in fs::read_dir(self.building())? {
            let left = left?;
            let name = left.file_name().to_string_lossy().into_owned();
            let of = name.split('-').next().unwrap_or_default();
            if of == key || (key.is_empty() && !self.is_being_made(of)) {
                self.remover.remove(&left.path())?;
            }
        }
        Ok(())
    }

    fn is_being_made(&self, key: &str) -> bool {
        let lock = std::fs::File::open(self.locked(key));
        lock.is_ok_and(|lock| lock.try_lock().is_err())
    }

    fn entries(&self) -> PathBuf {
        self.root.join(self.entries)
    }

    fn building(&self) -> PathBuf {
        self.root.join("building")
    }

    fn locked(&self, key: &str) -> PathBuf {
        self.root.join("locks").join(key)
    }

    fn logs(&self, key: &str) -> PathBuf {
        self.root.join("logs").join(key)
    }
}

#[cfg(test)]
mod tests;
