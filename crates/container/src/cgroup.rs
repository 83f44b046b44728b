//! A cgroup of a container's own, which its systemd divides further.

use std::ffi::OsStr;
use std::fs::File;
use std::io::ErrorKind;
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
/// The cgroup of tools, beside those of their containers.
const TOOLS: &str = "tools";
/// The controllers that keep units to their limits.
const WANTED: [&str; 5] = ["cpu", "cpuset", "io", "memory", "pids"];
/// What systemd marks a cgroup with that it has delegated; the second is for root to read.
const MARKS: [&str; 2] = ["user.delegate", "trusted.delegate"];
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
        // Without them a container starts as well; which it has is asked of it.
        let _ = give_controllers(&base);
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
        Ok(listed(&self.folder, "cgroup.controllers")?)
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

/// How long processors were busy in a cgroup, for whoever is in it or was.
///
/// # Errors
/// When it is no cgroup of version 2.
pub fn processor_time(cgroup: &Path) -> Result<Duration> {
    let text = fs::read_to_string(cgroup.join("cpu.stat"))?;
    let micros = text.lines().find_map(|line| line.strip_prefix("usage_usec "));
    let micros = micros.and_then(|micros| micros.parse().ok());
    Ok(Duration::from_micros(micros.context("the kernel counts no processor time")?))
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
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        }
    }
    match std::fs::remove_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The folder of the cgroup of version 2 that containers of this process are below: that which it
/// is in, or the one above, where it has made room for them.
///
/// # Errors
/// When there is none.
pub fn base() -> Result<PathBuf> {
    let mounts = fs::read("/proc/self/mountinfo")?;
    let ours = fs::read("/proc/self/cgroup")?;
    let own = place(&mounts, &ours).context("no cgroup2 is mounted")?;
    Ok(match own.parent() {
        Some(above) if own.ends_with(TOOLS) => above.to_owned(),
        _ => own,
    })
}

/// What may be done with the cgroup that containers are below, in words that are the same for all
/// that are alike.
pub(crate) fn standing() -> String {
    let Ok(base) = base() else { return "none".to_owned() };
    let may = rustix::fs::access(&base, rustix::fs::Access::WRITE_OK).is_ok();
    let has = listed(&base, "cgroup.controllers").unwrap_or_default();
    match is_delegated(&base) {
        true => format!("{may} delegated {has:?}"),
        false => format!("{may} {has:?} {:?}", listed(&base, "cgroup.subtree_control").ok()),
    }
}

/// Has a cgroup give its controllers to those below it, as far as it may. Only the root of all may
/// have processes of its own then: of another one the kernel makes a tree of threads, in which no
/// container starts. So all that is in it goes into one below, this tool and what has started it,
/// where systemd says that it is ours to divide; else it stays as it is.
fn give_controllers(base: &Path) -> std::io::Result<()> {
    let gives = listed(base, "cgroup.subtree_control")?;
    let mut missing = listed(base, "cgroup.controllers")?;
    missing.retain(|name| WANTED.contains(&&**name) && !gives.contains(name));
    let is_root = !base.join("cgroup.type").exists();
    if missing.is_empty() || !(is_root || is_delegated(base) && is_emptied(base)?) {
        return Ok(());
    }
    for name in missing {
        // One that cannot be given is not to be had.
        let _ = std::fs::write(base.join("cgroup.subtree_control"), format!("+{name}"));
    }
    Ok(())
}

/// Moves all processes of a cgroup into that of tools; whether it has none now.
fn is_emptied(cgroup: &Path) -> std::io::Result<bool> {
    let tools = cgroup.join(TOOLS);
    match std::fs::create_dir(&tools) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // A process may make another one meanwhile.
    for _ in 0..10 {
        let processes = listed(cgroup, "cgroup.procs")?;
        if processes.is_empty() {
            return Ok(true);
        }
        for process in processes {
            match std::fs::write(tools.join("cgroup.procs"), process) {
                // It has ended.
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                other => other?,
            }
        }
    }
    Ok(false)
}

/// Whether systemd has marked a cgroup as one for its processes to divide.
fn is_delegated(cgroup: &Path) -> bool {
    MARKS.iter().any(|mark| {
        let mut value = [0; 1];
        rustix::fs::getxattr(cgroup, *mark, &mut value[..]).is_ok() && value == *b"1"
    })
}

/// The words of a cgroup's file.
fn listed(cgroup: &Path, name: &str) -> std::io::Result<Vec<String>> {
    let text = std::fs::read_to_string(cgroup.join(name))?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
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
