//! Entries of a Nix store as a disk. A NixOS has its closure on one; a Debian may have one as `/nix/store`, in the
//! place of the empty disk that it was saved with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use domi_host::command::Program;
use domi_host::hash::Key;
use domi_host::{Interrupt, tool};

use crate::snapshot::{Kind, Manifest, STORE_DISK, Snapshot};
use crate::{Error, Result, disk};

/// Raised when such disks are made in another way.
const FORMAT: &str = "store-1";
/// What makes the disk.
pub(crate) const MKSQUASHFS: &str = "mksquashfs";
/// The unit of the disk, from its second start on, in the folders where packages have theirs. Whatever needs a
/// file system of the machine's own starts after it.
const UNIT: &str = "/usr/lib/systemd/system/nix-store.mount";
const WANTS: &str = "/usr/lib/systemd/system/local-fs.target.wants";

/// Entries of a Nix store as a disk. Cheap to clone; while one is held, it is not pruned.
#[derive(Debug, Clone)]
pub struct StoreDisk(pub(crate) Snapshot);

impl StoreDisk {
    /// The disk as a part of the store in which it is kept.
    pub fn as_snapshot(&self) -> &Snapshot {
        &self.0
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.folder().join(STORE_DISK)
    }
}

/// The key of the disk of entries.
pub(crate) fn key(entries: &[(String, u64)]) -> String {
    let mut names: Vec<_> = entries.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    let mut key = Key::new(FORMAT);
    names.iter().for_each(|name| key.add(name));
    key.finish()
}

/// Makes the disk in a folder.
pub(crate) fn fill(
    folder: &Path,
    store: &Path,
    entries: &[(String, u64)],
    interrupt: &Interrupt,
) -> Result<Manifest> {
    pack(store, entries, &folder.join(STORE_DISK), interrupt)?;
    let mut manifest = Manifest {
        kind: Kind::Store,
        parent: None,
        packages: Vec::new(),
        kernel_arguments: String::new(),
        disk_bytes: disk::SECOND,
        made_with: BTreeMap::from([("entries".to_owned(), entries.len().to_string())]),
        files: Default::default(),
    };
    manifest.describe(folder)?;
    Ok(manifest)
}

/// Packs entries of a store as a read-only disk, whose root is the folder of the store.
pub(crate) fn pack(
    store: &Path,
    entries: &[(String, u64)],
    disk: &Path,
    interrupt: &Interrupt,
) -> Result<()> {
    if tool::find(MKSQUASHFS).is_none() {
        return Err(Error::MissingTool { tool: MKSQUASHFS.to_owned() });
    }
    let program = Program::new(MKSQUASHFS)
        .args(entries.iter().map(|(name, _)| store.join(name)))
        .arg(disk)
        // Of a single folder it would take what is in it.
        .arg("-keep-as-directory")
        // A guest that is emulated takes longer over anything stronger.
        .args(["-comp", "lz4", "-all-root", "-noappend", "-no-progress", "-quiet"]);
    let outcome = program.run(interrupt).context("cannot pack the store")?;
    if outcome.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
    Err(anyhow!("cannot pack the store: {}", said.trim()).into())
}

/// Mounts the disk in a machine that starts for the first time, and has systemd do it at each later start, even if
/// the machine's power is cut at once.
pub(crate) fn mounted_first() -> String {
    format!(
        "set -e\n\
         printf '%s\\n' '[Unit]' 'Description=Nix store' '[Mount]' 'What=/dev/vdb' 'Where=/nix/store' \
         'Type=squashfs' 'Options=ro,nodev,nosuid' >{UNIT}\n\
         mkdir -p {WANTS} /nix/store\n\
         ln -s ../nix-store.mount {WANTS}/nix-store.mount\n\
         sync {UNIT} {WANTS} \"$(dirname {UNIT})\"\n\
         mount -t squashfs -o ro,nodev,nosuid /dev/vdb /nix/store"
    )
}

/// Waits until systemd has mounted the disk.
pub(crate) const MOUNTED_AGAIN: &str = "systemctl start nix-store.mount";
