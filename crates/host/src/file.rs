//! Files that are whole or not there, and locks between processes.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fs_err as fs;

use crate::{Interrupt, wait_until};

/// Writes a file whole or not at all: a reader sees the old content or the new, never a part,
/// and a killed writer or a full disk leaves the old one. The folder is made where it is missing,
/// and a file that is replaced keeps its mode.
///
/// A link stays one: what it leads to is written. Into a pipe or a terminal, and anything else
/// that is no file but takes text, the content is written as it is.
///
/// # Errors
/// With the path: when that cannot be, for a folder, and for what would be lost (a disk).
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let folder = folder_of(path)?;
    fs::create_dir_all(folder)?;
    match target(path)? {
        Target::File { path, mode } => replace(&path, mode, content.as_ref()),
        Target::Stream(path) => write_into(&path, content.as_ref())
            .with_context(|| format!("cannot write to {}", path.display())),
    }
}

/// How the names of files begin that are being written.
pub const UNFINISHED: &str = ".domi-";

/// Whether a name is one that was drawn for something temporary: this prefix, with what `tempfile` draws.
pub fn is_drawn(name: &str, prefix: &str) -> bool {
    let drawn = name.strip_prefix(prefix).unwrap_or_default();
    drawn.len() == 6 && drawn.bytes().all(|it| it.is_ascii_alphanumeric())
}

/// Whether [`write`] could write this file now. Leaves nothing behind.
///
/// # Errors
/// With the path and the reason, when it could not.
pub fn check_writable(path: &Path) -> Result<()> {
    let file = match target(path)? {
        Target::File { path, .. } => path,
        Target::Stream(path) => {
            return rustix::fs::access(&path, rustix::fs::Access::WRITE_OK)
                .map_err(io::Error::from)
                .with_context(|| format!("cannot write to {}", path.display()));
        }
    };
    let mut folder = folder_of(&file)?;
    while !folder.exists() {
        folder = folder_of(folder)?;
    }
    temporary_in(folder, 0o600).map(drop)
}

/// Whether a folder takes a little more, by writing it; or what keeps it from that. For programs
/// that write there and do not say what they met. Leaves nothing behind.
///
/// # Errors
/// With the folder: when its disk is full, or nothing may be written there.
pub fn check_room(folder: &Path) -> Result<()> {
    let mut file = temporary_in(folder, 0o600)?;
    let full = || format!("cannot write in {}", folder.display());
    file.write_all(&[0; 1 << 20]).and_then(|()| file.as_file().sync_data()).with_context(full)
}

/// Writes a file only when its content differs; says whether it did.
pub fn write_if_changed(path: &Path, content: impl AsRef<[u8]>) -> Result<bool> {
    let content = content.as_ref();
    if path.is_file() && std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    write(path, content)?;
    Ok(true)
}

/// Adds lines to a file, which is made where it is missing. A last line that was not ended is ended
/// first, so that it and what is added do not become one. What was there stays, whatever happens, and
/// of lines for which the disk has no room nothing is left.
///
/// # Errors
/// With the path: when that cannot be, or the folder is missing.
pub fn append(path: &Path, lines: impl AsRef<[u8]>) -> Result<()> {
    let lines = lines.as_ref();
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path)?;
    let before = file.metadata()?;
    // Of what is no file, or may not be read, nobody knows how it ends.
    let is_ended = lines.is_empty() || !before.is_file() || is_ended(path).unwrap_or(true);
    let end: &[u8] = if is_ended { b"" } else { b"\n" };
    let written = file.write_all(&[end, lines].concat());
    if written.is_err() && before.is_file() {
        file.set_len(before.len())?;
    }
    Ok(written?)
}

/// Whether the last line of a file has been ended, if it has any.
fn is_ended(path: &Path) -> io::Result<bool> {
    let mut file = std::fs::File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The mode of a new file, as far as the user's mask allows it.
const MODE: u32 = 0o666;

/// The most links that lead from one to the next.
const LINKS: usize = 40;

/// What a path leads to, once links are followed.
enum Target {
    /// A file, with its mode, or nothing yet.
    File { path: PathBuf, mode: Option<u32> },
    /// What takes text as it comes.
    Stream(PathBuf),
}

fn target(path: &Path) -> Result<Target> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let facts = match std::fs::symlink_metadata(&path) {
            Ok(facts) => facts,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Target::File { path, mode: None });
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot use {}", path.display()));
            }
        };
        let kind = facts.file_type();
        let refuse = |error: ErrorKind, what: &str| {
            Err(io::Error::new(error, format!("{} is {what}", path.display())).into())
        };
        if kind.is_file() {
            let mode = Some(facts.permissions().mode() & 0o777);
            return Ok(Target::File { path, mode });
        } else if kind.is_dir() {
            return refuse(ErrorKind::IsADirectory, "a folder, and no file");
        } else if kind.is_fifo() || kind.is_char_device() {
            return Ok(Target::Stream(path));
        } else if !kind.is_symlink() {
            return refuse(ErrorKind::AlreadyExists, "no file, but a disk or a socket");
        }
        let folder = fs::canonicalize(folder_of(&path)?)?;
        // What a process has open is not always to be found by the name that is said there.
        if folder.starts_with("/proc") {
            return Ok(Target::Stream(path));
        }
        path = folder.join(fs::read_link(&path)?);
        // Where a link leads, nobody asked for folders.
        fs::metadata(folder_of(&path)?)?;
    }
    let message = format!("{} is a link that leads to itself", path.display());
    Err(io::Error::new(ErrorKind::NotFound, message).into())
}

fn folder_of(path: &Path) -> Result<&Path> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
        None => {
            let message = format!("{} is no path of a file", path.display());
            Err(io::Error::new(ErrorKind::IsADirectory, message).into())
        }
    }
}

fn temporary_in(folder: &Path, mode: u32) -> Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(PermissionsExt::from_mode(mode))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))
}

fn replace(path: &Path, mode: Option<u32>, content: &[u8]) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut temporary = temporary_in(folder_of(path)?, MODE)?;
    if let Some(mode) = mode {
        let file = temporary.as_file();
        file.set_permissions(PermissionsExt::from_mode(mode)).with_context(cannot)?;
    }
    temporary.write_all(content).with_context(cannot)?;
    temporary.persist(path).with_context(cannot)?;
    Ok(())
}

/// Adds to a stream. A pipe that nobody reads is an error at once.
fn write_into(path: &Path, content: &[u8]) -> Result<()> {
    let no_wait = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let opened = std::fs::OpenOptions::new().append(true).custom_flags(no_wait).open(path);
    let mut file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::NXIO.raw_os_error() => {
            io::Error::new(ErrorKind::NotFound, "nobody reads what is written there")
        }
        _ => error,
    })?;
    rustix::io::ioctl_fionbio(&file, false)?;
    file.write_all(content)?;
    Ok(())
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
        let pause = std::time::Duration::from_millis(50);
        let locked = wait_until(std::time::Duration::MAX, pause, interrupt, || {
            match file.file().try_lock() {
                Ok(()) => Ok(Some(())),
                Err(std::fs::TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    Ok(None)
                }
                Err(std::fs::TryLockError::Error(error)) => {
                    Err(error).with_context(|| format!("cannot lock {}", path.display()))
                }
            }
        });
        locked.map(|_| Self { _file: file })
    }
}

#[cfg(test)]
mod tests;
