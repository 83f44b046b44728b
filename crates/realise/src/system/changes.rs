//! What becomes of a unit when something changes, as NixOS writes it into the unit file.

use domi_model::{self as model, Expr, RELOAD_TRIGGERS, RESTART_TRIGGERS};

use super::build::{About, Builder};
use super::section::Section;
use crate::eval::Scope;

impl Builder<'_> {
    /// The keys that name the files of triggers.
    pub(super) fn triggers(
        &mut self,
        section: &mut Section,
        part: &model::Unit,
        name: &str,
        about: About<'_>,
        scope: &Scope<'_>,
    ) {
        let changes = &part.changes;
        let both = [
            (RESTART_TRIGGERS, &changes.restart_triggers),
            (RELOAD_TRIGGERS, &changes.reload_triggers),
        ];
        for (key, triggers) in both {
            if triggers.is_empty() {
                continue;
            }
            let text = |trigger: &Expr| self.ok(about, scope.text(trigger));
            let texts: Option<Vec<_>> = triggers.iter().map(text).collect();
            if let Some(texts) = texts {
                let file = scope.file(&stored_name(&format!("{key}-{name}")), texts.join(" "));
                section.set(key, vec![file]);
            }
        }
    }
}

/// The most bytes that nixpkgs leaves of a name.
const LONGEST_NAME: usize = 207;

/// A name as nixpkgs writes it for the store, where only some characters may be.
fn stored_name(name: &str) -> String {
    let mut out = String::new();
    let mut replaced = false;
    for c in name.trim_start_matches('.').chars() {
        let good = c.is_ascii_alphanumeric() || "+-._?=".contains(c);
        if good {
            out.push(c);
        } else if !replaced {
            out.push('-');
        }
        replaced = !good;
    }
    out.split_off(out.len().saturating_sub(LONGEST_NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_nixpkgs_makes() {
        for (name, expected) in [
            ("X-Restart-Triggers-job", "X-Restart-Triggers-job"),
            ("X-Restart-Triggers-worker@", "X-Restart-Triggers-worker-"),
            ("a@:b", "a-b"),
            ("..a", "a"),
        ] {
            assert_eq!(stored_name(name), expected);
        }
        assert_eq!(stored_name(&("x".to_owned() + &"y".repeat(207))), "y".repeat(207));
    }
}
