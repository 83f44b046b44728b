//! Folders of runs: one for each, the last of them kept.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use domi_event::{Body, Event};
use fs_err as fs;
use jiff::Zoned;

use crate::durations::Durations;

/// How many runs are kept.
const KEPT: usize = 50;

/// The folder of a run, and its file of events.
#[derive(Debug)]
pub(crate) struct RunFolder {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// How people are told of it: relative to where they are, if it lies below.
    pub(crate) shown: String,
    events: fs::File,
}

impl RunFolder {
    /// Makes one in `runs`, and removes the oldest ones there.
    pub(crate) fn make(runs: &Path) -> Result<Self> {
        fs::create_dir_all(runs)?;
        let (name, path) = new_folder(runs)?;
        remove_oldest(runs);
        let events = fs::File::create_new(path.join("events.jsonl"))?;
        let shown = shown(&path);
        Ok(Self { name, path, shown, events })
    }

    /// Appends an event; it is in the file when this returns.
    pub(crate) fn append(&mut self, event: &Event) -> Result<()> {
        let mut line = event.to_line();
        line.push('\n');
        self.events.write_all(line.as_bytes()).context("cannot write the run's events")
    }
}

/// Keeps a run that was not made here, with a name of its own, as one of those in `runs`: it is
/// found, shown and learned from like any other. Returns its events, which say its name.
///
/// # Errors
/// When its folder cannot be made or written.
pub fn record(runs: &Path, mut events: Vec<Event>) -> Result<Vec<Event>> {
    let mut folder = RunFolder::make(runs)?;
    let mut durations = Durations::default();
    for event in &mut events {
        if let Body::RunStarted(started) = &mut event.body {
            started.run.clone_from(&folder.name);
            started.folder.clone_from(&folder.shown);
        }
        durations.learn(event);
        folder.append(event)?;
    }
    durations.keep(runs);
    Ok(events)
}

/// Its name is the time, to a part of a second, so that names stand in the order of the runs.
fn new_folder(runs: &Path) -> Result<(String, PathBuf)> {
    for _ in 0..1000 {
        let now = Zoned::now();
        let part = i64::from(now.subsec_nanosecond()) * 0x1_0000 / 1_000_000_000;
        let name = format!("{}-{part:04x}", now.strftime("%Y%m%d-%H%M%S"));
        let path = runs.join(&name);
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok((name, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                std::thread::sleep(std::time::Duration::from_micros(20));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make {}", path.display()));
            }
        }
    }
    anyhow::bail!("no name is left for a run in {}", runs.display())
}

/// The path from the working folder on, where it lies below that.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned()).display().to_string()
}

/// Whether a folder's name is one that [`new_folder`] gives: nothing else is ever removed.
fn is_run(name: &str) -> bool {
    let shape: String = name
        .chars()
        .map(|c| match c {
            '0'..='9' | 'a'..='f' => 'x',
            other => other,
        })
        .collect();
    shape == "xxxxxxxx-xxxxxx-xxxx"
}

/// Old runs that cannot be removed harm nobody.
fn remove_oldest(runs: &Path) {
    let Ok(entries) = std::fs::read_dir(runs) else { return };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| is_run(name)).collect();
    names.sort();
    for name in names.iter().rev().skip(KEPT) {
        let _ = std::fs::remove_dir_all(runs.join(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_runs_are_kept_and_foreign_folders_stay() {
        let runs = tempfile::tempdir().unwrap();
        for n in 0..KEPT + 5 {
            fs::create_dir(runs.path().join(format!("20200101-0000{n:02}-00aa"))).unwrap();
        }
        fs::create_dir(runs.path().join("mine")).unwrap();
        let made = RunFolder::make(runs.path()).unwrap();
        assert!(is_run(&made.name), "{}", made.name);
        let mut left: Vec<_> =
            fs::read_dir(runs.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left.len(), KEPT + 1);
        assert_eq!(left[0], "20200101-000006-00aa");
        assert!(left.iter().any(|name| name == "mine"));
    }

    #[test]
    fn runs_that_begin_at_once_have_names_in_their_order() {
        let runs = tempfile::tempdir().unwrap();
        let made: Vec<_> = (0..20).map(|_| RunFolder::make(runs.path()).unwrap().name).collect();
        assert!(made.is_sorted_by(|one, next| one < next), "{made:?}");
    }
}
