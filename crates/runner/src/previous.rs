//! Machines that begin with a feature's previous release.

use std::collections::BTreeMap;
use std::sync::Arc;

use domi_model::{Manifest, Run, Test};

use crate::beside::Beside;

/// Features as their previous releases were, by name; or why one cannot be had.
pub type Previous = BTreeMap<String, Result<Arc<Manifest>, String>>;

/// The feature's previous release for a test that begins with it, or why the test cannot be run;
/// nothing for other tests.
pub(crate) fn of(
    previous: &Previous,
    feature: &str,
    test: &Test,
    beside: &[Beside],
) -> Option<Result<Arc<Manifest>, String>> {
    if !test.run().is_some_and(Run::is_update) {
        return None;
    }
    if let Some(other) = beside.first() {
        let other = &other.manifest.feature.name;
        let why = format!("and nobody knows how that was beside {other}");
        return Some(Err(format!("{BEGINS}, {why}")));
    }
    Some(match previous.get(feature) {
        Some(Ok(manifest)) => Ok(manifest.clone()),
        Some(Err(why)) => Err(format!("{BEGINS}: {why}")),
        None => Err(format!("{BEGINS}, which nobody has looked for")),
    })
}

/// The previous release of a feature, where it is known.
pub(crate) fn known<'a>(previous: &'a Previous, manifest: &Manifest) -> Option<&'a Manifest> {
    previous.get(&manifest.feature.name)?.as_deref().ok()
}

/// How the reason begins that a test is skipped for.
const BEGINS: &str = "it begins with the previous release";
