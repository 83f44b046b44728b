//! What is taken from a fleet.

use crate::{About, Fleet, Kind};

/// What goes, by the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'n> {
    /// A unit, with those within it and all that is theirs.
    Unit(&'n str),
    /// A location, with those within it and all that is there.
    Location(&'n str),
}

impl<'n> Part<'n> {
    /// The name of its file.
    pub fn name(self) -> &'n str {
        match self {
            Self::Unit(name) | Self::Location(name) => name,
        }
    }

    /// What it is, in a word.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Unit(_) => "unit",
            Self::Location(_) => "location",
        }
    }

    pub(super) fn about(self, fleet: &Fleet) -> Option<&About> {
        match self {
            Self::Unit(name) => fleet.about(Kind::Organization, name),
            Self::Location(name) => fleet.about(Kind::Location, name),
        }
    }
}
