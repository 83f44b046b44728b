//! Whether features say the same as before, but for the name of an option.

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
