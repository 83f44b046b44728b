//! A test on machines, from the first of them to what is known of its end.

use std::os::fd::AsFd;

use domi_event::{Body, ShellClosed, ShellOpened, Verdict};
use domi_model::Run;
use domi_runner::{Artifacts, Done, Job, Reporter, RunOptions, Unable};

use crate::diagnose;
use crate::ends::Ends;
use crate::machines::Machines;
use crate::making::with_made;
use crate::outcome;
use crate::provision::Provision;
use crate::setup::{Broken, Setup, Starts};
use crate::steps::{Limits, take_steps};

/// A test on machines.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// Its job.
    pub job: &'a Job,
    /// What is done.
    pub run: &'a Run,
    /// What its machines get.
    pub provisions: &'a [Provision],
    /// How jobs are run.
    pub options: &'a RunOptions,
    /// What takes what it leaves behind.
    pub folder: &'a Artifacts,
    /// Who is told.
    pub reporter: &'a Reporter,
}

/// How a backend has a test done.
pub trait Doing {
    /// The machines after the steps, and what these came to.
    ///
    /// # Errors
    /// When a machine does not get as far as the first step.
    fn take(&self) -> Result<(Machines, Done), Broken>;

    /// What is damaged of what the machines started from; it is removed.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn damage(&self) -> Result<Option<String>, Unable>;

    /// Lets go of what was damaged, so that it is made again.
    fn forget(&mut self);

    /// What ends the machines after the test.
    fn ends(&self) -> &Ends;
}

impl Trial<'_> {
    /// Has the test done; again if a bad end may be the fault of what the machines started
    /// from, or is that of a machine, and nobody else's. Reading all of what they started from takes a
    /// second or two, so nobody does it for a test that passes.
    pub fn run(&self, doing: &mut dyn Doing) -> Done {
        let (mut machines, mut done) = taken(doing);
        let bad = matches!(done.verdict, Verdict::Failed | Verdict::Error);
        match if bad { spoiled(doing, &done) } else { Ok(None) } {
            Ok(None) => {}
            Ok(Some(why)) => {
                self.reporter.note(Some(&self.job.id), format!("{why}, and the test is run again"));
                drop(machines);
                doing.forget();
                // What it holds tells of that only.
                let _ = fs_err::remove_dir_all(&self.folder.path);
                (machines, done) = taken(doing);
            }
            Err(unable) => {
                let Done { verdict, reason, missing, .. } = unable.into();
                done = Done { verdict, reason, missing, ..done };
            }
        }
        if let Some(diagnostics) = &mut done.diagnostics {
            let units: Vec<_> = self
                .provisions
                .iter()
                .map(|provision| (provision.name.clone(), provision.units()))
                .collect();
            diagnose::ask(&mut machines, &units, diagnostics, self.folder);
            for provision in self.provisions {
                let text = serde_json::to_string_pretty(&provision.system).unwrap_or_default();
                self.folder.keep(&format!("{}.system.json", provision.name), &text);
            }
        }
        self.shell(&mut machines, &done);
        doing.ends().end(machines);
        done
    }

    /// The machines after the steps, and what these came to.
    ///
    /// # Errors
    /// When a machine does not get as far as the first step.
    pub fn take_steps<S: Starts>(&self, setup: Setup<'_, S>) -> Result<(Machines, Done), Broken> {
        let provisions = match with_made(&setup)? {
            Ok(provisions) => provisions,
            Err(failure) => return Ok((Machines::default(), *failure)),
        };
        let mut machines = Setup { provisions: &provisions, ..setup }.all()?;
        let limits = Limits { step: self.options.step_limit, test: self.options.test_limit };
        let taken = take_steps(
            &mut machines,
            self.run,
            self.provisions,
            &self.job.id,
            limits,
            self.reporter,
        );
        let done = match taken {
            Ok(()) => Done::of(Verdict::Passed),
            Err(stopped) => outcome::stopped_at(&stopped),
        };
        Ok((machines, done))
    }

    /// Lets a person in, where that was asked for. Standard output is for verdicts, so the shell
    /// speaks where talk goes.
    fn shell(&self, machines: &mut Machines, done: &Done) {
        let (job, wanted) = (&self.job.id, self.options.shell);
        let which = done.diagnostics.as_ref().map(|d| d.machine.clone()).filter(|m| !m.is_empty());
        let Some(machine) = machines.machine(which.as_deref()).filter(|m| wanted && m.is_running())
        else {
            return;
        };
        let name = machine.name().to_owned();
        let opened = ShellOpened { job: job.clone(), machine: name.clone() };
        self.reporter.report_and_wait(Body::ShellOpened(opened));
        let left = machine.interactive(std::io::stdin().as_fd(), &mut std::io::stderr());
        let closed = ShellClosed { job: job.clone(), machine: name };
        self.reporter.report_and_wait(Body::ShellClosed(closed));
        if let Err(fault) = left {
            self.reporter.note(Some(job), format!("the shell ended: {}", fault.message));
        }
    }
}

/// Why a bad end says nothing about the feature, if so.
fn spoiled(doing: &dyn Doing, done: &Done) -> Result<Option<String>, Unable> {
    Ok(match doing.damage()? {
        Some(damage) => Some(format!("{damage}; it is made again")),
        None => done.broken.then(|| done.reason.clone()),
    })
}

/// The machines of a test after its steps, and what these came to, also where not all of the
/// machines have come so far.
fn taken(doing: &dyn Doing) -> (Machines, Done) {
    let (mut machines, done) = doing.take().unwrap_or_else(|mut broken| {
        let done = outcome::not_started(&mut broken);
        (*broken.machines, done)
    });
    let done = outcome::met(&mut machines, done);
    (machines, done)
}
