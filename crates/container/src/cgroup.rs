//! A cgroup of a container's own, which its systemd divides further.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use fs_err as fs;
use rustix::fs::{FlockOperation, flock};

use crate::Result;
use crate::ids::Mapping;

/// How the names of our cgroups begin.
const PREFIX: &str = "domi-";
/// How long the kernel may take to forget processes that have ended.
const EMPTYING: Duration = Duration::from_secs(2);
/// What the container's root must own to divide its cgroup.
const OWNED: [&str; 4] = ["", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];

/// A cgroup. Removed when dropped; locked until then, so that nobody sweeps it.
#[derive(Debug)]
pub(crate) struct Cgroup {
    folder: PathBuf,
    _lock: File,
}

impl Cgroup {
    /// A new one below the one that we are in, given to the container's root.
    pub(crate) fn make(mapping: &Mapping) -> Result<Self> {
        let base = base()?;
        for _ in 0..10 {
            let folder = base.join(format!("{PREFIX}{}", name()));
            std::fs::create_dir(&folder)
                .with_context(|| format!("cannot make the cgroup {}", folder.display()))?;
            // A sweeper may have taken it for one that was left.
            let Some(lock) = locked(&folder).filter(|_| folder.exists()) else { continue };
            let cgroup = Self { folder, _lock: lock };
            cgroup.give_to(mapping)?;
            return Ok(cgroup);
        }
        Err(anyhow!("every cgroup below {} is swept at once", base.display()).into())
    }

    fn give_to(&self, mapping: &Mapping) -> Result<()> {
        if !mapping.as_root() {
            return Ok(());
        }
        let (uid, gid) = mapping.root();
        for name in OWNED {
            std::os::unix::fs::chown(self.folder.join(name), Some(uid), Some(gid))
                .with_context(|| format!("cannot give {} away", self.folder.display()))?;
        }
        Ok(())
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The list of its processes: who writes to it enters.
    pub(crate) fn procs(&self) -> Result<OwnedFd> {
        let path = self.folder.join("cgroup.procs");
        Ok(fs::OpenOptions::new().write(true).open(path)?.into_parts().0.into())
    }

    /// The controllers that it has: limits by others are not kept.
    pub(crate) fn controllers(&self) -> Result<Vec<String>> {
        let text = fs::read_to_string(self.folder.join("cgroup.controllers"))?;
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let deadline = Instant::now() + EMPTYING;
        while remove(&self.folder).is_err() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Removes what tools that were killed have left here. What cannot be removed is left.
pub(crate) fn sweep() -> Result<()> {
    for entry in fs::read_dir(base()?)? {
        let entry = entry?;
        if !entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let folder = entry.path();
        if let Some(_lock) = locked(&folder).filter(|_| is_empty(&folder)) {
            let _ = remove(&folder);
        }
    }
    Ok(())
}

/// A cgroup's folder, opened and locked; nothing when somebody else has it.
fn locked(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(file)
}

fn is_empty(folder: &Path) -> bool {
    let events = std::fs::read_to_string(folder.join("cgroup.events")).unwrap_or_default();
    events.lines().any(|line| line == "populated 0")
}

/// Removes a cgroup and those below it. One that is gone is removed.
fn remove(folder: &Path) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        }
    }
    match std::fs::remove_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The cgroup of version 2 that we are in.
pub(crate) fn base() -> Result<PathBuf> {
    let mounts = fs::read("/proc/self/mountinfo")?;
    let ours = fs::read("/proc/self/cgroup")?;
    Ok(place(&mounts, &ours).context("no cgroup2 is mounted")?)
}

/// Where the cgroup of `/proc/self/cgroup` is, by `/proc/self/mountinfo`.
fn place(mounts: &[u8], ours: &[u8]) -> Option<PathBuf> {
    let own = ours.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"0::"))?;
    mounts.split(|byte| *byte == b'\n').find_map(|line| {
        let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let dash = words.iter().position(|word| *word == b"-")?;
        if words.get(dash + 1) != Some(&&b"cgroup2"[..]) {
            return None;
        }
        let (root, at) = (words.get(3)?, words.get(4)?);
        let root = if *root == b"/" { &b""[..] } else { root };
        let below = own.strip_prefix(root)?;
        let below = below.strip_prefix(b"/").unwrap_or(below);
        Some(Path::new(OsStr::from_bytes(at)).join(OsStr::from_bytes(below)))
    })
}

fn name() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    format!("{}-{:08x}", std::process::id(), RandomState::new().build_hasher().finish() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mounts: &str, ours: &str, expected: Option<&str>) {
        let found = place(mounts.as_bytes(), ours.as_bytes());
        assert_eq!(found.as_deref(), expected.map(Path::new));
    }

    #[test]
    fn our_cgroup_is_found_beside_version_1_and_in_a_namespace() {
        let mixed = "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                     32 30 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
        check(mixed, "1:cpu:/\n0::/user/me\n", Some("/sys/fs/cgroup/unified/user/me"));
        check(mixed, "0::/\n", Some("/sys/fs/cgroup/unified/"));
        let shared = "32 30 0:28 /docker/a /sys/fs/cgroup rw shared:9 - cgroup2 cgroup rw\n";
        check(shared, "0::/docker/a/b\n", Some("/sys/fs/cgroup/b"));
        check(shared, "0::/elsewhere\n", None);
        check("1 1 0:1 / / rw - ext4 /dev/x rw\n", "0::/\n", None);
    }
}
