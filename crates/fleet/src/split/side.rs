//! The two sides of a fleet that is divided, and the files of each.

use std::collections::BTreeSet;

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Part,
    Rest,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Part => Self::Rest,
            Self::Rest => Self::Part,
        }
    }
}

/// The files of each side.
#[derive(Debug, Default)]
pub(super) struct Sides {
    part: BTreeSet<String>,
    rest: BTreeSet<String>,
    /// The hosts of the part.
    pub(super) hosts: BTreeSet<String>,
    /// What the part calls the rest; none where there is no name for it.
    pub(super) rest_name: Option<String>,
}

impl Sides {
    pub(super) fn has(&self, side: Side, file: &str) -> bool {
        match side {
            Side::Part => self.part.contains(file),
            Side::Rest => self.rest.contains(file),
        }
    }

    pub(super) fn put(&mut self, side: Side, file: &str) -> bool {
        match side {
            Side::Part => self.part.insert(file.to_owned()),
            Side::Rest => self.rest.insert(file.to_owned()),
        }
    }
}
