//! Whether features say the same as before, but for the name of an option or a feature.

use std::collections::BTreeSet;

use domi_model::{Manifest, Problem};
use domi_plugin::Feature;
use serde_json::Value;

use super::refused::refused;

/// What is wrong with features after an option of `renamed` got another name: a name that now means
/// something else in a program is no error of the compiler.
pub(super) fn problems(
    before: &[&Manifest],
    after: &[Feature],
    renamed: &str,
    (old, new): (&str, &str),
) -> Vec<Problem> {
    let same = |manifest: &Manifest| {
        let mut value = serde_json::to_value(manifest).unwrap_or_default();
        if let Some(all) = value.as_object_mut()
            && manifest.feature.name == renamed
        {
            all.retain(|key, _| !["renamed", "removed"].contains(&&**key));
        }
        plain(&mut value, [old, new]);
        value
    };
    let mut problems = Vec::new();
    for before in before {
        let name = &before.feature.name;
        let after = after.iter().map(|it| &it.manifest).find(|it| it.feature.name == *name);
        let Some(after) = after else { continue };
        let parts = differing(&same(before), &same(after), |one, other| one == other);
        let next =
            "rename it by hand: something else in its program has the old or the new name, too";
        problems.extend(something_else((old, name), &parts, next));
    }
    problems
}

/// What is wrong with features after one got another name: all that it says of itself is as it was, its
/// units, folders and users among that, and others know it by its new name.
pub(super) fn feature_problems(
    before: &[&Manifest],
    after: &[Feature],
    (old, new): (&str, &str),
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for before in before {
        let name = &*before.feature.name;
        let is_it = name == old;
        let now = if is_it { new } else { name };
        let Some(after) = after.iter().map(|it| &it.manifest).find(|it| it.feature.name == now)
        else {
            let message = format!("there is no feature {now} with the new name");
            problems.push(refused(old, message, "look at what its Cargo.toml says"));
            continue;
        };
        let same = |manifest: &Manifest| {
            let mut value = serde_json::to_value(manifest).unwrap_or_default();
            if is_it && let Some(feature) = value.get_mut("feature").and_then(Value::as_object_mut)
            {
                feature.retain(|key, _| !["name", "formerly"].contains(&&**key));
            }
            plain(&mut value, []);
            value
        };
        let parts = differing(&same(before), &same(after), |one, other| {
            if is_it { one == other } else { is_renamed(one, other, (old, new)) }
        });
        let next = "make its program say so whatever it is called, or rename by hand";
        problems.extend(something_else((old, now), &parts, next));
    }
    problems
}

/// The parts in which two objects are not alike, those that only one of them has among them.
fn differing(
    one: &Value,
    other: &Value,
    are_alike: impl Fn(&Value, &Value) -> bool,
) -> BTreeSet<String> {
    let keys = [one, other].into_iter().filter_map(Value::as_object).flat_map(|it| it.keys());
    let differs = |key: &&String| !are_alike(&one[&***key], &other[&***key]);
    keys.filter(differs).cloned().collect()
}

/// The problem of a feature that says something else under the new name, where it does.
fn something_else(
    (old, name): (&str, &str),
    parts: &BTreeSet<String>,
    next: &str,
) -> Option<Problem> {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let message =
        format!("with the new name, {name} would say something else: {}", parts.join(", "));
    (!parts.is_empty()).then(|| refused(old, message, next))
}

/// Whether a value is another one, but for a name wherever it stood.
fn is_renamed(before: &Value, after: &Value, (old, new): (&str, &str)) -> bool {
    let now = |text: &str, after: &str| text == after || text == old && after == new;
    match (before, after) {
        (Value::String(before), Value::String(after)) => now(before, after),
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len()
                && before.iter().zip(after).all(|(one, other)| is_renamed(one, other, (old, new)))
        }
        (Value::Object(before), Value::Object(after)) => {
            before.len() == after.len()
                && before.iter().all(|(key, value)| {
                    let name = if after.contains_key(key) || key != old { key } else { new };
                    after.get(name).is_some_and(|it| is_renamed(value, it, (old, new)))
                })
        }
        (before, after) => before == after,
    }
}

/// A value without places, in which the names are one.
fn plain<const N: usize>(value: &mut Value, names: [&str; N]) {
    match value {
        Value::String(text) if names.contains(&&**text) => *value = Value::Null,
        Value::Array(all) => all.iter_mut().for_each(|it| plain(it, names)),
        Value::Object(all) => {
            all.retain(|key, _| key != "place");
            for name in names {
                if let Some(value) = all.remove(name) {
                    all.insert(String::new(), value);
                }
            }
            all.values_mut().for_each(|it| plain(it, names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A feature with parts beside what each has.
    fn manifest(name: &str, more: &Value) -> Manifest {
        let mut value = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": name, "kind": "services", "summary": "It", "maturity": "dev", "version": "1.0.0",
                "platforms": ["x86_64-linux"]
            }
        });
        for (key, part) in more.as_object().into_iter().flatten() {
            value[key] = part.clone();
        }
        serde_json::from_value(value).expect("a manifest")
    }

    fn said(before: &[Manifest], after: Vec<Manifest>) -> Vec<String> {
        let after = after.into_iter().map(|manifest| Feature {
            manifest,
            folder: String::new().into(),
            digest: String::new(),
        });
        let before: Vec<&Manifest> = before.iter().collect();
        let after: Vec<Feature> = after.collect();
        let problems = feature_problems(&before, &after, ("shelf", "rack"));
        problems.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn what_is_said_only_under_the_new_name_is_something_else_too() {
        let wants = |name: &str| json!({ "requires": [{ "feature": name }] });
        let none = json!({});
        let before = [manifest("shelf", &none), manifest("reader", &wants("shelf"))];
        let reader = || manifest("reader", &wants("rack"));
        assert!(said(&before, vec![manifest("rack", &none), reader()]).is_empty());
        let more = manifest("rack", &wants("board"));
        let wrong = ["with the new name, rack would say something else: requires"];
        assert_eq!(said(&before, vec![more, reader()]), wrong);
        let more =
            json!({ "requires": [{ "feature": "rack" }], "wants": [{ "feature": "board" }] });
        let wrong = ["with the new name, reader would say something else: wants"];
        assert_eq!(said(&before, vec![manifest("rack", &none), manifest("reader", &more)]), wrong);
    }
}
