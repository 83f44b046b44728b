//! A test on machines that are its own NixOS, whatever they are.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use domi_event::{Diagnostics, Verdict, millis};
use domi_model::{Platform, Run, TestBody};
use domi_nix_command::NixFailed;
use domi_realise::System;
use domi_runner::{Artifacts, Done, Job, Reporter, RunOptions, Unable};
use domi_transplant::FromStore;

use super::building::not_built;
use super::systems::{Entries, NoSystem, OfMachines, Systems};
use crate::driven::{Driven, Fault};
use crate::ends::Ends;
use crate::machines::Machines;
use crate::provision::evaluated::without_nix;
use crate::provision::{Case, Provision, Switched, ToMake, of_rust};
use crate::setup::{Broken, Setup, Starts, Wanted};
use crate::trial::{Doing, Trial};

/// A system that Nix has built.
#[derive(Debug, Clone, Copy)]
pub struct Built<'a> {
    /// What it runs on.
    pub platform: Platform,
    /// Its path in the store.
    pub path: &'a str,
    /// The folder in which the store's entries really are.
    pub store: &'a Path,
    /// All entries that it consists of.
    pub entries: &'a Entries,
}

/// What machines start from, and who starts them.
pub trait Images: Sync {
    /// What a machine starts from.
    type Image: Clone + Send;
    /// What is started.
    type Machine: Driven + 'static;

    /// What a machine starts from that has this system.
    ///
    /// # Errors
    /// When it cannot be made.
    fn image(&self, built: &Built<'_>, reporter: &Reporter) -> Result<Self::Image, Unable>;

    /// Starts a machine; returns once it has a shell.
    ///
    /// # Errors
    /// When it does not start.
    fn start(
        &self,
        image: &Self::Image,
        wanted: &Wanted<'_>,
        reporter: &Reporter,
    ) -> Result<Self::Machine, Fault>;

    /// Removes what of these is damaged; says what is wrong with the first that is.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn discard_damaged(&self, images: Vec<Self::Image>) -> Result<Option<String>, Unable>;
}

/// The tests of a run on NixOS.
#[derive(Debug)]
pub struct OnNixos<'a, I> {
    /// What ends machines. It is first, so that they are gone before anything that they started from is let go.
    pub ends: Ends,
    /// How jobs are run.
    pub options: &'a RunOptions,
    /// Their systems.
    pub systems: Systems<'a>,
    /// What their machines start from.
    pub images: I,
}

impl<I: Images> OnNixos<'_, I> {
    /// Runs a job.
    pub fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
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
        let provisions = provisions(job, run);
        let trial =
            Trial { job, run, provisions: &provisions, options: self.options, folder, reporter };
        let mut test = Test { on: self, trial, systems, images: Mutex::default() };
        if let Err(unable) = test.images() {
            return unable.into();
        }
        let begun = Instant::now();
        let mut done = trial.run(&mut test);
        done.machine_millis = millis(begun.elapsed());
        done
    }
}

/// What we have to know of the machines. NixOS has made their systems, also those that they are switched to: there
/// is nothing to give to them.
fn provisions(job: &Job, run: &Run) -> Vec<Provision> {
    // Failures are told from it. Where Rust refuses settings, NixOS says what is wrong with them.
    let known = of_rust(&Case::of(job), run).unwrap_or_default();
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

/// A test that is done.
struct Test<'a, I: Images> {
    on: &'a OnNixos<'a, I>,
    trial: Trial<'a>,
    /// The paths of the systems in the store.
    systems: OfMachines,
    /// What the machines start from, by name; nothing before that is asked for, and once something of it was found
    /// damaged.
    images: Mutex<Option<BTreeMap<String, I::Image>>>,
}

impl<I: Images> Test<'_, I> {
    fn images(&self) -> Result<BTreeMap<String, I::Image>, Unable> {
        let mut held = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(images) = &*held {
            return Ok(images.clone());
        }
        let OnNixos { systems, images, .. } = self.on;
        let mut made = BTreeMap::new();
        let Trial { job, reporter, .. } = self.trial;
        for (machine, path) in &self.systems {
            let (store, entries) = systems.closure(path)?;
            let built = Built { platform: job.system, path, store, entries: &entries };
            made.insert(machine.clone(), images.image(&built, reporter)?);
        }
        Ok(held.insert(made).clone())
    }
}

impl<I: Images> Starts for &Test<'_, I> {
    type Machine = I::Machine;

    fn start(&self, wanted: &Wanted<'_>) -> Result<I::Machine, Fault> {
        let images = self.images().map_err(Fault::of)?;
        let none = || Fault::of(Unable::Failed(format!("no system of {} was built", wanted.name)));
        let image = images.get(wanted.name).ok_or_else(none)?;
        self.on.images.start(image, wanted, self.trial.reporter)
    }
}

impl<I: Images> Doing for Test<'_, I> {
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
        self.on.images.discard_damaged(self.images()?.into_values().collect())
    }

    fn forget(&mut self) {
        *self.images.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn ends(&self) -> &Ends {
        &self.on.ends
    }
}
