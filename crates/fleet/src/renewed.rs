//! What a newer view of another fleet changes: what is gone first, then what has another name, what says
//! something else, and what is new; with all of ours that names it.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Place;
use serde::Serialize;

use crate::{Fleet, Foreign, Id, Kind, Published, Shared, Status};

/// What happened to something of another fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewed {
    /// What it is and its name there, as it is known here: `host/till`.
    pub thing: String,
    /// What happened: `gone`, `retired`, `renamed`, `changed` or `new`.
    pub what: &'static str,
    /// What became of it, part by part; its new name where it has one.
    pub now: Vec<String>,
    /// Where our files name it.
    pub named: Vec<Place>,
}

impl Renewed {
    /// Whether names of ours would lead nowhere.
    pub fn dangles(&self) -> bool {
        !self.named.is_empty() && matches!(self.what, "gone" | "retired" | "renamed")
    }
}

/// The order in which it is said.
const ORDER: [&str; 5] = ["gone", "retired", "renamed", "changed", "new"];

/// What is other in a newer view than in the one that is known: of another fleet, by the name that it has
/// here, or of this one.
pub fn renewed(
    fleet: &Fleet,
    context: Option<&str>,
    old: Option<&Published>,
    new: &Published,
) -> Vec<Renewed> {
    let named = context.map_or_else(BTreeMap::new, |context| named(fleet, context));
    let old = old.map_or(&[][..], |it| &it.things);
    let said = |it: &Shared, what: &'static str, now: Vec<String>| {
        let named = named.get(&(it.kind, it.name.as_str())).cloned().unwrap_or_default();
        Renewed { thing: format!("{}/{}", it.kind.word(), it.name), what, now, named }
    };
    let mut all = Vec::new();
    // Of the same id, a thing is the same, whatever its name. Of the same name without one id, too.
    let mut ids: BTreeMap<(Kind, Id), &Shared> = BTreeMap::new();
    for it in &new.things {
        if let Some(id) = it.id {
            ids.entry((it.kind, id)).or_insert(it);
        }
    }
    let after = |it: &Shared| {
        let same_id = it.id.and_then(|id| ids.get(&(it.kind, id)).copied());
        same_id.or_else(|| {
            let found = new.thing(it.kind, &it.name)?;
            (it.id.is_none() || found.id.is_none()).then_some(found)
        })
    };
    let mut found: BTreeSet<(Kind, &str)> = BTreeSet::new();
    for it in old {
        let Some(now) = after(it) else {
            let replaced = new.thing(it.kind, &it.name).is_some();
            let now = replaced.then(|| "another has its name now".to_owned());
            all.push(said(it, "gone", now.into_iter().collect()));
            continue;
        };
        found.insert((now.kind, &now.name));
        let parts = parts(Some(it), now);
        if now.status == Status::Retired && it.status != Status::Retired {
            all.push(said(it, "retired", parts));
        } else if now.name != it.name {
            let name = format!("{}/{}", now.kind.word(), now.name);
            all.push(said(it, "renamed", [vec![name], parts].concat()));
        } else if !parts.is_empty() {
            all.push(said(it, "changed", parts));
        }
    }
    let is_new = |it: &&Shared| !found.contains(&(it.kind, it.name.as_str()));
    all.extend(new.things.iter().filter(is_new).map(|it| said(it, "new", parts(None, it))));
    all.sort_by_key(|it| ORDER.iter().position(|what| *what == it.what));
    all
}

/// Where our files name what another fleet has.
fn named<'f>(fleet: &'f Fleet, context: &str) -> BTreeMap<(Kind, &'f str), Vec<Place>> {
    let mut named: BTreeMap<(Kind, &str), Vec<Place>> = BTreeMap::new();
    for link in fleet.links().into_iter().filter(|link| link.from.is_current()) {
        if let Some(to) = Foreign::of(link.to).filter(|to| to.fleet == context) {
            named.entry((link.kind, to.name)).or_default().extend(link.from.at(link.line));
        }
    }
    named
}

/// What is other, part by part; all that is to be said where it is new.
fn parts(old: Option<&Shared>, new: &Shared) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = |what: &str, usual: &str, text: &dyn Fn(&Shared) -> String| {
        let shown = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
        let now = text(new);
        match old.map(text) {
            Some(old) if old != now => {
                parts.push(format!("{what}: {} → {}", shown(old), shown(now)));
            }
            None if now != usual => parts.push(format!("{what}: {now}")),
            _ => {}
        }
    };
    fn list<T: ToString>(all: &[T]) -> String {
        all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
    }
    if old.is_some() {
        part("id", "", &|it| it.id.map_or_else(String::new, |id| id.to_string()));
    }
    part("status", Status::Active.as_str(), &|it| it.status.to_string());
    part("kind", "person", &|it| if it.is_agent { "agent" } else { "person" }.to_owned());
    part("keys", "", &|it| list(&it.keys));
    part("addresses", "", &|it| list(&it.addresses));
    part("ranges", "", &|it| list(&it.ranges));
    part("version", "", &|it| it.version.clone());
    parts
}
