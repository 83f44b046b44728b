//! What is kept of a fleet over time: which things there are, and what stays theirs.

use std::collections::{BTreeMap, HashMap};

use crate::{Fleet, Folder, Id, Kind, Status, folder_of};

/// What is kept of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The file, from the fleet's root.
    pub file: String,
    /// Its id.
    pub id: Option<Id>,
    /// How far it has come.
    pub status: Status,
    /// The number of a user.
    pub uid: Option<u32>,
    /// The digest of its file, in hexadecimal. Of people and users it is made with a salt that their file
    /// has: whoever knows what a file may say could find out what it says. A person has none without.
    pub digest: Option<String>,
}

/// What happened to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub what: What,
    /// What it was before, if it is gone; else what it is now.
    pub thing: Noted,
}

/// What happens to things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It has another name; this was the old one.
    Renamed(String),
    /// Its file is gone.
    Removed,
    /// A reaction was carried out, as an answer to the event that this one follows from.
    Done,
}

/// The things of a fleet at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    things: BTreeMap<(Kind, String), Noted>,
    /// What was there before. Its numbers stay taken.
    gone: Vec<Noted>,
}

impl State {
    /// What is kept of a fleet as its files are.
    pub fn of(fleet: &Fleet) -> Self {
        let noted = fleet.abouts().filter_map(|about| {
            let Folder::Of(kind) = folder_of(&about.file) else { return None };
            let user = fleet.users.get(&about.name).filter(|_| kind == Kind::User);
            Some(Noted {
                kind,
                name: about.name.clone(),
                file: about.file.clone(),
                id: about.id,
                status: about.status,
                uid: user.and_then(|user| user.uid).map(|(uid, _)| uid),
                digest: Some(about.digest.clone()).filter(|digest| !digest.is_empty()),
            })
        });
        let things = noted.map(|it| ((it.kind, it.name.clone()), it)).collect();
        Self { things, gone: Vec::new() }
    }

    /// What is there, by kind and name.
    pub fn things(&self) -> impl Iterator<Item = &Noted> {
        self.things.values()
    }

    /// What has this name.
    pub fn thing(&self, kind: Kind, name: &str) -> Option<&Noted> {
        self.things.get(&(kind, name.to_owned()))
    }

    /// What was there before.
    pub fn gone(&self) -> impl Iterator<Item = &Noted> {
        self.gone.iter()
    }

    /// Things by their ids.
    fn ids(&self) -> Ids<'_> {
        self.things().filter_map(|it| Some(((it.kind, it.id?), it))).collect()
    }

    /// What happened between this and a later state, in an order in which it can have happened:
    /// names become free before they are taken.
    pub fn changes(&self, after: &Self) -> Vec<Change> {
        let later = Later::of(self, after);
        let (mut removed, mut renamed, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        let mut known: Vec<(Kind, &str)> = Vec::new();
        for old in self.things() {
            let Some(new) = later.became(old) else {
                removed.push(Change { what: What::Removed, thing: old.clone() });
                continue;
            };
            known.push((new.kind, &new.name));
            if old.name != new.name {
                let what = What::Renamed(old.name.clone());
                renamed.push(Change { what, thing: new.clone() });
            } else if old != new {
                changed.push(Change { what: What::Changed, thing: new.clone() });
            }
        }
        known.sort_unstable();
        let is_new = |it: &&Noted| known.binary_search(&(it.kind, it.name.as_str())).is_err();
        let added = after.things().filter(is_new);
        let added = added.map(|it| Change { what: What::Added, thing: it.clone() });
        let mut there = self.clone();
        let mut all = removed;
        for change in &all {
            let _ = there.apply(change);
        }
        all.extend(ordered(renamed, &mut there));
        all.extend(added);
        all.extend(changed);
        all
    }

    /// Lets something happen.
    ///
    /// # Errors
    /// Why it cannot, as things are.
    pub fn apply(&mut self, change: &Change) -> Result<(), String> {
        self.can(change)?;
        let Change { what, thing } = change;
        let key = (thing.kind, thing.name.clone());
        match what {
            What::Removed => {
                self.gone.extend(self.things.remove(&key));
                return Ok(());
            }
            What::Renamed(from) => drop(self.things.remove(&(thing.kind, from.clone()))),
            // What came of it is in events of its own.
            What::Done => return Ok(()),
            What::Added | What::Changed => {}
        }
        self.things.insert(key, thing.clone());
        Ok(())
    }

    /// Whether something can happen; or why not.
    pub(crate) fn can(&self, change: &Change) -> Result<(), String> {
        let Change { what, thing } = change;
        let noun = thing.kind.noun();
        let is_there = |name: &str| self.thing(thing.kind, name).is_some();
        let missing = match what {
            What::Added => None,
            What::Changed | What::Removed | What::Done => Some(&thing.name),
            What::Renamed(from) => Some(from),
        };
        if matches!(what, What::Added | What::Renamed(_)) && is_there(&thing.name) {
            return Err(format!("there is a {noun} `{}` already", thing.name));
        }
        match missing.filter(|name| !is_there(name)) {
            Some(name) => Err(format!("there is no {noun} `{name}`")),
            None => Ok(()),
        }
    }
}

/// Puts renames into an order in which each finds its new name free. Names that were swapped stay at
/// the end: no order of single changes leads there.
fn ordered(renamed: Vec<Change>, there: &mut State) -> Vec<Change> {
    let target = |change: &Change| (change.thing.kind, change.thing.name.clone());
    let waiting = renamed.iter().enumerate().map(|(at, change)| (target(change), at));
    let waiting: BTreeMap<(Kind, String), usize> = waiting.collect();
    let mut left: Vec<Option<Change>> = renamed.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(left.len());
    for first in 0..left.len() {
        let mut next = Some(first);
        // The name that one leaves may be what another waits for.
        while let Some(at) = next
            && let Some(change) = left[at].take_if(|change| there.apply(change).is_ok())
        {
            next = match &change.what {
                What::Renamed(from) => waiting.get(&(change.thing.kind, from.clone())).copied(),
                _ => None,
            };
            ordered.push(change);
        }
    }
    ordered.extend(left.into_iter().flatten());
    ordered
}

/// Things by their ids.
type Ids<'a> = HashMap<(Kind, Id), &'a Noted>;

/// A later state, to be asked what became of the things of an earlier one.
pub(crate) struct Later<'a> {
    before: Ids<'a>,
    after: &'a State,
    ids: Ids<'a>,
}

impl<'a> Later<'a> {
    pub(crate) fn of(before: &'a State, after: &'a State) -> Self {
        Self { before: before.ids(), after, ids: after.ids() }
    }

    /// What became of something: what has its id, or else its name and nobody else's id.
    pub(crate) fn became(&self, it: &Noted) -> Option<&'a Noted> {
        self.with_id(it).or_else(|| {
            let of_name = self.after.things.get(&(it.kind, it.name.clone()))?;
            match of_name.id {
                None => Some(of_name),
                Some(id) => (it.id.is_none() && !self.before.contains_key(&(it.kind, id)))
                    .then_some(of_name),
            }
        })
    }

    /// What has the id of something.
    pub(crate) fn with_id(&self, it: &Noted) -> Option<&'a Noted> {
        self.ids.get(&(it.kind, it.id?)).copied()
    }
}
