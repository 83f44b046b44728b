//! Earlier versions of the manifest (`golden/manifest.<version>.schema.json`), which today's types
//! still read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeSet;

use domi_model::{Version, schema};
use serde_json::Value;

/// A schema as a version had it: without what came later, and without words for people.
fn as_of(mut schema: Value, version: u64) -> Value {
    fn later(schema: &Value, version: u64) -> bool {
        schema["x-since"].as_u64().is_some_and(|since| since > version)
    }
    fn strip(schema: &mut Value, version: u64) {
        match schema {
            Value::Object(members) => {
                for key in ["title", "description", "x-since"] {
                    if members.get(key).is_some_and(|words| !words.is_object()) {
                        members.remove(key);
                    }
                }
                members.retain(|_, member| !later(member, version));
                members.values_mut().for_each(|member| strip(member, version));
            }
            Value::Array(items) => {
                items.retain(|item| !later(item, version));
                items.iter_mut().for_each(|item| strip(item, version));
            }
            _ => {}
        }
    }
    strip(&mut schema, version);
    schema
}

/// A type that is new may be used only by what is new.
fn check(version: u64, golden: &str) {
    let before = as_of(serde_json::from_str(golden).unwrap(), version);
    let mut today = as_of(schema(), version);
    let known: BTreeSet<&String> = before["$defs"].as_object().unwrap().keys().collect();
    today["$defs"].as_object_mut().unwrap().retain(|name, _| known.contains(name));
    for (name, was) in before["$defs"].as_object().unwrap() {
        let is = &today["$defs"][name];
        assert_eq!(is, was, "{name} is not as in version {version}: mark what is new with x-since");
    }
    assert_eq!(today, before);
}

#[test]
fn what_an_earlier_version_has_is_unchanged_and_what_is_new_says_since_when() {
    check(1, include_str!("golden/manifest.1.schema.json"));
    check(2, include_str!("golden/manifest.2.schema.json"));
    check(3, include_str!("golden/manifest.3.schema.json"));
    check(4, include_str!("golden/manifest.4.schema.json"));
    assert_eq!(Version::all().count(), 5, "each version but the newest has its schema here");
}
