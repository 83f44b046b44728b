use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The names that lead to an option, from the feature's own options: `["tls", "keyFile"]`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct OptionPath(pub Vec<String>);

impl OptionPath {
    /// The path of a top-level option.
    pub fn new(name: impl Into<String>) -> Self {
        Self(vec![name.into()])
    }

    /// The path of an option within this one.
    #[must_use]
    pub fn join(&self, name: impl Into<String>) -> Self {
        let mut names = self.0.clone();
        names.push(name.into());
        Self(names)
    }
}

/// Dotted, with names that are no identifiers in quotes, as Nix shows it; the place in a list is
/// a name such as `[2]`.
impl fmt::Display for OptionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            let index = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            if index.is_some_and(|n| n.parse::<usize>().is_ok()) {
                f.write_str(name)?;
                continue;
            }
            if i > 0 {
                f.write_str(".")?;
            }
            let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-'".contains(c));
            if plain { f.write_str(name)? } else { write!(f, "{name:?}")? }
        }
        Ok(())
    }
}
