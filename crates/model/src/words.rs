//! The words of the manifest: keys of its types and the alternatives among them, and which of them a
//! manifest uses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::schema::{Search, of_key, schema};

/// All words that there are, each as the type and the key or alternative of it: `Expr.join`.
pub fn words() -> BTreeSet<String> {
    let schema = schema();
    let mut all = BTreeSet::new();
    for (node, name) in nodes(&schema) {
        all.extend(keys(node).map(|key| format!("{name}.{key}")));
        all.extend(constants(node).map(|word| format!("{name}.{word}")));
    }
    all
}

/// The words that a manifest uses.
pub fn words_of(manifest: &Value) -> BTreeSet<String> {
    let schema = schema();
    let names = nodes(&schema).into_iter().map(|(node, name)| (std::ptr::from_ref(node), name));
    let search = Search::of(&schema);
    let mut words = Words { search, names: names.collect(), used: BTreeSet::new() };
    let shapes = words.search.shapes(&schema, manifest);
    words.look(&shapes, manifest);
    words.used
}

/// The parts of a schema that have keys or are alternatives, with the names of their types.
fn nodes(schema: &Value) -> Vec<(&Value, &str)> {
    let definitions = schema["$defs"].as_object().into_iter().flatten();
    let types = definitions.map(|(name, node)| (node, &**name)).chain([(schema, "Manifest")]);
    let mut nodes = Vec::new();
    for (node, name) in types {
        nodes.push((node, name));
        let alternatives = ["oneOf", "anyOf"].iter().filter_map(|kind| node[kind].as_array());
        nodes.extend(alternatives.flatten().map(|it| (it, name)));
    }
    nodes
}

fn keys(node: &Value) -> impl Iterator<Item = &str> {
    node["properties"].as_object().into_iter().flatten().map(|(key, _)| &**key)
}

/// The fixed words that a part of a schema is.
fn constants(node: &Value) -> impl Iterator<Item = &str> {
    let several = node["enum"].as_array().into_iter().flatten();
    several.chain([&node["const"]]).filter_map(Value::as_str)
}

struct Words<'a> {
    search: Search<'a>,
    names: BTreeMap<*const Value, &'a str>,
    used: BTreeSet<String>,
}

impl<'a> Words<'a> {
    fn look(&mut self, shapes: &[&'a Value], document: &Value) {
        for shape in shapes {
            let Some(name) = self.names.get(&std::ptr::from_ref(*shape)) else { continue };
            let members = document.as_object().into_iter().flatten().map(|(key, _)| &**key);
            let there: BTreeSet<&str> = members.chain(document.as_str()).collect();
            let words = keys(shape).chain(constants(shape)).filter(|it| there.contains(it));
            self.used.extend(words.map(|word| format!("{name}.{word}")));
        }
        match document {
            Value::Object(members) => {
                for (key, value) in members {
                    let inner = self.search.inside(shapes, value, |it| of_key(it, key));
                    self.look(&inner, value);
                }
            }
            Value::Array(items) => {
                for item in items {
                    let inner = self.search.inside(shapes, item, |it| it.get("items"));
                    self.look(&inner, item);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_found_where_they_stand_and_nowhere_else() {
        let manifest = json!({
            "schema": "domi.feature/4",
            "options": [{ "name": "a", "type": { "listOf": { "nullOr": "port" } } }],
            "system": { "etc": [{ "content": { "text": { "literal": { "join": "crash" } } } }] },
        });
        let used = words_of(&manifest);
        let all = words();
        assert!(used.is_subset(&all), "{:?}", used.difference(&all));
        for word in ["Type.listOf", "Type.nullOr", "Type.port", "Content.text", "Expr.literal"] {
            assert!(used.contains(word), "{word}: {used:?}");
        }
        for word in ["Expr.join", "Action.crash", "Type.str", "Manifest.tests"] {
            assert!(all.contains(word) && !used.contains(word), "{word}: {used:?}");
        }
    }
}
