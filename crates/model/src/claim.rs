//! What a feature says that it takes for itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, Place, Scope};

/// Something that a feature takes for itself and that nothing else in the manifest tells: a port on
/// which it listens, or a path that belongs to it alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Of what kind it is.
    pub kind: ClaimKind,
    /// A list: integers for ports, strings for absolute paths.
    pub values: Expr,
    /// When, and how often.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What a feature may claim by saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// TCP ports on which it listens. 0 is none: the kernel then chooses a free one.
    Tcp,
    /// UDP ports on which it listens, likewise.
    Udp,
    /// Absolute paths that nobody else writes to.
    Path,
}
