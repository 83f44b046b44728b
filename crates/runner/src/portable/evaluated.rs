//! Systems that Nix evaluates, for portable machines: Nix is asked once for all tests of a feature.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domi_evaluate::{Evaluation, Evaluations, Nixpkgs};
use domi_event::{Diagnostics, Verdict};
use domi_host::Interrupt;
use domi_model::{Manifest, Problem, Refusal, Test, TestBody};
use domi_nix_command::{Nix, NixFailed};
use domi_transplant::{Table, transplant};

use super::ready::{self, Made, Settings};
use crate::backend::{Done, Unable};
use crate::codes::REFUSED_BY_NIX;
use crate::plan::Job;

/// Nix, where it makes the systems of portable machines.
#[derive(Debug, Clone)]
pub struct NixRealiser {
    /// The program.
    pub nix: Nix,
    /// Whose lib and NixOS modules.
    pub nixpkgs: Nixpkgs,
    /// The module of each feature, by the feature's name.
    pub modules: BTreeMap<String, PathBuf>,
    /// Which packages of the machines stand for which of nixpkgs.
    pub table: Table,
    /// How long Nix may take for a feature.
    pub limit: Duration,
}

type Slot = Arc<Mutex<Option<Result<Arc<Told>, Unable>>>>;

/// What Nix has told of features.
#[derive(Debug, Default)]
pub(super) struct Systems(Mutex<BTreeMap<String, Slot>>);

/// What Nix has told of a feature.
#[derive(Debug)]
struct Told {
    settings: Vec<Settings>,
    evaluations: Evaluations,
}

/// Why there is no system.
#[derive(Debug)]
pub(super) enum NoSystem {
    /// The settings are refused, or come to what a portable machine cannot have.
    Problems(Vec<Problem>),
    /// Nobody knows.
    Unable(Unable),
}

impl From<Vec<Problem>> for NoSystem {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Problems(problems)
    }
}

impl Systems {
    /// What the feature comes to with these settings.
    pub(super) fn system(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        settings: &Settings,
        interrupt: &Interrupt,
    ) -> Result<Made, NoSystem> {
        let told = self.told(realiser, job, interrupt).map_err(NoSystem::Unable)?;
        let at = told.settings.iter().position(|known| known == settings);
        let Some(case) = at.map(|at| &told.evaluations.cases[at]) else {
            let why = "these settings are of no test of the feature".to_owned();
            return Err(NoSystem::Unable(Unable::Failed(why)));
        };
        let refused = |what: &str| Problem::error(REFUSED_BY_NIX, job.feature(), what);
        let case = match case {
            Ok(case) if case.assertions.is_empty() => case,
            Ok(case) => {
                let problems = case.assertions.iter().map(|it| refused(it));
                return Err(NoSystem::Problems(problems.collect()));
            }
            Err(_) => {
                let why = ask(realiser, job).explain(realiser, job, settings, interrupt)?;
                return Err(NoSystem::Problems(vec![refused(&why.unwrap_or_default())]));
            }
        };
        let table = realiser.table.with_packages_of(&job.manifest);
        let carried = transplant(job.feature(), case, &told.evaluations.store, &table)?;
        Ok(Made {
            system: carried.system,
            files: carried.files,
            warnings: carried.warnings,
            needed: carried.needed,
        })
    }

    /// Whether Nix refuses what a test says that it must, and for that reason.
    pub(super) fn refuses(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        refusal: &Refusal,
        interrupt: &Interrupt,
    ) -> Done {
        let (message, got) = match self.system(realiser, job, &refusal.settings, interrupt) {
            Err(NoSystem::Unable(unable)) => return unable.into(),
            Err(NoSystem::Problems(problems)) => {
                let said: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                let said = said.join("\n");
                if said.contains(&refusal.because) {
                    return Done::of(Verdict::Refused);
                }
                ("the settings are refused, but not for the reason that is expected", Some(said))
            }
            Ok(_) => ("the settings are accepted, and must be refused", None),
        };
        let diagnostics = Diagnostics {
            message: message.to_owned(),
            got,
            expected: Some(format!("a refusal that names: {}", refusal.because)),
            what: "Nix refuses the settings".to_owned(),
            place: job.test.place.clone(),
            ..Diagnostics::default()
        };
        Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
    }

    fn told(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        interrupt: &Interrupt,
    ) -> Result<Arc<Told>, Unable> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slots.entry(job.feature().to_owned()).or_default().clone()
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| ask(realiser, job).all(realiser, job, interrupt).map(Arc::new))
            .clone()
    }
}

/// A question for Nix.
struct Ask {
    system: String,
    module: Vec<PathBuf>,
    prefix: Vec<String>,
    options: Vec<String>,
    packages: Vec<Vec<String>>,
}

fn ask(realiser: &NixRealiser, job: &Job) -> Ask {
    let manifest = &job.manifest;
    Ask {
        system: job.system.as_str().to_owned(),
        module: realiser.modules.get(job.feature()).cloned().into_iter().collect(),
        prefix: manifest.feature.option_prefix().map(str::to_owned).to_vec(),
        options: manifest.options.iter().map(|option| option.name.clone()).collect(),
        packages: manifest.packages.values().map(|package| package.nixpkgs.clone()).collect(),
    }
}

impl Ask {
    fn evaluation<'a>(&'a self, realiser: &'a NixRealiser) -> Evaluation<'a> {
        Evaluation {
            nixpkgs: &realiser.nixpkgs,
            system: &self.system,
            trunk: &[],
            modules: &self.module,
            prefix: &self.prefix,
            force: &self.options,
            packages: &self.packages,
            changed: false,
            limit: realiser.limit,
        }
    }

    fn all(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        interrupt: &Interrupt,
    ) -> Result<Told, Unable> {
        let settings = all_settings(&job.manifest, &job.set);
        let cases: Vec<_> =
            settings.iter().map(|one| domi_transplant::settings(&job.manifest, one)).collect();
        let evaluations = self.evaluation(realiser).run(&realiser.nix, &cases, interrupt);
        let evaluations = evaluations.map_err(unable)?;
        Ok(Told { settings, evaluations })
    }

    fn explain(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        settings: &Settings,
        interrupt: &Interrupt,
    ) -> Result<Option<String>, NoSystem> {
        let case = domi_transplant::settings(&job.manifest, settings);
        let explained = self.evaluation(realiser).explain(&realiser.nix, &case, interrupt);
        explained.map_err(|failed| NoSystem::Unable(unable(failed)))
    }
}

fn unable(failed: NixFailed) -> Unable {
    match failed {
        NixFailed::Interrupted => Unable::Interrupted,
        other => Unable::Failed(other.to_string()),
    }
}

/// The settings of all machines and refusals of a feature's tests, each once.
fn all_settings(manifest: &Manifest, set: &[String]) -> Vec<Settings> {
    let of_test = |test: &Test| -> Vec<Settings> {
        match &test.body {
            TestBody::Run(run) => {
                let machines = run.machines.values().filter(|machine| machine.enable);
                let settings = machines.map(|machine| ready::settings(manifest, set, machine));
                settings.filter_map(Result::ok).collect()
            }
            TestBody::Refuse(refusal) => vec![refusal.settings.clone()],
        }
    };
    let mut all: Vec<Settings> = Vec::new();
    for settings in manifest.tests.iter().flat_map(of_test) {
        if !all.contains(&settings) {
            all.push(settings);
        }
    }
    all
}
