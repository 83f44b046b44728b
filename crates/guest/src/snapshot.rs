//! A saved machine on disk: which files it has, and whether they are unchanged.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use domi_host::{Interrupt, sparse};
use domi_store::{Held, Identity, MANIFEST, Read};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::body::{Body, Kernel};
use crate::disk::{self, Below, Second};
use crate::hardware::Hardware;
use crate::identity::Names;
use crate::{Error, Result};

/// Files up to this size are read completely at each use. Reading them costs nothing, and a damaged
/// one would cause a confusing failure.
const SMALL: u64 = 1 << 20;

/// What a saved machine is, as its manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) kind: Kind,
    /// The key of the snapshot below it, and that one's own identity.
    pub(crate) parent: Option<Identity>,
    pub(crate) packages: Vec<String>,
    /// The arguments of a cold boot.
    pub(crate) kernel_arguments: String,
    /// The size of the disk, as the guest sees it.
    pub(crate) disk_bytes: u64,
    /// Versions and other facts about how it was made, for people.
    pub(crate) made_with: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, FileFacts>,
}

/// Whether a saved machine has its own disk or uses another one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A system as its distribution makes it.
    Image,
    /// Packages on an image.
    Layer,
    /// The disks of a NixOS; it has not been booted.
    Nixos,
    /// A NixOS that was booted.
    Booted,
    /// Entries of a Nix store, as a disk that a machine may have beside its own.
    Store,
}

impl Kind {
    /// The files that it consists of.
    pub(crate) fn files(self) -> &'static [&'static str] {
        match self {
            Self::Image => &[IMAGE_DISK, RAM, STATE, KERNEL, INITRD, STATUS],
            Self::Layer => &[LAYER_DISK, RAM, STATE, STATUS],
            Self::Nixos => &[IMAGE_DISK, STORE_DISK, KERNEL, INITRD],
            Self::Booted => &[LAYER_DISK, RAM, STATE],
            Self::Store => &[STORE_DISK],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileFacts {
    length: u64,
    digest: String,
}

/// A saved machine. Cheap to clone; while one is held, it is not pruned.
#[derive(Debug, Clone)]
pub struct Snapshot(Arc<Saved>);

#[derive(Debug)]
struct Saved {
    folder: PathBuf,
    manifest: Manifest,
    digest: String,
    body: Body,
    parent: Option<Snapshot>,
    /// A file with the guest's memory, once one is needed.
    memory_copy: Mutex<Option<Arc<File>>>,
    _held: Held,
}

/// A file with a guest's memory.
#[derive(Debug)]
pub(crate) struct SavedMemory {
    pub(crate) path: PathBuf,
    /// Kept open as long as the path is used.
    _open: Option<Arc<File>>,
}

impl Manifest {
    /// Records its files in `folder` with their current content.
    pub(crate) fn describe(&mut self, folder: &Path) -> Result<()> {
        for name in self.kind.files() {
            let path = folder.join(name);
            let facts =
                FileFacts { length: fs::metadata(&path)?.len(), digest: sparse::digest(&path)? };
            self.files.insert((*name).to_owned(), facts);
        }
        Ok(())
    }

    /// Reads a folder's manifest; nothing when there is no such folder. One that cannot be read,
    /// or that leaves out a file, is damaged.
    pub(crate) fn read(folder: &Path) -> domi_store::Result<Option<Read<Self>>> {
        let read = Read::<Self>::of(folder)?;
        let Some(Read { manifest, .. }) = &read else { return Ok(None) };
        let lacks = |name: &&&str| !manifest.files.contains_key(**name);
        match manifest.kind.files().iter().find(lacks) {
            None => Ok(read),
            Some(name) => {
                let reason = format!("its list of files lacks {name}");
                Err(domi_store::Error::damaged(folder.join(MANIFEST), &reason))
            }
        }
    }

    /// Whether everything in a folder is what was written, byte by byte.
    pub(crate) fn verify(folder: &Path) -> domi_store::Result<()> {
        match Self::read(folder)? {
            Some(read) => read.manifest.check(folder, true),
            None => Err(domi_store::Error::damaged(folder.join(MANIFEST), "it is not there")),
        }
    }

    /// Whether each file exists with its length, and with its content where that is small; `whole`
    /// reads the large ones too.
    fn check(&self, folder: &Path, whole: bool) -> domi_store::Result<()> {
        for (name, facts) in &self.files {
            let path = folder.join(name);
            let checked = facts.check(&path, whole);
            checked.map_err(|reason| domi_store::Error::damaged(path, &reason))?;
        }
        Ok(())
    }
}

impl FileFacts {
    fn check(&self, path: &Path, whole: bool) -> Result<(), String> {
        let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
        if length != self.length {
            return Err(format!("it has {length} bytes and should have {}", self.length));
        }
        if !whole && self.length > SMALL {
            return Ok(());
        }
        let digest = sparse::digest(path).map_err(|error| error.to_string())?;
        if digest == self.digest { Ok(()) } else { Err("its content has changed".to_owned()) }
    }
}

impl Snapshot {
    /// Opens what is stored in a folder; nothing if there is no such folder, or if it is based on
    /// another parent.
    pub(crate) fn open(
        folder: &Path,
        hardware: &Hardware,
        parent: Option<&Self>,
    ) -> domi_store::Result<Option<Self>> {
        let Some(Read { manifest, digest }) = Manifest::read(folder)? else { return Ok(None) };
        if manifest.parent != parent.map(Self::as_parent) {
            return Ok(None);
        }
        let held = Held::entry(folder)?;
        let root = parent.map_or(folder, |parent| parent.root());
        let (mut disks, disk) = match parent {
            Some(parent) => (parent.0.body.below.0.clone(), LAYER_DISK),
            None => (Vec::new(), IMAGE_DISK),
        };
        disks.push(folder.join(disk));
        let kernel = Kernel {
            image: root.join(KERNEL),
            initrd: root.join(INITRD),
            arguments: manifest.kernel_arguments.clone(),
        };
        let (second, names) = match manifest.kind {
            Kind::Image | Kind::Layer | Kind::Store => (Second::Empty, Names::Given),
            Kind::Nixos | Kind::Booted => (Second::File(root.join(STORE_DISK)), Names::Own),
        };
        let snapshot = Self(Arc::new(Saved {
            folder: folder.to_owned(),
            manifest,
            digest,
            body: Body { hardware: hardware.clone(), below: Below(disks), second, kernel, names },
            parent: parent.cloned(),
            memory_copy: Mutex::default(),
            _held: held,
        }));
        snapshot.check_chain()?;
        Ok(Some(snapshot))
    }

    /// The key it is stored under.
    pub fn key(&self) -> &str {
        self.0.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Identifies this very snapshot: it changes when it is made again under the same key.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The packages installed on top of the image.
    pub fn packages(&self) -> &[String] {
        &self.0.manifest.packages
    }

    /// How it was made, as names and values for people.
    pub fn made_with(&self) -> &BTreeMap<String, String> {
        &self.0.manifest.made_with
    }

    /// Reads all its files and those that it is based on, and compares them with what was written.
    pub fn verify(&self) -> Result<()> {
        self.chain().try_for_each(Self::verify_alone)
    }

    /// As [`Snapshot::verify`], without what it is based on.
    pub(crate) fn verify_alone(&self) -> Result<()> {
        Ok(self.0.manifest.check(&self.0.folder, true)?)
    }

    /// The cheap part of [`Snapshot::verify`].
    pub(crate) fn check(&self) -> Result<()> {
        Ok(self.check_chain()?)
    }

    fn check_chain(&self) -> domi_store::Result<()> {
        self.chain().try_for_each(|part| part.0.manifest.check(&part.0.folder, false))
    }

    /// This snapshot and those that it is based on, down to the image.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |part| part.0.parent.as_ref())
    }

    /// If a machine could not start because the snapshot is damaged, returns that error.
    pub(crate) fn blame(&self, error: Error) -> Error {
        match error {
            Error::Died { .. }
            | Error::Panicked { .. }
            | Error::Emulation { .. }
            | Error::Hung { .. }
            | Error::Console(_) => self.verify().err().unwrap_or(error),
            other => other,
        }
    }

    /// A new, empty disk over the snapshot's. It has no name and vanishes when it is closed. It is
    /// beside the snapshot or, if nothing can be written there, in `elsewhere`.
    pub(crate) fn thin_disk(&self, elsewhere: &Path) -> Result<File> {
        let file = tempfile::tempfile_in(&self.0.folder);
        let mut file = file.or_else(|_| nameless(elsewhere))?;
        disk::write_thin(&mut file, self.0.manifest.disk_bytes)?;
        Ok(file)
    }

    /// The file of the guest's memory, for a QEMU that changes none of it but opens it for writing.
    /// If the file is read-only, QEMU gets an unnamed copy in `elsewhere`, which lasts as long as
    /// this snapshot is held.
    pub(crate) fn memory(&self, elsewhere: &Path, interrupt: &Interrupt) -> Result<SavedMemory> {
        if fs::OpenOptions::new().read(true).write(true).open(self.ram()).is_ok() {
            return Ok(SavedMemory { path: self.ram(), _open: None });
        }
        let mut copy = self.0.memory_copy.lock().unwrap_or_else(PoisonError::into_inner);
        if copy.is_none() {
            let mut file = nameless(elsewhere)?;
            sparse::copy_to(&self.ram(), &mut file, interrupt)?;
            *copy = Some(Arc::new(file));
        }
        let open = copy.clone();
        let path = open.as_ref().map(|file| {
            // QEMU wants a path, so it gets the path of our open file.
            format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd())
        });
        Ok(SavedMemory { path: path.unwrap_or_default().into(), _open: open })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    pub(crate) fn body(&self) -> &Body {
        &self.0.body
    }

    pub(crate) fn ram(&self) -> PathBuf {
        self.0.folder.join(RAM)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.0.folder.join(STATE)
    }

    pub(crate) fn as_parent(&self) -> Identity {
        Identity { key: self.key().to_owned(), digest: self.0.digest.clone() }
    }

    /// The folder of the image at the bottom.
    fn root(&self) -> &Path {
        self.chain().last().map_or(&self.0.folder, |image| &image.0.folder)
    }
}

/// A file that vanishes when it is closed.
fn nameless(folder: &Path) -> Result<File> {
    let file = tempfile::tempfile_in(folder);
    Ok(file.with_context(|| format!("cannot make a temporary file in {}", folder.display()))?)
}

/// The raw disk of an image.
pub(crate) const IMAGE_DISK: &str = "disk.raw";
/// The thin disk of a layer.
pub(crate) const LAYER_DISK: &str = "disk.qcow2";
/// The disk with entries of a Nix store.
pub(crate) const STORE_DISK: &str = "store.squashfs";
/// The guest's memory.
pub(crate) const RAM: &str = "memory";
/// The state of its devices.
pub(crate) const STATE: &str = "devices";
/// The kernel of cold boots.
pub(crate) const KERNEL: &str = "kernel";
/// The initrd of cold boots.
pub(crate) const INITRD: &str = "initrd";
/// The disk's list of installed packages, as dpkg keeps it.
pub(crate) const STATUS: &str = "dpkg-status";
