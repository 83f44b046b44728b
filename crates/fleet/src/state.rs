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
    /// The digest of its file, in hexadecimal. None of people: whoever knows what a file may say
    /// could find out what it says.
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
                digest: (kind != Kind::Person).then(|| about.digest.clone()),
            })
        });
        let things = noted.map(|it| ((it.kind, it.name.clone()), it)).collect();
        Self { things, gone: Vec::new() }
    }

    /// What is there, by kind and name.
    pub fn things(&self) -> impl Iterator<Item = &Noted> {
        self.things.values()
    }

    /// What was there before.
    pub fn gone(&self) -> impl Iterator<Item = &Noted> {
        self.gone.iter()
    }

    /// What became of something: what has its id, or else its name and no other id.
    pub(crate) fn became<'a>(&'a self, it: &Noted, ids: &Ids<'a>) -> Option<&'a Noted> {
        let of_id = it.id.and_then(|id| ids.get(&(it.kind, id)).copied());
        of_id.or_else(|| {
            let of_name = self.things.get(&(it.kind, it.name.clone()))?;
            (it.id.is_none() || of_name.id.is_none()).then_some(of_name)
        })
    }

    /// Things by their ids.
    pub(crate) fn ids(&self) -> Ids<'_> {
        self.things().filter_map(|it| Some(((it.kind, it.id?), it))).collect()
    }

    /// What happened between this and a later state, in an order in which it can have happened:
    /// names become free before they are taken.
    pub fn changes(&self, after: &Self) -> Vec<Change> {
        let ids = after.ids();
        let (mut removed, mut renamed, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        let mut known: Vec<(Kind, &str)> = Vec::new();
        for old in self.things() {
            let Some(new) = after.became(old, &ids) else {
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
        while let Some(at) = renamed.iter().position(|change| there.apply(change).is_ok()) {
            all.push(renamed.remove(at));
        }
        // Names that were swapped stay: no order of single changes leads there.
        all.extend(renamed);
        all.extend(added);
        all.extend(changed);
        all
    }

    /// Lets something happen.
    ///
    /// # Errors
    /// Why it cannot, as things are.
    pub fn apply(&mut self, change: &Change) -> Result<(), String> {
        let Change { what, thing } = change;
        let key = (thing.kind, thing.name.clone());
        let is_there = self.things.contains_key(&key);
        let noun = thing.kind.noun();
        let missing = |name: &str| format!("there is no {noun} `{name}`");
        match what {
            What::Added | What::Renamed(_) if is_there => {
                return Err(format!("there is a {noun} `{}` already", thing.name));
            }
            What::Changed | What::Removed if !is_there => return Err(missing(&thing.name)),
            What::Renamed(from) => {
                let old = self.things.remove(&(thing.kind, from.clone()));
                old.ok_or_else(|| missing(from))?;
            }
            What::Removed => {
                self.gone.extend(self.things.remove(&key));
                return Ok(());
            }
            What::Added | What::Changed => {}
        }
        self.things.insert(key, thing.clone());
        Ok(())
    }
}

/// Things by their ids.
pub(crate) type Ids<'a> = HashMap<(Kind, Id), &'a Noted>;
