//! Parts of a system, each with a name that it keeps and with what may change of it.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Expr, Scope};
use serde::Serialize;
use serde_json::Value;

use crate::{Effect, Finding};

/// How many characters of a name are shown.
const LONGEST: usize = 100;

/// What becomes of parts of a kind that are gone, and of new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rows {
    pub(crate) removed: Effect,
    pub(crate) added: Effect,
}

/// A part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) rows: Rows,
    /// What it is, with its name: what has the same one in both manifests is the same part.
    pub(crate) name: String,
    /// The name as people see it.
    shown: String,
    /// The part that it belongs to: with that it comes and goes without a word.
    pub(crate) of: Option<String>,
    /// When it is there, and how often.
    when: Value,
    /// What may change of it, and what that means.
    facets: Vec<(Effect, Value)>,
}

impl Part {
    pub(crate) fn new(removed: Effect, added: Effect, name: String) -> Self {
        let rows = Rows { removed, added };
        let shown = short(&name);
        Self { rows, name, shown, of: None, when: Value::Null, facets: Vec::new() }
    }

    /// A part of another one.
    #[must_use]
    pub(crate) fn of(mut self, other: &str) -> Self {
        self.of = Some(other.to_owned());
        self
    }

    /// With another name for people.
    #[must_use]
    pub(crate) fn shown(self, shown: &str) -> Self {
        Self { shown: short(shown), ..self }
    }

    #[must_use]
    pub(crate) fn scope(self, scope: &Scope) -> Self {
        if scope.is_plain() { self } else { Self { when: json(scope), ..self } }
    }

    #[must_use]
    pub(crate) fn when(self, when: Option<&Expr>) -> Self {
        Self { when: json(&when), ..self }
    }

    /// With something that may change of it.
    #[must_use]
    pub(crate) fn with(mut self, effect: Effect, value: &impl Serialize) -> Self {
        self.facets.push((effect, json(value)));
        self
    }
}

/// A name of one line, of which no more is shown than is read.
fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// A value of the model always is one of JSON.
pub(crate) fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// An expression, as a name: the text that it always is, or how it is written.
pub(crate) fn named(expr: &Expr) -> String {
    expr.fixed_text().unwrap_or_else(|| json(expr).to_string())
}

/// What becomes of all parts.
pub(crate) fn compare(before: Vec<Part>, after: Vec<Part>) -> Vec<Finding> {
    let mut pairs: BTreeMap<(Rows, String), [Vec<Part>; 2]> = BTreeMap::new();
    for (side, parts) in [before, after].into_iter().enumerate() {
        for part in parts {
            pairs.entry((part.rows, part.name.clone())).or_default()[side].push(part);
        }
    }
    let mut findings = Vec::new();
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for [mut before, mut after] in pairs.into_values() {
        // Of several parts of one name, the same ones belong together, and then others as they come.
        before.retain(|old| match after.iter().position(|new| new == old) {
            Some(same) => {
                after.remove(same);
                false
            }
            None => true,
        });
        let rest = after.split_off(before.len().min(after.len()));
        gone.extend(before.split_off(after.len()));
        new.extend(rest);
        for (old, new) in before.iter().zip(&after) {
            changed(old, new, &mut findings);
        }
    }
    for (parts, is_gone) in [(gone, true), (new, false)] {
        let names: BTreeSet<String> = parts.iter().map(|part| part.name.clone()).collect();
        for Part { rows, shown, of, .. } in parts {
            if of.is_none_or(|of| !names.contains(&of)) {
                findings.push(Finding::new(if is_gone { rows.removed } else { rows.added }, shown));
            }
        }
    }
    findings
}

fn changed(old: &Part, new: &Part, findings: &mut Vec<Finding>) {
    if old.when != new.when {
        let is_always = new.when.is_null();
        let effect = if is_always { Effect::ConditionDropped } else { Effect::ConditionChanged };
        findings.push(Finding::new(effect, &*new.shown));
    }
    for ((effect, old_value), (_, new_value)) in old.facets.iter().zip(&new.facets) {
        if old_value != new_value {
            findings.push(Finding::new(*effect, &*new.shown));
        }
    }
}
