//! What people expect of policies, written beside them: who may do what on which host.

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::{Ref, Right};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("who", "the name of a person or agent", "Who."),
    Field::new("host", "the name of a host", "On which host."),
    Field::new(
        "user",
        "the name of a user",
        "As which user. Where it is left out, as any: what allows most counts.",
    ),
    Field::new(
        "may",
        "a list of \"login\" and \"administer\"",
        "What they may do there, and no more. Nothing where the list is empty or left out.",
    )
    .shaped(Shape::Words(&["login", "administer"])),
];

/// What somebody is expected to be able to do on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The line where it begins.
    pub line: u32,
    /// Who.
    pub who: Option<Ref>,
    /// Where.
    pub host: Option<Ref>,
    /// As which user; none for any.
    pub user: Option<Ref>,
    /// What they may do; none for nothing.
    pub may: Option<Right>,
    /// Whether every key of it could be read.
    pub(crate) readable: bool,
}

impl Trial {
    /// Reads the tables `tests` of a file.
    pub(crate) fn read(parent: &mut Fields<'_>) -> Vec<Self> {
        parent.tables("tests", FIELDS, |fields, line| {
            let (who, host) = (fields.reference("who"), fields.reference("host"));
            let (user, may) = (fields.reference("user"), Right::read(fields));
            let readable = !fields.problems.iter().any(|problem| problem.code == WRONG_FIELD);
            Self { line, who, host, user, may, readable }
        })
    }
}
