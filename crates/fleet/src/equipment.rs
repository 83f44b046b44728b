//! Equipment: things that are no machines.

use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "location",
        "the name of a location",
        "Where it is. Where it is left out, the location of what it is within.",
    )
    .naming(Kind::Location),
    Field::new("unit", "the name of an organisation or unit", "Whose it is.")
        .naming(Kind::Organization),
    Field::new(
        "within",
        "the name of equipment",
        "The equipment that it is in, such as the rack of a switch.",
    )
    .naming(Kind::Equipment),
    Field::new("powered_by", "the name of equipment", "The equipment that it has its power from.")
        .naming(Kind::Equipment),
    Field::new("serial", "a text", "Its serial number. No two of one model have the same."),
    Field::new("model", "a text", "What its maker calls it."),
    Field::new("holds", "a list of names of devices", "The devices that are in it.")
        .naming(Kind::Device)
        .shaped(Shape::Texts),
    Field::new(
        "powers",
        "a list of names of devices",
        "The devices that have their power from it.",
    )
    .naming(Kind::Device)
    .shaped(Shape::Texts),
];

/// A thing that is no machine: a rack, a power supply, a printer, a cable.
#[derive(Debug, Clone, PartialEq)]
pub struct Equipment {
    /// What every file says.
    pub about: About,
    /// Where it is, if that is said here.
    pub location: Option<Ref>,
    /// Whose it is.
    pub unit: Option<Ref>,
    /// What it is in.
    pub within: Option<Ref>,
    /// What it has its power from.
    pub powered_by: Option<Ref>,
    /// Its serial number, and the line that says so.
    pub serial: Option<Ref>,
    /// What its maker calls it.
    pub model: String,
    /// Devices that are in it.
    pub holds: Vec<Ref>,
    /// Devices that have their power from it.
    pub powers: Vec<Ref>,
}

impl Equipment {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self {
            about,
            location: fields.reference("location"),
            unit: fields.reference("unit"),
            within: fields.reference("within"),
            powered_by: fields.reference("powered_by"),
            serial: fields.reference("serial"),
            model: fields.text("model").unwrap_or_default(),
            holds: fields.references("holds"),
            powers: fields.references("powers"),
        }
    }
}
