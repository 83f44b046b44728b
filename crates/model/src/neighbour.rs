//! What a feature wants of others on its machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, Place};

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
