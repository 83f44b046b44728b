//! The texts of units, read as far as a switch needs them.

use std::collections::{BTreeMap, BTreeSet};

use crate::System;

/// What a unit says: its settings by section and key, each with its values in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UnitText(BTreeMap<(String, String), Vec<String>>);

impl UnitText {
    /// All that a system says of a unit. `base` is where it says so: for an instance that has no
    /// file of its own, its template.
    pub(super) fn of(system: &System, unit: &str, base: &str) -> Self {
        let mut text = Self::default();
        let own = system.units.get(base).into_iter().chain(system.drop_ins.get(base));
        let instance = system.drop_ins.get(unit).filter(|_| unit != base);
        for part in own.chain(instance) {
            text.add(&part.text);
        }
        text
    }

    /// Adds what a file says: more values of a key, or none any more where its value is empty.
    fn add(&mut self, text: &str) {
        let mut section = String::new();
        for line in lines(text) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
                continue;
            }
            // What links a unit is no property of it.
            let Some((key, value)) = line.split_once('=').filter(|_| section != "Install") else {
                continue;
            };
            let at = (section.clone(), key.trim().to_owned());
            match value.trim() {
                "" => drop(self.0.remove(&at)),
                value => self.0.entry(at).or_default().push(value.to_owned()),
            }
        }
    }

    /// Whether it says yes; where it says nothing, that is `otherwise`.
    pub(super) fn is(&self, section: &str, key: &str, otherwise: bool) -> bool {
        let last = self.values(section, key).last();
        last.map_or(otherwise, |it| ["1", "yes", "true", "on"].contains(&it.as_str()))
    }

    /// The values of a key.
    pub(super) fn values(&self, section: &str, key: &str) -> &[String] {
        self.0.get(&(section.to_owned(), key.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The keys of which two units do not say the same, each with its section.
    pub(super) fn differing<'a>(&'a self, other: &'a Self) -> BTreeSet<(&'a str, &'a str)> {
        let keys = self.0.keys().chain(other.0.keys());
        let differ = keys.filter(|at| self.0.get(*at) != other.0.get(*at));
        differ.map(|(section, key)| (section.as_str(), key.as_str())).collect()
    }
}

/// The lines of a unit's file without comments; those that go on are one.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let whole = open.take().unwrap_or_default() + line;
        match whole.strip_suffix('\\') {
            Some(begun) => open = Some(begun.to_owned() + " "),
            None => lines.push(whole),
        }
    }
    lines.extend(open);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> UnitText {
        let mut read = UnitText::default();
        read.add(text);
        read
    }

    #[test]
    fn values_add_up_until_an_empty_one() {
        let unit = read("[Unit]\nAfter=a\nAfter= b c\n# After=d\n[Service]\nA=1\nA=\nA=2 \\\n 3\n");
        assert_eq!(unit.values("Unit", "After"), ["a", "b c"]);
        assert_eq!(unit.values("Service", "A"), ["2  3"]);
        assert_eq!(read("[Install]\nWantedBy=a\n"), UnitText::default());
    }

    #[test]
    fn the_last_word_counts() {
        let unit = read("[Unit]\nA=no\nA=on\nB=true\nB=maybe\n");
        assert!(unit.is("Unit", "A", false));
        assert!(!unit.is("Unit", "B", true));
        assert!(unit.is("Unit", "C", true));
    }
}
