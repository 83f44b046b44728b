//! When, and how often, parts of a system are there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Expr;

/// When, and how often, a part of the system is there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Scope {
    /// Only where this boolean is true. May use what `each` binds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Once for each attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
}

impl Scope {
    /// Whether the part is there once and always.
    pub fn is_plain(&self) -> bool {
        self.when.is_none() && self.each.is_none()
    }
}

/// Once for each attribute of a set, such as one service per instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Each {
    /// The attribute set.
    pub over: Expr,
    /// The name bound to the attribute's name.
    pub name: String,
    /// The name bound to the attribute's value.
    pub value: String,
}
