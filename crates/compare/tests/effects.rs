//! The table of effects: an example pair for each row, and nothing of a manifest that no row is about.

#[path = "effects/changes.rs"]
mod changes;
#[path = "effects/examples.rs"]
mod examples;
#[path = "effects/fields.rs"]
mod fields;

use std::collections::BTreeSet;

use domi_compare::{Effect, Finding, Side, compare};
use domi_model::{Manifest, Severity};
use serde_json::Value;

/// A manifest that has everything.
const EVERYTHING: &str = include_str!("../../nix/tests/everything/manifest.json");

fn found(before: &Manifest, after: &Manifest) -> Vec<Finding> {
    let side = |manifest| Side { manifest, extra_nix: None };
    compare(side(before), side(after))
}

/// The example of a row; or what is wrong with it.
fn example(effect: Effect) -> Result<[Manifest; 2], String> {
    let [before, after] = examples::of(effect).map(|value| {
        let manifest: Manifest = serde_json::from_value(value).map_err(|it| it.to_string())?;
        let problems = domi_model::validate(&manifest);
        match problems.iter().find(|problem| problem.severity == Severity::Error) {
            Some(problem) => Err(format!("{}: {}", problem.subject, problem.message)),
            None => Ok(manifest),
        }
    });
    Ok([before?, after?])
}

#[test]
fn each_row_is_found_in_its_example_and_nothing_else_is() {
    let mut wrong = Vec::new();
    // Only who reads files knows of changes of the source.
    for &effect in Effect::ALL.iter().filter(|effect| **effect != Effect::SourceChanged) {
        let found = example(effect).map(|[before, after]| found(&before, &after));
        let is_right = found.as_ref().is_ok_and(|found| {
            let [one] = found.as_slice() else { return false };
            let row = (effect, effect.level(), effect.direction());
            (one.effect, one.level, one.direction) == row && !one.what.is_empty()
        });
        if !is_right {
            wrong.push((effect.id(), found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_manifest_is_as_it_is() {
    for &effect in Effect::ALL {
        for example in example(effect).expect("it is sound") {
            assert_eq!(found(&example, &example), [], "{}", effect.id());
        }
    }
}

#[test]
fn whatever_is_read_as_a_manifest_is_compared_and_is_as_it_is() {
    let everything: Manifest = serde_json::from_str(EVERYTHING).expect("a manifest");
    assert_eq!(found(&everything, &everything), []);
    domi_mutate::read_all(&domi_mutate::mutated(vec![EVERYTHING.as_bytes().to_vec()]), |bytes| {
        if let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) {
            let itself = found(&manifest, &manifest);
            // Where names are given twice, nobody can tell the parts of one from those of the other.
            let problems = domi_model::validate(&manifest);
            if problems.iter().all(|problem| problem.severity != Severity::Error) {
                assert_eq!(itself, []);
            }
            drop(found(&everything, &manifest));
        }
    });
}

#[test]
fn ids_are_plain_and_each_is_there_once() {
    let ids: BTreeSet<&str> = Effect::ALL.iter().map(|effect| effect.id()).collect();
    assert_eq!(ids.len(), Effect::ALL.len());
    assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    for effect in Effect::ALL {
        assert!(effect.says().ends_with('.'), "{}", effect.id());
        assert_eq!(serde_json::to_value(effect).expect("JSON"), effect.id());
    }
}

/// Names of fields, or of what options and settings are called, that have no effect where they stand.
fn has_no_effect(path: &[String]) -> bool {
    let is = |name: &str| path.last().is_some_and(|last| last == name);
    let at = path.join(".");
    at == "schema"
        || at == "feature.version"
        || path.iter().any(|name| name == "place")
        || is("place")
}

#[test]
fn no_change_of_a_manifest_is_overlooked() {
    let whole: Value = serde_json::from_str(EVERYTHING).expect("JSON");
    let before: Manifest = serde_json::from_str(EVERYTHING).expect("a manifest");
    let mut leaves = Vec::new();
    fields::leaves(&whole, &mut Vec::new(), &mut leaves);
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let (mut tried, mut overlooked) = (0, Vec::new());
    for path in leaves.iter().filter(|path| !has_no_effect(path)) {
        let count = seen.entry(fields::sort(path)).or_default();
        *count += 1;
        if *count > 1 {
            continue;
        }
        let mut other = whole.clone();
        fields::change(&mut other, path);
        let Ok(after) = serde_json::from_value::<Manifest>(other) else { continue };
        if after == before {
            continue;
        }
        tried += 1;
        if found(&before, &after).is_empty() {
            overlooked.push(path.join("."));
        }
    }
    assert!(tried > 300, "{tried}");
    assert_eq!(overlooked, Vec::<String>::new());
}

#[test]
fn every_field_of_the_schema_is_in_the_list_of_fields() {
    let schema = domi_model::schema();
    let known = fields::known();
    let there = fields::of_schema(&schema);
    let forgotten: Vec<_> = there.iter().filter(|it| !known.contains_key(*it)).collect();
    assert!(forgotten.is_empty(), "say in fields.rs what a change of these means: {forgotten:#?}");
    let gone: Vec<_> = known.keys().filter(|it| !there.contains(*it)).collect();
    assert!(gone.is_empty(), "the schema does not have these: {gone:#?}");
    let ids: BTreeSet<&str> = Effect::ALL.iter().map(|effect| effect.id()).collect();
    let named: BTreeSet<&str> = known.values().flat_map(|it| it.split(' ')).collect();
    for word in named.iter().filter(|word| !["whole", "no-effect"].contains(word)) {
        assert!(ids.contains(word), "{word} is no row of the table");
    }
    let unused: Vec<_> = ids.difference(&named).filter(|it| **it != "source-changed").collect();
    assert!(unused.is_empty(), "no field has these rows: {unused:?}");
}
