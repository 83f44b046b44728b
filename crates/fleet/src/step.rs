//! The steps of a merge. A value is what its steps make of nothing.

use std::collections::BTreeMap;

use domi_model::{OptionPath, Place, Value, put_at};
use serde::Serialize;

use crate::{Mode, Rank};

/// Options by name.
pub(crate) type Attrs = BTreeMap<String, Value>;

/// What a step does at the path of an option.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The value is this, whatever it was.
    Set(Value),
    /// These elements come after those of the list.
    Append(Vec<Value>),
    /// These elements are in the set, each once.
    Unite(Vec<Value>),
    /// These lines come after those of the text.
    Lines(String),
    /// This text comes after the one that is there, with the separator between them.
    Join {
        /// The text.
        text: String,
        /// The separator of the option's type.
        separator: String,
    },
    /// There is an attribute set, with or without names in it.
    Make,
    /// These elements of a list, or names of an attribute set, are taken away.
    Remove(Vec<Value>),
    /// The option is as if nobody had said anything of it.
    Unset,
}

/// One file's part in the value of an option.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The option, from the feature's own options.
    pub option: OptionPath,
    /// What it does.
    pub action: Action,
    /// How the file says it.
    pub mode: Mode,
    /// How near the file is.
    pub rank: Rank,
    /// What the file is about: the name of a unit, a role, a host.
    pub from: String,
    /// Where it is written.
    pub place: Place,
    /// The secrets that its value refers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// The constants that are in its value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constants: Vec<String>,
    /// The earlier steps, by their place in the list from 0, that have no effect any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<usize>,
    /// Whether it changed anything.
    pub effective: bool,
}

impl Action {
    /// Does it; says whether anything changed.
    pub fn apply(&self, settings: &mut BTreeMap<String, Value>, path: &[String]) -> bool {
        match self {
            Self::Set(value) => {
                let changes = value_at(settings, path) != Some(value);
                put_at(settings, path, value.clone());
                changes
            }
            Self::Append(items) => {
                list_at(settings, path).extend_from_slice(items);
                !items.is_empty()
            }
            Self::Unite(items) => {
                let list = list_at(settings, path);
                let before = list.len();
                for item in items {
                    if !list.contains(item) {
                        list.push(item.clone());
                    }
                }
                list.len() > before
            }
            Self::Lines(more) => join(settings, path, "\n", more),
            Self::Join { text, separator } => join(settings, path, separator, text),
            Self::Make => {
                let is_set = matches!(value_at(settings, path), Some(Value::Attrs(_)));
                if !is_set {
                    put_at(settings, path, Value::empty_attrs());
                }
                !is_set
            }
            Self::Remove(gone) => match value_at_mut(settings, path) {
                Some(Value::List(items)) => {
                    let before = items.len();
                    items.retain(|item| !gone.contains(item));
                    items.len() < before
                }
                Some(Value::Attrs(attrs)) => {
                    let before = attrs.len();
                    attrs.retain(|name, _| !gone.contains(&Value::from(&**name)));
                    attrs.len() < before
                }
                _ => false,
            },
            Self::Unset => match path.split_last() {
                None => false,
                Some((last, [])) => settings.remove(last).is_some(),
                Some((last, around)) => match value_at_mut(settings, around) {
                    Some(Value::Attrs(attrs)) => attrs.remove(last).is_some(),
                    _ => false,
                },
            },
        }
    }
}

fn join(settings: &mut Attrs, path: &[String], separator: &str, more: &str) -> bool {
    let text = match value_at(settings, path) {
        Some(Value::Str(text)) => format!("{text}{separator}{more}"),
        _ => more.to_owned(),
    };
    put_at(settings, path, Value::Str(text));
    true
}

/// The value at a path.
pub fn value_at<'a>(settings: &'a BTreeMap<String, Value>, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let mut value = settings.get(first)?;
    for name in rest {
        let Value::Attrs(attrs) = value else { return None };
        value = attrs.get(name)?;
    }
    Some(value)
}

/// Whether the path of an option, as text, is another one or within it.
pub fn is_within(option: &str, other: &str) -> bool {
    option.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The list at a path; an empty one takes the place of anything else.
fn list_at<'a>(settings: &'a mut Attrs, path: &[String]) -> &'a mut Vec<Value> {
    if !matches!(value_at(settings, path), Some(Value::List(_))) {
        put_at(settings, path, Value::List(Vec::new()));
    }
    match value_at_mut(settings, path) {
        Some(Value::List(items)) => items,
        _ => unreachable!("a list has just been put there"),
    }
}

fn value_at_mut<'a>(settings: &'a mut Attrs, path: &[String]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let mut value = settings.get_mut(first)?;
    for name in rest {
        let Value::Attrs(attrs) = value else { return None };
        value = attrs.get_mut(name)?;
    }
    Some(value)
}

/// What steps come to: each done in turn, beginning with nothing.
pub fn replay<'s>(steps: impl IntoIterator<Item = &'s Step>) -> BTreeMap<String, Value> {
    let mut settings = Attrs::new();
    for step in steps {
        step.action.apply(&mut settings, &step.option.0);
    }
    settings
}
