//! What becomes of a unit that runs while the machine's configuration changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Expr;

/// What becomes of a unit that runs while the configuration changes, and what counts as a change of
/// it besides its unit file. It is written into the unit file, where NixOS reads it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Changes {
    /// Strings, numbers, and paths of files that the feature makes: it restarts when one of them is
    /// another one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restart_triggers: Vec<Expr>,
    /// The same of a service that only reloads, unless something else changes too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reload_triggers: Vec<Expr>,
    /// What a service does when it has changed, where it is not stopped and started again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_changed: Option<IfChanged>,
}

impl Changes {
    /// Whether nothing is said.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// What a service does when it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IfChanged {
    /// It is restarted in one step once all else has been changed: the old one runs until then.
    Restart,
    /// It reloads.
    Reload,
    /// It runs on as it is.
    Stay,
}

impl IfChanged {
    /// The line of the unit file that says so.
    pub fn line(self) -> &'static str {
        match self {
            Self::Restart => "X-StopIfChanged=false",
            Self::Reload => "X-ReloadIfChanged=true",
            Self::Stay => "X-RestartIfChanged=false",
        }
    }
}

/// The key of a unit file that names the file of triggers.
pub const RESTART_TRIGGERS: &str = "X-Restart-Triggers";

/// The same for triggers of a reload.
pub const RELOAD_TRIGGERS: &str = "X-Reload-Triggers";
