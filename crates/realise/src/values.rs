//! What is done with values once they are known, as Nix does it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::Datum;

/// Without the attributes that are null, at any depth; elements of lists stay.
pub(crate) fn without_nulls(value: Datum) -> Datum {
    match value {
        Datum::List(items) => Datum::List(items.into_iter().map(without_nulls).collect()),
        Datum::Attrs(attrs) => {
            let there = attrs.into_iter().filter(|(_, value)| *value != Datum::Null);
            Datum::Attrs(there.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        other => other,
    }
}

/// Name by name, at any depth; the later wins.
pub(crate) fn merge(into: &mut BTreeMap<String, Datum>, from: BTreeMap<String, Datum>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Datum::Attrs(into)), Datum::Attrs(from)) => merge(into, from),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

/// Equality as Nix has it: an integer and a float are equal as numbers, at any depth.
pub(crate) fn equal(left: &Datum, right: &Datum) -> bool {
    match (left, right) {
        (Datum::Int(_), Datum::Float(_)) | (Datum::Float(_), Datum::Int(_)) => {
            order(left, right) == Some(Ordering::Equal)
        }
        (Datum::List(left), Datum::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Datum::Attrs(left), Datum::Attrs(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|((k, l), (n, r))| k == n && equal(l, r))
        }
        _ => left == right,
    }
}

/// The order of two numbers or two strings; nothing else has one.
#[expect(clippy::cast_precision_loss, reason = "Nix compares integers and floats so too")]
pub(crate) fn order(left: &Datum, right: &Datum) -> Option<Ordering> {
    Some(match (left, right) {
        (Datum::Int(left), Datum::Int(right)) => left.cmp(right),
        (Datum::Int(left), Datum::Float(right)) => (*left as f64).total_cmp(&(right + 0.0)),
        (Datum::Float(left), Datum::Int(right)) => (left + 0.0).total_cmp(&(*right as f64)),
        // Adding zero makes minus zero zero, which are equal.
        (Datum::Float(left), Datum::Float(right)) => (left + 0.0).total_cmp(&(right + 0.0)),
        (Datum::Str(left), Datum::Str(right)) => left.cmp(right),
        _ => return None,
    })
}

/// How many there are, as an integer of Nix.
pub(crate) fn count(length: usize) -> Datum {
    Datum::Int(i64::try_from(length).unwrap_or(i64::MAX))
}

/// A text without what it begins with, if it does.
pub(crate) fn without_prefix(text: &str, part: &str) -> String {
    text.strip_prefix(part).unwrap_or(text).to_owned()
}

/// A text without what it ends with, if it does.
pub(crate) fn without_suffix(text: &str, part: &str) -> String {
    text.strip_suffix(part).unwrap_or(text).to_owned()
}
