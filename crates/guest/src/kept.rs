//! Machines that are kept between their runs: a folder for each, with its disk.
//!
//! The folder has links to all that is below the disk, and to the kernel. So it stays whole whatever
//! becomes of the images in the store, and takes no more room than what the machine has written.

use std::fs::{File, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use domi_console::Drive;
use domi_host::file::Lock;
use domi_host::{Interrupt, sparse};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::body::{Body, Kernel};
use crate::disk::{Below, Second, Top};
use crate::hardware::Hardware;
use crate::identity::Names;
use crate::machine::{Machine, Options};
use crate::snapshot::Snapshot;

/// The machines that are kept.
#[derive(Debug)]
pub struct KeptMachines {
    folder: PathBuf,
    interrupt: Interrupt,
}

/// One that is kept. While it is held, nobody else can use it.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    card: Card,
    /// Set until it is kept: it is gone with this otherwise.
    unfinished: Option<tempfile::TempDir>,
    _lock: File,
}

/// What is known of a kept machine.
#[derive(Debug, Serialize, Deserialize)]
struct Card {
    format: u32,
    /// How many disks are below its own.
    disks: usize,
    kernel_arguments: String,
    /// What whoever made it wrote down.
    note: String,
}

/// The version of what is in the folder of one.
const FORMAT: u32 = 1;
/// How the folder of one begins that is being made.
const MAKING: &str = ".making-";
const CARD: &str = "machine.json";
const DISK: &str = "disk.qcow2";
const KERNEL: &str = "kernel";
const INITRD: &str = "initrd";
/// Held by whoever uses the machine.
const LOCK: &str = "lock";

impl KeptMachines {
    /// Those below a cache folder (see `domi_host::dirs::cache`).
    pub fn of(cache: &Path, interrupt: Interrupt) -> Self {
        Self { folder: cache.join("machines"), interrupt }
    }

    /// Their names.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        if self.folder.exists() {
            for entry in fs::read_dir(&self.folder)? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                names.extend((!name.starts_with('.')).then_some(name));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Whether there is one of this name, which somebody may use.
    pub fn has(&self, name: &str) -> bool {
        self.folder.join(name).join(CARD).exists()
    }

    /// The one of this name; nothing while somebody uses it.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(&self, name: &str) -> Result<Option<Kept>> {
        let folder = self.folder.join(name);
        let Some(lock) = locked(&folder)? else { return Ok(None) };
        let card: Card = serde_json::from_slice(&fs::read(folder.join(CARD))?)
            .with_context(|| format!("{} cannot be read", folder.join(CARD).display()))?;
        if card.format != FORMAT {
            let format = card.format;
            return Err(anyhow!("the machine {name} was kept by another version ({format})").into());
        }
        Ok(Some(Kept { folder, card, unfinished: None, _lock: lock }))
    }

    /// A new one over a snapshot. It is kept only once [`Kept::keep`] is told so.
    ///
    /// # Errors
    /// When its files cannot be made.
    pub fn make(&self, snapshot: &Snapshot, note: String) -> Result<Kept> {
        snapshot.check()?;
        fs::create_dir_all(&self.folder)?;
        // So that nobody takes a folder that has no lock yet for one that was left.
        let _lock = Lock::acquire(&self.folder.join(".lock"), &self.interrupt, || ())?;
        self.sweep();
        // What is on a disk is nobody else's business.
        let unfinished = tempfile::Builder::new()
            .prefix(MAKING)
            .permissions(PermissionsExt::from_mode(0o700))
            .tempdir_in(&self.folder);
        let unfinished = unfinished.context("no folder for the machine that is kept")?;
        let folder = unfinished.path().to_owned();
        let lock = locked(&folder)?.ok_or_else(|| anyhow!("a new folder is in use"))?;
        let body = snapshot.body();
        let card = Card {
            format: FORMAT,
            disks: body.below.0.len(),
            kernel_arguments: body.kernel.arguments.clone(),
            note,
        };
        let disks = body.below.0.iter().enumerate().map(|(at, disk)| (disk, below(at)));
        let kernel =
            [(&body.kernel.image, KERNEL.to_owned()), (&body.kernel.initrd, INITRD.to_owned())];
        for (from, name) in disks.chain(kernel) {
            let to = folder.join(name);
            // The store never changes a file in place.
            if fs::hard_link(from, &to).is_err() {
                sparse::copy(from, &to, &self.interrupt)?;
            }
        }
        crate::disk::make_thin(&folder.join(DISK), snapshot.manifest().disk_bytes)?;
        fs::write(folder.join(CARD), serde_json::to_vec_pretty(&card).context("a card is JSON")?)?;
        Ok(Kept { folder, card, unfinished: Some(unfinished), _lock: lock })
    }

    /// Removes what those have left that were killed while they made one.
    fn sweep(&self) {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let left = entry.file_name().to_string_lossy().starts_with(MAKING);
            if left && matches!(locked(&entry.path()), Ok(Some(_))) {
                // What cannot be removed does no harm.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }
}

impl Kept {
    /// What whoever made it wrote down.
    pub fn note(&self) -> &str {
        &self.card.note
    }

    /// Starts it for the first time, from the memory of the snapshot that it was made of.
    ///
    /// # Errors
    /// As [`Machine::restore`].
    pub fn restore(&self, snapshot: &Snapshot, options: Options) -> Result<Machine> {
        Machine::restore_with(snapshot, self.disk()?, options)
    }

    /// Boots it from its disk.
    pub(crate) fn boot(&self, hardware: Hardware, options: Options) -> Result<Machine> {
        let kernel = Kernel {
            image: self.folder.join(KERNEL),
            initrd: self.folder.join(INITRD),
            arguments: self.card.kernel_arguments.clone(),
        };
        let disks = (0..self.card.disks).map(|at| self.folder.join(below(at))).collect();
        // A NixOS is not kept.
        let (second, names) = (Second::Empty, Names::Given);
        let body = Body { hardware, below: Below(disks), second, kernel, names };
        let mut machine = Machine::new(body, self.disk()?, options);
        machine.start()?;
        Ok(machine)
    }

    /// Keeps it from now on, under a name that none has.
    ///
    /// # Errors
    /// When one has the name by now.
    pub fn keep(&mut self, name: &str) -> Result<()> {
        let Some(unfinished) = self.unfinished.take() else { return Ok(()) };
        let to = self.folder.with_file_name(name);
        fs::rename(unfinished.path(), &to)?;
        // It is not there under its first name any more.
        let _ = unfinished.keep();
        self.folder = to;
        Ok(())
    }

    /// Removes it.
    ///
    /// # Errors
    /// When its files cannot be removed.
    pub fn remove(self) -> Result<()> {
        // First its name, so that nobody finds half of it.
        let gone = self.folder.with_file_name(format!("{MAKING}gone-{}", std::process::id()));
        fs::rename(&self.folder, &gone)?;
        Ok(fs::remove_dir_all(&gone)?)
    }

    fn disk(&self) -> Result<Top> {
        let disk = fs::OpenOptions::new().read(true).write(true).open(self.folder.join(DISK))?;
        Ok(Top::Thin(disk.into_parts().0))
    }
}

/// The name of a disk below its own.
fn below(at: usize) -> String {
    format!("below-{at}")
}

/// The lock of a machine's folder; nothing while somebody else has it.
fn locked(folder: &Path) -> Result<Option<File>> {
    let mut open = fs::OpenOptions::new();
    let lock = open.create(true).write(true).truncate(false).open(folder.join(LOCK))?;
    let lock = lock.into_parts().0;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(anyhow::Error::new(error).context("a kept machine cannot be locked").into())
        }
    }
}
