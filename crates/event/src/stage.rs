use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something long began that is no test.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct StageStarted {
    /// Its number in the run, from 1, which its end has as well; 0 where nobody knows.
    #[serde(skip_serializing_if = "is_zero")]
    pub id: u64,
    /// What: `downloading packages`.
    pub stage: String,
    /// The system that it is for; empty where it is for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// How long it took last time, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_millis: Option<u64>,
}

/// Something long ended that is no test.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct StageFinished {
    /// The number with which it began; 0 where nobody knows.
    #[serde(skip_serializing_if = "is_zero")]
    pub id: u64,
    /// What.
    pub stage: String,
    /// The system that it was for; empty where it was for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// How long it took.
    pub millis: u64,
}

impl StageStarted {
    /// What tells it from others that go on at the same time. Streams of earlier versions have
    /// nothing but its name.
    pub fn key(&self) -> String {
        key(self.id, &self.stage)
    }
}

impl StageFinished {
    /// What it began with.
    pub fn key(&self) -> String {
        key(self.id, &self.stage)
    }
}

fn key(id: u64, stage: &str) -> String {
    match id {
        0 => stage.to_owned(),
        id => format!("{id} {stage}"),
    }
}

// Serde gives it a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(id: &u64) -> bool {
    *id == 0
}
