//! Changes single values and names of JSON documents.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Names and texts that are special to some reader.
const WORDS: [&str; 24] = [
    "",
    ".",
    "..",
    "a/b",
    "a b",
    "a:b",
    "-x",
    "x@",
    "%h",
    "$x",
    "${x}",
    "''",
    "\"",
    "\\",
    "a\nb",
    "\u{2028}",
    "é",
    "/",
    "/etc/passwd",
    "_type",
    "outPath",
    "enable",
    "root",
    "nix-daemon.service",
];

#[derive(Debug, Clone)]
enum Change {
    /// The value is replaced by another.
    Replace(Value),
    /// The value is replaced by that of another place.
    Copy(f64),
    /// The value is put into a list, or into an attribute set of this name.
    Wrap(Option<&'static str>),
    /// An attribute or element is removed.
    Remove(f64),
    /// An attribute has another name.
    Rename(f64, &'static str),
    /// An element, or the last one, appears twice.
    Twice(f64),
}

/// One of these documents with a few changes, as text.
pub fn mutated_json(documents: Vec<Value>) -> impl Strategy<Value = Vec<u8>> {
    let changes = vec((0.0..1.0f64, change()), 1..5);
    (proptest::sample::select(documents), changes).prop_map(|(mut document, changes)| {
        for (at, change) in changes {
            let other = match change {
                Change::Copy(from) => node(&mut document, from).clone(),
                _ => Value::Null,
            };
            apply(node(&mut document, at), change, other);
        }
        document.to_string().into_bytes()
    })
}

fn change() -> impl Strategy<Value = Change> {
    let place = || 0.0..1.0f64;
    let word = || proptest::sample::select(&WORDS[..]);
    prop_oneof![
        6 => value().prop_map(Change::Replace),
        3 => place().prop_map(Change::Copy),
        1 => proptest::option::of(word()).prop_map(Change::Wrap),
        2 => place().prop_map(Change::Remove),
        3 => (place(), word()).prop_map(|(at, name)| Change::Rename(at, name)),
        2 => place().prop_map(Change::Twice),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => proptest::sample::select(&WORDS[..]).prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => "\\PC{0,300}".prop_map(Value::from),
        4 => proptest::sample::select(vec![
            json!(null), json!(true), json!(0), json!(-1), json!([]), json!({}), json!([null]),
            json!(u64::MAX), json!(1e300), json!(-0.0), json!({"literal": null}),
            json!({"literal": "a"}), json!({"option": ["enable"]}), json!({"option": []}),
            json!({"variable": {"name": "name"}}), json!({"text": []}), json!({"list": []}),
        ]),
    ]
}

/// The value at a fraction of the way through the document.
fn node(document: &mut Value, at: f64) -> &mut Value {
    let mut left = (at * count(document) as f64) as usize;
    let mut here = document;
    'down: while left > 0 {
        left -= 1;
        let below: Vec<&mut Value> = match here {
            Value::Array(items) => items.iter_mut().collect(),
            Value::Object(attrs) => attrs.values_mut().collect(),
            _ => unreachable!("fewer values than were counted"),
        };
        for value in below {
            let size = count(value);
            if left < size {
                here = value;
                continue 'down;
            }
            left -= size;
        }
        unreachable!("fewer values than were counted");
    }
    here
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(attrs) => attrs.values().map(count).sum(),
        _ => 0,
    }
}

fn apply(value: &mut Value, change: Change, other: Value) {
    let index = |at: f64, length: usize| (at * length as f64) as usize;
    match (change, value) {
        (Change::Replace(new), value) => *value = new,
        (Change::Copy(_), value) => *value = other,
        (Change::Wrap(None), value) => *value = json!([value.take()]),
        (Change::Wrap(Some(name)), value) => *value = json!({ name: value.take() }),
        (Change::Remove(at), Value::Array(items)) if !items.is_empty() => {
            items.remove(index(at, items.len()));
        }
        (Change::Twice(at), Value::Array(items)) if !items.is_empty() => {
            let item = items[index(at, items.len())].clone();
            items.push(item);
        }
        (Change::Remove(at), Value::Object(attrs)) => drop(taken(attrs, at)),
        (Change::Rename(at, name), Value::Object(attrs)) => {
            if let Some(value) = taken(attrs, at) {
                attrs.insert(name.to_owned(), value);
            }
        }
        _ => {}
    }
}

/// Takes an attribute out of a set.
fn taken(attrs: &mut serde_json::Map<String, Value>, at: f64) -> Option<Value> {
    let name = attrs.keys().nth((at * attrs.len() as f64) as usize)?.clone();
    attrs.remove(&name)
}
