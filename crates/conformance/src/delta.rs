//! JSON by what it has otherwise than other JSON, so that much alike stays small and readable.
//!
//! A delta is `{"=": VALUE}` for another value, `{"~": [[LINE, LESS, [MORE…]]…]}` for a text with
//! other lines, or a set of deltas by name, where `"-"` lists the names that are gone. It is a format of
//! files, that nobody reads: differences for people are those of `domi-report`.

use serde_json::{Map, Value as Json, json};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What turns `base` into `value`; `None` where nothing does.
pub(crate) fn between(base: &Json, value: &Json) -> Option<Json> {
    if base == value {
        return None;
    }
    Some(match (base, value) {
        (Json::Object(base), Json::Object(value)) => objects(base, value),
        (Json::String(base), Json::String(value)) if base.contains('\n') => lines(base, value),
        _ => json!({ "=": value }),
    })
}

fn objects(base: &Map<String, Json>, value: &Map<String, Json>) -> Json {
    let mut out = Map::new();
    let gone: Vec<_> = base.keys().filter(|name| !value.contains_key(*name)).collect();
    if !gone.is_empty() {
        out.insert("-".to_owned(), json!(gone));
    }
    for (name, value) in value {
        let delta = match base.get(name) {
            Some(base) => between(base, value),
            None => Some(json!({ "=": value })),
        };
        if let Some(delta) = delta {
            out.insert(format!("/{name}"), delta);
        }
    }
    Json::Object(out)
}

fn lines(base: &str, value: &str) -> Json {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (base.split('\n').collect(), value.split('\n').collect());
    let mut hunks = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (old, inserted) = (op.old_range(), op.new_range());
        if !matches!(op, DiffOp::Equal { .. }) {
            hunks.push(json!([old.start, old.len(), &new[inserted]]));
        }
    }
    json!({ "~": hunks })
}

/// What a delta makes of `base`; `None` where it is no delta of it.
pub(crate) fn applied(base: &Json, delta: &Json) -> Option<Json> {
    let delta = delta.as_object()?;
    if let Some(value) = delta.get("=") {
        return Some(value.clone());
    }
    if let Some(hunks) = delta.get("~") {
        return patched(base.as_str()?, hunks).map(Json::String);
    }
    let mut out = base.as_object()?.clone();
    for (name, delta) in delta {
        if name == "-" {
            for gone in delta.as_array()? {
                out.remove(gone.as_str()?);
            }
            continue;
        }
        let name = name.strip_prefix('/')?;
        let value = applied(out.get(name).unwrap_or(&Json::Null), delta)?;
        out.insert(name.to_owned(), value);
    }
    Some(Json::Object(out))
}

fn patched(base: &str, hunks: &Json) -> Option<String> {
    let mut lines: Vec<&str> = base.split('\n').collect();
    // From the end, so that the numbers of lines before stay right.
    for hunk in hunks.as_array()?.iter().rev() {
        let at = usize::try_from(hunk.get(0)?.as_u64()?).ok()?;
        let less = usize::try_from(hunk.get(1)?.as_u64()?).ok()?;
        let more: Option<Vec<&str>> = hunk.get(2)?.as_array()?.iter().map(Json::as_str).collect();
        if at + less > lines.len() {
            return None;
        }
        lines.splice(at..at + less, more?);
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &Json, value: &Json, expected: &Json) {
        let delta = between(base, value).unwrap();
        assert_eq!(delta, *expected);
        assert_eq!(applied(base, &delta).as_ref(), Some(value));
    }

    #[test]
    fn a_delta_tells_what_is_otherwise_and_gives_it_back() {
        check(&json!(1), &json!([2]), &json!({"=": [2]}));
        check(
            &json!({"a": 1, "b": {"c": "x"}, "d": 1}),
            &json!({"b": {"c": "y", "-": 2}, "d": 1}),
            &json!({"-": ["a"], "/b": {"/c": {"=": "y"}, "/-": {"=": 2}}}),
        );
        check(
            &json!("a\nb\nc\nd\n"),
            &json!("a\nB\nBB\nc\n"),
            &json!({"~": [[1, 1, ["B", "BB"]], [3, 1, []]]}),
        );
        assert_eq!(between(&json!({"a": [1]}), &json!({"a": [1]})), None);
    }
}
