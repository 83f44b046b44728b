use crate::fields::{Field, Fields};
use crate::{About, Given};

pub(crate) const FIELDS: &[Field] = &[Field::new("purpose", "a text", "What it is there for.")];

/// What a machine can be for: features and settings, and no host implied.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// What every file says.
    pub about: About,
    /// What it is there for.
    pub purpose: String,
    /// What hosts of the role get.
    pub given: Given,
}

impl Role {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let purpose = fields.prose("purpose").unwrap_or_default();
        Self { about, purpose, given: Given::read(fields) }
    }
}
