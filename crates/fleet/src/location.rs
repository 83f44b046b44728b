use crate::fields::{Field, Fields};
use crate::{About, Given, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "within",
        "the name of a location",
        "The location that it is a part of, such as the building of a room.",
    )
    .naming(Kind::Location),
    Field::new("address", "a text", "Where it is, for people."),
];

/// A place: a site, a building, a room, a rack.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    /// What every file says.
    pub about: About,
    /// What it is a part of.
    pub within: Option<Ref>,
    /// Where it is, for people.
    pub address: String,
    /// What its hosts get.
    pub given: Given,
}

impl Location {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self {
            about,
            within: fields.reference("within"),
            address: fields.prose("address").unwrap_or_default(),
            given: Given::read(fields),
        }
    }
}
