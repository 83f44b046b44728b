//! The steps of a test, one after the other.

use std::time::{Duration, Instant};

use domi_event::{Body, StepFinished, StepStarted};
use domi_guest::{Error, Machine, Output};
use domi_model::{Action, Run, Step, TestFile};
use domi_runner::{Tell, millis};

use super::archive::{archive, written};
use super::judge::{Did, Failure, judge};
use super::rig::{Rig, seconds_now};
use super::step::{Doing, doing, words};

/// How a step ended the test.
#[derive(Debug)]
pub(super) enum Ended {
    /// It did not do what it must.
    Failed(Failure),
    /// Its machine did not get that far.
    Broken(Error),
}

/// A step that ended the test.
#[derive(Debug)]
pub(super) struct Stopped<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) step: &'a Step,
    pub(super) machine: String,
    pub(super) ended: Ended,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) step: Duration,
    pub(super) test: Duration,
}

/// Takes the steps of a test, up to the first that fails.
pub(super) fn walk<'a>(
    rig: &mut Rig,
    run: &'a Run,
    job: &str,
    limits: Limits,
    tell: &Tell,
) -> Result<(), Box<Stopped<'a>>> {
    let begun = Instant::now();
    for (at, step) in run.steps.iter().enumerate() {
        if matches!(step.action, Action::Python(_)) {
            continue;
        }
        let (number, machine) = (at + 1, machine_of(run, step));
        tell.tell(Body::StepStarted(StepStarted {
            job: job.to_owned(),
            step: number,
            machine: machine.clone(),
            what: words(&step.action),
            place: step.place.clone(),
        }));
        let (step_begun, left) = (Instant::now(), limits.test.saturating_sub(begun.elapsed()));
        let ended = if left.is_zero() {
            Err(Ended::Failed(Failure::new("the test has taken longer than its time limit")))
        } else {
            take(rig, &machine, &step.action, limits.step.min(left))
        };
        tell.tell(Body::StepFinished(StepFinished {
            job: job.to_owned(),
            step: number,
            millis: millis(step_begun.elapsed()),
            good: ended.is_ok(),
        }));
        ended.map_err(|ended| Box::new(Stopped { number, step, machine, ended }))?;
    }
    Ok(())
}

fn machine_of(run: &Run, step: &Step) -> String {
    let only = || run.machines.keys().next();
    step.machine.as_ref().or_else(only).cloned().unwrap_or_default()
}

/// For what a waiting script does after its own time is over, before the guest ends it.
const MARGIN: Duration = Duration::from_secs(5);

fn take(rig: &mut Rig, name: &str, action: &Action, limit: Duration) -> Result<(), Ended> {
    let Some(machine) = rig.machine(Some(name)) else {
        return Err(Ended::Failed(Failure::new(format!("the test has no machine {name:?}"))));
    };
    match doing(action, limit) {
        Doing::Nothing => Ok(()),
        Doing::Write => match action {
            Action::Write(file) => write(machine, file),
            _ => Ok(()),
        },
        Doing::Outside => outside(rig, name, action),
        Doing::Script(script) => {
            let waits = matches!(
                action,
                Action::WaitForUnit(_)
                    | Action::WaitForPort(_)
                    | Action::WaitForFile(_)
                    | Action::Eventually(_)
            );
            let limit = if waits { limit + MARGIN } else { limit };
            let output = machine.execute(&script, limit).map_err(Ended::Broken)?;
            judge(action, &did(&output)).map_err(Ended::Failed)
        }
    }
}

fn write(machine: &mut Machine, file: &TestFile) -> Result<(), Ended> {
    let archive = archive(&[written(file)], seconds_now());
    let archive = archive.map_err(|error| Ended::Failed(Failure::new(format!("{error:#}"))))?;
    let output = machine.push(archive).map_err(Ended::Broken)?;
    judge(&Action::Write(file.clone()), &did(&output)).map_err(Ended::Failed)
}

fn outside(rig: &mut Rig, name: &str, action: &Action) -> Result<(), Ended> {
    let done = match action {
        Action::CutNetwork => rig.cut(name),
        Action::HealNetwork => rig.heal(name),
        Action::Reboot => rig.machine(Some(name)).map_or(Ok(()), Machine::reboot),
        Action::Crash => rig.machine(Some(name)).map_or(Ok(()), |machine| {
            machine.crash()?;
            machine.start()
        }),
        _ => Ok(()),
    };
    done.map_err(Ended::Broken)
}

pub(super) fn did(output: &Output) -> Did {
    Did {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        truncated: output.truncated,
        cut: output.cut,
    }
}
