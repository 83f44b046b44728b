use domi_model::Place;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Counts, Verdict};

/// What happened. Durations are whole milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", content = "data", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Body {
    /// The run began; always the first event.
    RunStarted(RunStarted),
    /// What the run will do; always the second.
    Plan(Plan),
    /// It is known what jobs will run on.
    Prepared(Prepared),
    /// Something long began that is not a test: an image is built, packages are installed.
    StageStarted(StageStarted),
    /// It ended.
    StageFinished(StageFinished),
    /// A job began.
    JobStarted(JobStarted),
    /// What a job is doing, as a line of text. Comes from time to time, and no verdict depends on
    /// it.
    JobProgress(JobProgress),
    /// A step of a job began.
    StepStarted(StepStarted),
    /// A step of a job ended.
    StepFinished(StepFinished),
    /// What is known of a failure; comes before the job's end.
    Diagnostics(Box<Diagnostics>),
    /// An attempt at a job ended, and another one begins.
    JobRetried(JobRetried),
    /// A job ended.
    JobFinished(JobFinished),
    /// Something worth saying that changes no verdict.
    Note(Note),
    /// The user has a shell in a machine: the terminal is theirs.
    ShellOpened(ShellOpened),
    /// The user has left the machine.
    ShellClosed(ShellClosed),
    /// The run ended; always the last event. A file without it belongs to a run that was killed.
    RunFinished(RunFinished),
    /// An event that a newer version wrote, as it was.
    #[serde(skip)]
    Unknown {
        /// Its name.
        event: String,
        /// What it says.
        data: serde_json::Value,
    },
}

impl Body {
    /// The names of all events that this version knows.
    pub const NAMES: &[&str] = &[
        "runStarted",
        "plan",
        "prepared",
        "stageStarted",
        "stageFinished",
        "jobStarted",
        "jobProgress",
        "stepStarted",
        "stepFinished",
        "diagnostics",
        "jobRetried",
        "jobFinished",
        "note",
        "shellOpened",
        "shellClosed",
        "runFinished",
    ];
}

/// The run began.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct RunStarted {
    /// The version of the stream: `domi.event/1`.
    pub schema: String,
    /// The run's name: `20261121-003523-4f2a`.
    pub run: String,
    /// The tool's version.
    pub tool: String,
    /// The system that the run happens on: `x86_64-linux`.
    pub host: String,
    /// The run's folder, relative to the workspace where it lies in it.
    pub folder: String,
    /// The command that started it, word by word, as far as it is known.
    pub command: Vec<String>,
    /// Which part of a plan the run does, where it is not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The commit that was tested, and a digest of the uncommitted changes; empty if unknown. Runs
    /// of different sources cannot be merged.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A part of a plan, which several computers share.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Shard {
    /// Its number, from 1.
    pub index: usize,
    /// How many shards there are.
    pub of: usize,
    /// The key of the whole plan and how it was cut: shards with the same key fit together, and
    /// have every job once.
    pub plan: String,
    /// How many jobs all shards have together.
    pub jobs: usize,
}

/// What the run will do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Plan {
    /// The jobs, in the order in which they are shown.
    pub jobs: Vec<PlannedJob>,
}

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
    /// The backend.
    pub backend: String,
    /// Why this backend.
    pub why: String,
    /// How many steps it has; 0 for a refusal.
    pub steps: usize,
    /// How long it took last time, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_millis: Option<u64>,
    /// Why its failures are accepted, and how long, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
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

/// What jobs of a backend will run on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Prepared {
    /// The backend.
    pub backend: String,
    /// The system that this holds for; empty where it holds for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// What executes the machines: `kvm` or `tcg`.
    pub accelerator: String,
    /// Why, in a few words that can stand in brackets.
    pub why: String,
    /// How many jobs run at once.
    pub at_once: usize,
}

/// Something long began that is no test.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct StageStarted {
    /// What: `downloading packages`.
    pub stage: String,
    /// How long it took last time, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_millis: Option<u64>,
}

/// Something long ended that is no test.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct StageFinished {
    /// What.
    pub stage: String,
    /// How long it took.
    pub millis: u64,
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
    /// What it came to.
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

/// Something worth saying that changes no verdict.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Note {
    /// The job that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// What.
    pub message: String,
}

/// The user has a shell in a machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ShellOpened {
    /// The job.
    pub job: String,
    /// The machine.
    pub machine: String,
}

/// The user has left the machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ShellClosed {
    /// The job.
    pub job: String,
    /// The machine.
    pub machine: String,
}

/// The run ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct RunFinished {
    /// How many jobs have which verdict.
    pub counts: Counts,
    /// How long it took.
    pub millis: u64,
    /// Whether the user stopped it.
    pub interrupted: bool,
}
