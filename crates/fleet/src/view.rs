//! A view: what of this fleet others may refer to.

use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "units",
        "a list of names of organisations or units",
        "Organisations and units that others may name: their names, ids and status.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "people",
        "a list of names of people and agents",
        "People and agents whom others may name: their names, ids and status, and nothing else.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "keys",
        "a list of names of people and agents",
        "People and agents of whom the view has the public keys, too, without the remarks in them, so \
         that others can let them log in. They need not stand under `people`.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "locations",
        "a list of names of locations",
        "Places that others may name: their names, ids and status.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "networks",
        "a list of names of networks",
        "Networks that others may name, with their ranges of addresses.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "hosts",
        "a list of names of hosts",
        "Hosts that others may name, with their addresses.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "applications",
        "a list of names of applications",
        "Applications that others may name, with their versions.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "repositories",
        "a list of names of repositories",
        "Repositories that others may name: their names, ids and status.",
    )
    .shaped(Shape::Texts),
];

/// The keys, and the kind of what each names.
pub(crate) const NAMES: [(&str, Kind); 8] = [
    ("units", Kind::Organization),
    ("people", Kind::Person),
    (KEYS, Kind::Person),
    ("locations", Kind::Location),
    ("networks", Kind::Network),
    ("hosts", Kind::Host),
    ("applications", Kind::Application),
    ("repositories", Kind::Repository),
];

/// The key of people and agents with their public keys.
pub(crate) const KEYS: &str = "keys";

/// What of a fleet others may refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What every file says.
    pub about: About,
    /// In the order of [`NAMES`].
    names: [Vec<Ref>; NAMES.len()],
}

impl View {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self { about, names: NAMES.map(|(key, _)| fields.references(key)) }
    }

    /// What it names, key by key.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, Kind, &[Ref])> {
        let keys = NAMES.into_iter().zip(&self.names);
        keys.map(|((key, kind), names)| (key, kind, names.as_slice()))
    }

    /// Whether it has the public keys of somebody.
    pub(crate) fn has_keys_of(&self, name: &str) -> bool {
        let mut named = self.named().filter(|(key, ..)| *key == KEYS);
        named.any(|(_, _, names)| names.iter().any(|it| it.name == name))
    }
}
