//! Disks of machines: a raw image, and thin qcow2 disks over it that hold only what changed.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use anyhow::Context;
use domi_host::sparse;
use fs_err as fs;
use rustix::io::Errno;
use serde_json::{Value, json};

use crate::qemu::CommandLine;
use crate::{Error, Result};

/// The size of a second disk that is empty, and of one that replaces it when a machine is restored: its kernel
/// does not look again.
pub(crate) const SECOND: u64 = 1 << 40;
/// Less than this is not enough for QEMU to run on.
const NEARLY_NOTHING: u64 = 1 << 20;

/// A read-only disk image, the uppermost last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Below(pub(crate) Vec<PathBuf>);

/// The disk that a machine writes to.
#[derive(Debug)]
pub(crate) enum Top {
    /// The raw image itself.
    Raw(PathBuf),
    /// An open qcow2 disk, perhaps without a name on the file system.
    Thin(File),
}

/// A second disk.
#[derive(Debug, Clone)]
pub(crate) enum Second {
    /// It is empty.
    Empty,
    /// It is this file.
    File(PathBuf),
    /// It is as large as an empty one, and has this file at its beginning.
    Beginning(PathBuf),
}

impl Top {
    /// Why QEMU could not write it, where the disk of this computer that it is on is full.
    pub(crate) fn full(&self) -> Option<Error> {
        let free = sparse::free_space(&self.folder()?);
        let is_full = free.is_ok_and(|free| free < NEARLY_NOTHING);
        is_full.then(|| self.unusable(Errno::NOSPC.into()))
    }

    /// That QEMU could not use it, for an error of this computer's.
    pub(crate) fn unusable(&self, error: std::io::Error) -> Error {
        let folder = self.folder().unwrap_or_default();
        let what = format!("QEMU cannot use the machine's disk in {}", folder.display());
        anyhow::Error::new(error).context(what).into()
    }

    /// One without a name had one in this folder.
    fn folder(&self) -> Option<PathBuf> {
        let path = match self {
            Self::Raw(path) => path.clone(),
            Self::Thin(file) => {
                let file = format!("/proc/self/fd/{}", file.as_raw_fd());
                std::fs::read_link(file).ok()?
            }
        };
        path.parent().map(PathBuf::from)
    }
}

impl Below {
    /// The chain as QEMU's block layer wants it, the first one raw and the others qcow2.
    fn node(&self) -> Value {
        let mut node = Value::Null;
        for path in &self.0 {
            let file = json!({ "driver": "file", "filename": path, "locking": "off",
                               "read-only": true });
            node = if node.is_null() {
                json!({ "driver": "raw", "read-only": true, "file": file })
            } else {
                json!({ "driver": "qcow2", "read-only": true, "file": file, "backing": node })
            };
        }
        node
    }
}

/// Adds the disk to a command line. Flushes stop at the host's page cache. What a guest has flushed
/// survives a crash of the guest; a crash of the host is not something we test.
pub(crate) fn attach(line: &mut CommandLine, top: &Top, below: &Below) -> Result<()> {
    let cache = json!({ "no-flush": true, "direct": false });
    let node = match top {
        Top::Raw(path) => json!({
            "driver": "raw", "node-name": "root", "cache": cache, "discard": "unmap",
            "file": { "driver": "file", "filename": path, "discard": "unmap" },
        }),
        Top::Thin(file) => {
            let descriptor: OwnedFd = file.try_clone().context("cannot share a disk")?.into();
            let number = line.inherit(descriptor);
            line.option("-add-fd", format!("fd={number},set=1"));
            json!({
                "driver": "qcow2", "node-name": "root", "cache": cache, "discard": "unmap",
                "file": { "driver": "file", "filename": "/dev/fdset/1", "locking": "off" },
                "backing": below.node(),
            })
        }
    };
    line.option("-blockdev", node.to_string());
    Ok(())
}

/// Adds the disk that a machine only reads.
pub(crate) fn attach_second(line: &mut CommandLine, second: &Second) -> Result<()> {
    let raw = |path: &Path| {
        let file = json!({ "driver": "file", "filename": path, "read-only": true });
        json!({ "driver": "raw", "read-only": true, "file": file })
    };
    let mut node = match second {
        Second::Empty => {
            json!({ "driver": "null-co", "size": SECOND, "read-zeroes": true, "read-only": true })
        }
        Second::File(path) => raw(path),
        Second::Beginning(path) => {
            let mut thin = tempfile::tempfile().context("cannot make a temporary file")?;
            write_thin(&mut thin, SECOND)?;
            // QEMU wants one that is open as it would open it.
            let thin = fs::File::open(format!("/proc/self/fd/{}", thin.as_raw_fd()))?;
            let number = line.inherit(thin.into_parts().0.into());
            line.option("-add-fd", format!("fd={number},set=2"));
            let file = json!({ "driver": "file", "filename": "/dev/fdset/2", "read-only": true });
            json!({ "driver": "qcow2", "read-only": true, "file": file, "backing": raw(path) })
        }
    };
    node["node-name"] = json!("second");
    line.option("-blockdev", node.to_string());
    Ok(())
}

/// Makes the file of an empty qcow2 disk, as [`write_thin`] does.
pub(crate) fn make_thin(path: &Path, bytes: u64) -> Result<File> {
    let file = fs::OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
    let mut file = file.into_parts().0;
    write_thin(&mut file, bytes)?;
    Ok(file)
}

/// Writes an empty qcow2 disk of this many bytes. It does not name the disk below it, which is
/// given on the command line, so that a store can be moved.
///
/// The format is QEMU's `docs/interop/qcow2.txt`, version 3: one cluster each for the header, the
/// table of reference counts, its first block and the table of level 1.
pub(crate) fn write_thin(file: &mut File, bytes: u64) -> Result<()> {
    const CLUSTER_BITS: u32 = 16;
    const CLUSTER: u64 = 1 << CLUSTER_BITS;
    const CLUSTERS: u64 = 4;
    const HEADER: u32 = 104;
    // One entry of level 1 covers a cluster full of 8-byte entries, each of one cluster.
    let level1 = bytes.div_ceil(CLUSTER * (CLUSTER / 8));
    let mut disk = vec![0; usize::try_from(CLUSTERS * CLUSTER).context("a small disk")?];
    let mut header = Vec::new();
    header.extend(b"QFI\xfb");
    header.extend(3_u32.to_be_bytes());
    header.extend([0; 12]); // no name of a disk below
    header.extend(CLUSTER_BITS.to_be_bytes());
    header.extend(bytes.to_be_bytes());
    header.extend(0_u32.to_be_bytes()); // not encrypted
    header.extend(u32::try_from(level1).context("a disk too large")?.to_be_bytes());
    header.extend((3 * CLUSTER).to_be_bytes());
    header.extend(CLUSTER.to_be_bytes());
    header.extend(1_u32.to_be_bytes()); // clusters of the table of reference counts
    header.extend([0; 12]); // no internal snapshots
    header.extend([0; 24]); // no special features
    header.extend(4_u32.to_be_bytes()); // reference counts of 2⁴ bits
    header.extend(HEADER.to_be_bytes());
    disk[..header.len()].copy_from_slice(&header);
    let mut put = |at: u64, value: &[u8]| {
        let at = usize::try_from(at).expect("inside the four clusters");
        disk[at..at + value.len()].copy_from_slice(value);
    };
    put(CLUSTER, &(2 * CLUSTER).to_be_bytes());
    for cluster in 0..CLUSTERS {
        put(2 * CLUSTER + 2 * cluster, &1_u16.to_be_bytes());
    }
    file.write_all(&disk).context("cannot write a disk")?;
    Ok(())
}
