use std::collections::BTreeMap;

use domi_model::Value;
use serde_json::{Value as Json, json};

/// A value of an option: what JSON can express, and more.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// `null`, a boolean, a number, a string, or such in lists and sets.
    Plain(Value),
    /// A list.
    List(Vec<Setting>),
    /// An attribute set.
    Attrs(BTreeMap<String, Setting>),
    /// A package, by its attribute path in nixpkgs.
    Package(Vec<String>),
    /// A path that is not a string; if a text uses it, it is copied to the store.
    Path(String),
    /// A value with a priority: `lib.mkOverride`.
    Override(i64, Box<Setting>),
    /// A value with an order: `lib.mkOrder`.
    Order(i64, Box<Setting>),
    /// What several modules say, instead of all that one does.
    Modules(Vec<Setting>),
}

/// The key that marks a set as one of the other kinds.
const TAG: &str = "$";

impl Setting {
    /// The setting at a place: the path of an option, from what this is the value of.
    #[must_use]
    pub fn at<N: AsRef<str>>(self, path: &[N]) -> Self {
        let within = |inner, name: &N| Self::Attrs([(name.as_ref().to_owned(), inner)].into());
        path.iter().rev().fold(self, within)
    }

    /// As `evaluate.nix` reads it.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Plain(value) => plain(value),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Attrs(attrs) => {
                escaped(attrs.iter().map(|(name, value)| (name.clone(), value.to_json())).collect())
            }
            Self::Package(attribute) => json!({ TAG: { "package": attribute } }),
            Self::Path(path) => json!({ TAG: { "path": path } }),
            Self::Override(number, content) => {
                json!({ TAG: { "override": number, "content": content.to_json() } })
            }
            Self::Order(number, content) => {
                json!({ TAG: { "order": number, "content": content.to_json() } })
            }
            Self::Modules(modules) => {
                let modules: Vec<Json> = modules.iter().map(Self::to_json).collect();
                json!({ TAG: { "modules": modules } })
            }
        }
    }
}

impl From<Value> for Setting {
    fn from(value: Value) -> Self {
        Self::Plain(value)
    }
}

fn plain(value: &Value) -> Json {
    match value {
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Attrs(attrs) => {
            escaped(attrs.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        scalar => scalar.to_json(),
    }
}

fn escaped(attrs: serde_json::Map<String, Json>) -> Json {
    if attrs.contains_key(TAG) { json!({ TAG: { "attrs": attrs } }) } else { Json::Object(attrs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(setting: &Setting, expected: &Json) {
        assert_eq!(setting.to_json(), *expected);
    }

    #[test]
    fn a_setting_at_a_place_is_within_each_name_of_its_path() {
        let one = || Setting::Plain(Value::Int(1));
        check(&one().at(&["a", "b"]), &json!({"a": {"b": 1}}));
        check(&one().at::<&str>(&[]), &json!(1));
    }

    #[test]
    fn what_json_cannot_say_is_tagged() {
        check(
            &Setting::Package(vec!["a".into(), "b".into()]),
            &json!({"$": {"package": ["a", "b"]}}),
        );
        let value = Value::from_json(json!({"a": [{"$": 1}], "b": 1.0})).unwrap();
        check(&value.into(), &json!({"a": [{"$": {"attrs": {"$": 1}}}], "b": 1.0}));
        let one = Box::new(Setting::Plain(Value::Int(1)));
        check(
            &Setting::Modules(vec![
                Setting::Override(50, Box::new(Setting::Order(7, one))),
                Setting::Plain(Value::Null),
            ]),
            &json!({"$": {"modules": [
                {"$": {"override": 50, "content": {"$": {"order": 7, "content": 1}}}}, null,
            ]}}),
        );
    }
}
