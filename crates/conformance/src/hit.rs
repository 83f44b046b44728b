//! Which of the known corners cases have in them.

use std::collections::BTreeSet;
use std::fmt;

use domi_model::Value;

use crate::corners::{FLOATS, INTEGERS, NAMES, TEXTS};

/// How many corners of each kind some cases reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Corners {
    texts: BTreeSet<usize>,
    names: BTreeSet<usize>,
    integers: BTreeSet<usize>,
    floats: BTreeSet<usize>,
}

impl Corners {
    /// Of these cases.
    pub fn of<'v>(cases: impl Iterator<Item = &'v Value>) -> Self {
        let mut out = Self::default();
        cases.for_each(|case| out.value(case));
        out
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Int(n) => self.integers.extend(INTEGERS.iter().position(|it| it == n)),
            Value::Float(x) => {
                let same = |it: &f64| it.to_bits() == x.to_bits();
                self.floats.extend(FLOATS.iter().position(same));
            }
            Value::Str(text) => self.texts.extend(TEXTS.iter().position(|it| it == text)),
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Attrs(attrs) => {
                for (name, value) in attrs {
                    self.names.extend(NAMES.iter().position(|it| it == name));
                    self.value(value);
                }
            }
        }
    }
}

impl fmt::Display for Corners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { texts, names, integers, floats } = self;
        let counts = [
            ("texts", texts, TEXTS.len()),
            ("names", names, NAMES.len()),
            ("integers", integers, INTEGERS.len()),
            ("floats", floats, FLOATS.len()),
        ];
        let counts = counts.map(|(kind, hit, all)| format!("{} of {all} {kind}", hit.len()));
        f.write_str(&counts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_corner_is_counted_once() {
        let case = Value::from_json_text(r#"{"docs": ["é", "é", "no corner", 127, -0.0]}"#);
        let hit = Corners::of([case.unwrap()].iter()).to_string();
        let all = (TEXTS.len(), NAMES.len(), INTEGERS.len(), FLOATS.len());
        let expected = format!(
            "1 of {} texts, 1 of {} names, 1 of {} integers, 1 of {} floats",
            all.0, all.1, all.2, all.3
        );
        assert_eq!(hit, expected);
    }
}
