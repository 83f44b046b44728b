//! What a newer view of another fleet changes: what is gone first, then what has another name, what says
//! something else, and what is new; with all of ours that names it.

use domi_model::Place;
use serde::Serialize;

use crate::{Fleet, Foreign, Published, Shared, Status};

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

/// What is other in a newer view of another fleet than in the one that is known.
pub fn renewed(
    fleet: &Fleet,
    context: &str,
    old: Option<&Published>,
    new: &Published,
) -> Vec<Renewed> {
    let links = fleet.links();
    let old = old.map_or(&[][..], |it| &it.things);
    let said = |it: &Shared, what: &'static str, now: Vec<String>| {
        let is_it =
            |to: &str| Foreign::of(to).is_some_and(|to| to.fleet == context && to.name == it.name);
        let named = links.iter().filter(|link| link.kind == it.kind && is_it(link.to));
        let named = named.filter(|link| link.from.is_current());
        let named = named.filter_map(|link| link.from.at(link.line)).collect();
        Renewed { thing: format!("{}/{}", it.kind.word(), it.name), what, now, named }
    };
    let mut all = Vec::new();
    // Of the same id, a thing is the same, whatever its name. Of the same name without one id, too.
    let after = |it: &Shared| {
        let same_id = new
            .things
            .iter()
            .find(|other| it.id.is_some() && other.kind == it.kind && other.id == it.id);
        same_id.or_else(|| {
            let found = new.thing(it.kind, &it.name)?;
            (it.id.is_none() || found.id.is_none()).then_some(found)
        })
    };
    let mut found: Vec<&Shared> = Vec::new();
    for it in old {
        let Some(now) = after(it) else {
            let replaced = new.thing(it.kind, &it.name).is_some();
            let now = replaced.then(|| "another has its name now".to_owned());
            all.push(said(it, "gone", now.into_iter().collect()));
            continue;
        };
        found.push(now);
        let parts = parts(it, now);
        if now.status == Status::Retired && it.status != Status::Retired {
            all.push(said(it, "retired", parts));
        } else if now.name != it.name {
            let name = format!("{}/{}", now.kind.word(), now.name);
            all.push(said(it, "renamed", [vec![name], parts].concat()));
        } else if !parts.is_empty() {
            all.push(said(it, "changed", parts));
        }
    }
    let is_new = |it: &&Shared| !found.iter().any(|other| std::ptr::eq(*other, *it));
    all.extend(new.things.iter().filter(is_new).map(|it| said(it, "new", all_parts(it))));
    all.sort_by_key(|it| ORDER.iter().position(|what| *what == it.what));
    all
}

/// All that is said of it, part by part.
fn all_parts(it: &Shared) -> Vec<String> {
    let (keys, addresses, ranges, version) = Default::default();
    let none = Shared { status: Status::Active, keys, addresses, ranges, version, ..it.clone() };
    let new = |part: String| part.replace(": nothing → ", ": ").replace("status: active → ", "");
    parts(&none, it).into_iter().map(new).collect()
}

/// What is other, part by part.
fn parts(old: &Shared, new: &Shared) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = |what: &str, old: String, new: String| {
        if old != new {
            let shown = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
            parts.push(format!("{what}: {} → {}", shown(old), shown(new)));
        }
    };
    fn list<T: ToString>(all: &[T]) -> String {
        all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
    }
    let id = |it: &Shared| it.id.map_or_else(String::new, |id| id.to_string());
    let kind = |it: &Shared| if it.is_agent { "agent" } else { "person" }.to_owned();
    part("id", id(old), id(new));
    part("status", old.status.to_string(), new.status.to_string());
    part("kind", kind(old), kind(new));
    part("keys", list(&old.keys), list(&new.keys));
    part("addresses", list(&old.addresses), list(&new.addresses));
    part("ranges", list(&old.ranges), list(&new.ranges));
    part("version", old.version.clone(), new.version.clone());
    parts
}
