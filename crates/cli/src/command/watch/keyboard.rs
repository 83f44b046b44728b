//! The keys of a person at the terminal, where there is one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domi_host::Keys;

use super::inbox::Inbox;

/// How long it takes at the most until the terminal is left to somebody else.
const LOOK: Duration = Duration::from_millis(50);

/// A person's keys, read by a thread of their own.
#[derive(Debug)]
pub(super) struct Keyboard {
    is_there: bool,
    ended: AtomicBool,
    /// Whether somebody else wants to read the terminal, and whether it is left to them.
    wanted: AtomicBool,
    left: AtomicBool,
}

impl Keyboard {
    /// Reads keys while something is done. The terminal is then what it was before.
    pub(super) fn with<T>(inbox: &Inbox, work: impl FnOnce(&Self) -> T) -> T {
        let keys = Keys::of_stdin();
        let keyboard = Self {
            is_there: keys.is_some(),
            ended: AtomicBool::new(false),
            wanted: AtomicBool::new(false),
            left: AtomicBool::new(keys.is_none()),
        };
        std::thread::scope(|scope| {
            // Also where the work panics, the thread ends.
            let _end = Ending(&keyboard);
            if let Some(keys) = keys {
                scope.spawn(|| keyboard.read(keys, inbox));
            }
            work(&keyboard)
        })
    }

    /// Whether anybody can press a key.
    pub(super) fn is_there(&self) -> bool {
        self.is_there
    }

    /// Does something that reads the terminal itself.
    pub(super) fn away<T>(&self, work: impl FnOnce() -> T) -> T {
        self.wanted.store(true, Ordering::SeqCst);
        while !self.left.load(Ordering::SeqCst) {
            std::thread::sleep(LOOK / 10);
        }
        let done = work();
        self.wanted.store(false, Ordering::SeqCst);
        done
    }

    fn read(&self, keys: Keys, inbox: &Inbox) {
        while !self.ended.load(Ordering::SeqCst) {
            let wanted = self.wanted.load(Ordering::SeqCst);
            self.left.store(wanted, Ordering::SeqCst);
            if wanted {
                std::thread::sleep(LOOK / 10);
                continue;
            }
            match keys.read(LOOK) {
                Ok(pressed) if pressed.is_empty() => {}
                Ok(pressed) => inbox.press(&pressed),
                // A terminal that is gone has sent a signal, too.
                Err(_) => break,
            }
        }
        drop(keys);
        self.left.store(true, Ordering::SeqCst);
    }
}

struct Ending<'a>(&'a Keyboard);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::SeqCst);
    }
}
