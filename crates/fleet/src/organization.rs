use crate::fields::{Field, Fields};
use crate::{About, Given, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "within",
        "the name of an organisation or unit",
        "What it is a unit of. An organisation is within nothing.",
    )
    .naming(Kind::Organization),
    Field::new(
        "responsible",
        "the name of a person",
        "Who answers for it. A unit must have somebody.",
    )
    .naming(Kind::Person),
    Field::new("purpose", "a text", "What it is there for."),
];

/// An organisation, or a unit of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Organization {
    /// What every file says.
    pub about: About,
    /// What it is a unit of; none for an organisation.
    pub within: Option<Ref>,
    /// The person that answers for it.
    pub responsible: Option<Ref>,
    /// What it is there for.
    pub purpose: String,
    /// What its hosts get.
    pub given: Given,
}

impl Organization {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self {
            about,
            within: fields.reference("within"),
            responsible: fields.reference("responsible"),
            purpose: fields.prose("purpose").unwrap_or_default(),
            given: Given::read(fields),
        }
    }

    /// Whether nothing of this fleet is around it.
    pub(crate) fn is_top(&self) -> bool {
        self.within.as_ref().is_none_or(Ref::is_foreign)
    }
}
