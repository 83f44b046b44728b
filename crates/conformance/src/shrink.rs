//! Smaller cases that may still differ.

use std::collections::BTreeMap;

use domi_model::{Value, mark, marked};

/// Cases with one thing less or simpler, the boldest first.
pub(crate) fn smaller(case: &Value) -> Vec<Value> {
    let alone = match case {
        // One module alone may do.
        Value::List(modules) if modules.len() > 1 => {
            modules.iter().map(|module| Value::List(vec![module.clone()])).collect()
        }
        _ => Vec::new(),
    };
    alone.into_iter().chain(simpler(case)).collect()
}

fn attrs(attrs: &BTreeMap<String, Value>) -> Vec<BTreeMap<String, Value>> {
    let mut out = parts(attrs);
    for name in attrs.keys() {
        let mut less = attrs.clone();
        less.remove(name);
        out.push(less);
    }
    for (name, value) in attrs {
        for simpler in simpler(value) {
            let mut less = attrs.clone();
            less.insert(name.clone(), simpler);
            out.push(less);
        }
    }
    out
}

/// A half or a quarter of them alone: one round for what would take one a name.
fn parts(attrs: &BTreeMap<String, Value>) -> Vec<BTreeMap<String, Value>> {
    let all: Vec<_> = attrs.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let of = |count: usize| all.chunks(all.len().div_ceil(count)).collect::<Vec<_>>();
    let parts = [4, 2].into_iter().filter(|count| all.len() >= 2 * count).flat_map(of);
    parts.map(|part| part.iter().cloned().collect()).collect()
}

fn simpler(value: &Value) -> Vec<Value> {
    for kind in ["override", "order"] {
        if let Some((number, content)) = marked(kind, value) {
            let within = simpler(content).into_iter().map(|it| mark(kind, number, it));
            return std::iter::once(content.clone()).chain(within).collect();
        }
    }
    match value {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Int(n) => {
            let nearer = [0, 1, n / 2];
            nearer
                .into_iter()
                .filter(|m| m.unsigned_abs() < n.unsigned_abs())
                .map(Value::Int)
                .collect()
        }
        Value::Float(x) if *x == 0.0 || *x == 1.0 => Vec::new(),
        Value::Float(_) => vec![Value::Float(0.0), Value::Float(1.0)],
        Value::Str(text) => texts(text).into_iter().map(Value::Str).collect(),
        Value::List(items) => {
            let mut out = Vec::new();
            for at in 0..items.len() {
                let mut less = items.clone();
                less.remove(at);
                out.push(Value::List(less));
            }
            for (at, item) in items.iter().enumerate() {
                for simpler in simpler(item) {
                    let mut less = items.clone();
                    less[at] = simpler;
                    out.push(Value::List(less));
                }
            }
            out
        }
        Value::Attrs(inner) => attrs(inner).into_iter().map(Value::Attrs).collect(),
    }
}

fn texts(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    if chars.len() > 1 {
        let (left, right) = chars.split_at(chars.len() / 2);
        out.push(left.iter().collect());
        out.push(right.iter().collect());
    }
    if (1..=12).contains(&chars.len()) {
        for at in 0..chars.len() {
            let mut less = chars.clone();
            less.remove(at);
            out.push(less.iter().collect());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json_text(text).unwrap()
    }

    #[test]
    fn priorities_and_modules_are_left_out_too() {
        let case =
            value(r#"[{"a": {"_type": "override", "priority": 50, "content": [1]}}, {"b": true}]"#);
        let smaller = smaller(&case);
        for expected in [
            r#"[{"b": true}]"#,
            r#"[{"a": [1]}, {"b": true}]"#,
            r#"[{"a": {"_type": "override", "priority": 50, "content": []}}, {"b": true}]"#,
        ] {
            assert!(smaller.contains(&value(expected)), "{expected}: {smaller:?}");
        }
        // Half a priority would be something else.
        assert!(
            !smaller
                .iter()
                .any(|it| !it.to_string().contains("content") && it.to_string().contains("_type"))
        );
    }
}
