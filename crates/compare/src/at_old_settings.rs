//! Expressions as they are on a machine that keeps its settings: an option that is new stands for its
//! default, and one that was renamed for the new one. What then has a fixed value is worked out, so
//! that a new option whose default changes nothing is no change of all that uses it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domi_model::Expr;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// What options stand for, by their paths.
#[derive(Debug, Default)]
pub(crate) struct Meanings {
    pub(crate) renamed: BTreeMap<Vec<String>, Vec<String>>,
    pub(crate) defaults: BTreeMap<Vec<String>, Expr>,
    /// Defaults that were worked out; of one that is being worked out, the option itself.
    known: RefCell<BTreeMap<Vec<String>, Value>>,
}

/// Keys of a manifest whose names are free: what is below each name is an expression or holds some,
/// and the names are none of ours.
const FREE: [&str; 6] = ["commands", "config", "environment", "lists", "relations", "unitConfig"];

/// How long a default may become, in bytes of JSON, by the defaults of others within it. A longer one
/// stays the option that it is of.
const LONGEST: usize = 1 << 16;

impl Meanings {
    /// A part of a manifest that holds expressions, as it is then. What cannot be worked out stays as
    /// it is.
    pub(crate) fn of<T: Serialize + DeserializeOwned + Clone>(&self, part: &T) -> T {
        if self.renamed.is_empty() && self.defaults.is_empty() {
            return part.clone();
        }
        let value = serde_json::to_value(part).map(|value| self.value(value));
        let worked_out = value.and_then(serde_json::from_value);
        worked_out.unwrap_or_else(|_| part.clone())
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => self.object(map),
            other => other,
        }
    }

    fn object(&self, map: Map<String, Value>) -> Value {
        if let (1, Some((tag, inner))) = (map.len(), map.iter().next()) {
            match (&**tag, inner) {
                ("literal", _) => return Value::Object(map),
                ("option", Value::Array(names)) => {
                    let names = names.iter().filter_map(|name| name.as_str().map(str::to_owned));
                    return self.option(&names.collect::<Vec<_>>());
                }
                _ => {}
            }
        }
        // Other things have keys of the same names, and an expression under them.
        let (is_alone, is_script) = (map.len() == 1, map.contains_key("text"));
        let is_free = |key: &str| match key {
            "attrs" => is_alone,
            "values" => is_script,
            key => FREE.contains(&key),
        };
        let mut map: Map<String, Value> = map
            .into_iter()
            .map(|(key, value)| match value {
                Value::Object(free) if is_free(&key) => {
                    let each = free.into_iter().map(|(name, it)| (name, self.value(it)));
                    (key, Value::Object(each.collect()))
                }
                value => (key, self.value(value)),
            })
            .collect();
        if map.get("when").and_then(literal) == Some(&Value::Bool(true)) {
            map.remove("when");
        }
        worked_out(map)
    }

    /// The path of an option by the names of the manifest after: it, or what is around it, may have
    /// been renamed.
    pub(crate) fn now(&self, path: &[String]) -> Vec<String> {
        let renamed = (1..=path.len()).rev().find_map(|length| {
            let (around, within) = path.split_at(length);
            Some([self.renamed.get(around)?, within].concat())
        });
        renamed.unwrap_or_else(|| path.to_vec())
    }

    fn option(&self, names: &[String]) -> Value {
        if let Some(known) = self.known.borrow().get(names) {
            return known.clone();
        }
        let itself = json!({ "option": self.now(names) });
        let Some(Ok(default)) = self.defaults.get(names).map(serde_json::to_value) else {
            return itself;
        };
        self.known.borrow_mut().insert(names.to_owned(), itself.clone());
        let default = self.value(default);
        let value = if default.to_string().len() > LONGEST { itself } else { default };
        self.known.borrow_mut().insert(names.to_owned(), value.clone());
        value
    }
}

fn literal(value: &Value) -> Option<&Value> {
    value.as_object().filter(|map| map.len() == 1)?.get("literal")
}

/// An object; what it comes to, where it is an expression whose value is fixed.
fn worked_out(map: Map<String, Value>) -> Value {
    let (1, Some((tag, inner))) = (map.len(), map.iter().next()) else {
        return Value::Object(map);
    };
    let is_true = |item: &Value, wanted: bool| literal(item) == Some(&Value::Bool(wanted));
    let simpler = match (&**tag, inner) {
        ("not", inner) => {
            literal(inner).and_then(Value::as_bool).map(|value| json!({ "literal": !value }))
        }
        (tag @ ("and" | "or"), Value::Array(items)) => {
            // What decides alone, and what does not count.
            let decides = tag == "or";
            if items.iter().any(|item| is_true(item, decides)) {
                Some(json!({ "literal": decides }))
            } else {
                let rest: Vec<&Value> =
                    items.iter().filter(|item| !is_true(item, !decides)).collect();
                match *rest {
                    [] => Some(json!({ "literal": !decides })),
                    [one] => Some(one.clone()),
                    _ => Some(json!({ tag: rest })),
                }
            }
        }
        ("if", Value::Object(of)) => match of.get("condition").and_then(literal) {
            Some(Value::Bool(true)) => of.get("then").cloned(),
            Some(Value::Bool(false)) => of.get("otherwise").cloned(),
            _ => None,
        },
        ("compare", Value::Object(of)) => compared(of),
        ("text", Value::Array(parts)) => Some(text(parts)),
        (tag @ ("concat" | "merge"), Value::Array(items)) => {
            let is_empty = |item: &&Value| {
                let inner = item.as_object().and_then(|map| map.values().next());
                inner == Some(&json!([])) || inner == Some(&json!({}))
            };
            let rest: Vec<&Value> = items.iter().filter(|item| !is_empty(item)).collect();
            match rest.as_slice() {
                [] => items.first().cloned(),
                [one] => Some((*one).clone()),
                _ => Some(json!({ tag: rest })),
            }
        }
        ("list", Value::Array(items)) => {
            let literals: Option<Vec<&Value>> = items.iter().map(literal).collect();
            literals.map(|literals| json!({ "literal": literals }))
        }
        ("attrs", Value::Object(of)) => {
            let pairs =
                of.iter().map(|(name, value)| Some((name.clone(), literal(value)?.clone())));
            let literals: Option<Map<String, Value>> = pairs.collect();
            literals.map(|literals| json!({ "literal": literals }))
        }
        _ => None,
    };
    simpler.unwrap_or(Value::Object(map))
}

/// Whether two fixed values are equal, where both are of one kind.
fn compared(of: &Map<String, Value>) -> Option<Value> {
    let side = |name: &str| of.get(name).and_then(literal);
    let (left, right) = (side("left")?, side("right")?);
    // An integer and a float are equal in a way of their own.
    let is_float = |value: &Value| value.is_f64();
    if is_float(left) || is_float(right) {
        return None;
    }
    match of.get("op")?.as_str()? {
        "equal" => Some(json!({ "literal": left == right })),
        "notEqual" => Some(json!({ "literal": left != right })),
        _ => None,
    }
}

/// A text whose fixed parts that are beside each other are one.
fn text(parts: &[Value]) -> Value {
    let mut joined: Vec<Value> = Vec::new();
    let mut fixed = String::new();
    let end = |fixed: &mut String, joined: &mut Vec<Value>| {
        if !fixed.is_empty() {
            joined.push(json!({ "literal": std::mem::take(fixed) }));
        }
    };
    for part in parts {
        match literal(part) {
            Some(Value::String(text)) => fixed += text,
            Some(Value::Number(number)) if number.is_i64() => fixed += &number.to_string(),
            _ => {
                end(&mut fixed, &mut joined);
                joined.push(part.clone());
            }
        }
    }
    if joined.is_empty() {
        return json!({ "literal": fixed });
    }
    end(&mut fixed, &mut joined);
    json!({ "text": joined })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: Value, expected: impl Into<Value>) {
        let path = |name: &str| vec![name.to_owned()];
        let expr = |value: Value| serde_json::from_value(value).expect("an expression");
        let defaults = [
            ("new", json!({ "literal": false })),
            ("none", json!({ "literal": null })),
            ("after", json!({ "option": ["new"] })),
            ("round", json!({ "option": ["round"] })),
        ];
        let meanings = Meanings {
            renamed: [(path("old"), vec!["now".to_owned(), "here".to_owned()])].into(),
            defaults: defaults.map(|(name, value)| (path(name), expr(value))).into(),
            ..Meanings::default()
        };
        let before: Expr = expr(before);
        let expected: Value = expected.into();
        assert_eq!(serde_json::to_value(meanings.of(&before)).expect("JSON"), expected);
    }

    #[test]
    fn what_is_fixed_is_worked_out() {
        let (yes, no) = (json!({ "literal": true }), json!({ "literal": false }));
        let kept = json!({ "option": ["kept"] });
        check(json!({ "option": ["old", "in"] }), json!({ "option": ["now", "here", "in"] }));
        check(json!({ "option": ["after"] }), no.clone());
        check(json!({ "not": { "option": ["new"] } }), yes.clone());
        check(json!({ "and": [{ "option": ["new"] }, kept] }), no.clone());
        check(json!({ "or": [{ "option": ["new"] }, kept] }), kept.clone());
        check(
            json!({ "if": { "condition": { "option": ["new"] }, "then": yes, "otherwise": kept } }),
            kept.clone(),
        );
        let is_set = |op: &str| json!({ "compare": { "op": op, "left": { "option": ["none"] }, "right": { "literal": null } } });
        check(is_set("notEqual"), no);
        check(is_set("equal"), yes);
        check(json!({ "concat": [kept, { "list": [] }] }), kept.clone());
        check(json!({ "concat": [{ "list": [] }, { "list": [] }] }), json!({ "literal": [] }));
        check(
            json!({ "text": [{ "literal": "a" }, { "literal": 1 }, kept, { "literal": "" }] }),
            json!({ "text": [{ "literal": "a1" }, kept] }),
        );
    }

    #[test]
    fn names_that_are_free_are_no_expressions() {
        let kept =
            json!({ "attrs": { "not": { "option": ["kept"] }, "when": { "option": ["kept"] } } });
        check(kept.clone(), kept);
        // Of one name alone, too.
        let one = json!({ "attrs": { "option": { "literal": ["new"] } } });
        check(one, json!({ "literal": { "option": ["new"] } }));
        let literal = json!({ "literal": { "option": ["new"] } });
        check(literal.clone(), literal);
    }

    #[test]
    fn a_default_that_others_mention_often_is_worked_out_once() {
        let path = |level: usize| vec![format!("level{level}")];
        let check = |tag: &str, lowest: Value, expected: Option<Value>| {
            let default = |level| {
                let mention = match level {
                    0 => lowest.clone(),
                    _ => json!({ "option": path(level - 1) }),
                };
                let expr = serde_json::from_value(json!({ tag: vec![mention; 6] }));
                (path(level), expr.expect("an expression"))
            };
            let defaults = (0..15).map(default).collect();
            let meanings = Meanings { defaults, ..Meanings::default() };
            let top: Expr = serde_json::from_value(json!({ "option": path(14) })).expect("one");
            let value = serde_json::to_value(meanings.of(&top)).expect("JSON");
            assert!(value.to_string().len() < 10 * LONGEST);
            if let Some(expected) = expected {
                assert_eq!(value, expected);
            }
        };
        let yes = json!({ "literal": true });
        check("and", yes.clone(), Some(yes));
        check("text", json!({ "option": ["kept"] }), None);
    }

    #[test]
    fn a_default_that_leads_back_to_itself_ends() {
        check(json!({ "option": ["round"] }), json!({ "option": ["round"] }));
    }
}
