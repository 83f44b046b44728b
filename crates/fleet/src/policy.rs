use crate::fields::{Field, Fields, Shape};
use crate::{About, Given, Kind, Ref, Right, Selector, Trial};

pub(crate) const AUTHORIZATION: &[Field] = &[
    Field::new("who", "a list of names of people and agents", "Who may do it.")
        .naming(Kind::Person)
        .shaped(Shape::Texts),
    Field::new(
        "units",
        "a list of names of organisations or units",
        "All of whose members, and of units within, may do it.",
    )
    .naming(Kind::Organization)
    .shaped(Shape::Texts),
    Field::new("groups", "a list of names of groups of people", "All of whose members may do it.")
        .naming(Kind::Group)
        .shaped(Shape::Texts),
    Field::new(
        "may",
        "a list of \"login\" and \"administer\"",
        "What they may do. Whoever administers may log in, too.",
    )
    .shaped(Shape::Words(&["login", "administer"])),
    Field::new(
        "tests",
        "a list of tables",
        "What is expected of all policies together: `[[tests]]`, then `who`, `host` and `may`.",
    )
    .shaped(Shape::Trials),
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
    /// Of which groups everybody may do it.
    pub groups: Vec<Ref>,
    /// What they may do; none for a policy of authentication.
    pub may: Option<Right>,
    /// Whether they must have a key.
    pub key: bool,
    /// What is expected of all policies together.
    pub tests: Vec<Trial>,
    /// What the hosts get.
    pub given: Given,
}

impl Policy {
    pub(crate) fn authorization(about: About, fields: &mut Fields<'_>) -> Self {
        let may = Right::read(fields);
        let (who, units) = (fields.references("who"), fields.references("units"));
        let groups = fields.references("groups");
        let tests = Trial::read(fields);
        Self { who, units, groups, may, tests, ..Self::both(about, fields) }
    }

    pub(crate) fn authentication(about: About, fields: &mut Fields<'_>) -> Self {
        Self { key: fields.flag("key").unwrap_or_default(), ..Self::both(about, fields) }
    }

    fn both(about: About, fields: &mut Fields<'_>) -> Self {
        let on = Selector::read(fields);
        let given = Given::read(fields);
        let (who, units, groups, tests) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { about, on, who, units, groups, may: None, key: false, tests, given }
    }
}
