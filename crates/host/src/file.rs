//! Files that are whole or not there, and locks between processes.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use fs_err as fs;

use crate::Interrupt;

/// Writes a file whole or not at all: a reader sees the old content or the new, never a part,
/// and a killed writer or a full disk leaves the old one.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let folder = path.parent().context("a file to write has no folder")?;
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::Builder::new()
        .prefix(".domi-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    temporary
        .write_all(content.as_ref())
        .with_context(|| format!("cannot write {}", path.display()))?;
    temporary.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// Writes a file only when its content differs; says whether it did.
pub fn write_if_changed(path: &Path, content: impl AsRef<[u8]>) -> Result<bool> {
    let content = content.as_ref();
    if std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    write(path, content)?;
    Ok(true)
}

/// An exclusive lock between processes, held until dropped. The kernel releases it when the
/// process dies, so a stale lock cannot exist; the file itself stays.
#[derive(Debug)]
pub struct Lock {
    _file: fs::File,
}

impl Lock {
    /// Waits for the lock on `path`, calling `waiting` once when someone else holds it.
    pub fn acquire(path: &Path, interrupt: &Interrupt, waiting: impl FnOnce()) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = fs::OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        let mut waiting = Some(waiting);
        loop {
            match file.file().try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(std::fs::TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    interrupt.check()?;
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                Err(std::fs::TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_keeps_the_old_content_and_leaves_no_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("folder");
        fs::create_dir_all(target.join("in-the-way")).unwrap();
        write(&target, "text").unwrap_err();
        assert!(target.join("in-the-way").is_dir());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_second_holder_waits_until_interrupted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = Lock::acquire(&path, &Interrupt::default(), || ()).unwrap();
        let interrupt = Interrupt::default();
        let mut waited = false;
        let stop = interrupt.clone();
        Lock::acquire(&path, &interrupt, || {
            waited = true;
            stop.set();
        })
        .unwrap_err();
        assert!(waited);
        drop(held);
        Lock::acquire(&path, &Interrupt::default(), || panic!("nobody holds it")).unwrap();
    }
}
