//! The path in a JSON text to a place that is known by its line and column.

use crate::number::end_of_string;

/// What the reader is in.
enum Within {
    /// An object, at a key, if it has had one.
    Object(Option<String>),
    /// A list, at an index.
    List(usize),
}

/// The path to the value that is read last up to a line and a column, which count from 1, as the
/// errors of `serde_json` say them: `system.units[0].config`, and `.` for the whole text.
///
/// What is no JSON is no concern here.
pub fn path_at(json: &[u8], line: usize, column: usize) -> String {
    let before: usize = json
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let json = &json[..before.saturating_add(column).min(json.len())];
    let mut within = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' => within.push(Within::Object(None)),
            b'[' => within.push(Within::List(0)),
            b'}' | b']' => drop(within.pop()),
            b',' => match within.last_mut() {
                Some(Within::Object(key)) => *key = None,
                Some(Within::List(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                at = end_of_string(json, start);
                if let Some(Within::Object(key @ None)) = within.last_mut() {
                    *key = serde_json::from_slice(&json[start..at]).ok();
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for step in within {
        match step {
            Within::Object(None) => {}
            Within::Object(Some(key)) if path.is_empty() => path = key,
            Within::Object(Some(key)) => path = format!("{path}.{key}"),
            Within::List(index) => path = format!("{path}[{index}]"),
        }
    }
    if path.is_empty() { ".".to_owned() } else { path }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "they are read, and that fails")]
    struct Outer {
        one: BTreeMap<String, Vec<Inner>>,
        two: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "they are read, and that fails")]
    struct Inner {
        n: u8,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[expect(dead_code, reason = "they are read, and that fails")]
    enum Kind {
        Plain,
        Of { text: String },
    }

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let error = serde_json::from_str::<Outer>(json).expect_err("it is wrong");
        assert_eq!(path_at(json.as_bytes(), error.line(), error.column()), expected, "{error}");
    }

    #[test]
    fn the_path_leads_to_what_is_wrong() {
        check("1", ".");
        check("[]", ".");
        check("{}", ".");
        check(r#"{"one": {}, "two": 1}"#, "two");
        check(r#"{"one": 1}"#, "one");
        check(r#"{"one": {"a": {}}}"#, "one.a");
        check(r#"{"one": {"a": [{"n": 1}, {"n": "x"}]}}"#, "one.a[1].n");
        check(r#"{"one": {"a": [{"n": 1}, {"n": 300}]}}"#, "one.a[1].n");
        check(
            "{\n \"one\": {\"a, \\\"}\": [\n{\"n\": 1, \"m\": [{}, {\"b\": 1}]}, {\"n\": true}]}}",
            "one.a, \"}[1].n",
        );
        check(r#"{"one": {}, "two": {"kind": "plain"}}"#, "two");
        check(r#"{"one": {}, "two": {"n": 1, "kind": "bold"}}"#, "two.kind");
        check(r#"{"one": {}, "two": {"n": 1, "kind": {"of": {"text": []}}}}"#, "two.kind.of.text");
        check(r#"{"one": {}, "two": {"n": 1, "kind": {"of": {}}}}"#, "two.kind.of");
        check(r#"{"one": {}, "one": {}}"#, "one");
        check("", ".");
    }

    #[test]
    fn a_place_beyond_the_text_is_its_end() {
        assert_eq!(path_at(b"{\"a\": [1, 2", 7, 90), "a[1]");
        assert_eq!(path_at(b"{\"a\": [1, 2", 0, 0), ".");
        assert_eq!(path_at(b"{\"a\\", 1, 4), ".");
    }
}
