//! Tests on Debian guests, in a run.

use std::collections::BTreeMap;

use domi_event::{Prepared, Verdict};
use domi_guest::{Accel, Acceleration, Snapshot, StoreDisk};
use domi_model::{Platform, Run};
use domi_portable_system::{
    Broken, Doing, Ends, Fault, Machines, NoSystem, Provision, Realisers, Setup, StoreParts, Trial,
    failed, machine_kinds, machines_wanted, with_made,
};
use domi_runner::{
    Artifacts, BackendKind, Done, Job, Programs, Realiser, Reporter, RunOptions, Session, Unable,
    Weight,
};

use crate::driver;
use crate::guest::unable;
use crate::kinds::listener;
use crate::options::PortableOptions;
use crate::snapshots::Snapshots;
use crate::spares::Waiting;
use crate::started::Started;

/// The portable backend in a run.
#[derive(Debug)]
pub(crate) struct PortableSession<'a> {
    jobs: &'a [Job],
    options: &'a RunOptions,
    own: &'a PortableOptions,
    snapshots: Snapshots<'a>,
    realisers: Realisers<'a>,
    ends: Ends,
}

impl<'a> PortableSession<'a> {
    pub(crate) fn new(
        jobs: &'a [Job],
        options: &'a RunOptions,
        own: &'a PortableOptions,
        waiting: &'a Waiting,
    ) -> Self {
        let snapshots = Snapshots::new(options, &own.guest, waiting);
        let realisers =
            Realisers::new(own.realiser.as_ref(), own.builds.as_deref(), &options.interrupt);
        Self { jobs, options, own, snapshots, realisers, ends: Ends::default() }
    }
}

/// Now that no test needs this computer, machines are restored for the next run, if there will be
/// one. A machine that is in a network starts in it, one with a part of a store starts with it, and neither can wait.
impl Drop for PortableSession<'_> {
    fn drop(&mut self) {
        if !self.own.runs_again || self.own.cold || self.own.driver.is_some() {
            return;
        }
        self.ends.wait();
        let alone = |job: &&Job| {
            job.backend == BackendKind::PORTABLE
                && job.machines() == 1
                && job.variant.programs != Programs::Store
        };
        self.snapshots.restore_ahead(machines_wanted(self.jobs.iter().filter(alone)));
    }
}

impl Session for PortableSession<'_> {
    fn prepare(&self, system: Platform, reporter: &Reporter) -> Result<Prepared, Unable> {
        let acceleration = self.snapshots.kinds().acceleration(system, reporter)?;
        Ok(prepared(BackendKind::PORTABLE, acceleration))
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
        if job.variant.programs == Programs::Store {
            key.push_str("programs of Nix's store ");
        }
        let provisions = self.realisers.provisions_if_any(job, reporter)?;
        for (system, packages) in machine_kinds(job, &provisions) {
            let snapshot = self.snapshots.get(system, &packages, reporter)?;
            key.push_str(&format!("{} {} ", snapshot.key(), snapshot.digest()));
        }
        for provision in provisions {
            for digest in provision.copied() {
                key.push_str(&format!("{digest} "));
            }
            if job.variant.realiser == Realiser::Nix {
                // What Rust makes of a manifest follows from it.
                key.push_str(&provision.told());
            }
        }
        key.push_str(if self.own.cold { "cold" } else { "restored" });
        Ok(Some(key))
    }

    fn repeat(&self, job: &Job) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.realisers.repeat(job));
        if job.variant.programs == Programs::Store {
            words.extend(["--backend".to_owned(), BackendKind::PORTABLE.to_string()]);
        }
        if let Some(path) = self.own.driver.as_ref().and_then(|driver| driver.path.as_ref()) {
            words.extend(["--driver".to_owned(), path.display().to_string()]);
        }
        if self.own.cold {
            words.push("--cold".to_owned());
        }
        words
    }

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        self.realisers.decide(job, reporter, |run, provisions| {
            let (told, options) = ((folder, reporter), self.options);
            let realiser = self.own.realiser.as_ref();
            let stores = match StoreParts::built(realiser, job, provisions, options, told) {
                Ok(stores) => stores,
                Err(done) => return *done,
            };
            let trial = Trial { job, run, provisions, options, folder, reporter };
            let used = self.snapshots_of(job, provisions, reporter);
            trial.run(&mut OnGuests { session: self, trial, used, stores })
        })
    }
}

/// What is said of machines of a kind before the first of them.
pub(crate) fn prepared(kind: BackendKind, acceleration: Acceleration) -> Prepared {
    let (accelerator, brief) = match acceleration.accel {
        Accel::Kvm => ("kvm", "KVM"),
        Accel::Tcg => ("tcg", "emulating"),
    };
    Prepared {
        backend: kind.to_string(),
        accelerator: accelerator.to_owned(),
        brief: brief.to_owned(),
        why: acceleration.reason,
        ..Prepared::default()
    }
}

impl PortableSession<'_> {
    /// What the machines of a test start from, held so that it can be judged afterwards.
    fn snapshots_of(
        &self,
        job: &Job,
        provisions: &[Provision],
        reporter: &Reporter,
    ) -> Vec<(Platform, Snapshot)> {
        let kinds = machine_kinds(job, provisions).into_iter();
        // Where there is none, the machine that needs it says why.
        let found = kinds.filter_map(|(system, packages)| {
            let snapshot = self.snapshots.get(system, &packages, reporter).ok()?;
            Some((system, snapshot))
        });
        found.collect()
    }
}

/// A test on guests.
struct OnGuests<'a> {
    session: &'a PortableSession<'a>,
    trial: Trial<'a>,
    used: Vec<(Platform, Snapshot)>,
    stores: Option<StoreParts<'a, StoreDisk>>,
}

impl Doing for OnGuests<'_> {
    fn take(&self) -> Result<(Machines, Done), Broken> {
        let Trial { job, run, provisions, options, folder, reporter } = self.trial;
        let PortableSession { own, snapshots, .. } = self.session;
        let stores = &self.stores().map_err(|unable| Broken::of("", Fault::of(unable)))?;
        let (cold, interrupt) = (own.cold, &options.interrupt);
        let starts = Started { job, snapshots, cold, interrupt, reporter, stores };
        let setup = Setup { provisions, starts, artifacts: folder, limit: options.test_limit };
        match &own.driver {
            Some(driver) => {
                let task = self.task(driver)?;
                match with_made(&setup)? {
                    Ok(provisions) => {
                        let setup = Setup { provisions: &provisions, ..setup };
                        driven(&setup, run, &driver.relay, &task)
                    }
                    Err(failure) => Ok((Machines::default(), *failure)),
                }
            }
            None => self.trial.take_steps(setup),
        }
    }

    fn damage(&self) -> Result<Option<String>, Unable> {
        let mut found = None;
        let kinds = self.session.snapshots.kinds();
        let stores = self.stores()?;
        let disks =
            stores.iter().map(|(name, disk)| (self.trial.job.system_of(name), disk.as_snapshot()));
        let used = self.used.iter().map(|(system, snapshot)| (*system, snapshot));
        for (system, snapshot) in used.chain(disks) {
            let damage = kinds.discard_if_damaged(system, snapshot)?;
            found = found.or(damage);
        }
        Ok(found.map(|damage| damage.to_string()))
    }

    fn forget(&mut self) {
        self.used.clear();
        self.stores.iter().for_each(StoreParts::forget);
        for system in self.trial.job.systems() {
            self.session.snapshots.forget(system);
        }
    }

    fn ends(&self) -> &Ends {
        &self.session.ends
    }
}

impl OnGuests<'_> {
    /// What machines have of Nix's store, by their names.
    fn stores(&self) -> Result<BTreeMap<String, StoreDisk>, Unable> {
        let Some(stores) = &self.stores else { return Ok(BTreeMap::new()) };
        let Trial { job, reporter, .. } = self.trial;
        stores.images(|folder, entries| {
            let guests = self.session.snapshots.kinds().guests(job.system)?;
            let disk = guests.store_disk(folder, entries, &listener(reporter, job.system));
            disk.map_err(|error| unable(&error))
        })
    }

    /// What the driver is to do: a test's own script, or the steps.
    fn task(&self, driver: &driver::Driver) -> Result<driver::Task, Broken> {
        let of = |unable| Broken::of("", Fault::of(unable));
        let nowhere = || of(Unable::Failed("nobody has said where the driver is".to_owned()));
        let own = driver.path.clone();
        match self.session.realisers.driver_test(self.trial.job) {
            Some(Ok(test)) => Ok(driver::Task {
                driver: own.unwrap_or_else(|| test.driver.clone()),
                script: test.script.clone(),
                limit: Some(test.limit),
                types: test.types,
                lint: test.lint,
                commands_must_exist: true,
            }),
            Some(Err(NoSystem::Unable(unable))) => Err(of(unable)),
            Some(Err(_)) => Err(nowhere()),
            None => Ok(driver::Task {
                driver: own.ok_or_else(nowhere)?,
                script: (driver.script)(self.trial.run),
                limit: None,
                types: true,
                lint: true,
                commands_must_exist: false,
            }),
        }
    }
}

/// A test that the NixOS test driver does.
fn driven(
    setup: &Setup<'_, Started<'_>>,
    run: &Run,
    relay: &[String],
    task: &driver::Task,
) -> Result<(Machines, Done), Broken> {
    let driven = driver::drive(setup, run, relay, task)?;
    setup.artifacts.keep("driver.log", &driven.log);
    let done = driven.failure.map_or(Done::of(Verdict::Passed), |failure| {
        failed(driver::diagnostics(&failure, &driven.log))
    });
    Ok((driven.machines, done))
}
