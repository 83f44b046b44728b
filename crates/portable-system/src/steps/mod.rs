//! The steps of a test, one after the other.

mod busy;
mod ended;
mod judge;
mod script;
mod switch;

use std::time::{Duration, Instant};

use domi_event::{Body, StepFinished, StepStarted, millis};
use domi_model::{Action, Run, Step, TestFile};
use domi_runner::Reporter;

use self::busy::Busy;
pub(crate) use self::ended::{Ended, did};
pub(crate) use self::judge::Failure;
use self::judge::judge;
pub(crate) use self::script::words;
use self::script::{Means, means};
use crate::archive::{archive, seconds_now, written};
use crate::driven::Driven;
use crate::machines::Machines;
use crate::provision::Provision;

/// A step that ended the test.
#[derive(Debug)]
pub(crate) struct Stopped<'a> {
    /// Its number, from 1.
    pub(crate) number: usize,
    pub(crate) step: &'a Step,
    pub(crate) machine: String,
    pub(crate) ended: Ended,
    /// What may have been the reason, where it is not the feature.
    pub(crate) hint: String,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) step: Duration,
    pub(crate) test: Duration,
}

/// Takes the steps of a test, up to the first that fails.
pub(crate) fn take_steps<'a>(
    machines: &mut Machines,
    run: &'a Run,
    provisions: &[Provision],
    job: &str,
    limits: Limits,
    reporter: &Reporter,
) -> Result<(), Box<Stopped<'a>>> {
    let begun = Instant::now();
    for (at, step) in run.steps.iter().enumerate() {
        if matches!(step.action, Action::Python(_)) {
            continue;
        }
        let (number, machine) = (at + 1, run.machine_of(step).unwrap_or_default().to_owned());
        reporter.report(Body::StepStarted(StepStarted {
            job: job.to_owned(),
            step: number,
            machine: machine.clone(),
            what: words(&step.action),
            place: step.place.clone(),
        }));
        let (busy, step_begun) = (Busy::begin(), Instant::now());
        let left = limits.test.saturating_sub(begun.elapsed());
        let ended = if left.is_zero() {
            Err(Ended::Failed(Failure::new("the test has taken longer than its time limit")))
        } else {
            let provision = provisions.iter().find(|provision| provision.name == machine);
            let switch = provision.and_then(|provision| switch::Switch::of(provision, at));
            let own =
                step.limit.map_or(Duration::ZERO, |limit| Duration::from_secs(limit.get().into()));
            let limit = limits.step.max(own).min(left);
            take_one(machines, &machine, &step.action, switch, limit)
        };
        let took = step_begun.elapsed();
        reporter.report(Body::StepFinished(StepFinished {
            job: job.to_owned(),
            step: number,
            millis: millis(took),
            good: ended.is_ok(),
        }));
        ended.map_err(|ended| {
            let hint = busy.hint(&ended, took).unwrap_or_default();
            Box::new(Stopped { number, step, machine, ended, hint })
        })?;
    }
    Ok(())
}

/// For what a waiting script does after its own time is over, before the guest ends it.
const MARGIN: Duration = Duration::from_secs(5);

fn take_one(
    machines: &mut Machines,
    name: &str,
    action: &Action,
    switch: Option<switch::Switch<'_>>,
    limit: Duration,
) -> Result<(), Ended> {
    let Some(machine) = machines.machine(Some(name)) else {
        return Err(Ended::Failed(Failure::new(format!("the test has no machine {name:?}"))));
    };
    match means(action, limit) {
        Means::Nothing => Ok(()),
        Means::Write => match action {
            Action::Write(file) => write(&mut **machine, file),
            _ => Ok(()),
        },
        Means::Outside => outside(machines, name, action),
        Means::Switch => match switch {
            Some(switch) => switch.take(&mut **machine, limit),
            None => Err(Ended::Failed(Failure::new("nobody knows what it is switched to"))),
        },
        Means::Script(script) => {
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

fn write(machine: &mut dyn Driven, file: &TestFile) -> Result<(), Ended> {
    let archive = archive(&[written(file)], seconds_now());
    let archive = archive.map_err(|error| Ended::Failed(Failure::new(format!("{error:#}"))))?;
    let output = machine.push(archive).map_err(Ended::Broken)?;
    judge(&Action::Write(file.clone()), &did(&output)).map_err(Ended::Failed)
}

fn outside(machines: &mut Machines, name: &str, action: &Action) -> Result<(), Ended> {
    let done = match action {
        Action::CutNetwork => machines.network(|network| network.cut(name)),
        Action::DelayNetwork { millis } => {
            let delay = Duration::from_millis((*millis).into());
            machines.network(|network| network.delay(name, delay))
        }
        Action::LosePackets { percent } => machines.network(|network| network.lose(name, *percent)),
        Action::HealNetwork => machines.network(|network| network.heal(name)),
        Action::Reboot => machines.machine(Some(name)).map_or(Ok(()), |machine| machine.reboot()),
        Action::Crash => machines.machine(Some(name)).map_or(Ok(()), |machine| machine.crash()),
        _ => Ok(()),
    };
    done.map_err(Ended::Broken)
}
