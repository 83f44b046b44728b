//! What the handles of a network and its thread share.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::cable::Cable;
use crate::place::Place;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) names: Vec<String>,
    /// What each of them has of its own.
    pub(crate) places: Vec<Option<Place>>,
    pub(crate) state: Mutex<State>,
    /// Written to when the state has changed; the thread reads the other end.
    pub(crate) wake: UnixStream,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Sockets that the thread has not taken yet.
    pub(crate) new: Vec<(u8, UnixStream)>,
    /// The cables that are not as they should be.
    pub(crate) cables: BTreeMap<u8, Cable>,
    pub(crate) closed: bool,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn notify(&self) {
        // A full pipe has woken the thread already.
        let _ = (&self.wake).write(&[0]);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.lock().closed = true;
        self.notify();
    }
}
