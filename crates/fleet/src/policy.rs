use serde::Serialize;

use crate::fields::{Field, Fields, Shape};
use crate::{About, Given, Ref, Selector};

pub(crate) const AUTHORIZATION: &[Field] = &[
    Field::new("who", "a list of names of people and agents", "Who may do it.")
        .shaped(Shape::Texts),
    Field::new(
        "units",
        "a list of names of organisations or units",
        "All of whose members, and of units within, may do it.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "may",
        "a list of \"login\" and \"administer\"",
        "What they may do. Whoever administers may log in, too.",
    )
    .shaped(Shape::Words(&["login", "administer"])),
];

pub(crate) const AUTHENTICATION: &[Field] = &[Field::new(
    "key",
    "true or false",
    "Whether whoever may log in there must have a key. False where it is left out.",
)
.shaped(Shape::Flag)];

pub(crate) const BOTH: &[Field] = &[Field::new(
    "on",
    "a table of selectors, such as { roles = [\"web\"] }",
    "On which hosts it holds: all that fit every key of the table. On all where it is left out.",
)
.shaped(Shape::Selectors)];

/// What somebody may do on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Log in.
    Login,
    /// Log in, and act as root.
    Administer,
}

/// A rule for some hosts: who may do what there, and how they show who they are. Its settings stand
/// on the level of what it selects.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What every file says.
    pub about: About,
    /// The hosts.
    pub on: Selector,
    /// Who may do it, by name.
    pub who: Vec<Ref>,
    /// Of which units everybody may do it.
    pub units: Vec<Ref>,
    /// What they may do; none for a policy of authentication.
    pub may: Option<Right>,
    /// Whether they must have a key.
    pub key: bool,
    /// What the hosts get.
    pub given: Given,
}

impl Policy {
    pub(crate) fn authorization(about: About, fields: &mut Fields<'_>) -> Self {
        let rights = [("login", Right::Login), ("administer", Right::Administer)];
        let mut may = None;
        for right in fields.references("may") {
            match rights.iter().find(|(word, _)| *word == right.name) {
                Some((_, found)) => may = may.max(Some(*found)),
                None => {
                    let next =
                        crate::spelling::instead(&right.name, ["login", "administer"], "right");
                    let message = format!("{:?} is nothing that one may do", right.name);
                    fields.problem(crate::codes::WRONG_FIELD, "may", right.line, message, next);
                }
            }
        }
        let (who, units) = (fields.references("who"), fields.references("units"));
        Self { who, units, may, ..Self::both(about, fields) }
    }

    pub(crate) fn authentication(about: About, fields: &mut Fields<'_>) -> Self {
        Self { key: fields.flag("key").unwrap_or_default(), ..Self::both(about, fields) }
    }

    fn both(about: About, fields: &mut Fields<'_>) -> Self {
        let on = Selector::read(&about.file, fields);
        let given = Given::read(fields);
        Self { about, on, who: Vec::new(), units: Vec::new(), may: None, key: false, given }
    }
}
