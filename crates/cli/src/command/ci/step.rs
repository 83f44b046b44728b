//! A step of what a change must pass, taken.

use std::io::{self, IsTerminal as _};
use std::thread;
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use domi_host::command::Program;
use domi_report::Paint;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus};

use crate::failure::Result;

/// A step of what a change must pass.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// How a person runs it.
    pub(super) shown: String,
    pub(super) program: Program,
    /// Whether its output is shown even if it succeeds.
    pub(super) speaks: bool,
    /// Whether it has machines, or containers in their place.
    pub(super) has_machines: bool,
}

/// How a step ended.
pub(super) struct Ended {
    pub(super) took: Duration,
    /// What it printed, if it failed.
    pub(super) failed: Option<String>,
}

/// Takes the steps. Those with machines go on beside those after them: each leaves a processor idle half of the time.
pub(super) fn take_all(paint: Paint, interrupt: &Interrupt, steps: &[Step]) -> Result<Vec<Ended>> {
    let from = steps.iter().position(|step| step.has_machines).unwrap_or(steps.len());
    let to = steps.iter().rposition(|step| step.has_machines).map_or(from, |last| last + 1);
    let take_each = |steps: &[Step], shows: bool| {
        steps.iter().map(|step| step.take(paint, interrupt, shows)).collect::<Result<Vec<_>>>()
    };
    let mut ended = take_each(&steps[..from], true)?;
    // The progress of two at once cannot be read on a terminal.
    let shows_both = from == to || !io::stderr().is_terminal();
    let (machines, after) = thread::scope(|scope| {
        let machines = scope.spawn(|| take_each(&steps[from..to], true));
        let after = take_each(&steps[to..], shows_both);
        (machines.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), after)
    });
    ended.extend(machines?);
    ended.extend(after?);
    Ok(ended)
}

impl Step {
    fn take(&self, paint: Paint, interrupt: &Interrupt, shows: bool) -> Result<Ended> {
        talk!("{} {}", paint.strong("$"), self.shown);
        let program = self.program.clone();
        let program = if shows { program.show_stderr() } else { program };
        let begun = Instant::now();
        let outcome = program.run(interrupt)?;
        let took = begun.elapsed();
        let printed = String::from_utf8_lossy(&outcome.stdout);
        let seconds = took.as_secs();
        if !outcome.success() {
            talk!("{}", String::from_utf8_lossy(&outcome.stderr));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_with_machines_goes_on_beside_those_after_it_and_not_those_before() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let step = |name, has_machines, script: &str| Step {
            name,
            shown: script.to_owned(),
            program: Program::new("bash").args(["-euc", script]).folder(folder.path()),
            speaks: false,
            has_machines,
        };
        let meets = |own, other| {
            format!(
                "[[ -e before ]]; touch {own}; for _ in {{1..500}}; do [[ -e {other} ]] && exit; sleep 0.02; done; exit 1"
            )
        };
        let steps = [
            step("before", false, "sleep 0.1; touch before"),
            step("machines", true, &meets("a", "b")),
            step("after", false, &meets("b", "a")),
        ];
        let ended = take_all(Paint::default(), &Interrupt::default(), &steps).expect("taken");
        assert!(ended.iter().all(|it| it.failed.is_none()));
    }
}
