//! What a feature wants of others on its machine, and sets of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, OptionPath, Place};

/// Another feature that this one has to do with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Neighbour {
    /// Its name.
    pub feature: String,
    /// Only where this boolean is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What a feature sets of another one, where that is on the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NeighbourSetting {
    /// The other feature: one of the manifest's `neighbours`.
    pub feature: String,
    /// Its option, or an attribute within one: one that `neighbours` says is set.
    pub option: OptionPath,
    /// The value.
    pub value: Expr,
    /// How much it counts, where it does not count as the machine's own settings do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Only where this boolean is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// How much a setting counts beside others of the same option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Priority {
    /// Less than others: `lib.mkDefault`.
    Default,
    /// More than others: `lib.mkForce`.
    Force,
}
