//! The file of a log: read by everybody, written by one at a time.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use camino::Utf8Path;
use domi_fleet::{Change, LOG};
use domi_model::Problem;
use jiff::Timestamp;

use crate::chain::{Log, Torn};
use crate::codes::{IN_USE, UNREADABLE};
use crate::draft::{Draft, planned};
use crate::event::Event;

/// Reads the log of a fleet; a fleet without one has an empty one.
///
/// # Errors
/// It cannot be read, or a line before its end is wrong.
pub fn read(root: &Utf8Path) -> Result<Log, Box<Problem>> {
    Log::parse(&bytes(root)?)
}

/// The log of a fleet as it stands in its file, whatever is in it; nothing where there is none.
///
/// # Errors
/// It cannot be read.
pub fn bytes(root: &Utf8Path) -> Result<Vec<u8>, Box<Problem>> {
    Ok(stored(root, LOG)?.unwrap_or_default())
}

/// What stands in a file of the log, by its path from the fleet's root; none where there is no such
/// file.
pub(crate) fn stored(root: &Utf8Path, path: &str) -> Result<Option<Vec<u8>>, Box<Problem>> {
    match options().open(root.join(path)) {
        Ok(mut file) => all(&mut file, path).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Links are not followed, and nobody waits for a pipe.
fn options() -> OpenOptions {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options
}

fn unreadable(path: &str, error: &std::io::Error) -> Box<Problem> {
    Box::new(Problem::error(UNREADABLE, path, error.to_string()).next("look at the file"))
}

pub(crate) fn all(file: &mut File, path: &str) -> Result<Vec<u8>, Box<Problem>> {
    let facts = file.metadata().map_err(|error| unreadable(path, &error))?;
    if !facts.is_file() {
        return Err(Box::new(Problem::error(UNREADABLE, path, "is no ordinary file")));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// How long somebody else's lock is waited for. A process that they start has it, too, until it runs its program.
const A_MOMENT: Duration = Duration::from_secs(1);

/// The file of a log that nobody else writes to, until this is dropped or its process ends.
#[derive(Debug)]
pub(crate) struct Locked(pub(crate) File);

impl Drop for Locked {
    /// Closing the file is not enough: a process that is just being started has it open, too.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Opens the log of a fleet, or makes it, so that nobody else writes to it.
pub(crate) fn locked(root: &Utf8Path) -> Result<Result<Locked, Box<Problem>>> {
    let path = root.join(LOG);
    let folder = path.parent().context("the log is in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {folder}"))?;
    let begun = Instant::now();
    loop {
        let file = match options().write(true).create(true).truncate(false).open(&path) {
            Ok(file) => Locked(file),
            Err(error) => return Ok(Err(unreadable(LOG, &error))),
        };
        let is_locked = match file.0.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the log"),
        };
        // Who put another file in its place was done before this one was locked.
        let identity = |facts: std::fs::Metadata| (facts.dev(), facts.ino());
        let ours = identity(file.0.metadata().context("cannot look at the log")?);
        let is_it = std::fs::symlink_metadata(&path).is_ok_and(|facts| identity(facts) == ours);
        if is_locked && is_it {
            return Ok(Ok(file));
        }
        if begun.elapsed() > A_MOMENT {
            let problem = Problem::error(IN_USE, LOG, "somebody else writes to it");
            return Ok(Err(Box::new(problem.next("try it again when they are done"))));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The folders that lead to the log, to be synced with it.
pub(crate) fn folders(root: &Utf8Path) -> Result<Vec<File>> {
    let path = root.join(LOG);
    let folders = path.ancestors().skip(1).take_while(|it| it.starts_with(root));
    folders.map(|it| File::open(it).with_context(|| format!("cannot open {it}"))).collect()
}

/// The one who writes a log. Others are refused until it is dropped, or its process ends.
#[derive(Debug)]
pub struct Writer {
    file: Locked,
    /// The folders that lead to it, which are synced with it.
    folders: Vec<File>,
    length: u64,
    log: Log,
    torn: Option<Torn>,
}

impl Writer {
    /// Opens the log of a fleet, or makes it. A last line that is not whole is cut; one that lacks
    /// nothing but its end gets it.
    ///
    /// # Errors
    /// The inner one: somebody else writes, or the log is wrong.
    pub fn open(root: &Utf8Path) -> Result<Result<Self, Box<Problem>>> {
        let mut file = match locked(root)? {
            Ok(file) => file,
            Err(problem) => return Ok(Err(problem)),
        };
        let mut log = match all(&mut file.0, LOG).and_then(|bytes| Log::parse(&bytes)) {
            Ok(log) => log,
            Err(problem) => return Ok(Err(problem)),
        };
        let torn = log.torn.take();
        if let Some(torn) = torn.filter(|torn| !torn.is_event) {
            file.0.set_len(torn.begin as u64).context("cannot cut the log")?;
        }
        let mut length = file.0.seek(SeekFrom::End(0)).context("cannot seek in the log")?;
        if torn.is_some_and(|torn| torn.is_event) {
            file.0.write_all(b"\n").context("cannot end the last line of the log")?;
            length += 1;
        }
        let folders = folders(root)?;
        let writer = Self { file, folders, length, log, torn };
        if torn.is_some() {
            writer.sync()?;
        }
        Ok(Ok(writer))
    }

    /// What it holds.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What was repaired at its end.
    pub fn torn(&self) -> Option<Torn> {
        self.torn
    }

    /// Adds what happened, all of it decided together, and returns once it is durable.
    ///
    /// # Errors
    /// The inner one: it cannot happen one after another, or the clock is far behind the last
    /// event. Nothing is added then, nor if the file cannot be written.
    pub fn append(
        &mut self,
        changes: Vec<Change>,
        now: Timestamp,
    ) -> Result<Result<Vec<Event>, Box<Problem>>> {
        let (next, state) = match planned(&self.log, changes, now, None, &BTreeMap::new())? {
            Ok(planned) => planned,
            Err(problem) => return Ok(Err(problem)),
        };
        self.write(&next.text)?;
        let events = next.events.clone();
        self.log.extend(next, state);
        Ok(Ok(events))
    }

    /// What may be added, to be put together before any of it is.
    pub fn draft(&self) -> Draft {
        Draft::of(self.log.clone())
    }

    /// Adds all of a draft, and returns its events once they are durable.
    ///
    /// # Errors
    /// The file cannot be written, or the draft is of another log. Nothing is added then.
    pub fn commit(&mut self, draft: Draft) -> Result<Vec<Event>> {
        let events = draft.events().to_vec();
        let (log, text) = draft.into_parts();
        ensure!(log.events.len() - events.len() == self.log.events.len(), "another log's draft");
        self.write(&text)?;
        self.log = log;
        Ok(events)
    }

    /// Adds lines, and returns once they are durable.
    fn write(&mut self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let written = self.file.0.write_all(text.as_bytes()).context("cannot write to the log");
        if let Err(error) = written.and_then(|()| self.sync()) {
            // What is not known to be durable is not left there as if it were.
            let _ = self.file.0.set_len(self.length);
            let _ = self.file.0.seek(SeekFrom::Start(self.length));
            return Err(error);
        }
        self.length += text.len() as u64;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        self.file.0.sync_all().context("cannot sync the log")?;
        for folder in &self.folders {
            folder.sync_all().context("cannot sync the folder of the log")?;
        }
        Ok(())
    }
}
