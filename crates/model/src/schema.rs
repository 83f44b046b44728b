//! The versions of the manifest, and its JSON Schema.

use std::sync::LazyLock;

use serde_json::Value;

use crate::Manifest;

/// The version of the manifest that this crate writes, and the newest that it reads.
pub const SCHEMA: &str = "domi.feature/5";

/// What all versions begin with; a number follows.
const PREFIX: &str = "domi.feature/";

/// The number of the first version.
const FIRST: u64 = 1;

/// The number of the newest version.
const NEWEST: u64 = 5;

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

    /// Compares a manifest's keys and words with those of its version, which is one that is read.
    pub fn keys(self, manifest: &Value) -> Keys {
        static SCHEMA: LazyLock<Value> = LazyLock::new(schema);
        let mut search = Search { root: &SCHEMA, version: self, found: Keys::default() };
        search.search(&search.shapes(&SCHEMA, manifest), manifest, "");
        search.found
    }
}

/// Keys and words of a manifest that its version does not have, by their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Those that no version has.
    pub unknown: Vec<String>,
    /// Those that only later versions have. A tool that reads no later one would pass over them, or
    /// mean something else by them.
    pub later: Vec<String>,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

/// Goes through a document and its schema side by side.
pub(crate) struct Search<'a> {
    root: &'a Value,
    version: Version,
    found: Keys,
}

impl<'a> Search<'a> {
    /// One that looks at what a document means, whatever the version.
    pub(crate) fn of(root: &'a Value) -> Self {
        Self { root, version: Version(NEWEST), found: Keys::default() }
    }

    /// `shapes` is all that the schema says of the document, alternatives that are not meant left out.
    fn search(&mut self, shapes: &[&'a Value], document: &Value, path: &str) {
        match document {
            _ if shapes.iter().any(|shape| is_open(shape)) => {}
            Value::Object(members) => {
                for (key, value) in members {
                    let path = below(path, key);
                    let inner = self.inside(shapes, value, |shape| of_key(shape, key));
                    if inner.is_empty() {
                        self.found.unknown.push(path);
                    } else {
                        self.enter(&inner, value, &path);
                    }
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let inner = self.inside(shapes, item, |shape| shape.get("items"));
                    self.enter(&inner, item, &format!("{path}[{at}]"));
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, shapes: &[&'a Value], document: &Value, path: &str) {
        let later = |shape: &&Value| shape[SINCE].as_u64().is_some_and(|at| at > self.version.0);
        if shapes.iter().any(later) {
            self.found.later.push(path.to_owned());
        } else {
            self.search(shapes, document, path);
        }
    }

    /// All that the schemas say of a part of the document. `of` takes what one of them says of it.
    pub(crate) fn inside(
        &self,
        shapes: &[&'a Value],
        part: &Value,
        of: impl Fn(&'a Value) -> Option<&'a Value>,
    ) -> Vec<&'a Value> {
        let schemas = shapes.iter().filter_map(|shape| of(shape));
        schemas.flat_map(|schema| self.shapes(schema, part)).collect()
    }

    /// A schema, what it refers to, and its alternatives that are meant.
    pub(crate) fn shapes(&self, schema: &'a Value, document: &Value) -> Vec<&'a Value> {
        let mut shapes = vec![schema];
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            shapes.extend(
                self.root
                    .pointer(name)
                    .map(|named| self.shapes(named, document))
                    .into_iter()
                    .flatten(),
            );
        }
        for kind in ["oneOf", "anyOf", "allOf"] {
            let alternatives = schema[kind].as_array().into_iter().flatten();
            let meant = alternatives.filter(|alternative| is_meant(alternative, document));
            shapes.extend(meant.flat_map(|alternative| self.shapes(alternative, document)));
        }
        shapes
    }
}

/// What a schema says of a key, if it has it.
pub(crate) fn of_key<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let named = schema["properties"].get(key);
    named.or_else(|| {
        schema.get("additionalProperties").filter(|others| **others != Value::Bool(false))
    })
}

/// Whether a schema says nothing of what may be inside.
fn is_open(schema: &Value) -> bool {
    const CLOSED: [&str; 7] = ["type", "$ref", "oneOf", "anyOf", "allOf", "const", "enum"];
    !CLOSED.iter().any(|key| schema.get(key).is_some())
}

/// Whether a document is of this alternative, by the keys and the words that tell it from others.
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
    fn keys_and_words_that_a_version_has_not_are_found_wherever_they_stand() {
        let root = json!({
            "type": "object",
            "properties": {
                "new": { "type": "string", "x-since": 2 },
                "parts": { "type": "array", "items": { "$ref": "#/$defs/Part" } },
                "named": {
                    "type": "object",
                    "additionalProperties": { "$ref": "#/$defs/Part" },
                },
                "any": { "description": "whatever it is" },
            },
            "$defs": { "Part": { "oneOf": [
                { "type": "object",
                  "properties": { "old": { "anyOf": [{ "$ref": "#/$defs/Part" }, { "type": "null" }] } },
                  "required": ["old"] },
                { "type": "object",
                  "properties": { "late": { "type": "boolean" } },
                  "required": ["late"], "x-since": 2 },
                { "type": "string", "const": "word" },
                { "type": "string", "const": "late word", "x-since": 2 },
            ] } },
        });
        let owned = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect();
        let check = |document: Value, unknown: &[&str], later: &[&str]| {
            let mut search = Search { root: &root, version: Version(1), found: Keys::default() };
            search.search(&[&root], &document, "");
            let expected = Keys { unknown: owned(unknown), later: owned(later) };
            assert_eq!(search.found, expected, "{document}");
        };
        check(json!({ "parts": [{ "old": null }, "word"] }), &[], &[]);
        check(json!({ "new": "" }), &[], &["new"]);
        check(json!({ "parts": ["word", "late word"] }), &[], &["parts[1]"]);
        check(
            json!({ "named": { "late": { "old": { "late": true } } } }),
            &[],
            &["named.late.old"],
        );
        check(json!({ "other": 1, "any": [{ "b": { "c": 1 } }] }), &["other"], &[]);
        check(
            json!({ "parts": [{ "old": { "old": "word", "odd": 1 } }] }),
            &["parts[0].old.odd"],
            &[],
        );
        check(json!({ "named": { "a": { "old": null, "typo": [] } } }), &["named.a.typo"], &[]);
    }
}
