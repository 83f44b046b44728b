//! Folders of runs: one for each, the last of them kept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use domi_event::{Body, Event};
use domi_host::Interrupt;
use domi_host::file::Lock;
use fs_err as fs;
use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

use crate::durations::Durations;

/// How many runs are kept.
const KEPT: usize = 50;
/// A run's file of events, in its folder. It is locked for as long as the run goes on; the kernel
/// unlocks it when the process ends, however that comes.
const EVENTS: &str = "events.jsonl";
/// Held while a folder is made and old ones are removed.
const LOCK: &str = ".lock";
/// How finely the names of runs tell times apart: parts of a second.
const PARTS: i64 = 0x1_0000;

/// The folder of a run, and its file of events.
#[derive(Debug)]
pub(crate) struct RunFolder {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// How it is shown to people: relative to where they are, if it lies below.
    pub(crate) shown: String,
    events: fs::File,
}

impl RunFolder {
    /// Makes one in `runs`, and removes the oldest ones there that have ended. What is in it is
    /// for this user alone: commands and settings may hold what is nobody else's business.
    pub(crate) fn make(runs: &Path, interrupt: &Interrupt) -> Result<Self> {
        Self::make_at(runs, Timestamp::now(), interrupt)
    }

    fn make_at(runs: &Path, now: Timestamp, interrupt: &Interrupt) -> Result<Self> {
        fs::create_dir_all(runs)?;
        let _lock = Lock::acquire(&runs.join(LOCK), interrupt, || ())?;
        let known = known(runs);
        let name = name_after(known.last().map(String::as_str), now);
        let path = runs.join(&name);
        let mut folder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        let events = fs::File::create_new(path.join(EVENTS))?;
        // Where files cannot be locked nobody removes them either.
        let _ = events.file().try_lock();
        remove_oldest(runs, &known);
        let shown = shown(&path);
        Ok(Self { name, path, shown, events })
    }

    /// Appends an event; it is in the file when this returns.
    pub(crate) fn append(&mut self, event: &Event) -> Result<()> {
        let mut line = event.to_line();
        line.push('\n');
        let written = self.events.write_all(line.as_bytes());
        written.with_context(|| format!("cannot write the run's events in {}", self.shown))
    }
}

/// Keeps a run that was not made here, with a name of its own, as one of those in `runs`: it is
/// found, shown and learned from like any other. Returns its events, which say its name.
///
/// # Errors
/// When its folder cannot be made or written.
pub fn record(runs: &Path, mut events: Vec<Event>, interrupt: &Interrupt) -> Result<Vec<Event>> {
    let mut folder = RunFolder::make(runs, interrupt)?;
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

/// The names of the runs that are there, in their order.
fn known(runs: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_run(name))
        .collect();
    names.sort();
    names
}

/// A run's name is the time in UTC, so that names stand in the order of the runs. Where the clock
/// was put back, or two begin at once, it is the time after the last one's.
fn name_after(last: Option<&str>, now: Timestamp) -> String {
    let tick = Duration::from_nanos(1_000_000_000_u64.div_ceil(PARTS.cast_unsigned()));
    let after = last.and_then(time_of).and_then(|last| last.checked_add(tick).ok());
    name_of(after.map_or(now, |after| after.max(now)))
}

fn name_of(time: Timestamp) -> String {
    let time = time.to_zoned(TimeZone::UTC);
    let part = i64::from(time.subsec_nanosecond()) * PARTS / 1_000_000_000;
    format!("{}-{part:04x}", time.strftime("%Y%m%d-%H%M%S"))
}

/// Whether a folder has the name of a run.
pub fn is_run(name: &str) -> bool {
    time_of(name).is_some()
}

/// When a run began, by its name; nothing where a folder has another name, and is nothing of ours.
fn time_of(name: &str) -> Option<Timestamp> {
    let (second, part) = name.rsplit_once('-')?;
    let second = DateTime::strptime("%Y%m%d-%H%M%S", second).ok()?;
    let part = i64::from_str_radix(part, 16).ok().filter(|part| (0..PARTS).contains(part))?;
    // The first moment that has this part.
    let nanosecond = (part * 1_000_000_000 + PARTS - 1) / PARTS;
    let time = second.with().subsec_nanosecond(i32::try_from(nanosecond).ok()?).build().ok()?;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (name_of(time) == name).then_some(time)
}

/// The path from the working folder on, where it lies below that.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned()).display().to_string()
}

/// Removes the oldest of the runs that were there before this one. One that goes on stays, however
/// old it is. Those that cannot be removed harm nobody.
fn remove_oldest(runs: &Path, known: &[String]) {
    for name in known.iter().rev().skip(KEPT - 1) {
        let folder = runs.join(name);
        if has_ended(&folder) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn has_ended(run: &Path) -> bool {
    match std::fs::File::open(run.join(EVENTS)) {
        Ok(events) => events.try_lock().is_ok(),
        // It was killed before it had any.
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(runs: &Path) -> RunFolder {
        RunFolder::make(runs, &Interrupt::default()).unwrap()
    }

    /// Folders of runs that have ended, with these names.
    fn add(runs: &Path, names: impl IntoIterator<Item = String>) {
        for name in names {
            fs::create_dir(runs.join(&name)).unwrap();
            fs::write(runs.join(&name).join(EVENTS), "").unwrap();
        }
    }

    #[test]
    fn the_last_runs_are_kept_and_foreign_folders_stay() {
        let runs = tempfile::tempdir().unwrap();
        add(runs.path(), (0..KEPT + 5).map(|n| format!("20200101-0000{n:02}-00aa")));
        let foreign = ["mine", "20200101-000000", "99999999-999999-ffff", "20200101-000000-00AA"];
        add(runs.path(), foreign.map(str::to_owned));
        let made = make(runs.path());
        assert!(time_of(&made.name).is_some(), "{}", made.name);
        let left = known(runs.path());
        assert_eq!((left.len(), &*left[0]), (KEPT, "20200101-000006-00aa"));
        assert!(foreign.iter().all(|name| runs.path().join(name).exists()));
    }

    #[test]
    fn a_run_that_goes_on_stays() {
        let runs = tempfile::tempdir().unwrap();
        let long = make(runs.path());
        let mut after: Vec<_> = (0..KEPT * 2).map(|_| make(runs.path())).collect();
        assert!(after.iter().all(|run| run.path.join(EVENTS).exists()), "all of them go on");
        after.truncate(1);
        make(runs.path());
        assert!(long.path.join(EVENTS).exists() && after[0].path.join(EVENTS).exists());
        assert_eq!(known(runs.path()).len(), KEPT + 2);
    }

    #[test]
    fn the_clock_may_say_what_it_likes() {
        let runs = tempfile::tempdir().unwrap();
        add(runs.path(), (0..KEPT + 5).map(|n| format!("21990101-0000{n:02}-00aa")));
        let made: Vec<_> = (0..3).map(|_| make(runs.path())).collect();
        assert!(made.iter().all(|run| run.path.exists()));
        assert_eq!(made[0].name, "21990101-000054-00ab");
        assert_eq!(known(runs.path()).last(), Some(&made[2].name));
        assert_eq!(known(runs.path()).len(), KEPT);
    }

    #[test]
    fn names_stand_in_the_order_of_the_runs() {
        let runs = tempfile::tempdir().unwrap();
        let at = |time: &str| {
            let time = time.parse().unwrap();
            RunFolder::make_at(runs.path(), time, &Interrupt::default()).unwrap().name
        };
        let made = [
            at("2026-10-25T02:59:59.9999+02:00"),
            at("2026-10-25T02:00:00+01:00"),
            at("2026-10-25T02:00:00+01:00"),
            at("2026-10-24T12:00:00-11:00"),
            at("2030-01-01T00:00:00.5Z"),
        ];
        let expected = [
            "20261025-005959-fff9",
            "20261025-010000-0000",
            "20261025-010000-0001",
            "20261025-010000-0002",
            "20300101-000000-8000",
        ];
        assert_eq!(made, expected);
        assert_eq!(
            name_after(Some("20261231-235959-ffff"), Timestamp::MIN),
            "20270101-000000-0000"
        );
    }

    #[test]
    fn what_a_run_keeps_is_for_its_user_alone() {
        use std::os::unix::fs::MetadataExt;
        let runs = tempfile::tempdir().unwrap();
        let mode = fs::metadata(make(runs.path()).path).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn runs_that_begin_at_once_have_names_of_their_own() {
        let runs = tempfile::tempdir().unwrap();
        let mut made: Vec<_> = std::thread::scope(|scope| {
            let begin = || scope.spawn(|| make(runs.path()).name);
            let begun: Vec<_> = (0..20).map(|_| begin()).collect();
            begun.into_iter().map(|run| run.join().unwrap()).collect()
        });
        made.sort();
        made.dedup();
        assert_eq!(made.len(), 20);
    }
}
