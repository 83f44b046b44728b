//! Options that have, or had, another name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domi_model::{Manifest, Problem, Value, entry_at, take_at};

use crate::codes::{READ_ONLY, REMOVED, RENAMED, SET_TWICE};

type Attrs = BTreeMap<String, Value>;

/// Moves values from old names to new ones. Returns warnings of the old names. What only those hear
/// of who ask for the new name's value is `of_values`.
pub(super) fn apply(
    manifest: &Manifest,
    given: &mut Attrs,
    problems: &mut Vec<Problem>,
    of_values: &mut Vec<Problem>,
) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for removed in &manifest.removed {
        if take_at(given, &removed.option.0).is_some() {
            let message = format!("is gone: {}", removed.reason);
            let problem = Problem::error(REMOVED, removed.option.to_string(), message);
            problems.push(problem.next("take the setting away"));
        }
    }
    for renamed in &manifest.renamed {
        let (from, to) = (renamed.from.to_string(), renamed.to.to_string());
        let Some(value) = take_at(given, &renamed.from.0) else { continue };
        if manifest.option(&renamed.to.0).is_some_and(|option| option.read_only) {
            let message = format!("may only be read, as `{to}`, and not set");
            let problem = Problem::error(READ_ONLY, from, message);
            of_values.push(problem.next("take the setting away"));
            continue;
        }
        if !renamed.silent {
            let warning = Problem::warning(RENAMED, &from, format!("has been renamed to `{to}`"));
            warnings.push(warning.next(format!("write `{to}`")));
        }
        if let Some(Entry::Vacant(place)) = entry_at(given, &renamed.to.0) {
            place.insert(value);
        } else {
            let problem = Problem::error(SET_TWICE, from, format!("is set, and so is `{to}`"));
            of_values.push(problem.next(format!("keep only `{to}`")));
        }
    }
    warnings
}
