//! The systems of tests: evaluated all at once, those of one test built together, each made into an image.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use domi_container::{Closure, Containers, Image};
use domi_debian::Distribution;
use domi_nix_command::{Build, Derivation, NixFailed};
use domi_runner::{BackendKind, Job, Reporter, RunOptions, Unable};

use super::nix::NativeNix;
use crate::building::{Builders, NO_STORE};
use crate::guest::unable;
use crate::store_parts::closure;

/// How long an evaluation may take: a system takes seconds.
const EVALUATION: Duration = Duration::from_secs(60 * 60);

/// What a system evaluates to, or why it does not.
type Evaluated = Result<String, Arc<NixFailed>>;

/// Why a job has no derivations.
pub(super) enum NoSystem {
    /// The flake has no system of this machine of the test.
    Lacking(String),
    /// Nix does not evaluate the system of this machine.
    Failed(String, Arc<NixFailed>),
}

/// For each machine of a test by its name, what there is of its system: its derivation, or its path in the store.
pub(super) type OfMachines = BTreeMap<String, String>;

/// The systems of a run.
pub(super) struct Systems<'a> {
    nix: &'a NativeNix,
    options: &'a RunOptions,
    names: Vec<String>,
    evaluated: Mutex<BTreeMap<String, Evaluated>>,
    containers: OnceLock<Result<Containers, Unable>>,
}

/// Where the system of a job's machine is among the outputs of the flake.
fn name_of(job: &Job, machine: &str) -> String {
    format!("{}-{}/{machine}", job.feature(), job.test.slug())
}

/// The names of a job's machines.
fn machines(job: &Job) -> impl Iterator<Item = &String> {
    job.test.run().into_iter().flat_map(|run| run.machines.keys())
}

impl<'a> Systems<'a> {
    pub(super) fn new(nix: &'a NativeNix, jobs: &[Job], options: &'a RunOptions) -> Self {
        let ours = jobs.iter().filter(|job| {
            job.backend == BackendKind::NIXOS_NATIVE
                && job.skip.is_none()
                && job.test.run().is_some()
        });
        let names =
            ours.flat_map(|job| machines(job).map(|machine| name_of(job, machine))).collect();
        let (evaluated, containers) = Default::default();
        Self { nix, options, names, evaluated, containers }
    }

    /// The derivations of a job's systems. The first job has those of all evaluated.
    pub(super) fn of(&self, job: &Job, reporter: &Reporter) -> Result<OfMachines, NoSystem> {
        let mut known = self.evaluated.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            let _stage =
                reporter.stage("evaluating systems of NixOS".to_owned(), Some(job.system), None);
            let all: Vec<&str> = self.names.iter().map(String::as_str).collect();
            if let Ok(found) = self.ask(job, &all) {
                let found = found.into_iter();
                known.extend(found.filter_map(|(name, it)| Some((name, Ok(it?.drv_path)))));
            }
        }
        let mut all = BTreeMap::new();
        for machine in machines(job) {
            let one = known.entry(name_of(job, machine));
            match one.or_insert_with_key(|name| self.one(job, name)) {
                Ok(drv) => _ = all.insert(machine.clone(), drv.clone()),
                Err(failed) if failed.lacks_attribute() => {
                    return Err(NoSystem::Lacking(machine.clone()));
                }
                Err(failed) => return Err(NoSystem::Failed(machine.clone(), failed.clone())),
            }
        }
        Ok(all)
    }

    /// One alone, so that what is wrong is said of it.
    fn one(&self, job: &Job, name: &str) -> Evaluated {
        let path = name.split('/').map(domi_nix_command::attribute).collect::<Vec<_>>().join(".");
        let output = format!("{}.{path}.drvPath", set(job));
        let words = self.nix.flake.words(&output);
        let value = self.nix.nix.eval_json(words, EVALUATION, &self.options.interrupt);
        value.map(|value| value.as_str().unwrap_or_default().to_owned()).map_err(Arc::new)
    }

    fn ask(
        &self,
        job: &Job,
        names: &[&str],
    ) -> Result<BTreeMap<String, Option<Derivation>>, NixFailed> {
        let NativeNix { nix, flake, .. } = self.nix;
        nix.derivations(flake, &set(job), names, EVALUATION, &self.options.interrupt)
    }

    /// Builds systems; their paths in the store.
    pub(super) fn build(
        &self,
        job: &Job,
        drvs: &OfMachines,
        reporter: &Reporter,
    ) -> Result<OfMachines, Box<Build>> {
        let what = format!("building the NixOS of {}", job.test.name);
        let NativeNix { nix, builders, build_limit, .. } = self.nix;
        let words = drvs.values().map(|drv| nix.outputs_of(drv)).collect();
        let builders = Builders { nix, builders: builders.as_deref(), limit: *build_limit };
        let build = builders.build(what, words, job, self.options, reporter);
        let built = build.built.as_deref().unwrap_or_default();
        let path = |drv: &String| {
            let of_it = built.iter().find(|built| built.drv_path.as_ref() == Some(drv))?;
            Some(of_it.outputs.get("out")?.display().to_string())
        };
        let paths = drvs.iter().map(|(machine, drv)| Some((machine.clone(), path(drv)?)));
        match paths.collect() {
            Some(paths) => Ok(paths),
            None => Err(Box::new(build)),
        }
    }

    /// The containers of this run.
    pub(super) fn containers(&self) -> Result<&Containers, Unable> {
        let open = || {
            // Nothing of Debian is in these containers; only images of it would be of this release.
            let debian = Distribution::named("debian", "trixie")
                .map_err(|error| Unable::Failed(error.to_string()))?;
            let RunOptions { cache, interrupt, .. } = self.options;
            Containers::open(cache, debian, interrupt.clone()).map_err(|error| unable(&error))
        };
        self.containers.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    /// What containers of systems start from, by machine.
    pub(super) fn images(&self, systems: &OfMachines) -> Result<BTreeMap<String, Image>, Unable> {
        systems.iter().map(|(name, system)| Ok((name.clone(), self.image(system)?))).collect()
    }

    fn image(&self, system: &str) -> Result<Image, Unable> {
        let nix = self.nix;
        let roots = BTreeSet::from([system.to_owned()]);
        let entries = closure(&nix.nix, &roots, self.options)?;
        let Some(store) = &nix.store else {
            return Err(Unable::Missing(NO_STORE.to_owned()));
        };
        let closure = Closure { system, store, entries: &entries };
        self.containers()?.closure(&closure, &|_| ()).map_err(|error| unable(&error))
    }
}

fn set(job: &Job) -> String {
    format!("legacyPackages.{}.nativeTests", job.system.as_str())
}
