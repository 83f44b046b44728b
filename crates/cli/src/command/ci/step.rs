//! A step of what a change must pass, taken.

use std::time::{Duration, Instant};

use domi_host::command::Program;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus};

use crate::context::Context;
use crate::failure::Result;

/// A step of what a change must pass.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// How a person runs it.
    pub(super) shown: String,
    pub(super) program: Program,
    /// Whether its output is shown even if it succeeds.
    pub(super) speaks: bool,
}

/// How a step ended.
pub(super) struct Ended {
    pub(super) took: Duration,
    /// What it printed, if it failed.
    pub(super) failed: Option<String>,
}

impl Step {
    /// Takes it: says what it does, and how it ended.
    pub(super) fn take(&self, context: &Context) -> Result<Ended> {
        let paint = context.paint();
        talk!("{} {}", paint.strong("$"), self.shown);
        let begun = Instant::now();
        let outcome = self.program.run(&context.interrupt)?;
        let took = begun.elapsed();
        let printed = String::from_utf8_lossy(&outcome.stdout);
        let seconds = took.as_secs();
        if self.speaks || !outcome.success() {
            crate::out::data(format_args!("{printed}"))?;
        }
        if outcome.success() {
            data!("✓ {}  {seconds} s  `{}`", self.name, self.shown)?;
            return Ok(Ended { took, failed: None });
        }
        data!("✗ {}  {seconds} s  `{}` failed ({})", self.name, self.shown, outcome.end)?;
        Ok(Ended { took, failed: Some(printed.into_owned()) })
    }
}

pub(super) fn case(step: &Step, ended: Ended) -> TestCase {
    let mut status = match ended.failed {
        None => TestCaseStatus::success(),
        Some(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if ended.failed.is_some() {
        status.set_message(format!("`{}` failed", step.shown));
    }
    let mut case = TestCase::new(step.name, status);
    case.set_time(ended.took);
    if let Some(printed) = ended.failed {
        case.set_system_out(printed);
    }
    case
}
