//! A constant: a value that has a name, for settings that are to be alike.

use domi_model::Value;

use crate::codes::WRONG_CONSTANT;
use crate::fields::{Field, Fields, Shape};
use crate::text::{Data, Node};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "type",
        "\"text\", \"integer\", \"decimal\", \"flag\", \"texts\", \"port\" or \"address\"",
        "What its value must be. Whatever stands there where it is left out.",
    )
    .shaped(Shape::Word(&["text", "integer", "decimal", "flag", "texts", "port", "address"])),
    Field::new(
        "value",
        "a text, a number, true or false, or a list of texts",
        "The value. Needed. Settings take it as `{ constant = \"name\" }`, and so do commands and reactions \
         in the place of a text. Everybody can read it: no secret belongs here.",
    )
    .shaped(Shape::Plain),
    Field::new("responsible", "the name of a person", "Who says what the value is.")
        .naming(Kind::Person),
];

/// What the value of a constant must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Decimal,
    Flag,
    Texts,
    Port,
    Address,
}

/// Types by their words.
const TYPES: [(&str, Type); 7] = [
    ("text", Type::Text),
    ("integer", Type::Integer),
    ("decimal", Type::Decimal),
    ("flag", Type::Flag),
    ("texts", Type::Texts),
    ("port", Type::Port),
    ("address", Type::Address),
];

/// A value that has a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// What every file says.
    pub about: About,
    /// Its value; none only where that is a problem.
    pub value: Option<Value>,
    /// Who says what the value is.
    pub responsible: Option<Ref>,
}

impl Constant {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let ty = fields.word("type", &TYPES);
        let value = fields.get("value").and_then(|node| {
            let Some(value) = plain(node) else {
                fields.wrong("value", node);
                return None;
            };
            let misfit = ty.filter(|(ty, _)| !ty.takes(&value));
            let Some((misfit, _)) = misfit else { return Some(value) };
            let word = TYPES.iter().find(|(_, ty)| *ty == misfit).map_or("", |(word, _)| word);
            let message = format!("{value} is not of the type `{word}`");
            let next = "write a value of the type, or another type";
            fields.problem(WRONG_CONSTANT, "value", node.line, message, next);
            None
        });
        Self { about, value, responsible: fields.reference("responsible") }
    }

    /// Its value, if that is a text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Some(Value::Str(text)) => Some(text),
            _ => None,
        }
    }
}

/// A value that is no table, and no list of anything but texts.
fn plain(node: &Node) -> Option<Value> {
    let is_text = |node: &Node| matches!(node.data, Data::Text(_));
    let is_plain = match &node.data {
        Data::List(items) => items.iter().all(is_text),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Text(_) => true,
        Data::Table(_) | Data::Secret(_) | Data::Other(_) => false,
    };
    node.value().ok().filter(|_| is_plain)
}

impl Type {
    fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::Str(_))
            | (Self::Integer, Value::Int(_))
            | (Self::Decimal, Value::Float(_))
            | (Self::Flag, Value::Bool(_))
            | (Self::Texts, Value::List(_)) => true,
            (Self::Port, Value::Int(number)) => u16::try_from(*number).is_ok_and(|it| it > 0),
            (Self::Address, Value::Str(text)) => text.parse::<core::net::IpAddr>().is_ok(),
            _ => false,
        }
    }
}
