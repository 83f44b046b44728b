//! What one module says of an option, with how much it counts.

use std::collections::BTreeMap;

use domi_model::{Value, mark, marked};

/// The priority of `lib.mkForce`.
pub const FORCE: i64 = 50;
/// The priority of a definition that says none.
pub const NORMAL: i64 = 100;
/// The priority of `lib.mkDefault`.
pub const DEFAULT: i64 = 1000;
/// The priority of an option's own default.
pub const OPTION_DEFAULT: i64 = 1500;
/// The order of `lib.mkBefore`.
pub const BEFORE: i64 = 500;
/// The order of a definition that says none.
pub const MIDDLE: i64 = 1000;
/// The order of `lib.mkAfter`.
pub const AFTER: i64 = 1500;

/// What one module says of an option, or of a name within one.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Of all definitions, those with the lowest number count: `lib.mkOverride`.
    pub priority: i64,
    /// Of those, the ones with a lower number come first: `lib.mkOrder`.
    pub order: i64,
    /// The value.
    pub value: Defined,
}

/// The value of a definition.
#[derive(Debug, Clone, PartialEq)]
pub enum Defined {
    /// One without priorities in it, and no attribute set.
    Value(Value),
    /// An attribute set; each name in it has a definition of its own.
    Attrs(BTreeMap<String, Definition>),
}

/// What one module sets of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// What messages call it.
    pub name: String,
    /// Definitions by the names of options.
    pub settings: BTreeMap<String, Definition>,
}

impl Definition {
    /// Reads a value in which priorities and orders are written as the module system holds them:
    /// `{"_type": "override", "priority": 50, "content": …}` and `{"_type": "order", …}`, an order
    /// within a priority. Anything else of this name stays what it is, and is refused later.
    pub fn read(value: &Value) -> Self {
        let (priority, value) = marked("override", value).unwrap_or((NORMAL, value));
        let (order, value) = marked("order", value).unwrap_or((MIDDLE, value));
        let value = match value {
            Value::Attrs(attrs) => Defined::Attrs(
                attrs.iter().map(|(name, value)| (name.clone(), Self::read(value))).collect(),
            ),
            other => Defined::Value(other.clone()),
        };
        Self { priority, order, value }
    }

    /// A value that counts as much as any other, whatever is in it.
    pub fn plainly(value: &Value) -> Self {
        let value = match value {
            Value::Attrs(attrs) => Defined::Attrs(
                attrs.iter().map(|(name, value)| (name.clone(), Self::plainly(value))).collect(),
            ),
            other => Defined::Value(other.clone()),
        };
        Self { priority: NORMAL, order: MIDDLE, value }
    }

    /// The value as [`Self::read`] reads it.
    pub fn write(&self) -> Value {
        let mut value = match &self.value {
            Defined::Value(value) => value.clone(),
            Defined::Attrs(attrs) => {
                attrs.iter().map(|(name, value)| (name.clone(), value.write())).collect()
            }
        };
        if self.order != MIDDLE {
            value = mark("order", self.order, value);
        }
        if self.priority != NORMAL {
            value = mark("override", self.priority, value);
        }
        value
    }

    /// The value alone.
    pub fn plain(&self) -> Value {
        match &self.value {
            Defined::Value(value) => value.clone(),
            Defined::Attrs(attrs) => {
                attrs.iter().map(|(name, value)| (name.clone(), value.plain())).collect()
            }
        }
    }

    /// Whether it says neither a priority nor an order.
    pub fn is_bare(&self) -> bool {
        self.priority == NORMAL && self.order == MIDDLE
    }
}

impl Module {
    /// Settings that count as much as any other, as [`Definition::plainly`] has them.
    pub fn plainly(name: impl Into<String>, settings: &BTreeMap<String, Value>) -> Self {
        let one = |(name, value): (&String, &Value)| (name.clone(), Definition::plainly(value));
        Self { name: name.into(), settings: settings.iter().map(one).collect() }
    }

    /// Reads settings as [`Definition::read`] does.
    pub fn read(name: impl Into<String>, settings: &BTreeMap<String, Value>) -> Self {
        let one = |(name, value): (&String, &Value)| (name.clone(), Definition::read(value));
        Self { name: name.into(), settings: settings.iter().map(one).collect() }
    }
}
