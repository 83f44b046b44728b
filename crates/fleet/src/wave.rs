//! A wave: hosts that a change reaches together, and what must hold before it goes on.

use std::collections::BTreeMap;

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::text::Data;
use crate::time::span;
use crate::{About, Kind, Ref, Selector};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "on",
        "a table of selectors, such as { roles = [\"web\"] }",
        "Which hosts are in it: all that fit every key of the table, and are in no wave before it. All \
         where it is left out.",
    )
    .shaped(Shape::Selectors),
    Field::new("after", "a list of names of waves", "The waves that come before it.").naming(Kind::Wave)
        .shaped(Shape::Texts),
    Field::new(
        "soak",
        "a time such as \"30m\" or \"1h 30m\"",
        "How long its hosts run the change before the next wave begins. No time where it is left out.",
    ),
    Field::new(
        "at_once",
        "a number from 1 to 100000",
        "How many of its hosts change at the same time. All where it is left out.",
    )
    .shaped(Shape::Number(1, MOST)),
    Field::new(
        "keep",
        "a table of roles, each with a number from 1 to 100000",
        "How many active hosts of a role are left alone at any time: `web = 2`.",
    ).naming(Kind::Role)
    .shaped(Shape::Counts(1, MOST)),
    Field::new(
        "health",
        "a table",
        "What must hold on each host that has changed before others change: `[health]`, then \
         `units = [\"sshd.service\"]`.",
    )
    .shaped(Shape::Healths),
];

pub(crate) const HEALTH: &[Field] = &[
    Field::new("units", "a list of names of units", "Units of systemd that are active.")
        .shaped(Shape::Texts),
    Field::new("tcp", "a list of ports from 1 to 65535", "TCP ports that somebody answers at.")
        .shaped(Shape::Ports),
    Field::new(
        "within",
        "a time such as \"5m\"",
        "How long it may take until all of it holds. Five minutes where it is left out.",
    ),
];

/// The greatest number of hosts that can be said.
const MOST: u32 = 100_000;
/// How long a health gate waits where nobody says so, in seconds.
const WITHIN: u64 = 300;

/// Hosts that a change reaches together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// What every file says.
    pub about: About,
    /// Which hosts.
    pub on: Selector,
    /// The waves before it.
    pub after: Vec<Ref>,
    /// How long its hosts run the change before the next wave begins, in seconds.
    pub soak: u64,
    /// How many of its hosts change at the same time; none for all.
    pub at_once: Option<u32>,
    /// How many active hosts of a role are left alone, and the line that says so.
    pub keep: BTreeMap<String, (u32, u32)>,
    /// What must hold on a host that has changed; none for nothing.
    pub health: Option<Health>,
}

/// What must hold on a host that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Units that are active.
    pub units: Vec<String>,
    /// Ports that somebody answers at.
    pub tcp: Vec<u16>,
    /// How long it may take, in seconds.
    pub within: u64,
}

impl Wave {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self {
            about,
            on: Selector::read(fields),
            after: fields.references("after"),
            soak: span(fields, "soak").map_or(0, |(soak, _)| soak),
            at_once: fields.number("at_once", &(1..=MOST)).map(|(number, _)| number),
            keep: keep(fields),
            health: Health::read(fields),
        }
    }
}

impl Health {
    fn read(parent: &mut Fields<'_>) -> Option<Self> {
        let (table, line) = parent.table("health")?;
        let health = parent.within("health", table, HEALTH, |fields| Self {
            units: fields.references("units").into_iter().map(|unit| unit.name).collect(),
            tcp: fields.ports("tcp"),
            within: span(fields, "within").map_or(WITHIN, |(within, _)| within),
        });
        if health.units.is_empty() && health.tcp.is_empty() {
            let message = "asks for nothing, so that it would always hold";
            let next = "name `units` or `tcp` ports, or take the table away";
            parent.problem(WRONG_FIELD, "health", line, message, next);
        }
        Some(health)
    }
}

fn keep(fields: &mut Fields<'_>) -> BTreeMap<String, (u32, u32)> {
    let Some((table, _)) = fields.table("keep") else { return BTreeMap::new() };
    let mut keep = BTreeMap::new();
    for (role, node) in table {
        let number = match &node.data {
            Data::Int(number) => u32::try_from(*number).ok().filter(|it| (1..=MOST).contains(it)),
            _ => None,
        };
        match number {
            Some(number) => drop(keep.insert(role.clone(), (number, node.line))),
            None => {
                let message = format!("is no number from 1 to {MOST}");
                let next = "write how many hosts of the role are left alone";
                fields.problem(WRONG_FIELD, &format!("keep.{role}"), node.line, message, next);
            }
        }
    }
    keep
}
