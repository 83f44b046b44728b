//! What is answered when a repository is made from a template.

use serde::{Deserialize, Serialize};

/// What was answered when the repository was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Answers {
    /// The clone whose crates are used; else they come from where domi-nix is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
}
