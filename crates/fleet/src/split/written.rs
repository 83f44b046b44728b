//! What the files of each side say: names that cross the cut are of the other fleet then.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;

use super::halves::{Half, Halves};
use super::part::Part;
use super::rewrite::{Becomes, renamed, with, without_tests};
use super::side::{Side, Sides};
use super::sides::ByFile;
use crate::codes::across::NOT_SPLIT;
use crate::foreign::may_be_foreign;
use crate::links::Link;
use crate::view::{KEYS, shared_kinds};
use crate::{About, Fleet, Folder, Foreign, Kind, document_of, folder_of};

/// Keys whose names can be taken out: what they name is not on this side, so that no host there fits them.
const TAKEN_OUT: [&str; 7] =
    ["on.organizations", "on.units", "on.locations", "on.roles", "on.hosts", "after", "keep"];

/// What each side says, or what keeps the two together.
pub(super) fn written(
    fleet: &Fleet,
    names: [&str; 2],
    part: Part<'_>,
    sides: &Sides,
    links: &ByFile<'_>,
    texts: &BTreeMap<String, String>,
) -> Result<Halves, Vec<Problem>> {
    let mut making = Making {
        fleet,
        sides,
        names: names.map(str::to_owned),
        noun: part.noun(),
        problems: Vec::new(),
        crossing: BTreeSet::new(),
        links,
    };
    let (mut halves, mut kept) = (Halves::default(), BTreeSet::new());
    // What is published goes, or stays, with its view, and what is known with its context.
    let views = fleet.views.values().map(|it| &it.about);
    let documents = fleet.contexts.values().map(|it| &it.about).chain(views).filter_map(|about| {
        let file = document_of(about);
        texts.get(&file).map(|text| (about, file, text))
    });
    let documents: Vec<(&About, String, &String)> = documents.collect();
    for side in [Side::Part, Side::Rest] {
        let all = fleet.abouts().filter(|it| sides.has(side, &it.file));
        let mut half = Half { name: making.name(side).to_owned(), ..Half::default() };
        for about in all {
            let Some(text) = texts.get(&about.file) else { continue };
            let new = making.file(side, &about.file, text, &mut kept);
            if side == Side::Part || new != *text {
                half.texts.insert(about.file.clone(), Some(new));
            }
        }
        let documents = documents.iter().filter(|(about, ..)| sides.has(side, &about.file));
        for (_, file, text) in documents.filter(|_| side == Side::Part) {
            half.texts.insert(file.clone(), Some((*text).clone()));
        }
        match side {
            Side::Part => halves.part = half,
            Side::Rest => halves.rest = half,
        }
    }
    for about in fleet.abouts() {
        match (sides.has(Side::Part, &about.file), sides.has(Side::Rest, &about.file)) {
            (true, false) => drop(halves.rest.texts.insert(about.file.clone(), None)),
            (true, true) => drop(halves.both.insert(about.file.clone())),
            _ => {}
        }
    }
    for (about, file, _) in documents {
        match (sides.has(Side::Part, &about.file), sides.has(Side::Rest, &about.file)) {
            (true, false) => drop(halves.rest.texts.insert(file, None)),
            (true, true) => drop(halves.both.insert(file)),
            _ => {}
        }
    }
    halves.part.view = making.view(Side::Part);
    halves.rest.view = making.view(Side::Rest);
    halves.hosts = sides.hosts.clone();
    let tests = fleet.policies.values().flat_map(|policy| {
        let number = |(number, trial)| (policy.about.file.clone(), number, trial);
        policy.tests.iter().enumerate().map(number)
    });
    let lost = tests.filter(|(file, number, _)| !kept.contains(&(file.clone(), *number)));
    halves.lost = lost.map(|(file, _, trial)| format!("{file}:{}", trial.line)).collect();
    for side in [Side::Part, Side::Rest] {
        making.free(side);
    }
    making.problems.sort_by(|a, b| (&a.place, &a.subject).cmp(&(&b.place, &b.subject)));
    making.problems.dedup();
    if making.problems.is_empty() { Ok(halves) } else { Err(making.problems) }
}

struct Making<'f> {
    fleet: &'f Fleet,
    sides: &'f Sides,
    /// What the part and the rest are called by the other.
    names: [String; 2],
    /// What the part is.
    noun: &'static str,
    problems: Vec<Problem>,
    /// What is named across the cut: whose it is, what it is, its name, and whether its keys are needed.
    crossing: BTreeSet<(Side, Kind, String, bool)>,
    links: &'f ByFile<'f>,
}

impl<'f> Making<'f> {
    fn name(&self, side: Side) -> &str {
        let [part, rest] = &self.names;
        if side == Side::Part { part } else { rest }
    }

    fn is_on(&self, side: Side, kind: Kind, name: &str) -> bool {
        let about = self.fleet.about(kind, name);
        about.is_some_and(|it| self.sides.has(side, &it.file))
    }

    /// The text of a file on a side.
    fn file(
        &mut self,
        side: Side,
        file: &str,
        text: &str,
        kept: &mut BTreeSet<(String, usize)>,
    ) -> String {
        let mut text = self.without_tests(side, file, text, kept);
        let links = self.links.get(file).map(Vec::as_slice).unwrap_or_default();
        let mut changes: BTreeMap<&str, BTreeMap<&str, Becomes>> = BTreeMap::new();
        for link in links {
            let Link { key, kind, to, .. } = *link;
            // A list without names chooses all hosts.
            let has_others = || {
                let mut others = links.iter().filter(|it| it.key == key);
                others.any(|it| self.is_on(side, it.kind, it.to))
            };
            if Foreign::of(to).is_some() || self.is_on(side, kind, to) {
                continue;
            }
            let takes = |of: Folder| matches!(of, Folder::Of(of) if may_be_foreign(of, key));
            let becomes = if TAKEN_OUT.contains(&key) && (!key.starts_with("on.") || has_others()) {
                Becomes::Gone
            } else if key.starts_with("tests.") && key != "tests.who" {
                // It went with its test.
                continue;
            } else if takes(folder_of(file)) {
                let is_key = key == "of";
                self.crossing.insert((side.other(), kind, to.to_owned(), is_key));
                Becomes::Name(format!("{}:{to}", self.name(side.other())))
            } else {
                self.refuse(side, link);
                continue;
            };
            changes.entry(key).or_default().insert(to, becomes);
        }
        for (key, names) in changes {
            let mut new = renamed(&text, key, &|name| names.get(name).cloned());
            // A user is that of the person of the same name where the file does not say whose.
            if let (true, Some(Becomes::Name(name))) = (key == "of", names.values().next())
                && new.as_ref().is_ok_and(|new| *new == text)
            {
                new = with(&text, "of", name);
            }
            text = new.unwrap_or(text);
        }
        text
    }

    /// Without the tests that are about hosts of the other side.
    fn without_tests(
        &self,
        side: Side,
        file: &str,
        text: &str,
        kept: &mut BTreeSet<(String, usize)>,
    ) -> String {
        let policy = self.fleet.policies.values().find(|it| it.about.file == file);
        let Some(policy) = policy.filter(|it| !it.tests.is_empty()) else { return text.to_owned() };
        let keep: Vec<bool> = policy
            .tests
            .iter()
            .map(|it| {
                let mut hosts = it.host.iter().chain(&it.from);
                hosts.all(|host| self.is_on(side, Kind::Host, &host.name))
            })
            .collect();
        for (number, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
            kept.insert((file.to_owned(), number));
        }
        if keep.iter().all(|keep| *keep) {
            return text.to_owned();
        }
        let new = without_tests(text, &|number| keep.get(number).copied().unwrap_or(true));
        new.unwrap_or_else(|_| text.to_owned())
    }

    fn refuse(&mut self, side: Side, link: &Link<'_>) {
        let goes = format!("goes with the {}", self.noun);
        let (here, there) = match side {
            Side::Part => (goes.as_str(), "stays"),
            Side::Rest => ("stays", goes.as_str()),
        };
        let message = format!(
            "{} {here}, and names {}/{}, which {there}; this key takes no name of another fleet",
            link.from.subject(),
            link.kind.word(),
            link.to
        );
        let problem = Problem::error(NOT_SPLIT, link.key, message).at(link.from.at(link.line));
        let belong = if self.noun == "unit" { "of" } else { "at" };
        let next =
            format!("let both be {belong} the {}, or neither; or take the name away", self.noun);
        self.problems.push(problem.next(next));
    }

    /// The names that a side gets for the other must be free.
    fn free(&mut self, side: Side) {
        let other = self.name(side.other()).to_owned();
        let mut taken = |kind: Kind, it: Option<&About>| {
            if let Some(about) = it.filter(|it| self.sides.has(side, &it.file)) {
                let message = format!("there is a {} `{other}` already", kind.noun());
                let problem = Problem::error(NOT_SPLIT, &about.name, message).at(about.at(1));
                self.problems.push(problem.next("give that file another name first"));
            }
        };
        taken(Kind::Context, self.fleet.about(Kind::Context, &other));
        taken(Kind::View, self.fleet.about(Kind::View, &other));
    }

    /// What the other side names of a side, as a view.
    fn view(&self, side: Side) -> Option<String> {
        let mut view: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (_, kind, name, is_key) in self.crossing.iter().filter(|it| it.0 == side) {
            let key = shared_kinds().find(|(key, of)| of == kind && *is_key == (*key == KEYS));
            if let Some((key, _)) = key {
                view.entry(key).or_default().insert(name);
            }
        }
        let line = |(key, names): (&&str, &BTreeSet<&str>)| {
            let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            format!("{key} = [{}]\n", names.join(", "))
        };
        let title = format!("title = \"What {} names\"\n", self.name(side.other()));
        (!view.is_empty()).then(|| title + &view.iter().map(line).collect::<String>())
    }
}
