//! Options that have, or had, another name.

use std::collections::BTreeMap;

use domi_model::{Manifest, Problem, Value};

use crate::codes::{REMOVED, RENAMED, SET_TWICE};

type Attrs = BTreeMap<String, Value>;

/// Moves values from old names to new ones. Returns warnings of the old names.
pub(super) fn apply(
    manifest: &Manifest,
    given: &mut Attrs,
    problems: &mut Vec<Problem>,
) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for removed in &manifest.removed {
        if take(given, &removed.option.0).is_some() {
            let message = format!("is gone: {}", removed.reason);
            let problem = Problem::error(REMOVED, removed.option.to_string(), message);
            problems.push(problem.next("take the setting away"));
        }
    }
    for renamed in &manifest.renamed {
        let (from, to) = (renamed.from.to_string(), renamed.to.to_string());
        let Some(value) = take(given, &renamed.from.0) else { continue };
        let warning = Problem::warning(RENAMED, &from, format!("has been renamed to `{to}`"));
        warnings.push(warning.next(format!("write `{to}`")));
        if !put(given, &renamed.to.0, value) {
            let problem = Problem::error(SET_TWICE, from, format!("is set, and so is `{to}`"));
            problems.push(problem.next(format!("keep only `{to}`")));
        }
    }
    warnings
}

/// Takes the value at a path, and the sets around it that become empty by that.
fn take(attrs: &mut Attrs, path: &[String]) -> Option<Value> {
    let (name, rest) = path.split_first()?;
    if rest.is_empty() {
        return attrs.remove(name);
    }
    let Some(Value::Attrs(inner)) = attrs.get_mut(name) else { return None };
    let value = take(inner, rest)?;
    if inner.is_empty() {
        attrs.remove(name);
    }
    Some(value)
}

/// Puts a value at a path, unless there is one.
fn put(attrs: &mut Attrs, path: &[String], value: Value) -> bool {
    let Some((name, rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        return match attrs.contains_key(name) {
            true => false,
            false => attrs.insert(name.clone(), value).is_none(),
        };
    }
    match attrs.entry(name.clone()).or_insert_with(Value::empty_attrs) {
        Value::Attrs(inner) => put(inner, rest, value),
        _ => false,
    }
}
