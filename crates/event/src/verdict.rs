use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// The test ran, and every step succeeded.
    Passed,
    /// The test ran, and a step did not succeed.
    Failed,
    /// The test failed, and passed when it was tried again: its result is not reliable.
    Flaky,
    /// The test failed, in the end or at first, and is in quarantine: this is known, and does not
    /// make the run bad.
    Quarantined,
    /// The test's quarantine has ended, whether it passed or not: someone has to decide what to do
    /// about it.
    Overdue,
    /// The settings were refused before anything started, as the test says they must be.
    Refused,
    /// It cannot be run here; the reason says why.
    Skipped,
    /// It passed before, and nothing that could change that has changed. It did not run.
    Cached,
    /// It could not be decided: the machine died, or our own tool failed.
    Error,
    /// The run ended before it did.
    Interrupted,
    /// A verdict that a newer version wrote.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Verdict {
    /// Whether what was tested is right: it passed, now or before. One that may fail, or was left out,
    /// says nothing of that.
    pub fn has_passed(self) -> bool {
        matches!(self, Self::Passed | Self::Refused | Self::Cached)
    }

    /// Whether the test speaks against what was tested: it failed, or is not reliable.
    pub fn has_failed(self) -> bool {
        matches!(self, Self::Failed | Self::Flaky | Self::Overdue)
    }

    /// Whether the run may still be called good.
    pub fn is_good(self) -> bool {
        matches!(
            self,
            Self::Passed | Self::Refused | Self::Skipped | Self::Cached | Self::Quarantined
        )
    }
}

/// How many jobs came to which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Counts {
    /// Passed, by running.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Failed, and passed when they were tried again.
    #[serde(skip_serializing_if = "is_zero")]
    pub flaky: usize,
    /// Failed, and in quarantine.
    #[serde(skip_serializing_if = "is_zero")]
    pub quarantined: usize,
    /// In a quarantine that has ended.
    #[serde(skip_serializing_if = "is_zero")]
    pub overdue: usize,
    /// Refused as they must be.
    pub refused: usize,
    /// Skipped.
    pub skipped: usize,
    /// Passed before and not run.
    pub cached: usize,
    /// Undecided.
    pub errors: usize,
    /// Begun or not, and not ended.
    pub interrupted: usize,
    /// Tests of which two lanes say different things. Their jobs are counted above, each by its own
    /// verdict.
    #[serde(skip_serializing_if = "is_zero")]
    pub different: usize,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed => &mut self.failed,
            Verdict::Flaky => &mut self.flaky,
            Verdict::Quarantined => &mut self.quarantined,
            Verdict::Overdue => &mut self.overdue,
            Verdict::Refused => &mut self.refused,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Cached => &mut self.cached,
            Verdict::Error | Verdict::Unknown => &mut self.errors,
            Verdict::Interrupted => &mut self.interrupted,
        };
        *count += 1;
    }

    /// Those that make a run bad.
    pub fn bad(&self) -> usize {
        self.failed + self.flaky + self.overdue + self.errors + self.different
    }

    /// All jobs.
    pub fn total(&self) -> usize {
        self.passed
            + self.failed
            + self.flaky
            + self.quarantined
            + self.overdue
            + self.refused
            + self.skipped
            + self.cached
            + self.errors
            + self.interrupted
    }
}

/// A count of zero is left out, because older readers do not know these keys.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
