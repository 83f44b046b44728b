//! What several parts of one name say together.

use std::collections::BTreeMap;

/// The fields of a user, or of a rule of tmpfiles.d. NixOS merges parts of one name: a field may
/// be given by any of them, and by several that say the same.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    pub(super) fn give(&mut self, field: &'static str, value: Option<String>) {
        if let Some(value) = value {
            self.0.insert(field, value);
        }
    }

    /// Takes what another part gives; returns the fields of which it says something else.
    pub(super) fn merge(&mut self, other: Self) -> Vec<&'static str> {
        let mut differing = Vec::new();
        for (field, value) in other.0 {
            match self.0.get(field) {
                Some(given) if *given != value => differing.push(field),
                Some(_) => {}
                None => drop(self.0.insert(field, value)),
            }
        }
        differing
    }

    pub(super) fn get<'f>(&'f self, field: &str, otherwise: &'f str) -> &'f str {
        self.0.get(field).map_or(otherwise, String::as_str)
    }
}
