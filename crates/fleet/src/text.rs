//! A file's text as a tree of values, each with the line that it stands on.

use std::collections::BTreeMap;
use std::ops::Range;

use domi_model::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::nesting::{TOO_DEEP, nested_too_deep};

/// A table: values by name.
pub(crate) type Table = BTreeMap<String, Node>;

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// The line of its key; in a list, its own.
    pub(crate) line: u32,
    pub(crate) data: Data,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Table(Table),
    /// The path of a secret's file, in place of what refers to it.
    Secret(SecretPath),
    /// What TOML has and settings do not, and what to say of it; nothing where that is said already.
    Other(&'static str),
}

/// Where a secret is on a machine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SecretPath {
    pub(crate) path: String,
    /// The secret of the fleet; none for a file that the fleet knows nothing of.
    pub(crate) name: Option<String>,
}

/// What a text holds, as far as it can be read; and what is wrong with it, each with its line.
pub(crate) fn parse(text: &str) -> (Table, Vec<(u32, String)>) {
    let lines = Lines::of(text);
    if let Some(span) = nested_too_deep(text) {
        return (Table::new(), vec![(lines.line(&span), TOO_DEEP.to_owned())]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let errors = errors.iter().map(|error| {
        let line = error.span().map_or(1, |span| lines.line(&span));
        (line, error.message().trim().replace('\n', ", "))
    });
    let errors: Vec<_> = errors.collect();
    let table = if errors.is_empty() { read(table.into_inner(), &lines) } else { Table::new() };
    (table, errors)
}

fn read(table: DeTable<'_>, lines: &Lines) -> Table {
    let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
        let line = lines.line(&key.span());
        let name: std::borrow::Cow<'_, str> = key.into_inner();
        (name.into_owned(), Node { line, data: data(value.into_inner(), lines) })
    };
    table.into_iter().map(entry).collect()
}

fn data(value: DeValue<'_>, lines: &Lines) -> Data {
    match value {
        DeValue::Boolean(value) => Data::Bool(value),
        DeValue::String(text) if text.contains('\0') => {
            Data::Other("a text with a NUL character, which no machine can hold")
        }
        DeValue::String(text) => Data::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            read.map_or(Data::Other("a number that does not fit 64 signed bits"), Data::Int)
        }
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(value) if value.is_finite() => Data::Float(value),
            _ => Data::Other("a number that is not finite"),
        },
        DeValue::Datetime(_) => Data::Other("a date; a text has quotes around it"),
        DeValue::Array(items) => {
            let item = |item: Spanned<DeValue<'_>>| {
                let line = lines.line(&item.span());
                Node { line, data: data(item.into_inner(), lines) }
            };
            Data::List(items.into_iter().map(item).collect())
        }
        DeValue::Table(table) => Data::Table(read(table, lines)),
    }
}

impl Node {
    /// As a setting.
    ///
    /// # Errors
    /// The first line and description of what no setting can be.
    pub(crate) fn value(&self) -> Result<Value, (u32, &'static str)> {
        Ok(match &self.data {
            Data::Bool(value) => Value::Bool(*value),
            Data::Int(number) => Value::Int(*number),
            Data::Float(number) => Value::Float(*number),
            Data::Text(text) => Value::Str(text.clone()),
            Data::Secret(secret) => Value::Str(secret.path.clone()),
            Data::List(items) => {
                Value::List(items.iter().map(Self::value).collect::<Result<_, _>>()?)
            }
            Data::Table(table) => {
                let entry = |(name, node): (&String, &Self)| Ok((name.clone(), node.value()?));
                Value::Attrs(table.iter().map(entry).collect::<Result<_, _>>()?)
            }
            Data::Other(what) => return Err((self.line, what)),
        })
    }

    /// The secrets of the fleet that are in it, by name.
    pub(crate) fn secrets(&self) -> Vec<String> {
        match &self.data {
            Data::Secret(secret) => secret.name.iter().cloned().collect(),
            Data::List(items) => items.iter().flat_map(Self::secrets).collect(),
            Data::Table(table) => table.values().flat_map(Self::secrets).collect(),
            _ => Vec::new(),
        }
    }

    /// A value that was made of what stands on a line.
    pub(crate) fn of(value: &Value, line: u32) -> Self {
        let data = match value {
            Value::Null => Data::Other("null"),
            Value::Bool(value) => Data::Bool(*value),
            Value::Int(number) => Data::Int(*number),
            Value::Float(number) => Data::Float(*number),
            Value::Str(text) => Data::Text(text.clone()),
            Value::List(items) => {
                Data::List(items.iter().map(|item| Self::of(item, line)).collect())
            }
            Value::Attrs(attrs) => {
                let entry =
                    |(name, value): (&String, &Value)| (name.clone(), Self::of(value, line));
                Data::Table(attrs.iter().map(entry).collect())
            }
        };
        Self { line, data }
    }

    /// What it is, for a message.
    pub(crate) fn described(&self) -> &'static str {
        match &self.data {
            Data::Bool(_) => "true or false",
            Data::Int(_) => "an integer",
            Data::Float(_) => "a number with a point",
            Data::Text(_) => "a text",
            Data::Secret(_) => "a secret",
            Data::List(_) => "a list",
            Data::Table(_) => "a table",
            Data::Other(what) => what,
        }
    }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(ends.map(|(at, _)| at + 1).collect())
    }

    fn line(&self, span: &Range<usize>) -> u32 {
        let before = self.0.partition_point(|begin| *begin <= span.start);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}
