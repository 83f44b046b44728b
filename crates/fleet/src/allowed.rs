//! Whether something may happen to a fleet as it is kept in its log.

use crate::{Change, Kind, Noted, State, Status, What};

/// Why something may not happen, as things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub why: String,
    /// What is in its way: kind and name.
    pub by: (Kind, String),
}

impl State {
    /// Whether something may happen: whether it can, and the rules of [`compare`](crate::compare)
    /// are kept, for what is known here of the things.
    ///
    /// # Errors
    /// Why not.
    pub fn allows(&self, change: &Change) -> Result<(), Refusal> {
        let Change { what, thing } = change;
        let refusal = |name: &str, why: String| Refusal { why, by: (thing.kind, name.to_owned()) };
        let from = match what {
            What::Renamed(from) => from,
            _ => &thing.name,
        };
        self.can(change).map_err(|why| {
            let name = if self.thing(thing.kind, from).is_none() { from } else { &thing.name };
            refusal(name, why)
        })?;
        if *what == What::Done {
            return Ok(());
        }
        let old = self.thing(thing.kind, from);
        if *what == What::Removed {
            return match old.map(|old| old.status) {
                Some(status) if !matches!(status, Status::Retired | Status::Planned) => {
                    let why = format!("it is {status}, and only what is retired or planned goes");
                    Err(refusal(&thing.name, why))
                }
                _ => Ok(()),
            };
        }
        if let Some(old) = old
            && !old.status.may_become(thing.status)
        {
            let why = format!("what is {} cannot become {}", old.status, thing.status);
            return Err(refusal(from, why));
        }
        if let Some(id) = old.and_then(|old| old.id)
            && thing.id.is_none()
        {
            return Err(refusal(from, format!("it has the id {id}, and would have none")));
        }
        let is_other = |it: &&Noted| old.is_none_or(|old| !std::ptr::eq(old, *it));
        self.identity_is_free(thing, is_other)?;
        match old.and_then(|old| old.uid) {
            uid if uid == thing.uid => Ok(()),
            Some(uid) if thing.uid.is_some() => {
                Err(refusal(from, format!("it has the number {uid}, which stays")))
            }
            _ => self.number_is_free(thing, is_other),
        }
    }

    fn identity_is_free(
        &self,
        thing: &Noted,
        is_other: impl Fn(&&Noted) -> bool,
    ) -> Result<(), Refusal> {
        let Some(id) = thing.id else { return Ok(()) };
        let retired = self.gone().filter(|it| it.status == Status::Retired);
        let retired = retired.filter(|it| it.kind == thing.kind);
        let mut owners = self.things().filter(is_other).chain(retired);
        owners.find(|it| it.id == Some(id)).map_or(Ok(()), |owner| {
            let why = format!("the {} `{}` has its id {id}", owner.kind.noun(), owner.name);
            Err(Refusal { why, by: (owner.kind, owner.name.clone()) })
        })
    }

    fn number_is_free(
        &self,
        thing: &Noted,
        is_other: impl Fn(&&Noted) -> bool,
    ) -> Result<(), Refusal> {
        let Some(uid) = thing.uid else { return Ok(()) };
        // What was planned, removed and is there again with its id gets its number back.
        let is_back = |it: &&Noted| it.status != Status::Retired && it.id.is_some();
        let gone = self.gone().filter(|it| !(is_back(it) && it.id == thing.id));
        let mut owners = self.things().filter(is_other).chain(gone);
        owners.find(|it| it.uid == Some(uid)).map_or(Ok(()), |owner| {
            let why = format!("the number {uid} was given to `{}`", owner.name);
            Err(Refusal { why, by: (owner.kind, owner.name.clone()) })
        })
    }
}

impl Change {
    /// The same decision where something else was decided before it: what it did not change is as
    /// it is there. `before` is what it was decided on, `there` what there is now.
    ///
    /// # Errors
    /// What it is about is another thing there, which has the same name.
    pub fn onto(&self, before: &State, there: &State) -> Result<Self, Refusal> {
        let name = match &self.what {
            What::Renamed(from) => from,
            _ => &self.thing.name,
        };
        let kind = self.thing.kind;
        let (Some(old), Some(new)) = (before.thing(kind, name), there.thing(kind, name)) else {
            return Ok(self.clone());
        };
        // The reaction was as it was when it was carried out.
        if self.what == What::Done {
            return Ok(self.clone());
        }
        // An id that was given since is that of the same thing.
        if old.id.is_some() && old.id != new.id {
            let why = format!("the {} `{name}` is another one by now", kind.noun());
            return Err(Refusal { why, by: (kind, name.clone()) });
        }
        if self.what == What::Removed {
            return Ok(Self { what: What::Removed, thing: new.clone() });
        }
        let Noted { file, id, status, uid, digest, .. } = &self.thing;
        let thing = Noted {
            kind,
            name: self.thing.name.clone(),
            file: kept(file, &old.file, &new.file),
            id: kept(id, &old.id, &new.id),
            status: kept(status, &old.status, &new.status),
            uid: kept(uid, &old.uid, &new.uid),
            digest: kept(digest, &old.digest, &new.digest),
        };
        Ok(Self { what: self.what.clone(), thing })
    }
}

/// What something is where it was not changed, or what it was changed to.
fn kept<T: Clone + PartialEq>(decided: &T, old: &T, new: &T) -> T {
    if decided == old { new.clone() } else { decided.clone() }
}
