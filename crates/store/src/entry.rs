use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// What is stored, as far as a store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key it is stored under.
    pub key: String,
    /// Its folder.
    pub folder: PathBuf,
    /// When it was made or last used.
    pub last_used: SystemTime,
    /// Whether somebody holds it now.
    pub in_use: bool,
}

/// Which entries pruning removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// All that nobody holds now.
    All,
    /// Of those, the ones that were not used for so long.
    UnusedFor(Duration),
}

impl Prune {
    pub(crate) fn wants(self, entry: &Entry) -> bool {
        let age = entry.last_used.elapsed().unwrap_or_default();
        let old = match self {
            Self::All => true,
            Self::UnusedFor(limit) => age >= limit,
        };
        old && !entry.in_use
    }
}
