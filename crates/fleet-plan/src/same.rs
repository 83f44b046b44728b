//! What became of the things of a fleet: which is the same under another name.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Change, Fleet, Kind, State, What};

/// What became of the things of a fleet. A stable id tells another name from another thing.
#[derive(Debug)]
pub(crate) struct Same {
    /// Names now, by the names before.
    renamed: BTreeMap<(Kind, String), String>,
    /// Whose file is gone, or whose name is another's now.
    removed: BTreeSet<(Kind, String)>,
}

impl Same {
    pub(crate) fn of(before: &Fleet, after: &Fleet) -> Self {
        let (mut renamed, mut removed) = (BTreeMap::new(), BTreeSet::new());
        for Change { what, thing } in State::of(before).changes(&State::of(after)) {
            match what {
                What::Renamed(from) => drop(renamed.insert((thing.kind, from), thing.name)),
                What::Removed => drop(removed.insert((thing.kind, thing.name))),
                What::Added | What::Changed | What::Done => {}
            }
        }
        Self { renamed, removed }
    }

    /// What has another name now: what it is, its old name and its new one.
    pub(crate) fn renamed(&self) -> impl Iterator<Item = (Kind, &str, &str)> {
        self.renamed.iter().map(|((kind, from), to)| (*kind, from.as_str(), to.as_str()))
    }

    /// The name now of what had a name before. What is gone keeps its own.
    pub(crate) fn name<'a>(&'a self, kind: Kind, before: &'a str) -> &'a str {
        self.renamed.get(&(kind, before.to_owned())).map_or(before, String::as_str)
    }

    /// The name now of what had a name before, if it is still there.
    pub(crate) fn still<'a>(&'a self, kind: Kind, before: &'a str) -> Option<&'a str> {
        let is_gone = self.removed.contains(&(kind, before.to_owned()));
        (!is_gone).then(|| self.name(kind, before))
    }
}
