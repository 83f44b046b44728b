//! A text that a command puts into files or takes away.

use std::collections::BTreeMap;

use crate::text::{Data, Node};
use crate::{Constant, Ref};

/// A text of a command, or the value of a parameter; each with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// As it is written.
    Text(Ref),
    /// The value of the parameter of this name: `"$tag"`.
    Parameter(Ref),
    /// The value of the constant of this name: `{ constant = "tag" }`.
    Constant(Ref),
}

impl Argument {
    pub(crate) fn read(node: &Node) -> Option<Self> {
        let at = |name: &str| Ref { name: name.to_owned(), line: node.line };
        match &node.data {
            Data::Text(text) => Some(match text.strip_prefix('$') {
                Some(name) => Self::Parameter(at(name)),
                None => Self::Text(at(text)),
            }),
            Data::Table(table) => match (table.len(), &table.get("constant")?.data) {
                (1, Data::Text(name)) => Some(Self::Constant(at(name))),
                _ => None,
            },
            _ => None,
        }
    }

    /// The text, if it is written.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(it) => Some(&it.name),
            Self::Parameter(_) | Self::Constant(_) => None,
        }
    }

    /// The constant that it is the value of.
    pub(crate) fn constant(&self) -> Option<&Ref> {
        match self {
            Self::Constant(it) => Some(it),
            Self::Text(_) | Self::Parameter(_) => None,
        }
    }

    /// What it says, whatever that is: a text, or the name of a parameter or constant.
    pub(crate) fn said(&self) -> &Ref {
        let (Self::Text(it) | Self::Parameter(it) | Self::Constant(it)) = self;
        it
    }

    /// Whether both say the same, wherever they stand.
    pub(crate) fn says(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && self.said().name == other.said().name
    }

    /// The text and its line once a constant has its value; none where the constant is not there, or no text.
    pub(crate) fn known<'a>(
        &'a self,
        constants: &'a BTreeMap<String, Constant>,
    ) -> Option<(&'a str, u32)> {
        let text = match self {
            Self::Text(it) => &it.name,
            Self::Parameter(_) => return None,
            Self::Constant(it) => constants.get(&it.name)?.text()?,
        };
        Some((text, self.said().line))
    }
}
