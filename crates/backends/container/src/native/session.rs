//! Tests on NixOS in containers, in a run.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use domi_container::{Image, Machine, Options};
use domi_event::{Diagnostics, Prepared, Verdict, millis};
use domi_host::hash::Key;
use domi_model::{Platform, Run, TestBody};
use domi_nix_command::NixFailed;
use domi_portable_system::{
    Broken, Case, Doing, Ends, Fault, FromStore, Machines, Provision, Setup, Starts, Switched,
    ToMake, Trial, Wanted, without_nix,
};
use domi_realise::System;
use domi_runner::{
    Artifacts, BackendKind, Done, Job, Reporter, RunOptions, Session, Unable, Weight,
};

use super::nix::NativeNix;
use super::systems::{NoSystem, OfMachines, Systems};
use crate::building::not_built;
use crate::guest::{Guest, discard_damaged, driven, fault};

/// What a container with a NixOS takes of this computer's memory, in MiB.
const MEMORY: u64 = 192;

/// The backend in a run.
pub(super) struct NativeSession<'a> {
    options: &'a RunOptions,
    systems: Systems<'a>,
    ends: Ends,
}

impl<'a> NativeSession<'a> {
    pub(super) fn new(nix: &'a NativeNix, jobs: &[Job], options: &'a RunOptions) -> Self {
        Self { options, systems: Systems::new(nix, jobs, options), ends: Ends::default() }
    }
}

impl Drop for NativeSession<'_> {
    fn drop(&mut self) {
        self.ends.wait();
    }
}

impl Session for NativeSession<'_> {
    fn prepare(&self, _: Platform, _: &Reporter) -> Result<Prepared, Unable> {
        self.systems.containers()?;
        Ok(Prepared {
            backend: BackendKind::NIXOS_NATIVE.to_string(),
            brief: "this computer's kernel".to_owned(),
            why: format!("containers on this computer's kernel {}", crate::session::release()),
            ..Prepared::default()
        })
    }

    fn weight(&self, job: &Job) -> Weight {
        let machines = job.machines() as u64;
        // A job without a machine only waits for Nix.
        Weight { memory: machines * MEMORY, cores: u64::from(machines > 0) }
    }

    fn key(&self, job: &Job, reporter: &Reporter) -> Result<Option<String>, Unable> {
        let Ok(drvs) = self.systems.of(job, reporter) else { return Ok(None) };
        let kernel = rustix::system::uname();
        let probes = serde_json::to_vec(self.systems.containers()?.probes()).unwrap_or_default();
        let mut key = Key::new("native-verdict/2")
            .with(kernel.release().to_bytes())
            .with(kernel.version().to_bytes())
            .with(probes);
        drvs.values().for_each(|drv| key.add(drv));
        Ok(Some(format!("{} {}", BackendKind::NIXOS_NATIVE, key.finish())))
    }

    fn key_is_work(&self) -> bool {
        true
    }

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        let TestBody::Run(run) = &job.test.body else {
            return Unable::Failed("a refusal is decided by an evaluation".to_owned()).into();
        };
        let drvs = match self.systems.of(job, reporter) {
            Ok(drvs) => drvs,
            Err(none) => return no_system(&none, job, folder),
        };
        let systems = match self.systems.build(job, &drvs, reporter) {
            Ok(systems) => systems,
            Err(build) => return not_built("the system of the test", &build, folder),
        };
        let images = match self.systems.images(&systems) {
            Ok(images) => images,
            Err(unable) => return unable.into(),
        };
        let provisions = provisions(job, run);
        let trial =
            Trial { job, run, provisions: &provisions, options: self.options, folder, reporter };
        let begun = Instant::now();
        let images = Mutex::new(Some(images));
        let mut done = trial.run(&mut OnNixos { session: self, trial, systems, images });
        done.machine_millis = millis(begun.elapsed());
        done
    }
}

/// What we have to know of the machines. NixOS has made their systems, also those that they are switched to: there
/// is nothing to give to them.
fn provisions(job: &Job, run: &Run) -> Vec<Provision> {
    // Failures are told from it. Where Rust refuses settings, NixOS says what is wrong with them.
    let known = domi_portable_system::of_rust(&Case::of(job), run).unwrap_or_default();
    let nothing = || System { feature: job.feature().to_owned(), ..System::default() };
    let provision = |name: &String| {
        let known = known.iter().find(|known| known.name == *name);
        let mut systems = known.into_iter().flat_map(Provision::systems).map(|(it, _)| it.clone());
        let mut next = || systems.next().unwrap_or_else(nothing);
        Provision {
            name: name.clone(),
            packages: Vec::new(),
            files: Vec::new(),
            activation: ":".to_owned(),
            boots: false,
            place: None,
            warnings: Vec::new(),
            system: next(),
            switches: run
                .switches(name)
                .map(|(step, switch)| {
                    let command = domi_nix::switch_command(run, name, switch);
                    Switched::by_command(step, next(), command)
                })
                .collect(),
            to_make: ToMake::default(),
            store: FromStore::default(),
        }
    };
    run.machines.keys().map(provision).collect()
}

/// A system that does not evaluate is the test's failure; all else leaves it undecided.
fn no_system(none: &NoSystem, job: &Job, folder: &Artifacts) -> Done {
    let (machine, failed) = match none {
        NoSystem::Failed(machine, failed) => (machine, failed),
        NoSystem::Lacking(machine) => {
            return Unable::Failed(format!(
                "the flake has no system of {machine} for this test; `cargo xtask generate` writes it, and git \
                 must know the file"
            ))
            .into();
        }
    };
    let (NixFailed::Ended { said, .. }, Some(message)) = (&**failed, failed.refusal()) else {
        return without_nix(failed).into();
    };
    folder.keep("evaluation.log", said);
    let first = message.lines().next().unwrap_or_default();
    let diagnostics = Diagnostics {
        message: first.trim_start_matches("error: ").to_owned(),
        what: format!("Nix evaluates {machine}"),
        place: job.test.place.clone(),
        said: message.to_owned(),
        ..Diagnostics::default()
    };
    Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
}

/// A test on a NixOS.
struct OnNixos<'a> {
    session: &'a NativeSession<'a>,
    trial: Trial<'a>,
    /// The paths of the systems in the store.
    systems: OfMachines,
    /// What their containers start from, by machine; nothing once something of it was found damaged.
    images: Mutex<Option<BTreeMap<String, Image>>>,
}

impl OnNixos<'_> {
    fn images(&self) -> Result<BTreeMap<String, Image>, Unable> {
        let mut held = self.images.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(images) = &*held {
            return Ok(images.clone());
        }
        Ok(held.insert(self.session.systems.images(&self.systems)?).clone())
    }
}

impl Starts for OnNixos<'_> {
    type Machine = Guest;

    fn start(&self, wanted: &Wanted<'_>) -> Result<Guest, Fault> {
        let images = self.images().map_err(Fault::of)?;
        let none = || Fault::of(Unable::Failed(format!("no system of {} was built", wanted.name)));
        let image = images.get(wanted.name).ok_or_else(none)?;
        let containers = self.session.systems.containers().map_err(Fault::of)?;
        let options = Options {
            name: wanted.name.to_owned(),
            console_log: wanted.log.clone(),
            network: wanted.network.clone(),
            interrupt: self.session.options.interrupt.clone(),
        };
        Machine::boot(containers, image, options).map(driven).map_err(fault)
    }
}

impl Doing for OnNixos<'_> {
    fn take(&self) -> Result<(Machines, Done), Broken> {
        let Trial { provisions, options, folder, .. } = self.trial;
        self.trial.take_steps(Setup {
            provisions,
            starts: self,
            artifacts: folder,
            limit: options.test_limit,
        })
    }

    fn damage(&self) -> Result<Option<String>, Unable> {
        discard_damaged(self.session.systems.containers()?, self.images()?.values())
    }

    fn forget(&mut self) {
        *self.images.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }

    fn ends(&self) -> &Ends {
        &self.session.ends
    }
}

impl Starts for &OnNixos<'_> {
    type Machine = Guest;

    fn start(&self, wanted: &Wanted<'_>) -> Result<Guest, Fault> {
        (**self).start(wanted)
    }
}
