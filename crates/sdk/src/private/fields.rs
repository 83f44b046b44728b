//! What is in a value: the fields of a struct, the tag of a union.

use std::collections::BTreeMap;

use domi_model::{OptionDecl, Value};

use crate::Options;
use crate::options::neighbours;
use crate::plain::plain;

/// The values of a struct's fields.
pub struct Fields {
    values: BTreeMap<String, Value>,
    options: Vec<OptionDecl>,
}

impl Fields {
    pub fn of<T: Options>(value: Value) -> Option<Self> {
        match value {
            Value::Attrs(values) => Some(Self { values, options: T::options(&neighbours()) }),
            _ => None,
        }
    }

    /// The value of an option, or its default where that depends on nothing.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let default = || {
            let option = self.options.iter().find(|option| option.name == name)?;
            plain(option.default.as_ref()?)
        };
        self.values.remove(name).or_else(default)
    }
}

pub fn string(value: &Value) -> Option<&str> {
    match value {
        Value::Str(s) => Some(s),
        _ => None,
    }
}

pub fn attrs<const N: usize>(attrs: [(&str, Value); N]) -> Value {
    attrs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The tag of a union and its value.
pub fn tagged(value: Value) -> Option<(String, Value)> {
    match value {
        Value::Attrs(attrs) if attrs.len() == 1 => attrs.into_iter().next(),
        _ => None,
    }
}
