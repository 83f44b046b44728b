use std::path::PathBuf;

use domi_event::{Diagnostics, Prepared, Verdict};

use crate::plan::Job;
use crate::tell::Tell;

/// What runs a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackendKind {
    /// A Debian guest under QEMU, with the system that Rust realised.
    Portable,
}

impl BackendKind {
    /// Its name, as the event stream has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
        }
    }
}

/// The backend that runs jobs here, and why that one.
pub(crate) fn choose() -> (BackendKind, String) {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let nix = std::env::split_paths(&folders).any(|folder| folder.join("nix").is_file());
    let why =
        if nix { "the one backend there is yet, although nix is here" } else { "no nix here" };
    (BackendKind::Portable, why.to_owned())
}

/// A way to run jobs.
pub(crate) trait Backend: Sync {
    /// Finds out what jobs will run on. Asked for once, before the first job, and only when a job
    /// needs machines.
    fn prepare(&self, tell: &Tell) -> Result<Prepared, Unable>;

    /// How much of the host's memory a job needs, in MiB.
    fn weight(&self, job: &Job) -> u64;

    /// What of the machines of a job could change its verdict.
    ///
    /// Making that known may take long: it may build an image.
    fn key(&self, job: &Job, tell: &Tell) -> Result<String, Unable>;

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
