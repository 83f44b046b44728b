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
    manifest: &Manifest,
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
    Some(match previous.get(&manifest.feature.name) {
        // They are built as they are now.
        Some(Ok(earlier)) => match manifest.crates().chain(earlier.crates()).next() {
            Some(name) => {
                Err(format!("{BEGINS}, whose program of the crate {name} is not at hand"))
            }
            None => Ok(earlier.clone()),
        },
        Some(Err(why)) => Err(format!("{BEGINS}: {why}")),
        None => Err(format!("{BEGINS}, which nobody has looked for")),
    })
}

/// The previous release of a feature, where it is known.
pub(crate) fn known<'a>(previous: &'a Previous, manifest: &Manifest) -> Option<&'a Manifest> {
    previous.get(&manifest.feature.name)?.as_deref().ok()
}

/// Why a test that begins with one is run nowhere on NixOS.
pub const NO_PREVIOUS_ON_NIXOS: &str =
    "it begins with the previous release, and NixOS has no module of that at hand";

/// How the reason begins that a test is skipped for.
const BEGINS: &str = "it begins with the previous release";

#[cfg(test)]
mod tests {
    use domi_model::Package;
    use serde_json::{Value, json};

    use super::*;

    fn manifest(packages: &Value) -> Manifest {
        let feature = json!({ "name": "x", "kind": "services", "version": "0.1.0",
            "summary": "", "platforms": [], "maturity": "dev" });
        let manifest =
            json!({ "schema": "domi.feature/5", "feature": feature, "packages": packages });
        serde_json::from_value(manifest).expect("a manifest")
    }

    #[test]
    fn a_release_with_a_program_of_this_workspace_is_not_at_hand() {
        let plain = manifest(&json!({}));
        let built = manifest(&json!({ "tool": Package::of_crate("tool", ["tool"]) }));
        let update =
            json!({ "run": { "machines": { "machine": { "previous": true } }, "steps": [] } });
        let update = json!({ "name": "is updated", "body": update });
        let update: Test = serde_json::from_value(update).expect("a test");
        let check = |now: &Manifest, earlier: &Manifest, expected: bool| {
            let previous: Previous = [("x".to_owned(), Ok(Arc::new(earlier.clone())))].into();
            let found = of(&previous, now, &update, &[]).expect("it begins with a release");
            assert_eq!(found.is_ok(), expected, "{found:?}");
        };
        check(&plain, &plain, true);
        check(&built, &plain, false);
        check(&plain, &built, false);
    }
}
