//! An account with a service of somebody else.

use crate::codes::{PLAIN_SECRET, WRONG_FIELD};
use crate::fields::{Field, Fields, Shape};
use crate::text::Data;
use crate::time::{A_DAY, Date, day};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("provider", "a text", "Whose service it is. Needed."),
    Field::new("login", "a text", "The name of the account there."),
    Field::new("holder", "the name of a person or agent", "Who has it. Needed, or `unit`.").naming(Kind::Person),
    Field::new(
        "unit",
        "the name of an organisation or unit",
        "The unit that has it, where no single person does.",
    ).naming(Kind::Organization),
    Field::new(
        "secret",
        "{ ref = \"name\" } or { file = \"/path\" }",
        "What one logs in with: a secret of the fleet, or a file that machines have. Never a value.",
    ).naming(Kind::Secret)
    .shaped(Shape::Secret),
    Field::new("ends", A_DAY, "The last day of the account."),
];

/// An account with a service of somebody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// What every file says.
    pub about: About,
    /// Whose service it is.
    pub provider: String,
    /// Its name there, and the line that says so.
    pub login: Option<Ref>,
    /// Who has it.
    pub holder: Option<Ref>,
    /// The unit that has it.
    pub unit: Option<Ref>,
    /// The secret that one logs in with.
    pub secret: Option<Ref>,
    /// Its last day, and the line that says so.
    pub ends: Option<(Date, u32)>,
}

impl Account {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let (holder, unit) = (fields.reference("holder"), fields.reference("unit"));
        if let (Some(_), Some(unit)) = (&holder, &unit) {
            let message = "has a holder as well, and one of the two has it";
            fields.problem(WRONG_FIELD, "unit", unit.line, message, "take one of them away");
        }
        Self {
            about,
            provider: fields.text("provider").unwrap_or_default(),
            login: fields.reference("login"),
            holder,
            unit,
            secret: secret(fields),
            ends: day(fields, "ends"),
        }
    }
}

/// The secret that a key refers to. What stands there instead is not shown.
fn secret(fields: &mut Fields<'_>) -> Option<Ref> {
    let node = fields.get("secret")?;
    let text = |key: &str| match &node.data {
        Data::Table(table) if table.len() == 1 => match &table.get(key)?.data {
            Data::Text(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(name) = text("ref") {
        return Some(Ref { name, line: node.line });
    }
    if !text("file").is_some_and(|path| path.starts_with('/')) {
        let message = "takes a secret, and no value stands in the files of a fleet";
        let next = "write `{ ref = \"name\" }` of a secret, or `{ file = \"/path\" }` of a file on machines";
        fields.problem(PLAIN_SECRET, "secret", node.line, message, next);
    }
    None
}
