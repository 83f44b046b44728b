use crate::fields::{Field, Fields, Shape};
use crate::{Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "organizations",
        "a list of names of organisations",
        "Hosts of one of these organisations.",
    )
    .naming(Kind::Organization)
    .shaped(Shape::Texts),
    Field::new(
        "units",
        "a list of names of organisations or units",
        "Hosts of one of these units, or of a unit within.",
    )
    .naming(Kind::Organization)
    .shaped(Shape::Texts),
    Field::new(
        "locations",
        "a list of names of locations",
        "Hosts at one of these locations, or at one within.",
    )
    .naming(Kind::Location)
    .shaped(Shape::Texts),
    Field::new("roles", "a list of names of roles", "Hosts that have one of these roles.")
        .naming(Kind::Role)
        .shaped(Shape::Texts),
    Field::new("hosts", "a list of names of hosts", "One of these hosts.")
        .naming(Kind::Host)
        .shaped(Shape::Texts),
    Field::new("tags", "a list of tags", "Hosts that have one of these tags.").shaped(Shape::Texts),
];

/// Which hosts are meant: those that fit every key that is there. An empty one means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// Organisations.
    pub organizations: Vec<Ref>,
    /// Units, with those within.
    pub units: Vec<Ref>,
    /// Locations, with those within.
    pub locations: Vec<Ref>,
    /// Roles.
    pub roles: Vec<Ref>,
    /// Hosts.
    pub hosts: Vec<Ref>,
    /// Tags.
    pub tags: Vec<Ref>,
}

impl Selector {
    pub(crate) fn read(parent: &mut Fields<'_>) -> Self {
        let Some((table, _)) = parent.table("on") else { return Self::default() };
        parent.within("on", table, FIELDS, |fields| Self {
            organizations: fields.references("organizations"),
            units: fields.references("units"),
            locations: fields.references("locations"),
            roles: fields.references("roles"),
            hosts: fields.references("hosts"),
            tags: fields.references("tags"),
        })
    }
}
