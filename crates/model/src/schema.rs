//! The versions of the manifest, and its JSON Schema.

use std::sync::LazyLock;

use serde_json::Value;

use crate::Manifest;

/// The version of the manifest that this crate writes, and the newest that it reads.
pub const SCHEMA: &str = "domi.feature/4";

/// What all versions begin with; a number follows.
const PREFIX: &str = "domi.feature/";

/// The number of the first version.
const FIRST: u64 = 1;

/// The number of the newest version.
const NEWEST: u64 = 4;

/// In the JSON Schema, the version that first had a key or a word, where that is not the first
/// one: `#[schemars(extend("x-since" = 2))]` on a field or variant.
const SINCE: &str = "x-since";

/// The JSON Schema of the manifest, generated from these types: the contract for plugins in any
/// language.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Manifest);
    schema.insert("title".to_owned(), SCHEMA.into());
    schema.to_value()
}

/// A version of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u64);

impl Version {
    /// The version that a manifest's `schema` names, whether it is read here or not.
    pub fn named(schema: &str) -> Option<Self> {
        let number = schema.strip_prefix(PREFIX)?;
        let digits = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
        Some(Self(number.parse().ok().filter(|_| digits)?))
    }

    /// All that this crate reads, the oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (FIRST..=NEWEST).map(Self)
    }

    /// Whether this crate reads it.
    pub fn is_read(self) -> bool {
        (FIRST..=NEWEST).contains(&self.0)
    }

    /// Whether it came after all that this crate reads.
    pub fn is_newer(self) -> bool {
        self.0 > NEWEST
    }

    /// The paths of all keys and words in a manifest that only later versions have.
    ///
    /// A tool that reads no later one would pass over them, or mean something else by them.
    pub fn lacks(self, manifest: &Value) -> Vec<String> {
        static SCHEMA: LazyLock<Value> = LazyLock::new(schema);
        let mut search = Search { root: &SCHEMA, version: self, found: Vec::new() };
        if self.0 < NEWEST {
            search.search(&SCHEMA, manifest, "");
        }
        search.found
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

/// Goes through a document and its schema side by side.
struct Search<'a> {
    root: &'a Value,
    version: Version,
    found: Vec<String>,
}

impl<'a> Search<'a> {
    fn search(&mut self, schema: &'a Value, document: &Value, path: &str) {
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            self.search(self.root.pointer(name).unwrap_or(&Value::Null), document, path);
        }
        for kind in ["oneOf", "anyOf", "allOf"] {
            for alternative in schema[kind].as_array().into_iter().flatten() {
                if is_meant(alternative, document) {
                    self.enter(alternative, document, path);
                }
            }
        }
        match document {
            Value::Object(members) => {
                for (key, value) in members {
                    let own = schema["properties"].get(key);
                    self.enter(
                        own.unwrap_or(&schema["additionalProperties"]),
                        value,
                        &below(path, key),
                    );
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.search(&schema["items"], item, &format!("{path}[{at}]"));
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, schema: &'a Value, document: &Value, path: &str) {
        if schema[SINCE].as_u64().is_some_and(|since| since > self.version.0) {
            self.found.push(path.to_owned());
        } else {
            self.search(schema, document, path);
        }
    }
}

/// Whether a document is of this alternative, by the key or the word that tells it from others.
fn is_meant(alternative: &Value, document: &Value) -> bool {
    let required = alternative["required"].as_array().into_iter().flatten();
    required.filter_map(Value::as_str).all(|key| document.get(key).is_some())
        && alternative.get("const").is_none_or(|word| word == document)
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_is_the_number_that_a_manifest_names() {
        let read = |schema: &str| Version::named(schema).map(Version::is_read);
        assert_eq!(read("domi.feature/1"), Some(true));
        assert_eq!(read(SCHEMA), Some(true));
        assert_eq!(read(&format!("domi.feature/{}", NEWEST + 1)), Some(false));
        assert!(Version(NEWEST + 1).is_newer());
        for none in ["", "domi.feature/", "domi.feature/+1", "domi.feature/01", "domi.event/1"] {
            assert_eq!(Version::named(none), None, "{none:?}");
        }
        assert_eq!(Version::all().last().map(|version| version.to_string()), Some(SCHEMA.into()));
    }

    #[test]
    fn keys_and_words_of_later_versions_are_found_wherever_they_stand() {
        let root = json!({
            "properties": {
                "new": { "type": "string", "x-since": 2 },
                "parts": { "type": "array", "items": { "$ref": "#/$defs/Part" } },
                "named": { "additionalProperties": { "$ref": "#/$defs/Part" } },
            },
            "$defs": { "Part": { "oneOf": [
                { "properties": { "old": { "anyOf": [{ "$ref": "#/$defs/Part" }, { "type": "null" }] } },
                  "required": ["old"] },
                { "properties": { "late": { "type": "boolean" } }, "required": ["late"], "x-since": 2 },
                { "const": "word" },
                { "const": "late word", "x-since": 2 },
            ] } },
        });
        let check = |document: Value, expected: &[&str]| {
            let mut search = Search { root: &root, version: Version(1), found: Vec::new() };
            search.search(&root, &document, "");
            assert_eq!(search.found, expected, "{document}");
        };
        check(json!({ "other": 1, "parts": [{ "old": null }, "word"] }), &[]);
        check(json!({ "new": "" }), &["new"]);
        check(json!({ "parts": ["word", "late word"] }), &["parts[1]"]);
        check(json!({ "named": { "late": { "old": { "late": true } } } }), &["named.late.old"]);
    }
}
