use std::collections::BTreeMap;

use domi_model::Value;

/// What an expression evaluates to: a [`Value`], but packages are known from strings.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite float.
    Float(f64),
    /// A string or a path.
    Str(String),
    /// A package, by its name in the manifest.
    Package(String),
    /// A list.
    List(Vec<Datum>),
    /// An attribute set.
    Attrs(BTreeMap<String, Datum>),
}

impl Datum {
    /// As a setting would hold it: a package by its name.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Int(n) => Value::Int(*n),
            Self::Float(x) => Value::Float(*x),
            Self::Str(s) | Self::Package(s) => Value::Str(s.clone()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Attrs(attrs) => {
                attrs.iter().map(|(name, value)| (name.clone(), value.to_value())).collect()
            }
        }
    }

    /// What it is, for a message.
    pub(crate) fn described(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Str(_) => "a string",
            Self::Package(_) => "a package",
            Self::List(_) => "a list",
            Self::Attrs(_) => "an attribute set",
        }
    }
}

impl From<&Value> for Datum {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Int(n) => Self::Int(*n),
            Value::Float(x) => Self::Float(*x),
            Value::Str(s) => Self::Str(s.clone()),
            Value::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Attrs(attrs) => Self::Attrs(
                attrs.iter().map(|(name, value)| (name.clone(), Self::from(value))).collect(),
            ),
        }
    }
}
