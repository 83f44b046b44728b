//! What `release` prints.

use domi_compare::{Finding, Level};
use schemars::JsonSchema;
use serde::Serialize;

use crate::out;

/// The version of the document.
const SCHEMA: &str = "domi.release/1";

/// Features, what changed of them since their last tags, and which versions follow.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    /// The version of this document: `domi.release/1`.
    schema: String,
    /// The features, in the order of their names or as they were asked for.
    pub(super) features: Vec<Released>,
}

impl Document {
    pub(super) fn of(features: Vec<Released>) -> Self {
        Self { schema: SCHEMA.to_owned(), features }
    }
}

/// A feature, and what changed of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Released {
    /// Its name.
    pub(super) feature: String,
    /// Its version as it is now.
    pub(super) version: String,
    /// The tag of its last release; none where it was never released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_tag: Option<String>,
    /// The version of its last release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_version: Option<String>,
    /// The least version that it may have now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) least: Option<String>,
    /// The greatest level of the changes; none where nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) level: Option<Level>,
    /// How its version stands to what changed.
    pub(super) state: State,
    /// What changed, what weighs most first.
    pub(super) changes: Vec<Finding>,
    /// Why it could not be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// How a version stands to what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum State {
    /// It was never released.
    First,
    /// Nothing changed since its last release.
    Unchanged,
    /// Its version is high enough.
    Enough,
    /// Its version is too low.
    TooLow,
    /// What changed could not be found out.
    NotCompared,
}

/// The JSON Schema of the document.
pub(in crate::command) fn schema() -> serde_json::Value {
    out::schema::<Document>(SCHEMA)
}
