//! Checks that a reader ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Far longer than any reader takes, on any computer.
const LIMIT: Duration = Duration::from_secs(60);

type Current = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

/// Watches a reader from another thread.
pub(crate) struct Watch(Current);

impl Watch {
    pub(crate) fn start() -> Self {
        let current = Current::default();
        let watched = Arc::downgrade(&current);
        std::thread::spawn(move || {
            while let Some(current) = watched.upgrade() {
                let current = current.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((_, input)) = current.as_ref().filter(|(at, _)| at.elapsed() > LIMIT) {
                    eprintln!("the reader does not come to an end with: {}", input.escape_ascii());
                    std::process::abort();
                }
                drop(current);
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        Self(current)
    }

    /// An input is read until what this returns is dropped.
    pub(crate) fn reading(&self, input: &[u8]) -> Reading<'_> {
        self.set(Some((Instant::now(), input.to_owned())));
        Reading(self)
    }

    fn set(&self, to: Option<(Instant, Vec<u8>)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

pub(crate) struct Reading<'a>(&'a Watch);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}
