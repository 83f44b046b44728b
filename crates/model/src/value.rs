use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{lost_numbers, repeated_names};

/// A plain value, as a setting has it: what JSON and Nix can both hold exactly.
///
/// Integers are 64-bit signed, as in Nix; floats are finite and never equal to integers, so `1`
/// and `1.0` are different values; attribute names are sorted.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite float.
    Float(f64),
    /// A string.
    Str(String),
    /// A list.
    List(Vec<Value>),
    /// An attribute set.
    Attrs(BTreeMap<String, Value>),
}

/// Why a JSON value is not a [`Value`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAValue(String);

impl fmt::Display for NotAValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAValue {}

impl Value {
    /// The empty attribute set.
    pub fn empty_attrs() -> Self {
        Self::Attrs(BTreeMap::new())
    }

    /// What it is, for a message: `a string`, `an integer`, ….
    pub fn described(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Str(_) => "a string",
            Self::List(_) => "a list",
            Self::Attrs(_) => "an attribute set",
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Int(n) => Json::from(*n),
            Self::Float(n) => Json::from(*n),
            Self::Str(s) => Json::String(s.clone()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Attrs(attrs) => {
                Json::Object(attrs.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
            }
        }
    }

    /// From a text of JSON; refuses what [`Self::from_json`] refuses, and numbers and names
    /// that are not held as they are written.
    ///
    /// # Errors
    /// Where the text is no JSON, or holds what Nix cannot.
    pub fn from_json_text(text: &str) -> Result<Self, NotAValue> {
        if let Some(lost) = lost_numbers(text).first() {
            return Err(NotAValue(lost.to_string()));
        }
        if let Some(name) = repeated_names(text).first() {
            return Err(NotAValue(format!("`{name}` stands twice in it")));
        }
        let json = serde_json::from_str(text).map_err(|error| NotAValue(error.to_string()))?;
        Self::from_json(json)
    }

    /// From JSON; refuses integers beyond 64 signed bits and strings with a NUL, which Nix
    /// cannot hold.
    pub fn from_json(json: serde_json::Value) -> Result<Self, NotAValue> {
        use serde_json::Value as Json;
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(b),
            Json::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(n), _) => Self::Int(n),
                (None, Some(x)) if !n.is_u64() && x.is_finite() => Self::Float(x),
                _ => return Err(NotAValue(format!("{n} does not fit 64 signed bits"))),
            },
            Json::String(s) => Self::Str(without_nul(s)?),
            Json::Array(items) => {
                Self::List(items.into_iter().map(Self::from_json).collect::<Result<_, _>>()?)
            }
            Json::Object(attrs) => {
                let mut out = BTreeMap::new();
                for (name, value) in attrs {
                    out.insert(without_nul(name)?, Self::from_json(value)?);
                }
                Self::Attrs(out)
            }
        })
    }
}

fn without_nul(s: String) -> Result<String, NotAValue> {
    if s.contains('\0') {
        return Err(NotAValue(format!("{s:?} holds a NUL character")));
    }
    Ok(s)
}

/// JSON, on one line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(json).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Any JSON value whose integers fit 64 signed bits and whose strings hold no NUL."
        })
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::Str(s.to_owned())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::Str(s)
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::List(items.into_iter().collect())
    }
}

impl FromIterator<(String, Value)> for Value {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(attrs: I) -> Self {
        Self::Attrs(attrs.into_iter().collect())
    }
}
