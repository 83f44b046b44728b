//! A shell for work: programs and variables that whoever enters it has.

use std::collections::BTreeMap;

use crate::fields::{Field, Fields, Shape, Target};
use crate::software::{packages, variables};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "features",
        "a list of names of features",
        "Features whose software from nixpkgs is there, too.",
    ).names(Target::Feature)
    .shaped(Shape::Texts),
    Field::new(
        "roles",
        "a list of names of roles",
        "Roles that are worked on: the software of the features that their files name is there, too.",
    ).naming(Kind::Role)
    .shaped(Shape::Texts),
    Field::new(
        "units",
        "a list of names of organisations and units",
        "Those whose members it is for. Everybody where it is left out; nobody is kept from it.",
    ).naming(Kind::Organization)
    .shaped(Shape::Texts),
];

/// A shell for work.
#[derive(Debug, Clone, PartialEq)]
pub struct Shell {
    /// What every file says.
    pub about: About,
    /// Packages, by their names in nixpkgs.
    pub packages: Vec<Ref>,
    /// Variables of the environment, by name.
    pub variables: BTreeMap<String, Ref>,
    /// Features whose software is there.
    pub features: Vec<Ref>,
    /// Roles whose features' software is there.
    pub roles: Vec<Ref>,
    /// Whose members it is for.
    pub units: Vec<Ref>,
}

impl Shell {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self {
            about,
            packages: packages(fields),
            variables: variables(fields),
            features: fields.references("features"),
            roles: fields.references("roles"),
            units: fields.references("units"),
        }
    }
}
