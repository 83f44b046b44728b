//! Workspaces whose features are compiled with this repository's SDK.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// cargo's folder for such workspaces: what they have in common is compiled once.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk")
}

/// Holds the other tests back: they have features of the same names, which are built into one folder.
pub(crate) struct Turn {
    _lock: MutexGuard<'static, ()>,
}

impl Turn {
    /// Waits until no other test has it.
    pub(crate) fn wait() -> Self {
        static ONE: Mutex<()> = Mutex::new(());
        Self { _lock: ONE.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}
