//! What a job came to, and where it leaves what it made.

use std::path::PathBuf;

use domi_event::{Diagnostics, Verdict};
use domi_model::Problem;

/// The folder that takes what a job leaves behind.
#[derive(Debug, Clone)]
pub struct Artifacts {
    /// The folder. There is none until something is put in it.
    pub path: PathBuf,
    /// How it is shown to people.
    pub shown: String,
}

impl Artifacts {
    /// Keeps a text. One that cannot be kept changes no verdict.
    pub fn keep(&self, name: &str, text: &str) {
        let _ = domi_host::file::write(&self.path.join(name), text);
    }
}

/// Why a job cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unable {
    /// The user asked to stop.
    Interrupted,
    /// Something that this computer lacks.
    Missing(String),
    /// What it ran on broke, by nothing that the job did: it may go well another time.
    Broken(String),
    /// Something failed.
    Failed(String),
}

impl Unable {
    /// Something that this computer lacks, as a problem says it.
    pub fn lacking(problem: &Problem) -> Self {
        Self::Missing(format!("[{}] {}; {}", problem.code, problem.message, problem.next))
    }

    /// Why an error leaves a job undecided, told in a message that names the path which it is
    /// about. A run adds the variable that moves it.
    pub fn from_error(error: &(dyn std::error::Error + 'static), message: String) -> Self {
        match domi_host::Cause::of(error) {
            domi_host::Cause::Computer => Self::Missing(message),
            _ => Self::Failed(message),
        }
    }
}

/// What a job came to.
#[derive(Debug, Default)]
pub struct Done {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where the verdict does not speak for itself.
    pub reason: String,
    /// How long its machines ran.
    pub machine_millis: u64,
    /// What is known of a failure.
    pub diagnostics: Option<Box<Diagnostics>>,
    /// Whether the reason is something that this computer lacks.
    pub missing: bool,
    /// Whether the reason is that what it ran on broke, by nothing that the job did.
    pub broken: bool,
    /// The key of the verdict, where it has one.
    pub key: Option<String>,
}

impl Done {
    /// A verdict that needs no reason.
    pub fn of(verdict: Verdict) -> Self {
        Self { verdict, ..Self::default() }
    }
}

impl From<Unable> for Done {
    fn from(unable: Unable) -> Self {
        match unable {
            Unable::Interrupted => Self::of(Verdict::Interrupted),
            Unable::Missing(reason) => Self { reason, missing: true, ..Self::of(Verdict::Error) },
            Unable::Broken(reason) => Self { reason, broken: true, ..Self::of(Verdict::Error) },
            Unable::Failed(reason) => Self { reason, ..Self::of(Verdict::Error) },
        }
    }
}
