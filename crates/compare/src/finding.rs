//! What was found in a comparison.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{Direction, Effect, Level};

/// A change, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The row of the table of effects.
    pub effect: Effect,
    /// From which side it is felt.
    pub direction: Direction,
    /// What it does to the version.
    pub level: Level,
    /// What it is about: `option port`, `unit "web.service"`.
    pub what: String,
    /// What it was, where that can be said in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is now, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Finding {
    /// A finding of which no more is said than what it is about.
    pub fn new(effect: Effect, what: impl Into<String>) -> Self {
        Self {
            effect,
            direction: effect.direction(),
            level: effect.level(),
            what: what.into(),
            before: None,
            after: None,
        }
    }

    /// With what it was and what it is.
    #[must_use]
    pub(crate) fn with(mut self, before: impl Into<String>, after: impl Into<String>) -> Self {
        self.before = Some(before.into());
        self.after = Some(after.into());
        self
    }
}
