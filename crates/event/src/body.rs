use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Counts;
use crate::job::{
    Diagnostics, JobFinished, JobProgress, JobRetried, JobStarted, PlannedJob, StepFinished,
    StepStarted,
};
use crate::lanes::LanesCompared;
use crate::stage::{StageFinished, StageStarted};

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
    /// What two lanes say of a test was compared; comes once both of its jobs have ended.
    LanesCompared(LanesCompared),
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
        "lanesCompared",
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
    /// Why, in full.
    pub why: String,
    /// The same in a few words that can stand in brackets; empty where that is the same.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub brief: String,
    /// How many jobs run at once.
    pub at_once: usize,
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
