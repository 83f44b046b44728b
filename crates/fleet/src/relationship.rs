//! A relationship: what one thing is to another, where no other file says it.

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape, Target};
use crate::time::{A_DAY, Date, day};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "from",
        "a kind and a name, such as \"organisation/shop\"",
        "Who or what it is that does so. Needed.",
    )
    .names(Target::Anything),
    Field::new(
        "is",
        "one of advises, delegates to, depends on, owns, replaces, succeeds, supplies, supports",
        "What it is to the other. Needed.",
    )
    .shaped(Shape::Word(&[
        "advises",
        "delegates to",
        "depends on",
        "owns",
        "replaces",
        "succeeds",
        "supplies",
        "supports",
    ])),
    Field::new("to", "a kind and a name, such as \"person/ada\"", "The other. Needed.")
        .names(Target::Anything),
    Field::new("since", A_DAY, "The first day."),
    Field::new("until", A_DAY, "The last day."),
    Field::new("responsible", "the name of a person", "Who answers for it.").naming(Kind::Person),
];

/// What one thing is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// It gives advice.
    Advises,
    /// It lets the other do what is its own to do.
    DelegatesTo,
    /// It does not work without the other.
    DependsOn,
    /// It has the other.
    Owns,
    /// It takes the place of the other.
    Replaces,
    /// It comes after the other.
    Succeeds,
    /// It gives the other what that needs.
    Supplies,
    /// It helps the other.
    Supports,
}

impl Tie {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Advises,
        Self::DelegatesTo,
        Self::DependsOn,
        Self::Owns,
        Self::Replaces,
        Self::Succeeds,
        Self::Supplies,
        Self::Supports,
    ];

    /// As files have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advises => "advises",
            Self::DelegatesTo => "delegates to",
            Self::DependsOn => "depends on",
            Self::Owns => "owns",
            Self::Replaces => "replaces",
            Self::Succeeds => "succeeds",
            Self::Supplies => "supplies",
            Self::Supports => "supports",
        }
    }

    /// Whether nothing can be so to itself, through others either.
    pub(crate) fn orders(self) -> bool {
        matches!(self, Self::DependsOn | Self::Owns | Self::Replaces | Self::Succeeds)
    }
}

/// What one thing is to another, where no other file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    /// What every file says.
    pub about: About,
    /// Who or what is something to the other: a kind and a name.
    pub from: Option<Ref>,
    /// What it is to the other, and the line that says so.
    pub is: Option<(Tie, u32)>,
    /// The other.
    pub to: Option<Ref>,
    /// The first day, and the line that says so.
    pub since: Option<(Date, u32)>,
    /// The last day, and the line that says so.
    pub until: Option<(Date, u32)>,
    /// Who answers for it.
    pub responsible: Option<Ref>,
}

impl Relationship {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let (since, until) = (day(fields, "since"), day(fields, "until"));
        if let (Some((since, _)), Some((until, line))) = (since, until)
            && until < since
        {
            let message = format!("it ends on {until}, before it begins on {since}");
            fields.problem(WRONG_FIELD, "until", line, message, "correct one of the two days");
        }
        Self {
            about,
            from: fields.reference("from"),
            is: fields.word("is", &Tie::ALL.map(|tie| (tie.as_str(), tie))),
            to: fields.reference("to"),
            since,
            until,
            responsible: fields.reference("responsible"),
        }
    }
}

impl Relationship {
    /// Whether it holds on a day. `None` stands for the time before every day that is written.
    pub(crate) fn holds_on(&self, day: Option<Date>) -> bool {
        let begun = self.since.is_none_or(|(since, _)| day.is_some_and(|day| since <= day));
        begun && self.until.is_none_or(|(until, _)| day.is_none_or(|day| day <= until))
    }

    /// Whether both hold on one day.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let since = |it: &Self| it.since.map(|(day, _)| day);
        let first = since(self).max(since(other));
        self.holds_on(first) && other.holds_on(first)
    }
}
