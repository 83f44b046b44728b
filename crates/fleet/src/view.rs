//! A view: what of this fleet others may refer to.

use std::collections::BTreeMap;

use crate::fields::{Field, Fields, Shape, Target};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "units",
        "a list of names of organisations or units",
        "Organisations and units that others may name: their names, ids and status.",
    ).naming(Kind::Organization)
    .shaped(Shape::Texts),
    Field::new(
        "people",
        "a list of names of people and agents",
        "People and agents whom others may name: their names, ids and status, and nothing else.",
    ).naming(Kind::Person)
    .shaped(Shape::Texts),
    Field::new(
        "keys",
        "a list of names of people and agents",
        "People and agents of whom the view has the public keys, too, without the remarks in them, so \
         that others can let them log in. They need not stand under `people`.",
    ).naming(Kind::Person)
    .shaped(Shape::Texts),
    Field::new(
        "locations",
        "a list of names of locations",
        "Places that others may name: their names, ids and status.",
    ).naming(Kind::Location)
    .shaped(Shape::Texts),
    Field::new(
        "networks",
        "a list of names of networks",
        "Networks that others may name, with their ranges of addresses.",
    ).naming(Kind::Network)
    .shaped(Shape::Texts),
    Field::new(
        "hosts",
        "a list of names of hosts",
        "Hosts that others may name, with their addresses.",
    ).naming(Kind::Host)
    .shaped(Shape::Texts),
    Field::new(
        "applications",
        "a list of names of applications",
        "Applications that others may name, with their versions.",
    ).naming(Kind::Application)
    .shaped(Shape::Texts),
    Field::new(
        "repositories",
        "a list of names of repositories",
        "Repositories that others may name: their names, ids and status.",
    ).naming(Kind::Repository)
    .shaped(Shape::Texts),
];

/// The key of people and agents with their public keys.
pub(crate) const KEYS: &str = "keys";

/// The keys of a view, and the kind of what each names.
pub(crate) fn shared_kinds() -> impl Iterator<Item = (&'static str, Kind)> {
    FIELDS.iter().filter_map(|it| match it.target {
        Some(Target::Thing(kind)) => Some((it.name, kind)),
        _ => None,
    })
}

/// What of a fleet others may refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What every file says.
    pub about: About,
    names: BTreeMap<&'static str, Vec<Ref>>,
}

impl View {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let names = FIELDS.iter().map(|it| (it.name, fields.references(it.name)));
        Self { about, names: names.collect() }
    }

    /// What it names, key by key.
    pub(crate) fn shared(&self) -> impl Iterator<Item = (&'static str, Kind, &[Ref])> {
        shared_kinds().map(|(key, kind)| (key, kind, self.names(key)))
    }

    /// What it names under a key.
    pub(crate) fn names(&self, key: &str) -> &[Ref] {
        self.names.get(key).map_or(&[], Vec::as_slice)
    }
}
