//! What happens while this waits or works: files are saved, keys are pressed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::{Interrupt, Interrupted};

/// A save is over when nothing has happened for so long: editors write several files for one.
const QUIET: Duration = Duration::from_millis(40);
/// Something that is written all the time is looked at after so long nevertheless.
const LONGEST: Duration = Duration::from_millis(500);
/// How long it takes at the most until an interrupt is seen.
const LOOK: Duration = Duration::from_millis(50);

/// What has happened and was not looked at yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    saved: Saved,
    /// How often something was saved.
    saves: usize,
    keys: VecDeque<u8>,
}

/// Something that has happened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    Saved(Saved),
    Key(u8),
}

/// What was saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Saved {
    /// Files and folders, absolute; and whether each was made just now.
    paths: BTreeMap<Utf8PathBuf, bool>,
    /// Whether more has changed, and nobody knows what.
    pub(super) and_more: bool,
    /// When the first of it was seen, and the last.
    times: Option<(Instant, Instant)>,
}

impl Saved {
    /// A path at a time, or that something has changed of which nobody knows the path.
    fn add(&mut self, path: Option<(Utf8PathBuf, bool)>, now: Instant) {
        match path {
            Some((path, made)) => drop(self.paths.entry(path).or_insert(made)),
            None => self.and_more = true,
        }
        self.times = Some((self.times.map_or(now, |(first, _)| first), now));
    }

    /// A path that was made and not seen to be.
    pub(super) fn also(&mut self, path: Utf8PathBuf) {
        self.paths.entry(path).or_insert(true);
    }

    /// Has what was saved later, too.
    pub(super) fn join(&mut self, later: Self) {
        for (path, made) in later.paths {
            self.paths.entry(path).or_insert(made);
        }
        self.and_more |= later.and_more;
        self.times = later.times.or(self.times);
    }

    /// Whether it can be looked at.
    fn is_over(&self, now: Instant) -> bool {
        self.times.is_some_and(|(first, last)| {
            now.saturating_duration_since(last) >= QUIET
                || now.saturating_duration_since(first) >= LONGEST
        })
    }

    /// All paths that were seen.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Utf8Path> {
        self.paths.keys().map(Utf8PathBuf::as_path)
    }

    /// When the first of it was seen.
    pub(super) fn began(&self) -> Option<Instant> {
        self.times.map(|(first, _)| first)
    }

    /// The files that differ, and what is gone. What was made and is gone again was nothing but a
    /// help to somebody who wrote something else, unless it was known before.
    pub(super) fn files(&self, known: &dyn Fn(&Utf8Path) -> bool) -> BTreeSet<Utf8PathBuf> {
        let stays = |(path, made): &(&Utf8PathBuf, &bool)| match path.symlink_metadata() {
            // What is in a folder is reported on its own.
            Ok(facts) => !facts.is_dir(),
            Err(_) => !**made || known(path),
        };
        self.paths.iter().filter(stays).map(|(path, _)| path.clone()).collect()
    }
}

impl Inbox {
    /// Keys are pressed.
    pub(super) fn press(&self, keys: &[u8]) {
        self.lock().keys.extend(keys);
        self.changed.notify_all();
    }

    /// Something is saved: a path and whether it was made just now, or nobody knows what.
    pub(super) fn save(&self, path: Option<(Utf8PathBuf, bool)>) {
        let mut state = self.lock();
        state.saved.add(path, Instant::now());
        state.saves += 1;
        drop(state);
        self.changed.notify_all();
    }

    /// What comes next; waits for it.
    pub(super) fn next(&self, interrupt: &Interrupt) -> Result<Came, Interrupted> {
        let mut state = self.lock();
        loop {
            interrupt.check()?;
            if let Some(key) = state.keys.pop_front() {
                return Ok(Came::Key(key));
            }
            if state.saved.is_over(Instant::now()) {
                return Ok(Came::Saved(std::mem::take(&mut state.saved)));
            }
            let patience = if state.saved.times.is_some() { QUIET / 4 } else { LOOK };
            let waited = self.changed.wait_timeout(state, patience);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether something waits to be looked at.
    pub(super) fn has_something(&self) -> bool {
        let state = self.lock();
        !state.keys.is_empty() || state.saved.times.is_some()
    }

    /// Whether a key was pressed that ends this.
    pub(super) fn quits(&self) -> bool {
        self.lock().keys.iter().any(|key| quits(*key))
    }

    /// What is saved and waits, once it can be looked at, and if it is more than what `seen` says.
    pub(super) fn more_saved(&self, seen: &mut usize) -> Option<Saved> {
        let state = self.lock();
        if state.saves == *seen || !state.saved.is_over(Instant::now()) {
            return None;
        }
        *seen = state.saves;
        Some(state.saved.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a key ends this: `q`, or Ctrl-D, the end of all that a person types.
pub(super) fn quits(key: u8) -> bool {
    [b'q', 4].contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_is_over_when_nothing_more_comes_or_it_takes_too_long() {
        let began = Instant::now();
        let check = |writes: &[u64], at: u64, expected: bool| {
            let mut saved = Saved::default();
            for write in writes {
                saved.add(None, began + Duration::from_millis(*write));
            }
            assert_eq!(
                saved.is_over(began + Duration::from_millis(at)),
                expected,
                "{writes:?} {at}"
            );
        };
        check(&[], 999, false);
        check(&[0], 39, false);
        check(&[0], 40, true);
        check(&[0, 30], 60, false);
        check(&[0, 30], 70, true);
        let all_the_time: Vec<_> = (0..50).map(|n| n * 10).collect();
        check(&all_the_time, 495, false);
        check(&all_the_time, 500, true);
    }

    #[test]
    fn a_file_that_helped_to_write_another_is_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| Utf8Path::from_path(dir.path()).expect("UTF-8").join(name);
        std::fs::write(at("main.rs"), "").expect("it can be written");
        let mut saved = Saved::default();
        for (name, made) in [
            ("main.rs.new", true),
            ("main.rs", true),
            ("gone.rs", false),
            ("replaced-and-gone.rs", true),
            ("main.rs", false),
        ] {
            saved.add(Some((at(name), made)), Instant::now());
        }
        let known = |path: &Utf8Path| path.file_name() == Some("replaced-and-gone.rs");
        saved.add(
            Some((Utf8Path::from_path(dir.path()).expect("UTF-8").into(), false)),
            Instant::now(),
        );
        let expected = ["gone.rs", "main.rs", "replaced-and-gone.rs"].map(at);
        assert_eq!(saved.files(&known), BTreeSet::from(expected));
    }

    #[test]
    fn what_was_saved_is_given_once_and_seen_before_that() {
        let inbox = Inbox::default();
        inbox.save(Some(("/a".into(), false)));
        std::thread::sleep(QUIET);
        let mut seen = 0;
        assert!(inbox.more_saved(&mut seen).is_some());
        assert_eq!(inbox.more_saved(&mut seen), None, "it has been seen");
        inbox.press(b"xq");
        assert!(inbox.quits());
        let interrupt = Interrupt::default();
        let keys = [inbox.next(&interrupt), inbox.next(&interrupt)];
        assert_eq!(keys, [Ok(Came::Key(b'x')), Ok(Came::Key(b'q'))]);
        let Ok(Came::Saved(saved)) = inbox.next(&interrupt) else { panic!("it was saved") };
        assert_eq!(saved.paths().collect::<Vec<_>>(), ["/a"]);
        assert!(!inbox.has_something());
        interrupt.set();
        assert_eq!(inbox.next(&interrupt), Err(Interrupted));
    }
}
