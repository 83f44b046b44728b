use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, Place, Type, Value};

/// An option that a feature declares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionDecl {
    /// Its name, in camelCase.
    pub name: String,
    /// Which values it accepts.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What it is for, in CommonMark.
    pub description: String,
    /// Its value where nobody sets it; without one it must be set. May refer to any option of
    /// the feature; within a submodule also to its neighbours, as the variable
    /// [`NEIGHBOURS`](crate::NEIGHBOURS) (`config.source`), and where the submodule is a value of
    /// an attribute set to its name there, as the variable [`NAME`](crate::NAME).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// How documentation shows the default, in CommonMark, where the expression would mislead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_text: Option<String>,
    /// A value that documentation shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// Not meant for users of the feature at all.
    #[serde(default, skip_serializing_if = "is_false")]
    pub internal: bool,
    /// Left out of documentation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// Only the default may set it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// The variable that holds the options beside a submodule's option: `config`, as in Nix.
pub const NEIGHBOURS: &str = "config";

/// The variable that holds a submodule's name in its attribute set: `name`, as in Nix.
pub const NAME: &str = "name";

fn is_false(b: &bool) -> bool {
    !b
}

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
