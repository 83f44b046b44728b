//! Who may write a journal, and what is on the disk.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use camino::Utf8Path;

use super::line::Line;

/// The name of a journal.
pub(super) const FILE: &str = ".domi-undo";

/// Folders that are moved away before they are removed have names that begin so.
pub(crate) const REMOVED: &str = ".domi-removed-";

/// The folder that is made for what is moved away.
pub(crate) fn holder(to: &Utf8Path) -> Option<&Utf8Path> {
    let holder = to.parent()?;
    holder.file_name()?.starts_with(REMOVED).then_some(holder)
}

/// How long the lock of a process that was killed may be held by what it had started, which ends then.
const ENDING: Duration = Duration::from_secs(5);

/// Locks a file, unless a process that lives has locked it.
pub(super) fn locked(file: &File, path: &Utf8Path) -> Result<bool> {
    let since = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if lives(path) || since.elapsed() > ENDING => {
                return Ok(false);
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {path}"));
            }
        }
    }
}

/// Whether the process lives that has begun a journal, as far as that is to be seen from here.
fn lives(path: &Utf8Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let Some(Ok(Line::Begun { process, .. })) = text.lines().next().map(Line::read) else {
        return true;
    };
    let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    process.is_some_and(|it| rustix::process::test_kill_process(it) != Err(rustix::io::Errno::SRCH))
}

/// Puts on the disk what was written to a file, or which files a folder has.
pub(crate) fn synced(path: &Utf8Path) -> Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all().with_context(|| format!("cannot write {path}")),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(())
        }
        Err(error) => Err(error).with_context(|| format!("cannot open {path}")),
    }
}
