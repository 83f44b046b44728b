use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Verdict;

/// A test was done in two lanes, and what they say of it was compared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct LanesCompared {
    /// The feature.
    pub feature: String,
    /// The test, as its author called it.
    pub test: String,
    /// The system under test.
    pub system: String,
    /// What came of it.
    pub outcome: LanesOutcome,
    /// What each lane says, the weaker one first.
    pub lanes: Vec<LaneVerdict>,
    /// Why they could not be compared, if they could not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What one lane says of a test.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct LaneVerdict {
    /// The job.
    pub job: String,
    /// The backend.
    pub backend: String,
    /// What the job came to, whether its failure is accepted or not.
    pub verdict: Verdict,
}

/// What came of comparing two lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LanesOutcome {
    /// Both say the same.
    Same,
    /// They contradict each other. The run is bad, whatever else is known of the jobs.
    Different,
    /// One of them came to no verdict, so nobody knows.
    Undecided,
    /// One of them cannot do the test, and the other one did it alone.
    NotCompared,
    /// An outcome that a newer version wrote.
    #[default]
    #[serde(other)]
    Unknown,
}
