//! Whether a feature says the same as before, but for the name of an option.

use domi_model::{Manifest, Problem};
use domi_plugin::Feature;
use serde_json::Value;

use super::refused::refused;

/// What is wrong with a feature after an option of it was renamed: a name that now means something
/// else in its program is no error of the compiler.
pub(super) fn problems(
    before: &Manifest,
    after: &[Feature],
    (old, new): (&str, &str),
) -> Vec<Problem> {
    let name = &before.feature.name;
    let after = after.iter().map(|it| &it.manifest).find(|it| it.feature.name == *name);
    let same = |manifest: &Manifest| {
        let mut value = serde_json::to_value(manifest).unwrap_or_default();
        if let Some(all) = value.as_object_mut() {
            all.retain(|key, _| !["renamed", "removed"].contains(&&**key));
        }
        plain(&mut value, [old, new]);
        value
    };
    let Some(after) = after else { return Vec::new() };
    let (one, other) = (same(before), same(after));
    if one == other {
        return Vec::new();
    }
    let parts = one.as_object().into_iter().flatten();
    let differs = parts.filter(|(key, part)| other.get(key) != Some(*part));
    let parts: Vec<&str> = differs.map(|(key, _)| key.as_str()).collect();
    let message =
        format!("with the new name, {name} would say something else: {}", parts.join(", "));
    let next = "rename it by hand: something else in its program has the old or the new name, too";
    vec![refused(old, message, next)]
}

/// A value without places, in which the names are one.
fn plain(value: &mut Value, names: [&str; 2]) {
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
