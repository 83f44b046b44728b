use domi_model::Place;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Verdict;

/// A feature's test on a system through a backend.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct PlannedJob {
    /// Its name, unique in the run: `feature-x/answers-with-the-greeting/x86_64-linux/portable`.
    pub job: String,
    /// The feature.
    pub feature: String,
    /// The test, as its author called it.
    pub test: String,
    /// The system under test.
    pub system: String,
    /// The systems of its machines, where they are of several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machine_systems: Vec<String>,
    /// The backend.
    pub backend: String,
    /// How people call the backend: `portable guest`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub backend_title: String,
    /// Why this backend, in full.
    pub why: String,
    /// The same in a few words that can stand in brackets; empty where that is the same.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub brief: String,
    /// How many steps it has; 0 for a refusal.
    pub steps: usize,
    /// How long it took last time, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_millis: Option<u64>,
    /// Why its failures are accepted, and how long, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    /// The job that does the same test in the other lane, if the two are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<String>,
}

impl PlannedJob {
    /// The systems of all its machines.
    pub fn systems(&self) -> impl Iterator<Item = &str> {
        let own = self.machine_systems.is_empty().then_some(&*self.system);
        own.into_iter().chain(self.machine_systems.iter().map(|system| &**system))
    }
}

/// Failures of a job are known, and accepted for a time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Quarantine {
    /// Why, as people wrote it.
    pub reason: String,
    /// The last day on which they are accepted: `2026-12-31`.
    pub until: String,
}

/// A job began.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct JobStarted {
    /// The job.
    pub job: String,
}

/// What a job is doing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct JobProgress {
    /// The job.
    pub job: String,
    /// What, in one line.
    pub what: String,
}

/// A step of a job began.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct StepStarted {
    /// The job.
    pub job: String,
    /// Its number, from 1.
    pub step: usize,
    /// The machine it happens on.
    pub machine: String,
    /// What it does, in words.
    pub what: String,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A step of a job ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct StepFinished {
    /// The job.
    pub job: String,
    /// Its number, from 1.
    pub step: usize,
    /// How long it took.
    pub millis: u64,
    /// Whether it succeeded.
    pub good: bool,
}

/// What is known of a failure.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Diagnostics {
    /// The job.
    pub job: String,
    /// What went wrong, in one sentence without a full stop.
    pub message: String,
    /// The number of the step, from 1; 0 where it was none.
    pub step: usize,
    /// What the step does, in words.
    pub what: String,
    /// The machine.
    pub machine: String,
    /// Where the step was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was expected: a text, or the description of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Whether the output had to be exactly the expected text, so that comparing them line by line
    /// makes sense.
    pub exact: bool,
    /// What came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// What the step's command wrote to standard error, or wrote there in its last try.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// What may have been the reason, where it is not the feature: one sentence, and what to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// What the journals of the feature's units say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub journals: Vec<Journal>,
    /// Units that have failed, on which machine: `server: feature-x.service`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_units: Vec<String>,
    /// The end of the serial console, where it matters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub serial: String,
    /// The folder that holds all of it.
    pub folder: String,
    /// The command that repeats just this job.
    pub repeat: String,
}

/// The end of a journal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Journal {
    /// The machine.
    pub machine: String,
    /// Its last lines.
    pub text: String,
}

/// An attempt at a job ended, and another one begins.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct JobRetried {
    /// The job.
    pub job: String,
    /// The number of the attempt that ended, from 1.
    pub attempt: u32,
    /// Its verdict.
    pub verdict: Verdict,
    /// How long it took.
    pub millis: u64,
}

/// A job ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct JobFinished {
    /// The job.
    pub job: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Why, if the verdict needs a reason (skipped, cached, error).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Whether the reason is something that this computer lacks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
    /// A key of everything that could change the verdict, if known: if two jobs have the same key,
    /// the same was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How long it took in all.
    pub millis: u64,
    /// How long its machines ran.
    pub machine_millis: u64,
    /// What of the test was not covered here, one phrase each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_covered: Vec<String>,
}
