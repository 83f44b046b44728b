//! A section of a unit file.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Keys with their lines, in the order of the keys.
#[derive(Debug, Default)]
pub(super) struct Section(BTreeMap<String, Vec<String>>);

impl Section {
    /// Sets a key to lines; returns whether it had none before.
    pub(super) fn set(&mut self, key: &str, lines: Vec<String>) -> bool {
        self.0.insert(key.to_owned(), lines).is_none()
    }

    /// Leaves keys out that have nothing but an empty value.
    pub(super) fn forget_empty(&mut self, keys: &[&str]) {
        self.0
            .retain(|key, lines| !keys.contains(&&**key) || lines.iter().any(|it| !it.is_empty()));
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn lines(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn render(&self) -> String {
        let mut out = String::new();
        for (key, lines) in &self.0 {
            for line in lines {
                writeln!(out, "{key}={line}").expect("writing to a String cannot fail");
            }
        }
        out
    }
}
