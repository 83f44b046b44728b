//! Tests on Debian guests, in a run.

use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::time::Instant;

use domi_event::{Body, Prepared, ShellClosed, ShellOpened, Verdict, millis};
use domi_guest::{Accel, Error, Machine, Snapshot};
use domi_model::{Platform, Run, TestBody};
use domi_runner::{Artifacts, Done, Job, Realiser, Reporter, RunOptions, Session, Unable, Weight};

use crate::machines::{Broken, Machines, Setup};
use crate::options::PortableOptions;
use crate::provision::evaluated::Systems;
use crate::provision::{self, NoSystem, Provision, by_rust};
use crate::snapshots::Snapshots;
use crate::steps::{self, Limits};
use crate::{diagnose, driver, outcome, refusal};

/// The portable backend in a run.
#[derive(Debug)]
pub(crate) struct PortableSession<'a> {
    options: &'a RunOptions,
    own: &'a PortableOptions,
    snapshots: Snapshots<'a>,
    systems: Systems,
}

impl<'a> PortableSession<'a> {
    pub(crate) fn new(options: &'a RunOptions, own: &'a PortableOptions) -> Self {
        let snapshots = Snapshots::new(options, &own.guest);
        Self { options, own, snapshots, systems: Systems::default() }
    }
}

impl Session for PortableSession<'_> {
    fn prepare(&self, system: Platform, reporter: &Reporter) -> Result<Prepared, Unable> {
        let acceleration = self.snapshots.acceleration(system, reporter)?;
        Ok(Prepared {
            backend: "portable".to_owned(),
            accelerator: match acceleration.accel {
                Accel::Kvm => "kvm".to_owned(),
                Accel::Tcg => "tcg".to_owned(),
            },
            brief: match acceleration.accel {
                Accel::Kvm => "KVM".to_owned(),
                Accel::Tcg => "emulating".to_owned(),
            },
            why: acceleration.reason,
            ..Prepared::default()
        })
    }

    fn weight(&self, job: &Job) -> Weight {
        let machines = job.machines() as u64;
        Weight { memory: machines * u64::from(self.own.guest.memory_mib), cores: machines }
    }

    fn key(&self, job: &Job, reporter: &Reporter) -> Result<Option<String>, Unable> {
        if job.variant.driven {
            // Whose verdict it is, the driver's, is not ours to keep.
            return Ok(None);
        }
        let mut key = String::new();
        let provisions = match self.provisions(job) {
            Ok(provisions) => provisions,
            Err(NoSystem::Unable(unable)) => return Err(unable),
            Err(NoSystem::Problems(_)) => Vec::new(),
        };
        for provision in provisions {
            let snapshot = self.snapshots.get(job.system, &provision.packages, reporter)?;
            key.push_str(&format!("{} {} ", snapshot.key(), snapshot.digest()));
            if job.variant.realiser == Realiser::Nix {
                // What Rust makes of a manifest follows from it.
                key.push_str(&format!("{:?} {} ", provision.files, provision.activation));
            }
        }
        key.push_str(if self.own.cold { "cold" } else { "restored" });
        Ok(Some(key))
    }

    fn repeat(&self, job: &Job) -> Vec<String> {
        let mut words = Vec::new();
        let by_hand = self.own.realiser.as_ref().is_some_and(|realiser| realiser.by_hand);
        if job.variant.realiser == Realiser::Nix && !by_hand {
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

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        let run = match (&job.test.body, &self.own.realiser) {
            (TestBody::Run(run), _) => run,
            (TestBody::Refuse(refusal), Some(nix)) if job.variant.realiser == Realiser::Nix => {
                return self.systems.refuses(nix, job, refusal, &self.options.interrupt);
            }
            (TestBody::Refuse(refusal), _) => return refusal::decide(job, refusal),
        };
        let provisions = match self.provisions(job) {
            Ok(provisions) => provisions,
            Err(NoSystem::Problems(problems)) => return outcome::refused(job, &problems),
            Err(NoSystem::Unable(unable)) => return unable.into(),
        };
        for warning in provisions.iter().flat_map(|provision| &provision.warnings) {
            reporter.note(Some(&job.id), warning);
        }
        let begun = Instant::now();
        let mut done = self.run_on(job, run, &provisions, folder, reporter);
        done.machine_millis = millis(begun.elapsed());
        done
    }
}

impl PortableSession<'_> {
    /// What the machines of a job get.
    fn provisions(&self, job: &Job) -> Result<Vec<Provision>, NoSystem> {
        let TestBody::Run(run) = &job.test.body else { return Ok(Vec::new()) };
        match &self.own.realiser {
            Some(nix) if job.variant.realiser == Realiser::Nix => {
                let interrupt = &self.options.interrupt;
                provision::provisions(job, run, &|settings| {
                    self.systems.system(nix, job, settings, interrupt)
                })
            }
            _ => provision::provisions(job, run, &|settings| by_rust(&job.manifest, settings)),
        }
    }

    fn run_on(
        &self,
        job: &Job,
        run: &Run,
        provisions: &[Provision],
        folder: &Artifacts,
        reporter: &Reporter,
    ) -> Done {
        let used = self.snapshots_of(job, provisions, reporter);
        let (mut machines, mut done) = self.taken(job, run, provisions, folder, reporter);
        match self.damage(job, &done, &used) {
            Ok(None) => {}
            Ok(Some(damage)) => {
                reporter.note(
                    Some(&job.id),
                    format!("{damage}; it is made again, and the test is run again"),
                );
                drop((machines, used));
                self.snapshots.forget(job.system);
                // What it holds tells of the damage only.
                let _ = fs_err::remove_dir_all(&folder.path);
                (machines, done) = self.taken(job, run, provisions, folder, reporter);
            }
            Err(unable) => {
                let Done { verdict, reason, missing, .. } = unable.into();
                done = Done { verdict, reason, missing, ..done };
            }
        }
        if let Some(diagnostics) = &mut done.diagnostics {
            let units: Vec<_> = provisions
                .iter()
                .map(|provision| (provision.name.clone(), provision.units.clone()))
                .collect();
            diagnose::ask(&mut machines, &units, diagnostics, folder);
            for provision in provisions {
                let text = serde_json::to_string_pretty(&provision.system).unwrap_or_default();
                diagnose::keep(folder, &format!("{}.system.json", provision.name), &text);
            }
        }
        self.shell(job, &mut machines, &done, reporter);
        done
    }

    /// What the machines of a test start from, held so that it can be judged afterwards.
    fn snapshots_of(
        &self,
        job: &Job,
        provisions: &[Provision],
        reporter: &Reporter,
    ) -> Vec<Snapshot> {
        let sets: BTreeSet<_> = provisions.iter().map(|provision| &provision.packages).collect();
        let found = sets.into_iter().map(|set| self.snapshots.get(job.system, set, reporter));
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
        provisions: &[Provision],
        folder: &Artifacts,
        reporter: &Reporter,
    ) -> (Machines, Done) {
        self.take_steps(job, run, provisions, folder, reporter).unwrap_or_else(|mut broken| {
            let done = outcome::not_started(&mut broken);
            (*broken.machines, done)
        })
    }

    /// The machines of a test after its steps, and what these came to.
    fn take_steps(
        &self,
        job: &Job,
        run: &Run,
        provisions: &[Provision],
        folder: &Artifacts,
        reporter: &Reporter,
    ) -> Result<(Machines, Done), Broken> {
        let setup = Setup {
            provisions,
            system: job.system,
            snapshots: &self.snapshots,
            cold: self.own.cold,
            artifacts: folder,
            interrupt: &self.options.interrupt,
            limit: self.options.test_limit,
            reporter,
        };
        if let Some(driver) = &self.own.driver {
            let driven = driver::drive(&setup, run, driver, self.options.test_limit)?;
            diagnose::keep(folder, "driver.log", &driven.log);
            let done = driven.failure.map_or(Done::of(Verdict::Passed), |failure| {
                outcome::failed(driver::diagnostics(&failure, &driven.log))
            });
            return Ok((driven.machines, done));
        }
        let mut machines = setup.all()?;
        let limits = Limits { step: self.options.step_limit, test: self.options.test_limit };
        let done = match steps::take_steps(&mut machines, run, &job.id, limits, reporter) {
            Ok(()) => Done::of(Verdict::Passed),
            Err(stopped) => outcome::stopped_at(&stopped),
        };
        Ok((machines, done))
    }

    /// Lets a person in, where that was asked for.
    fn shell(&self, job: &Job, machines: &mut Machines, done: &Done, reporter: &Reporter) {
        let wanted = self.options.shell;
        let which = done.diagnostics.as_ref().map(|d| d.machine.clone()).filter(|m| !m.is_empty());
        let Some(machine) = machines.machine(which.as_deref()).filter(|m| wanted && m.is_running())
        else {
            return;
        };
        let name = machine.name().to_owned();
        let opened = ShellOpened { job: job.id.clone(), machine: name.clone() };
        reporter.report_and_wait(Body::ShellOpened(opened));
        let left = enter(machine);
        reporter
            .report_and_wait(Body::ShellClosed(ShellClosed { job: job.id.clone(), machine: name }));
        if let Err(error) = left {
            reporter.note(Some(&job.id), format!("the shell ended: {error}"));
        }
    }
}

/// Standard output is for verdicts, so the shell speaks where talk goes.
fn enter(machine: &mut Machine) -> domi_guest::Result<i32> {
    machine.interactive(std::io::stdin().as_fd(), &mut std::io::stderr())
}
