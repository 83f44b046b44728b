//! A group of people: a team, who is on call, a mailing list.

use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "kind",
        "\"team\", \"on-call\" or \"list\"",
        "What it is for. A team where it is left out. Where people are on call, somebody must be.",
    )
    .shaped(Shape::Word(&["team", "on-call", "list"])),
    Field::new("members", "a list of names of people and agents", "Who is in it.")
        .naming(Kind::Person)
        .shaped(Shape::Texts),
    Field::new("groups", "a list of names of groups", "Groups all of whose members are in it.")
        .naming(Kind::Group)
        .shaped(Shape::Texts),
    Field::new("address", "a text", "How it is reached: an address of mail, a telephone number."),
];

/// What a group of people is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// People who work together.
    #[default]
    Team,
    /// People who are called when something is wrong.
    OnCall,
    /// People who get the same messages.
    List,
}

/// A group of people.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What every file says.
    pub about: About,
    /// What it is for.
    pub kind: Purpose,
    /// Who is in it by name.
    pub members: Vec<Ref>,
    /// Groups all of whose members are in it.
    pub groups: Vec<Ref>,
    /// How it is reached.
    pub address: String,
}

impl Group {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let kinds =
            [("team", Purpose::Team), ("on-call", Purpose::OnCall), ("list", Purpose::List)];
        Self {
            about,
            kind: fields.word("kind", &kinds).map(|(kind, _)| kind).unwrap_or_default(),
            members: fields.references("members"),
            groups: fields.references("groups"),
            address: fields.text("address").unwrap_or_default(),
        }
    }
}
