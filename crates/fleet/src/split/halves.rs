//! The two sides of a fleet that is divided.

use std::collections::{BTreeMap, BTreeSet};

/// Files of one side, as they are then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Half {
    /// What the other side calls this one.
    pub name: String,
    /// Texts of files by their paths: all of a part, and those of the rest that change; none for those
    /// that go.
    pub texts: BTreeMap<String, Option<String>>,
    /// What the other side names of this one, as the text of a view; none where it names nothing.
    pub view: Option<String>,
}

/// The two sides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Halves {
    /// What goes.
    pub part: Half,
    /// Everything else.
    pub rest: Half,
    /// The hosts of the part.
    pub hosts: BTreeSet<String>,
    /// Files that are on both sides.
    pub both: BTreeSet<String>,
    /// What is in no file any more, as it was about both sides: tests of policies.
    pub lost: Vec<String>,
}
