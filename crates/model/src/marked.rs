//! Priorities and orders of definitions, as the module system holds them.

use crate::Value;

/// The number and the content of a set `{"_type": KIND, "priority": NUMBER, "content": …}`, where
/// the kind is `override` or `order`. No setting has a name `_type`, so that nothing else can be
/// meant.
pub fn marked<'v>(kind: &str, value: &'v Value) -> Option<(i64, &'v Value)> {
    let Value::Attrs(attrs) = value else { return None };
    let is_mark = attrs.len() == 3 && attrs.get("_type") == Some(&Value::from(kind));
    match (attrs.get("priority")?, attrs.get("content")?) {
        (Value::Int(number), content) if is_mark => Some((*number, content)),
        _ => None,
    }
}

/// Such a set.
pub fn mark(kind: &str, number: i64, content: Value) -> Value {
    let fields =
        [("_type", Value::from(kind)), ("priority", Value::Int(number)), ("content", content)];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
