//! A question about the fleet that is kept: in plain English, and as a query of SPARQL.

use crate::About;
use crate::fields::{Field, Fields, Shape};
use crate::text::{Data, Node};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("asks", "a text of one line", "The question, in plain English. Needed."),
    Field::new(
        "query",
        "a query of SPARQL",
        "The same as a query: `SELECT` or `ASK`. The prefixes that `fleet ontology` prints need not be \
         written. Needed.",
    ),
    Field::new(
        "answer",
        "true or false, or a list of rows, each a list of texts",
        "What the answer must be: its rows as `fleet ask` prints them, in any order, or whether it is \
         yes. Anything where it is left out.",
    )
    .shaped(Shape::Answer),
];

/// A question about the fleet that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What every file says.
    pub about: About,
    /// What it asks.
    pub asks: String,
    /// The query, and the line that it begins on.
    pub query: (String, u32),
    /// What the answer must be, and the line that says so.
    pub answer: Option<(Expected, u32)>,
}

/// What an answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Yes or no.
    Is(bool),
    /// Rows of cells, as people read them.
    Rows(Vec<Vec<String>>),
}

impl Query {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let line = fields.get("query").map_or(1, |node| node.line);
        let asks = fields.text("asks").unwrap_or_default();
        let query = (fields.prose("query").unwrap_or_default(), line);
        Self { about, asks, query, answer: fields.read("answer", expected) }
    }
}

fn expected(data: &Data) -> Option<Expected> {
    let cell = |node: &Node| match &node.data {
        Data::Text(text) => Some(text.clone()),
        _ => None,
    };
    let row = |node: &Node| match &node.data {
        Data::List(cells) => cells.iter().map(cell).collect(),
        _ => None,
    };
    match data {
        Data::Bool(is) => Some(Expected::Is(*is)),
        Data::List(rows) => Some(Expected::Rows(rows.iter().map(row).collect::<Option<_>>()?)),
        _ => None,
    }
}
