//! Whether features say the same as before, but for the name of an option or a feature.

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
        let (one, other) = (same(before), same(after));
        let parts = one.as_object().into_iter().flatten();
        let differs = parts.filter(|(key, part)| other.get(key) != Some(*part));
        let parts: Vec<&str> = differs.map(|(key, _)| key.as_str()).collect();
        if one != other {
            let message =
                format!("with the new name, {name} would say something else: {}", parts.join(", "));
            let next =
                "rename it by hand: something else in its program has the old or the new name, too";
            problems.push(refused(old, message, next));
        }
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
        let (one, other) = (same(before), same(after));
        let parts = one.as_object().into_iter().flatten();
        let differs = parts.filter(|(key, part)| {
            let now = other.get(key).unwrap_or(&Value::Null);
            if is_it { *part != now } else { !is_renamed(part, now, (old, new)) }
        });
        let parts: Vec<&str> = differs.map(|(key, _)| key.as_str()).collect();
        if !parts.is_empty() {
            let message =
                format!("with the new name, {now} would say something else: {}", parts.join(", "));
            let next = "make its program say so whatever it is called, or rename by hand";
            problems.push(refused(old, message, next));
        }
    }
    problems
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
