//! The portable backend: Debian guests under QEMU, with the system that Rust realised or Nix
//! evaluated.

mod archive;
mod codes;
mod diagnose;
mod drive;
mod evaluated;
mod judge;
mod module;
mod programs;
mod ready;
mod rig;
mod snapshots;
mod step;
mod units;
mod walk;

use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::time::Instant;

use domi_event::{Body, Diagnostics, Prepared, ShellClosed, ShellOpened, Verdict};
use domi_guest::{Error, Machine, QemuState, Snapshot};
use domi_model::{Platform, Problem, Run, TestBody};
use domi_runner::{
    Artifacts, Backend, Done, Job, Plan, Realiser, RunOptions, Tell, Unable, Weight, millis,
};

pub use self::codes::CODES;
pub use self::drive::{Driver, relay};
pub use self::evaluated::NixRealiser;
use self::evaluated::{NoSystem, Systems};
pub use self::module::{ModuleTest, NoTest, module_test};
use self::ready::{Ready, by_rust};
use self::rig::{Broken, How, Making, Rig};
use self::snapshots::{Snapshots, unable};
pub use self::units::{UnitSet, judge_units, unit_sets};
use self::walk::{Ended, Limits, Stopped};

/// What the portable backend is told beside how a plan is run.
#[derive(Debug, Clone)]
pub struct PortableOptions {
    /// What guests are like.
    pub guest: domi_guest::Settings,
    /// Whether machines boot instead of being restored.
    pub cold: bool,
    /// What takes the steps instead of us.
    pub driver: Option<Driver>,
    /// What makes the systems of machines, where that is not Rust.
    pub realiser: Option<NixRealiser>,
}

impl PortableOptions {
    /// What is usual for guests like these.
    pub fn new(guest: domi_guest::Settings) -> Self {
        Self { guest, cold: false, driver: None, realiser: None }
    }
}

/// The portable backend.
#[derive(Debug)]
pub struct Portable<'a> {
    options: &'a RunOptions,
    own: &'a PortableOptions,
    snapshots: Snapshots<'a>,
    systems: Systems,
}

impl<'a> Portable<'a> {
    /// One for a run.
    pub fn new(options: &'a RunOptions, own: &'a PortableOptions) -> Self {
        let snapshots = Snapshots::new(options, &own.guest);
        Self { options, own, snapshots, systems: Systems::default() }
    }
}

impl Backend for Portable<'_> {
    fn prepare(&self, system: Platform, tell: &Tell) -> Result<Prepared, Unable> {
        let acceleration = self.snapshots.acceleration(system, tell)?;
        Ok(Prepared {
            backend: "portable".to_owned(),
            accelerator: match acceleration.accel {
                domi_guest::Accel::Kvm => "kvm".to_owned(),
                domi_guest::Accel::Tcg => "tcg".to_owned(),
            },
            why: acceleration.reason,
            ..Prepared::default()
        })
    }

    fn weight(&self, job: &Job) -> Weight {
        let machines = job.machines() as u64;
        Weight { memory: machines * u64::from(self.own.guest.memory_mib), cores: machines }
    }

    fn key(&self, job: &Job, tell: &Tell) -> Result<Option<String>, Unable> {
        if job.way.driven {
            // Whose verdict it is, the driver's, is not ours to keep.
            return Ok(None);
        }
        let mut key = String::new();
        let machines = match self.machines(job) {
            Ok(machines) => machines,
            Err(NoSystem::Unable(unable)) => return Err(unable),
            Err(NoSystem::Problems(_)) => Vec::new(),
        };
        for ready in machines {
            let snapshot = self.snapshots.get(job.system, &ready.packages, tell)?;
            key.push_str(&format!("{} {} ", snapshot.key(), snapshot.digest()));
            if job.way.realiser == Realiser::Nix {
                // What Rust makes of a manifest follows from it.
                key.push_str(&format!("{:?} {} ", ready.files, ready.activation));
            }
        }
        key.push_str(if self.own.cold { "cold" } else { "restored" });
        Ok(Some(key))
    }

    fn repeat(&self, job: &Job) -> Vec<String> {
        let mut words = Vec::new();
        let by_hand = self.own.realiser.as_ref().is_some_and(|realiser| realiser.by_hand);
        if job.way.realiser == Realiser::Nix && !by_hand {
            words.extend(["--realiser", "nix"].map(str::to_owned));
        }
        if let Some(driver) = &self.own.driver {
            words.extend(["--driver".to_owned(), driver.path.display().to_string()]);
        }
        if self.own.cold {
            words.push("--cold".to_owned());
        }
        words
    }

    fn run(&self, job: &Job, folder: &Artifacts, tell: &Tell) -> Done {
        let run = match (&job.test.body, &self.own.realiser) {
            (TestBody::Run(run), _) => run,
            (TestBody::Refuse(refusal), Some(nix)) => {
                return self.systems.refuses(nix, job, refusal, &self.options.interrupt);
            }
            (TestBody::Refuse(_), None) => return Done::of(Verdict::Skipped),
        };
        let ready = match self.machines(job) {
            Ok(ready) => ready,
            Err(NoSystem::Problems(problems)) => return refused(job, &problems),
            Err(NoSystem::Unable(unable)) => return unable.into(),
        };
        for warning in ready.iter().flat_map(|ready| &ready.warnings) {
            tell.note(Some(&job.id), warning);
        }
        let begun = Instant::now();
        let mut done = self.run_on(job, run, &ready, folder, tell);
        done.machine_millis = millis(begun.elapsed());
        done
    }
}

impl Portable<'_> {
    /// What the machines of a job get.
    fn machines(&self, job: &Job) -> Result<Vec<Ready>, NoSystem> {
        let TestBody::Run(run) = &job.test.body else { return Ok(Vec::new()) };
        match &self.own.realiser {
            Some(nix) if job.way.realiser == Realiser::Nix => {
                let interrupt = &self.options.interrupt;
                ready::machines(job, run, &|settings| {
                    self.systems.system(nix, job, settings, interrupt)
                })
            }
            _ => ready::machines(job, run, &|settings| by_rust(&job.manifest, settings)),
        }
    }

    fn run_on(
        &self,
        job: &Job,
        run: &Run,
        ready: &[Ready],
        folder: &Artifacts,
        tell: &Tell,
    ) -> Done {
        let used = self.snapshots_of(job, ready, tell);
        let (mut rig, mut done) = self.taken(job, run, ready, folder, tell);
        match self.damage(job, &done, &used) {
            Ok(None) => {}
            Ok(Some(damage)) => {
                tell.note(
                    Some(&job.id),
                    format!("{damage}; it is made anew, and the test is run again"),
                );
                drop((rig, used));
                self.snapshots.forget(job.system);
                // What it holds tells of the damage only.
                let _ = fs_err::remove_dir_all(&folder.path);
                (rig, done) = self.taken(job, run, ready, folder, tell);
            }
            Err(unable) => {
                let Done { verdict, reason, missing, .. } = unable.into();
                done = Done { verdict, reason, missing, ..done };
            }
        }
        if let Some(diagnostics) = &mut done.diagnostics {
            let units: Vec<_> =
                ready.iter().map(|ready| (ready.name.clone(), ready.units.clone())).collect();
            diagnose::ask(&mut rig, &units, diagnostics, folder);
            for ready in ready {
                let text = serde_json::to_string_pretty(&ready.system).unwrap_or_default();
                diagnose::keep(folder, &format!("{}.system.json", ready.name), &text);
            }
        }
        self.shell(job, &mut rig, &done, tell);
        done
    }

    /// What the machines of a test start from, held so that it can be judged afterwards.
    fn snapshots_of(&self, job: &Job, ready: &[Ready], tell: &Tell) -> Vec<Snapshot> {
        let sets: BTreeSet<_> = ready.iter().map(|ready| &ready.packages).collect();
        let found = sets.into_iter().map(|set| self.snapshots.get(job.system, set, tell));
        // Where there is none, the machine that needs it says why.
        found.filter_map(Result::ok).collect()
    }

    /// Whether a bad end may be the fault of what the machines started from, and nobody else's:
    /// what is wrong with that, which is then gone. Reading all of it takes a second or two, so
    /// nobody does that for a test that passes.
    fn damage(&self, job: &Job, done: &Done, used: &[Snapshot]) -> Result<Option<Error>, Unable> {
        let bad = matches!(done.verdict, Verdict::Failed | Verdict::Error);
        if !bad || done.missing {
            return Ok(None);
        }
        let mut found = None;
        for snapshot in used {
            let damage = self.snapshots.discard_if_damaged(job.system, snapshot)?;
            found = found.or(damage);
        }
        Ok(found)
    }

    /// The machines of a test after its steps, and what these came to, also where not all of the
    /// machines have come so far.
    fn taken(
        &self,
        job: &Job,
        run: &Run,
        ready: &[Ready],
        folder: &Artifacts,
        tell: &Tell,
    ) -> (Rig, Done) {
        self.take_steps(job, run, ready, folder, tell).unwrap_or_else(|mut broken| {
            let done = not_started(&mut broken);
            (*broken.rig, done)
        })
    }

    /// The machines of a test after its steps, and what these came to.
    fn take_steps(
        &self,
        job: &Job,
        run: &Run,
        ready: &[Ready],
        folder: &Artifacts,
        tell: &Tell,
    ) -> Result<(Rig, Done), Broken> {
        let making = Making {
            machines: ready,
            system: job.system,
            snapshots: &self.snapshots,
            cold: self.own.cold,
            artifacts: folder,
            interrupt: &self.options.interrupt,
            limit: self.options.test_limit,
            tell,
        };
        if let Some(driver) = &self.own.driver {
            let driven = drive::drive(&making, run, driver, self.options.test_limit)?;
            diagnose::keep(folder, "driver.log", &driven.log);
            let done = driven.failure.map_or(Done::of(Verdict::Passed), |failure| {
                failed(drive::diagnostics(&failure, &driven.log))
            });
            return Ok((driven.rig, done));
        }
        let mut rig = making.make()?;
        let limits = Limits { step: self.options.step_limit, test: self.options.test_limit };
        let done = match walk::walk(&mut rig, run, &job.id, limits, tell) {
            Ok(()) => Done::of(Verdict::Passed),
            Err(stopped) => stopped_at(&stopped),
        };
        Ok((rig, done))
    }

    /// Lets a person in, where that was asked for.
    fn shell(&self, job: &Job, rig: &mut Rig, done: &Done, tell: &Tell) {
        let wanted = self.options.shell;
        let which = done.diagnostics.as_ref().map(|d| d.machine.clone()).filter(|m| !m.is_empty());
        let Some(machine) = rig.machine(which.as_deref()).filter(|m| wanted && m.is_running())
        else {
            return;
        };
        let name = machine.name().to_owned();
        let opened = ShellOpened { job: job.id.clone(), machine: name.clone() };
        tell.tell_and_wait(Body::ShellOpened(opened));
        let left = enter(machine);
        tell.tell_and_wait(Body::ShellClosed(ShellClosed { job: job.id.clone(), machine: name }));
        if let Err(error) = left {
            tell.note(Some(&job.id), format!("the shell ended: {error}"));
        }
    }
}

/// The sets of Debian packages that machines of a plan start from: one for each layer that a run
/// needs, and an empty one for the image itself.
pub fn layers(plan: &Plan) -> BTreeSet<Vec<String>> {
    let machines = |job: &Job| match &job.test.body {
        TestBody::Run(run) => {
            ready::machines(job, run, &|settings| by_rust(&job.manifest, settings)).ok()
        }
        TestBody::Refuse(_) => None,
    };
    let ready = plan.jobs.iter().filter_map(machines).flatten();
    ready.map(|ready| ready.packages).collect()
}

/// Standard output is for verdicts, so the shell speaks where talk goes.
fn enter(machine: &mut Machine) -> domi_guest::Result<i32> {
    machine.interactive(std::io::stdin().as_fd(), &mut std::io::stderr())
}

fn failed(diagnostics: Diagnostics) -> Done {
    Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
}

/// The settings of the test's own machines are illegal, or the feature is wrong without any.
fn refused(job: &Job, problems: &[Problem]) -> Done {
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

fn not_started(broken: &mut Broken) -> Done {
    match &broken.how {
        How::Machine(error) => broke(error, Diagnostics::default(), &broken.machine),
        How::Activation(output) => {
            let did = walk::did(output);
            let machine = broken.rig.machine(Some(&broken.machine));
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

fn stopped_at(stopped: &Stopped) -> Done {
    let diagnostics = Diagnostics {
        step: stopped.number,
        what: step::words(&stopped.step.action),
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
