//! Evaluations of checks: as few as can be, each once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domi_host::Interrupt;
use domi_model::Platform;
use domi_nix_command::{Derivation, NixFailed};
use domi_runner::{BackendKind, Job, Reporter, Unable};

use crate::check::check_of;
use crate::here::WithNix;
use crate::unable::unable;

/// How long one evaluation may take. A NixOS system takes seconds; all checks of a large
/// repository take minutes.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// What a check evaluates to.
#[derive(Debug, Clone)]
pub(super) enum Evaluated {
    /// What would build it.
    Derivation(Derivation),
    /// It does not evaluate.
    Fails(Arc<NixFailed>),
}

/// The checks that are wanted on a system, by feature.
type Wanted = BTreeMap<String, Vec<String>>;
/// What is known of them, by name.
type Known = BTreeMap<String, Result<Evaluated, Unable>>;

/// The evaluations of a run for one backend.
pub(super) struct Evaluations<'a> {
    with: &'a WithNix,
    kind: BackendKind,
    interrupt: &'a Interrupt,
    wanted: BTreeMap<Platform, Wanted>,
    known: BTreeMap<Platform, Mutex<Option<Known>>>,
}

impl<'a> Evaluations<'a> {
    pub(super) fn new<'j>(
        with: &'a WithNix,
        kind: BackendKind,
        jobs: impl Iterator<Item = &'j Job>,
        interrupt: &'a Interrupt,
    ) -> Self {
        let mut wanted: BTreeMap<Platform, Wanted> = BTreeMap::new();
        for job in jobs {
            let features = wanted.entry(job.system).or_default();
            features.entry(job.feature().to_owned()).or_default().push(check_of(job));
        }
        let known = wanted.keys().map(|system| (*system, Mutex::default())).collect();
        Self { with, kind, interrupt, wanted, known }
    }

    /// What the check of a job evaluates to. The first job of a system has all of that system
    /// evaluated, while the others wait.
    pub(super) fn of(&self, job: &Job, reporter: &Reporter) -> Result<Evaluated, Unable> {
        let Some(known) = self.known.get(&job.system) else {
            return Err(Unable::Failed("it was not planned to be evaluated".to_owned()));
        };
        let mut known = lock(known);
        let known = known.get_or_insert_with(|| self.system(job.system, reporter));
        known.get(&check_of(job)).cloned().unwrap_or_else(|| {
            Err(Unable::Failed(format!(
                "the flake has no {}; `cargo xtask generate` writes it, and git must know the file",
                check_of(job)
            )))
        })
    }

    fn system(&self, system: Platform, reporter: &Reporter) -> Known {
        let Some(wanted) = self.wanted.get(&system) else { return Known::new() };
        let _stage = reporter.stage(format!("evaluating {}", system.as_str()), Some(system), None);
        self.all(system, wanted)
    }

    /// Everything at once, and on failure one feature after the other.
    fn all(&self, system: Platform, wanted: &Wanted) -> Known {
        let names: Vec<&String> = wanted.values().flatten().collect();
        match self.evaluate(system, &names) {
            Ok(known) => self.explained(system, known),
            Err(failed) if wanted.len() > 1 && concerns_one(&failed) => {
                let each = wanted.iter().map(|(feature, names)| {
                    self.all(system, &BTreeMap::from([(feature.clone(), names.clone())]))
                });
                each.flatten().collect()
            }
            Err(failed) if names.len() > 1 && concerns_one(&failed) => {
                names.into_iter().flat_map(|name| self.one(system, name)).collect()
            }
            Err(failed) => {
                let result = told(failed);
                names.into_iter().map(|name| (name.clone(), result.clone())).collect()
            }
        }
    }

    /// With the reason of each that throws, which only an evaluation of its own tells.
    fn explained(&self, system: Platform, known: BTreeMap<String, Option<Derivation>>) -> Known {
        let explain = |(name, derivation): (String, Option<Derivation>)| match derivation {
            Some(derivation) => vec![(name, Ok(Evaluated::Derivation(derivation)))],
            None => self.one(system, &name).into_iter().collect(),
        };
        known.into_iter().flat_map(explain).collect()
    }

    fn one(&self, system: Platform, name: &str) -> Known {
        let output = format!("{}.{}.drvPath", self.set(system), domi_nix_command::attribute(name));
        let words = self.with.flake.words(&output);
        let result = self.with.nix.eval_json(words, LIMIT, self.interrupt);
        let result = match result {
            Ok(value) => Ok(Evaluated::Derivation(Derivation {
                drv_path: value.as_str().unwrap_or_default().to_owned(),
                driver: None,
            })),
            Err(failed) if is_missing(&failed, name) => return Known::new(),
            Err(failed) => told(failed),
        };
        [(name.to_owned(), result)].into()
    }

    fn evaluate(
        &self,
        system: Platform,
        names: &[&String],
    ) -> Result<BTreeMap<String, Option<Derivation>>, NixFailed> {
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let WithNix { nix, flake, .. } = self.with;
        nix.derivations(flake, &self.set(system), &names, LIMIT, self.interrupt)
    }

    /// The attribute set that the checks are in.
    fn set(&self, system: Platform) -> String {
        match self.kind {
            BackendKind::NIXOS_CONTAINER => {
                format!("legacyPackages.{}.containerTests", system.as_str())
            }
            _ => format!("checks.{}", system.as_str()),
        }
    }
}

/// What a failed evaluation says of the one check that was evaluated.
fn told(failed: NixFailed) -> Result<Evaluated, Unable> {
    if failed.is_refusal() { Ok(Evaluated::Fails(Arc::new(failed))) } else { Err(unable(&failed)) }
}

/// Whether the failure of an evaluation of several may be that of one of them.
fn concerns_one(failed: &NixFailed) -> bool {
    matches!(failed, NixFailed::Ended { .. }) && failed.problem().is_none()
}

fn is_missing(failed: &NixFailed, name: &str) -> bool {
    failed.lacks_attribute() && failed.to_string().contains(name)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
