use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use domi_event::{Diagnostics, Prepared, Verdict};
use domi_model::Platform;

use crate::plan::Job;
use crate::schedule::Weight;
use crate::tell::Tell;

/// What runs a job; the weakest first: what passes on a stronger one says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackendKind {
    /// Nix evaluates the options, the assertions and the whole trunk; nothing runs.
    Eval,
    /// A Debian guest under QEMU, with the system that Rust realised.
    Portable,
    /// NixOS in containers that share a kernel, through the NixOS test driver.
    NixosContainer,
    /// NixOS in virtual machines, through the NixOS test driver.
    NixosVm,
}

impl BackendKind {
    /// All of them, the weakest first.
    pub const ALL: [Self; 4] = [Self::Eval, Self::Portable, Self::NixosContainer, Self::NixosVm];

    /// Its name, as the event stream has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eval => "eval",
            Self::Portable => "portable",
            Self::NixosContainer => "nixos-container",
            Self::NixosVm => "nixos-vm",
        }
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BackendKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("the backends are {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// A way to run jobs.
pub(crate) trait Backend: Sync {
    /// Finds out what the jobs of a system will run on. Asked for once, before the first job, and
    /// only when a job needs machines.
    fn prepare(&self, system: Platform, tell: &Tell) -> Result<Prepared, Unable>;

    /// How much of the host a job needs.
    fn weight(&self, job: &Job) -> Weight;

    /// What of the machines of a job could change its verdict; nothing where no verdict is worth
    /// keeping.
    ///
    /// Making that known may take long: it may build an image.
    fn key(&self, job: &Job, tell: &Tell) -> Result<Option<String>, Unable>;

    /// Runs a job to its end.
    fn run(&self, job: &Job, folder: &Artifacts, tell: &Tell) -> Done;
}

/// The folder that takes what a job leaves behind.
#[derive(Debug, Clone)]
pub(crate) struct Artifacts {
    /// The folder. There is none until something is put in it.
    pub(crate) path: PathBuf,
    /// How people are told of it.
    pub(crate) shown: String,
}

impl Artifacts {
    /// Keeps a text. One that cannot be kept changes no verdict.
    pub(crate) fn keep(&self, name: &str, text: &str) {
        let _ = domi_host::file::write(&self.path.join(name), text);
    }
}

/// Why a job cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unable {
    /// The user asked to stop.
    Interrupted,
    /// Something that this computer lacks.
    Missing(String),
    /// Something failed.
    Failed(String),
}

impl Unable {
    /// Why an error leaves a job undecided, told in a message that names the path which it is
    /// about.
    pub(crate) fn from_error(error: &(dyn std::error::Error + 'static), message: String) -> Self {
        if domi_host::Cause::of(error) != domi_host::Cause::Computer {
            return Self::Failed(message);
        }
        Self::Missing(match domi_host::dirs::moved_by(&message, &[]) {
            Some(variable) => format!("{message}; {variable} names another folder"),
            None => message,
        })
    }
}

/// What a job came to.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) verdict: Verdict,
    pub(crate) reason: String,
    /// How long its machines ran.
    pub(crate) machine_millis: u64,
    pub(crate) diagnostics: Option<Box<Diagnostics>>,
    /// Whether the reason is something that this computer lacks.
    pub(crate) missing: bool,
    /// The key of the verdict, where it has one.
    pub(crate) key: Option<String>,
}

impl Done {
    pub(crate) fn of(verdict: Verdict) -> Self {
        Self { verdict, ..Self::default() }
    }
}

impl From<Unable> for Done {
    fn from(unable: Unable) -> Self {
        match unable {
            Unable::Interrupted => Self::of(Verdict::Interrupted),
            Unable::Missing(reason) => Self { reason, missing: true, ..Self::of(Verdict::Error) },
            Unable::Failed(reason) => Self { reason, ..Self::of(Verdict::Error) },
        }
    }
}
