//! Options of NixOS's own modules that a feature sets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, OptionPath, Place, Priority};

/// An option of NixOS's own modules that a feature sets: `services.openssh.enable`. What it comes to is
/// known only to who evaluates these modules, which is Nix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NixosSetting {
    /// The option, or an attribute within one.
    pub option: OptionPath,
    /// The value. Its type is not known here.
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
