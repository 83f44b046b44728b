//! The systems of tests: evaluated all at once, those of one test built together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domi_nix_command::{Build, Derivation, Nix, NixFailed};
use domi_runner::{BackendKind, Job, Reporter, RunOptions, Unable};

use super::building::{Builders, NO_STORE};
use super::nix::OwnNix;
use crate::provision::evaluated::without_nix;

/// What paths in a store begin with.
const STORE: &str = "/nix/store/";

/// How long an evaluation may take: a system takes seconds.
const EVALUATION: Duration = Duration::from_secs(60 * 60);

/// What a system evaluates to, or why it does not.
type Evaluated = Result<String, Arc<NixFailed>>;

/// Entries of a store by name, with their sizes in bytes.
pub type Entries = Vec<(String, u64)>;

/// Why a job has no derivations.
#[derive(Debug)]
pub enum NoSystem {
    /// The flake has no system of this machine of the test.
    Lacking(String),
    /// Nix does not evaluate the system of this machine.
    Failed(String, Arc<NixFailed>),
}

/// For each machine of a test by its name, what there is of its system: its derivation, or its path in the store.
pub type OfMachines = BTreeMap<String, String>;

/// Which outputs of the flake are the systems of a backend's tests.
#[derive(Debug, Clone, Copy)]
pub struct Outputs {
    /// The backend.
    pub kind: BackendKind,
    /// Their name: `legacyPackages.SYSTEM.SET.TEST.MACHINE`.
    pub set: &'static str,
}

/// The systems of a run.
#[derive(Debug)]
pub struct Systems<'a> {
    outputs: Outputs,
    nix: &'a OwnNix,
    options: &'a RunOptions,
    names: Vec<String>,
    evaluated: Mutex<BTreeMap<String, Evaluated>>,
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
    /// Those of the jobs of a backend.
    pub fn new(outputs: Outputs, nix: &'a OwnNix, jobs: &[Job], options: &'a RunOptions) -> Self {
        let ours = jobs.iter().filter(|job| {
            job.backend == outputs.kind && job.skip.is_none() && job.test.run().is_some()
        });
        let names =
            ours.flat_map(|job| machines(job).map(|machine| name_of(job, machine))).collect();
        Self { outputs, nix, options, names, evaluated: Mutex::default() }
    }

    /// The derivations of a job's systems. The first job has those of all evaluated.
    ///
    /// # Errors
    /// When there are none.
    pub fn of(&self, job: &Job, reporter: &Reporter) -> Result<OfMachines, NoSystem> {
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
        let output = format!("{}.{path}.drvPath", self.set(job));
        let words = self.nix.flake.words(&output);
        let value = self.nix.nix.eval_json(words, EVALUATION, &self.options.interrupt);
        value.map(|value| value.as_str().unwrap_or_default().to_owned()).map_err(Arc::new)
    }

    fn ask(
        &self,
        job: &Job,
        names: &[&str],
    ) -> Result<BTreeMap<String, Option<Derivation>>, NixFailed> {
        let OwnNix { nix, flake, .. } = self.nix;
        nix.derivations(flake, &self.set(job), names, EVALUATION, &self.options.interrupt)
    }

    /// Builds systems; their paths in the store.
    pub(crate) fn build(
        &self,
        job: &Job,
        drvs: &OfMachines,
        reporter: &Reporter,
    ) -> Result<OfMachines, Box<Build>> {
        let what = format!("building the NixOS of {}", job.test.name);
        let OwnNix { nix, builders, build_limit, .. } = self.nix;
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

    /// What a system consists of, and where its store's entries really are.
    pub(crate) fn closure(&self, system: &str) -> Result<(&Path, Entries), Unable> {
        let none = || Unable::Missing(NO_STORE.to_owned());
        let store = self.nix.store().ok_or_else(none)?;
        let roots = BTreeSet::from([system.to_owned()]);
        Ok((store, closure(&self.nix.nix, &roots, self.options)?))
    }

    /// The place of a job's systems among the outputs of the flake.
    fn set(&self, job: &Job) -> String {
        format!("legacyPackages.{}.{}", job.system.as_str(), self.outputs.set)
    }
}

/// All entries of a store that these refer to, and themselves.
///
/// # Errors
/// When Nix does not say.
pub fn closure(
    nix: &Nix,
    roots: &BTreeSet<String>,
    options: &RunOptions,
) -> Result<Entries, Unable> {
    let closure = nix.has_here(roots, true, &options.interrupt);
    let closure = closure.map_err(|failed| without_nix(&failed))?.into_iter();
    let entry = |(path, size): (String, u64)| Some((path.strip_prefix(STORE)?.to_owned(), size));
    Ok(closure.filter_map(|(path, info)| entry((path, info.nar_size))).collect())
}
