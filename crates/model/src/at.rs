//! Values at paths of names within attribute sets.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::Value;

type Attrs = BTreeMap<String, Value>;

/// Puts a value at a path, in the place of what was there or stood in the way. Sets around it are
/// made at need. Nothing is put at the empty path.
pub fn put_at(attrs: &mut Attrs, path: &[String], value: Value) {
    let Some((last, around)) = path.split_last() else { return };
    let mut attrs = attrs;
    for name in around {
        let inner = attrs.entry(name.clone()).or_insert_with(Value::empty_attrs);
        if !matches!(inner, Value::Attrs(_)) {
            *inner = Value::empty_attrs();
        }
        let Value::Attrs(inner) = inner else { unreachable!("it has just been made one") };
        attrs = inner;
    }
    attrs.insert(last.clone(), value);
}

/// The place of a value at a path, empty or not. Sets around it are made at need; there is none
/// where a value that is no set stands in the way, and none at the empty path.
pub fn entry_at<'a>(attrs: &'a mut Attrs, path: &[String]) -> Option<Entry<'a, String, Value>> {
    let (last, around) = path.split_last()?;
    let mut attrs = attrs;
    for name in around {
        let Value::Attrs(inner) = attrs.entry(name.clone()).or_insert_with(Value::empty_attrs)
        else {
            return None;
        };
        attrs = inner;
    }
    Some(attrs.entry(last.clone()))
}

/// Takes the value at a path, and the sets around it that become empty by that.
pub fn take_at(attrs: &mut Attrs, path: &[String]) -> Option<Value> {
    let (name, rest) = path.split_first()?;
    if rest.is_empty() {
        return attrs.remove(name);
    }
    let Some(Value::Attrs(inner)) = attrs.get_mut(name) else { return None };
    let value = take_at(inner, rest)?;
    if inner.is_empty() {
        attrs.remove(name);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    /// What becomes of a set when something is done at a path such as `a.b`.
    #[track_caller]
    fn check(set: Json, path: &str, act: impl Fn(&mut Attrs, &[String]), expected: &Json) {
        let Ok(Value::Attrs(mut attrs)) = Value::from_json(set) else { panic!("not a set") };
        let path: Vec<_> = path.split('.').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        act(&mut attrs, &path);
        assert_eq!(Value::Attrs(attrs).to_json(), *expected);
    }

    #[test]
    fn a_value_is_put_in_the_place_of_what_stands_there() {
        let put = |attrs: &mut Attrs, path: &[String]| put_at(attrs, path, Value::Int(1));
        check(json!({}), "a.b", put, &json!({"a": {"b": 1}}));
        check(json!({"a": {"b": 2, "c": 3}}), "a.b", put, &json!({"a": {"b": 1, "c": 3}}));
        check(json!({"a": 2}), "a.b", put, &json!({"a": {"b": 1}}));
        check(json!({"a": 2}), "", put, &json!({"a": 2}));
    }

    #[test]
    fn a_place_is_found_unless_a_value_stands_in_the_way() {
        let fill = |attrs: &mut Attrs, path: &[String]| {
            if let Some(Entry::Vacant(place)) = entry_at(attrs, path) {
                place.insert(Value::Int(1));
            }
        };
        check(json!({}), "a.b", fill, &json!({"a": {"b": 1}}));
        check(json!({"a": {"b": 2}}), "a.b", fill, &json!({"a": {"b": 2}}));
        check(json!({"a": 2}), "a.b", fill, &json!({"a": 2}));
        check(json!({}), "", fill, &json!({}));
    }

    #[test]
    fn what_becomes_empty_goes_with_the_value() {
        let take = |attrs: &mut Attrs, path: &[String]| drop(take_at(attrs, path));
        check(json!({"a": {"b": 1}, "c": {}}), "a.b", take, &json!({"c": {}}));
        check(json!({"a": {"b": 1, "c": 2}}), "a.b", take, &json!({"a": {"c": 2}}));
        check(json!({"a": {"b": 1}}), "a.c", take, &json!({"a": {"b": 1}}));
        check(json!({"a": 1}), "a.b", take, &json!({"a": 1}));
    }
}
