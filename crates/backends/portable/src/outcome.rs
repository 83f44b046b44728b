//! What a test on machines came to, with what is known of a failure.

use domi_event::{Diagnostics, Verdict};
use domi_guest::{Error, QemuState};
use domi_model::{Problem, TestBody};
use domi_runner::{Done, Job};

use crate::machines::{Broken, Fault};
use crate::snapshots::unable;
use crate::steps::{Ended, Stopped};
use crate::{diagnose, steps};

pub(crate) fn failed(diagnostics: Diagnostics) -> Done {
    Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
}

/// The settings of the test's own machines are illegal, or the feature is wrong without any.
pub(crate) fn refused(job: &Job, problems: &[Problem]) -> Done {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let sets_nothing = match &job.test.body {
        TestBody::Run(run) => run.machines.values().all(|machine| machine.settings.is_empty()),
        TestBody::Refuse(_) => false,
    };
    let message = if sets_nothing && job.set.is_empty() {
        "the feature is refused as it is, without a setting of the test"
    } else {
        "the feature is refused with the settings of the test"
    };
    failed(Diagnostics {
        message: message.to_owned(),
        place: job.test.place.clone(),
        got: Some(problems.join("\n")),
        ..Diagnostics::default()
    })
}

pub(crate) fn not_started(broken: &mut Broken) -> Done {
    match &broken.how {
        Fault::Machine(error) => broke(error, Diagnostics::default(), &broken.machine),
        Fault::Activation(output) => {
            let did = steps::did(output);
            let machine = broken.machines.machine(Some(&broken.machine));
            let complaints = machine.map(diagnose::complaints).unwrap_or_default();
            failed(Diagnostics {
                message: "the machine did not take the system of the feature".to_owned(),
                machine: broken.machine.clone(),
                got: Some(did.stdout).filter(|text| !text.trim().is_empty()),
                said: complaints + &did.stderr,
                ..Diagnostics::default()
            })
        }
    }
}

pub(crate) fn stopped_at(stopped: &Stopped) -> Done {
    let diagnostics = Diagnostics {
        step: stopped.number,
        what: steps::words(&stopped.step.action),
        place: stopped.step.place.clone(),
        machine: stopped.machine.clone(),
        ..Diagnostics::default()
    };
    match &stopped.ended {
        Ended::Broken(error) => broke(error, diagnostics, &stopped.machine),
        Ended::Failed(failure) => failed(Diagnostics {
            message: failure.message.clone(),
            expected: failure.expected.clone(),
            got: failure.got.clone(),
            exact: failure.exact,
            said: failure.said.clone(),
            ..diagnostics
        }),
    }
}

/// A machine that panics or hangs in a step is the test's failure; one that is killed or does not
/// start, or whose QEMU hangs, says nothing about the feature.
fn broke(error: &Error, mut diagnostics: Diagnostics, machine: &str) -> Done {
    let in_step = diagnostics.step > 0;
    let serial = match error {
        Error::Panicked { serial, .. }
        | Error::Hung { serial, .. }
        | Error::Died { serial, .. } => serial.clone(),
        Error::Interrupted => return Done::of(Verdict::Interrupted),
        _ => String::new(),
    };
    diagnostics.message = error.to_string();
    diagnostics.machine = machine.to_owned();
    diagnostics.serial = serial;
    let guests_own =
        matches!(error, Error::Panicked { .. } | Error::Hung { qemu: QemuState::Running, .. });
    if in_step && guests_own {
        return failed(diagnostics);
    }
    Done { diagnostics: Some(Box::new(diagnostics)), ..unable(error).into() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check(step: usize, error: &Error, verdict: Verdict) {
        let done = broke(error, Diagnostics { step, ..Diagnostics::default() }, "m");
        assert_eq!(done.verdict, verdict, "{error}");
        let message = done.diagnostics.map(|diagnostics| diagnostics.message);
        assert!(message.is_none_or(|message| message == error.to_string()));
    }

    #[test]
    fn only_what_the_guest_does_itself_is_the_tests_failure() {
        let hung = |qemu| Error::Hung { waited: Duration::ZERO, qemu, serial: String::new() };
        let (how, stderr, serial) = ("killed by signal 9".to_owned(), String::new(), String::new());
        let panicked = Error::Panicked { reason: "x".to_owned(), serial: String::new() };
        check(1, &panicked, Verdict::Failed);
        check(1, &hung(QemuState::Running), Verdict::Failed);
        check(1, &hung(QemuState::Stopped("io-error".to_owned())), Verdict::Error);
        check(1, &hung(QemuState::Silent), Verdict::Error);
        check(1, &Error::Died { how, stderr, serial }, Verdict::Error);
        check(0, &hung(QemuState::Running), Verdict::Error);
        check(0, &panicked, Verdict::Error);
        check(1, &Error::Interrupted, Verdict::Interrupted);
    }
}
