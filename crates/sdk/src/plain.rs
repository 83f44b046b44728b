//! Expressions whose value is known while the feature is built.

use std::collections::BTreeMap;

use domi_model::{Expr as Untyped, Value};

/// Null.
pub fn null() -> Untyped {
    Untyped::Literal(Value::Null)
}

/// The value of an expression that depends on nothing.
pub(crate) fn plain(expr: &Untyped) -> Option<Value> {
    match expr {
        Untyped::Literal(value) => Some(value.clone()),
        Untyped::Package(name) => Some(Value::from(&**name)),
        Untyped::List(items) => {
            items.iter().map(plain).collect::<Option<Vec<_>>>().map(Value::List)
        }
        Untyped::Attrs(attrs) => attrs
            .iter()
            .map(|(name, value)| Some((name.clone(), plain(value)?)))
            .collect::<Option<BTreeMap<_, _>>>()
            .map(Value::Attrs),
        _ => None,
    }
}

/// A list, as one literal where everything in it is.
pub(crate) fn list_of(items: Vec<Untyped>) -> Untyped {
    match items.iter().map(literal_value).collect() {
        Some(values) => Untyped::Literal(Value::List(values)),
        None => Untyped::List(items),
    }
}

/// An attribute set, as one literal where everything in it is.
pub(crate) fn attrs_of(attrs: BTreeMap<String, Untyped>) -> Untyped {
    let values = attrs.iter().map(|(name, value)| Some((name.clone(), literal_value(value)?)));
    match values.collect() {
        Some(values) => Untyped::Literal(Value::Attrs(values)),
        None => Untyped::Attrs(attrs),
    }
}

fn literal_value(expr: &Untyped) -> Option<Value> {
    match expr {
        Untyped::Literal(value) => Some(value.clone()),
        _ => None,
    }
}
