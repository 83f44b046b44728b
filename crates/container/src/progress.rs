//! What takes long is said while it happens; who listens decides how it looks.

use std::fmt;

use domi_store::Told;

/// Something that takes long enough to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Fetching packages.
    Packages,
    /// Unpacking the root.
    Unpacking,
    /// Configuring or installing packages in it.
    Configuring,
    /// Reading all of it once, to know it again.
    Saving,
}

/// A step of what takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// What the store tells.
    Store(Told<'a>),
    /// A stage begins.
    Started(Stage),
}

/// Who listens.
pub type Listener<'a> = &'a (dyn Fn(Progress) + Sync);

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Packages => "fetching packages",
            Self::Unpacking => "unpacking the container's root",
            Self::Configuring => "configuring the container's root",
            Self::Saving => "saving the container's root",
        })
    }
}
