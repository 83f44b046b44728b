//! What there is besides machines, people and places: each with whatever it refers to.

use std::collections::BTreeMap;

use domi_fleet::{Kind, Link};

use super::{Item, Maker};

/// The kinds, what the page calls each, and the rows of their keys.
const KINDS: [(Kind, &str); 14] = [
    (Kind::Secret, "secret"),
    (Kind::Repository, "repository"),
    (Kind::Application, "application"),
    (Kind::Account, "account"),
    (Kind::Equipment, "equipment"),
    (Kind::Group, "group"),
    (Kind::Term, "term"),
    (Kind::View, "view"),
    (Kind::Context, "context"),
    (Kind::Shell, "shell"),
    (Kind::Home, "home"),
    (Kind::Constant, "constant"),
    (Kind::Query, "question"),
    (Kind::Relationship, "relationship"),
];

/// What the page calls a kind.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Organization => "unit",
        Kind::Location => "place",
        Kind::Authorization | Kind::Authentication => "policy",
        kind => kind.word(),
    }
}

/// What the page calls a key.
fn row(key: &str) -> &'static str {
    match key {
        "responsible" => "Who answers for it",
        "unit" => "Unit",
        "units" => "Units",
        "roles" => "For work on",
        "user" => "Whose",
        "from" => "From",
        "to" => "To",
        "source" => "Made from",
        "needs" => "Needs",
        "people" => "People",
        "keys" => "People with their keys",
        "locations" => "Places",
        "networks" => "Networks",
        "hosts" => "Hosts",
        "applications" => "Applications",
        "repositories" => "Repositories",
        "holder" => "Who has it",
        "secret" => "Secret",
        "location" => "Place",
        "within" => "Within",
        "powered_by" => "Has its power from",
        "holds" => "Holds",
        "powers" => "Powers",
        "members" => "Members",
        "groups" => "Groups",
        "see" => "See",
        "things" => "Stands for",
        _ => "On hosts that fit",
    }
}

impl Maker<'_> {
    pub(super) fn inventory(&mut self) {
        let fleet = self.fleet;
        let links = fleet.links();
        let mut by_file: BTreeMap<&str, Vec<&Link<'_>>> = BTreeMap::new();
        for link in &links {
            by_file.entry(&link.from.file).or_default().push(link);
        }
        for (kind, shown) in KINDS {
            for about in fleet.abouts_of(kind) {
                let mut rows = self.texts(kind, &about.name);
                let mut place = String::new();
                for link in by_file.get(about.file.as_str()).into_iter().flatten() {
                    let to = format!("{}/{}", word(link.kind), link.to);
                    let text = match kind == Kind::Term && link.key == "things" {
                        true => to.clone(),
                        false => link.to.to_owned(),
                    };
                    let cell = self.cell(text, &to, Some((&about.file, link.line)));
                    let title = row(link.key);
                    match rows.iter_mut().find(|(other, _)| *other == title) {
                        Some((_, cells)) => cells.push(cell),
                        None => rows.push((title, vec![cell])),
                    }
                    if link.kind == Kind::Location {
                        link.to.clone_into(&mut place);
                    }
                }
                let item: &mut Item = self.add(shown, about, rows);
                item.within = place;
            }
        }
    }

    /// What is said of something that is no name of another file.
    fn texts(&mut self, kind: Kind, name: &str) -> Vec<(&'static str, Vec<usize>)> {
        let fleet = self.fleet;
        match kind {
            Kind::Secret => fleet.secrets.get(name).map_or_else(Vec::new, |it| {
                let file = &it.file;
                let owner = format!("{}:{}, mode {}", file.owner, file.group, file.mode);
                vec![("File", self.words(&file.path)), ("Whose", self.words(&owner))]
            }),
            Kind::Repository => fleet.repositories.get(name).map_or_else(Vec::new, |it| {
                let address = it.address.as_ref().map_or("", |it| &it.name);
                let builds = it.builds.iter().flat_map(|it| self.words(&it.name)).collect();
                vec![("Address", self.words(address)), ("Builds", builds)]
            }),
            Kind::Application => fleet.applications.get(name).map_or_else(Vec::new, |it| {
                let features = it.features.iter().flat_map(|it| self.words(&it.name)).collect();
                let packages = it.packages.iter().flat_map(|it| self.words(&it.name)).collect();
                vec![
                    ("We", self.words(&it.uses.join(", "))),
                    ("Version", self.words(&it.version)),
                    ("Features", features),
                    ("Packages", packages),
                ]
            }),
            Kind::Account => fleet.accounts.get(name).map_or_else(Vec::new, |it| {
                let ends = it.ends.map_or_else(String::new, |(day, _)| day.to_string());
                vec![("Provider", self.words(&it.provider)), ("Last day", self.words(&ends))]
            }),
            Kind::Equipment => fleet.equipment.get(name).map_or_else(Vec::new, |it| {
                let serial = it.serial.as_ref().map_or("", |it| &it.name);
                vec![("Model", self.words(&it.model)), ("Serial", self.words(serial))]
            }),
            Kind::Group => fleet
                .groups
                .get(name)
                .map_or_else(Vec::new, |it| vec![("Address", self.words(&it.address))]),
            Kind::Term => fleet.terms.get(name).map_or_else(Vec::new, |it| {
                let synonyms = it.synonyms.iter().flat_map(|it| self.words(&it.name)).collect();
                vec![("Meaning", self.words(&it.meaning)), ("Synonyms", synonyms)]
            }),
            Kind::Query => fleet
                .queries
                .get(name)
                .map_or_else(Vec::new, |it| vec![("Asks", self.words(&it.asks))]),
            Kind::Relationship => fleet.relationships.get(name).map_or_else(Vec::new, |it| {
                let day = |day: Option<(domi_fleet::Date, u32)>| {
                    day.map_or_else(String::new, |(day, _)| day.to_string())
                };
                let is = it.is.map_or("", |(tie, _)| tie.as_str());
                vec![
                    ("What it is", self.words(is)),
                    ("Since", self.words(&day(it.since))),
                    ("Until", self.words(&day(it.until))),
                ]
            }),
            Kind::Shell => fleet.shells.get(name).map_or_else(Vec::new, |it| {
                let features = it.features.iter().flat_map(|it| self.words(&it.name)).collect();
                let packages = it.packages.iter().flat_map(|it| self.words(&it.name)).collect();
                vec![("Features", features), ("Packages", packages)]
            }),
            Kind::Home => fleet.homes.get(name).map_or_else(Vec::new, |it| {
                let packages = it.packages.iter().flat_map(|it| self.words(&it.name)).collect();
                let files = it.files.keys().flat_map(|it| self.words(it)).collect();
                vec![("Packages", packages), ("Files", files)]
            }),
            _ => Vec::new(),
        }
    }
}
