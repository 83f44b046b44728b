//! What a test on machines came to, with what is known of a failure.

use domi_event::{Diagnostics, Verdict};
use domi_model::{Problem, TestBody};
use domi_runner::{Done, Job, Unable};

use crate::driven::{Driven, Fault};
use crate::machines::Machines;
use crate::setup::{Broken, Trouble};
use crate::steps::{Ended, Stopped};
use crate::{diagnose, steps};

/// A test that failed.
pub fn failed(diagnostics: Diagnostics) -> Done {
    Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
}

/// The settings of the test's own machines are illegal, or the feature is wrong without any.
pub(crate) fn refused(job: &Job, all: &[Problem]) -> Done {
    let sets_nothing = match &job.test.body {
        TestBody::Run(run) => {
            let switched = run.machines.keys().flat_map(|name| run.switches(name));
            run.machines.values().all(|machine| machine.settings.is_empty())
                && switched.into_iter().all(|(_, switch)| switch.settings.is_empty())
        }
        TestBody::Refuse(_) => false,
    };
    let message = if sets_nothing && job.set.is_empty() {
        "the feature is refused as it is, without a setting of the test"
    } else {
        "the feature is refused with the settings of the test"
    };
    without_machines(job, message, all)
}

/// What the settings of the test's own machines come to cannot be had.
pub(crate) fn not_carried(job: &Job, all: &[Problem]) -> Done {
    let message = "a portable machine cannot have this system; whether it is right is not known";
    without_machines(job, message, all)
}

/// A program of the workspace that its machines need cannot be built.
pub(crate) fn not_built(job: &Job, all: &[Problem]) -> Done {
    without_machines(job, "a program of the feature cannot be built", all)
}

fn without_machines(job: &Job, message: &str, all: &[Problem]) -> Done {
    let problems: Vec<_> = all.iter().map(ToString::to_string).collect();
    failed(Diagnostics {
        message: message.to_owned(),
        place: job.test.place.clone(),
        got: Some(problems.join("\n")),
        ..Diagnostics::default()
    })
}

pub(crate) fn not_started(broken: &mut Broken) -> Done {
    match &broken.how {
        Trouble::Machine(fault) => broke(fault, Diagnostics::default(), &broken.machine),
        Trouble::Activation(output) => {
            let did = steps::did(output);
            let machine = broken.machines.machine(Some(&broken.machine));
            let complaints =
                machine.map(|machine| diagnose::complaints(&mut **machine)).unwrap_or_default();
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
        Ended::Broken(fault) => broke(fault, diagnostics, &stopped.machine),
        Ended::Failed(failure) => failed(Diagnostics {
            message: failure.message.clone(),
            expected: failure.expected.clone(),
            got: failure.got.clone(),
            exact: failure.exact,
            said: failure.said.clone(),
            hint: stopped.hint.clone(),
            ..diagnostics
        }),
    }
}

/// What a test came to; it is undecided, good or bad, if this computer has done something to one of
/// its machines.
pub(crate) fn met(machines: &mut Machines, done: Done) -> Done {
    if !matches!(done.verdict, Verdict::Passed | Verdict::Failed) {
        return done;
    }
    let met = |(name, machine): (&String, &mut Box<dyn Driven>)| {
        machine.met().map(|fault| (name.clone(), fault))
    };
    let Some((machine, fault)) = machines.machines().find_map(met) else { return done };
    let diagnostics = done.diagnostics.map(|it| *it).unwrap_or_default();
    broke(&fault, diagnostics, &machine)
}

/// What a machine does itself in a step is the test's failure; one that is killed or does not start
/// says nothing about the feature.
fn broke(fault: &Fault, diagnostics: Diagnostics, machine: &str) -> Done {
    if fault.unable == Unable::Interrupted {
        return Done::of(Verdict::Interrupted);
    }
    let in_step = diagnostics.step > 0;
    let diagnostics = Diagnostics {
        message: fault.message.clone(),
        machine: machine.to_owned(),
        serial: fault.console.clone(),
        ..diagnostics
    };
    if in_step && fault.its_own {
        return failed(diagnostics);
    }
    Done { diagnostics: Some(Box::new(diagnostics)), ..fault.unable.clone().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(step: usize, its_own: bool, verdict: Verdict) {
        let unable = Unable::Failed("x".to_owned());
        let fault = Fault { its_own, ..Fault::of(unable) };
        let done = broke(&fault, Diagnostics { step, ..Diagnostics::default() }, "m");
        assert_eq!(done.verdict, verdict);
        assert_eq!(done.diagnostics.expect("it is known").message, "x");
    }

    #[test]
    fn only_what_a_machine_does_itself_in_a_step_is_the_tests_failure() {
        check(1, true, Verdict::Failed);
        check(0, true, Verdict::Error);
        check(1, false, Verdict::Error);
        let done = broke(&Fault::of(Unable::Interrupted), Diagnostics::default(), "m");
        assert_eq!(done.verdict, Verdict::Interrupted);
    }
}
