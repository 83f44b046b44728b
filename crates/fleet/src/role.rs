use crate::fields::{Field, Fields, Shape};
use crate::{About, Given, Reach};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("purpose", "a text", "What it is there for."),
    Field::new(
        "reach",
        "a list of tables",
        "Who may reach which ports of hosts of the role, besides what features open to all: \
         `[[reach]]`, then `tcp = [80]` and `roles = [\"proxy\"]`.",
    )
    .shaped(Shape::Reaches),
];

/// What a machine can be for: features and settings, and no host implied.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// What every file says.
    pub about: About,
    /// What it is there for.
    pub purpose: String,
    /// Who may reach which of their ports.
    pub reach: Vec<Reach>,
    /// What hosts of the role get.
    pub given: Given,
}

impl Role {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let purpose = fields.prose("purpose").unwrap_or_default();
        let reach = Reach::read(fields);
        Self { about, purpose, reach, given: Given::read(fields) }
    }
}
