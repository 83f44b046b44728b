//! What a backend says of a test before anything runs.

use std::collections::BTreeSet;

use domi_model::{Manifest, Platform, Problem, Test};

use crate::beside::Beside;
use crate::codes::ONLY_PORTABLE;
use crate::job::Variant;
use crate::kind::BackendKind;
use crate::machine_systems::MachineSystems;

/// A test that wants a backend.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The feature.
    pub manifest: &'a Manifest,
    /// Its previous release, where that is known: machines of the test may begin with it.
    pub previous: Option<&'a Manifest>,
    /// The test.
    pub test: &'a Test,
    /// The system that it is for.
    pub system: Platform,
    /// The systems of its machines that may be of another.
    pub machine_systems: &'a MachineSystems,
    /// The backend that was asked for, where one was.
    pub asked: Option<BackendKind>,
    /// Settings (`option=value`) that its machines get on top of their own.
    pub set: &'a [String],
    /// Features that are enabled beside the one that is tested.
    pub beside: &'a [Beside],
    /// Who makes the systems of its machines, and who takes its steps.
    pub variant: Variant,
    /// What was asked for that only machines of ours can do, such as `--set`.
    pub only_portable: Option<&'static str>,
}

/// A backend can run a test here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Why it is the one, in full, in words that can stand in brackets: `nix 2.30.1 and KVM`.
    /// Empty where only what stronger ones lack says it.
    pub why: String,
    /// The same in a word or two.
    pub brief: String,
    /// What is worth saying of it where it was asked for: `, with KVM at ssh://arm`.
    pub how: String,
    /// Whether others that run the same system go first, because it is slow here.
    pub slow: bool,
}

/// A backend cannot run a test here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is said to who asked for it.
    pub problem: Box<Problem>,
    /// Why a weaker one runs the test, in full.
    pub why: String,
    /// The same in a few words.
    pub brief: String,
    /// Whether this computer has none of them, whatever the test.
    pub none_here: bool,
}

impl From<Problem> for Refused {
    /// A problem whose message is short enough.
    fn from(problem: Problem) -> Self {
        let why = problem.message.clone();
        Self { problem: Box::new(problem), brief: why.clone(), why, none_here: false }
    }
}

/// What of a test a backend leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Why it is not run at all, if it is not.
    pub skip: Option<String>,
    /// What is not covered, one phrase each.
    pub not_covered: Vec<String>,
}

impl Wanted<'_> {
    /// The systems of all its machines.
    pub fn systems(&self) -> BTreeSet<Platform> {
        self.machine_systems.all(self.test, self.system)
    }

    /// Refuses what only machines of ours can do; for backends that are not.
    ///
    /// # Errors
    /// When something of that kind was asked for.
    pub fn nothing_for_portable_alone(&self, kind: BackendKind) -> Result<(), Refused> {
        let Some(flag) = self.only_portable else { return Ok(()) };
        let kind = self.asked.unwrap_or(kind);
        let message = format!("{flag} is for the portable guest, not for {kind}");
        let problem = Problem::error(ONLY_PORTABLE, flag, message);
        let why = format!("{flag} is for the portable guest");
        let problem = Box::new(problem.next("leave out one of the two"));
        Err(Refused { problem, brief: why.clone(), why, none_here: false })
    }
}
