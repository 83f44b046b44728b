use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("location", "the name of a location", "Where it is.").naming(Kind::Location),
    Field::new("unit", "the name of an organisation or unit", "Whose it is.")
        .naming(Kind::Organization),
    Field::new("serial", "a text", "Its serial number."),
    Field::new("model", "a text", "What its maker calls it."),
    Field::new(
        "macs",
        "a list of addresses such as \"52:54:00:00:00:01\"",
        "The hardware addresses of its network cards.",
    )
    .shaped(Shape::Texts),
];

/// A thing that can be a machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// What every file says.
    pub about: About,
    /// Where it is.
    pub location: Option<Ref>,
    /// Whose it is.
    pub unit: Option<Ref>,
    /// Its serial number.
    pub serial: String,
    /// What its maker calls it.
    pub model: String,
    /// The hardware addresses of its network cards.
    pub macs: Vec<Ref>,
}

impl Device {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let mut macs = Vec::new();
        for mac in fields.references("macs") {
            if is_mac(&mac.name) {
                macs.push(mac);
            } else {
                let next = "write six pairs of lower-case hexadecimal digits, with colons";
                let message = format!("{:?} is no hardware address", mac.name);
                fields.problem(crate::codes::WRONG_FIELD, "macs", mac.line, message, next);
            }
        }
        Self {
            about,
            location: fields.reference("location"),
            unit: fields.reference("unit"),
            serial: fields.text("serial").unwrap_or_default(),
            model: fields.text("model").unwrap_or_default(),
            macs,
        }
    }
}

fn is_mac(text: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let pair = |pair: &str| pair.len() == 2 && pair.chars().all(digit);
    text.split(':').count() == 6 && text.split(':').all(pair)
}
