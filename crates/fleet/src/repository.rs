//! A repository of source code.

use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "responsible",
        "the name of a person",
        "Who answers for it. Every repository has somebody.",
    ).naming(Kind::Person),
    Field::new("unit", "the name of an organisation or unit", "Whose it is.").naming(Kind::Organization),
    Field::new("address", "a text", "Where it is: `https://example.org/shop`. No two have the same."),
    Field::new(
        "builds",
        "a list of texts",
        "Names of the features, packages and programs that are made from it. Nothing is made from two.",
    )
    .shaped(Shape::Texts),
];

/// A repository of source code.
#[derive(Debug, Clone, PartialEq)]
pub struct Repository {
    /// What every file says.
    pub about: About,
    /// Who answers for it.
    pub responsible: Option<Ref>,
    /// Whose it is.
    pub unit: Option<Ref>,
    /// Where it is, and the line that says so.
    pub address: Option<Ref>,
    /// What is made from it.
    pub builds: Vec<Ref>,
}

impl Repository {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self {
            about,
            responsible: fields.reference("responsible"),
            unit: fields.reference("unit"),
            address: fields.reference("address"),
            builds: fields.references("builds"),
        }
    }
}
