//! Systems that Nix evaluates, for portable machines: Nix is asked once for all tests of a feature that
//! have the same features beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domi_evaluate::{Evaluated, Evaluation, Evaluations, OptionGroup, Refused, Setting, Stored};
use domi_event::{Diagnostics, Verdict};
use domi_host::Interrupt;
use domi_model::{Manifest, Platform, Problem, Refusal, Test, TestBody, Value};
use domi_nix_command::NixFailed;
use domi_runner::{Done, Job, Unable};
use domi_transplant::transplant;

use super::nix_realiser::{ByHand, NixRealiser, as_generated};
use super::system::{FeatureSystem, NoSystem, Settings, settings};
use crate::codes::REFUSED_BY_NIX;
use crate::each_once::EachOnce;

/// What Nix has said about features.
#[derive(Debug, Default)]
pub(crate) struct Systems(EachOnce<Question, Result<Arc<Told>, Unable>>);

/// What Nix is asked about at once: the tests of a feature for whose machines it evaluates the same
/// modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    system: &'static str,
    /// The feature, and those beside it on the machines.
    features: Vec<String>,
    /// Those of them that the test itself has beside the feature. In a run, all tests that say the
    /// same here have the same features on their machines.
    of_test: BTreeSet<String>,
}

impl Question {
    fn of(job: &Job) -> Self {
        Self {
            system: job.system.as_str(),
            features: manifests(job).iter().map(|it| it.feature.name.clone()).collect(),
            of_test: job.test.beside().cloned().collect(),
        }
    }
}

/// What Nix has said about the tests of a question.
#[derive(Debug)]
struct Told {
    settings: Vec<Settings>,
    evaluations: Evaluations,
}

impl Systems {
    /// What the feature comes to with these settings.
    pub(crate) fn system(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        settings: &Settings,
        interrupt: &Interrupt,
    ) -> Result<FeatureSystem, NoSystem> {
        let told = self.told(realiser, job, interrupt).map_err(NoSystem::Unable)?;
        let at = told.settings.iter().position(|known| known == settings);
        let Some(case) = at.map(|at| &told.evaluations.cases[at]) else {
            let why = "these settings are of no test of the feature".to_owned();
            return Err(NoSystem::Unable(Unable::Failed(why)));
        };
        let explain = || ask(realiser, job).explain(realiser, &job.manifest, settings, interrupt);
        made(realiser, &manifests(job), case, &told.evaluations.store, explain)
    }

    /// Whether Nix refuses what a test says that it must, and for that reason.
    pub(crate) fn refuses(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        refusal: &Refusal,
        interrupt: &Interrupt,
    ) -> Done {
        refusal_of(&self.system(realiser, job, &refusal.settings, interrupt), job, refusal)
    }

    fn told(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        interrupt: &Interrupt,
    ) -> Result<Arc<Told>, Unable> {
        let find = || ask(realiser, job).all(realiser, job, interrupt).map(Arc::new);
        self.0.get(Question::of(job), find)
    }
}

/// What becomes of a test whose settings must be refused. What cannot be carried over was accepted.
fn refusal_of(made: &Result<FeatureSystem, NoSystem>, job: &Job, refusal: &Refusal) -> Done {
    let (message, got) = match made {
        Err(NoSystem::Unable(unable)) => return unable.clone().into(),
        Err(NoSystem::Problems(problems)) => {
            let said: Vec<_> = problems.iter().map(|problem| &*problem.message).collect();
            let said = said.join("\n");
            if said.contains(&refusal.because) {
                return Done::of(Verdict::Refused);
            }
            ("the settings are refused, but not for the reason that is expected", Some(said))
        }
        // Nothing is built for a refusal.
        Ok(_) | Err(NoSystem::NotCarried(_) | NoSystem::NotBuilt(_)) => {
            ("the settings are accepted, and must be refused", None)
        }
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

/// What Nix has said about settings, carried over to a portable machine.
pub(crate) fn made(
    realiser: &NixRealiser,
    manifests: &[&Manifest],
    case: &Result<Evaluated, Refused>,
    store: &BTreeMap<String, Stored>,
    explain: impl Fn() -> Result<Option<String>, NoSystem>,
) -> Result<FeatureSystem, NoSystem> {
    let names: Vec<&str> = manifests.iter().map(|it| &*it.feature.name).collect();
    let name = &names.join("+");
    let refused = |what: &str| {
        Problem::error(REFUSED_BY_NIX, name, as_generated(realiser.modules.values(), what))
    };
    let case = match case {
        Ok(case) if case.assertions.is_empty() => case,
        Ok(case) => {
            let problems = case.assertions.iter().map(|it| refused(it));
            return Err(NoSystem::Problems(problems.collect()));
        }
        Err(Refused { reason: Some(reason), .. }) => {
            return Err(NoSystem::Problems(vec![refused(reason)]));
        }
        Err(_) => {
            return Err(NoSystem::Problems(vec![refused(&explain()?.unwrap_or_default())]));
        }
    };
    let carried = transplant(name, case, store, &realiser.supply(manifests.iter().copied()));
    carried.map(FeatureSystem::from).map_err(NoSystem::NotCarried)
}

/// How Nix is asked.
pub(crate) struct Ask {
    system: String,
    modules: ByHand,
    /// The options of each feature.
    groups: Vec<OptionGroup>,
    packages: Vec<Vec<String>>,
    by_hand: bool,
    /// Whether all that a system has without the modules is compared too.
    changed: bool,
    /// What features beside are set to, of the whole configuration.
    beside: Vec<Setting>,
}

fn ask(realiser: &NixRealiser, job: &Job) -> Ask {
    if let Some(modules) = realiser.by_hand.get(job.feature()) {
        return Ask::by_hand(job.system, modules);
    }
    let all = manifests(job);
    let names = all.iter().map(|it| &it.feature.name);
    let packages = all.iter().flat_map(|it| it.packages.values());
    let packages: BTreeSet<_> = packages.map(|package| package.nixpkgs.clone()).collect();
    Ask {
        system: job.system.as_str().to_owned(),
        modules: ByHand {
            files: names.filter_map(|name| realiser.modules.get(name)).cloned().collect(),
            ..ByHand::default()
        },
        groups: groups(job),
        packages: packages.into_iter().collect(),
        by_hand: false,
        changed: all.iter().any(|manifest| reaches_further(manifest)),
        beside: job.beside.iter().map(|it| placed(&it.manifest, &it.settings)).collect(),
    }
}

/// Whether NixOS's own modules may change what the feature does not name.
fn reaches_further(manifest: &Manifest) -> bool {
    manifest.extra_nix || !manifest.system.nixos.is_empty()
}

/// The options of each feature on the machines: none has a value that nobody looks at.
fn groups(job: &Job) -> Vec<OptionGroup> {
    let all = manifests(job).into_iter();
    all.map(|manifest| OptionGroup::of(manifest, String::new())).collect()
}

/// Settings of a feature, in the whole configuration.
fn placed(manifest: &Manifest, settings: &Settings) -> Setting {
    Setting::of(manifest, settings).at(&manifest.feature.option_prefix())
}

/// The feature that a job tests, and those beside it.
fn manifests(job: &Job) -> Vec<&Manifest> {
    job.manifests().collect()
}

impl Ask {
    /// About modules that were written by hand. What they change of a system matters too.
    pub(crate) fn by_hand(system: Platform, modules: &ByHand) -> Self {
        Self {
            system: system.as_str().to_owned(),
            modules: modules.clone(),
            groups: Vec::new(),
            packages: Vec::new(),
            by_hand: true,
            changed: true,
            beside: Vec::new(),
        }
    }

    pub(crate) fn case(&self, manifest: &Manifest, settings: &Settings) -> Setting {
        if self.by_hand {
            return Setting::Plain(Value::Attrs(settings.clone()));
        }
        let own = placed(manifest, settings);
        Setting::Modules(std::iter::once(own).chain(self.beside.iter().cloned()).collect())
    }

    pub(crate) fn evaluation<'a>(&'a self, realiser: &'a NixRealiser) -> Evaluation<'a> {
        Evaluation {
            nixpkgs: &realiser.nixpkgs,
            system: &self.system,
            trunk: &[],
            modules: &self.modules.files,
            flakes: &self.modules.flakes,
            special_args: self.modules.special_args.as_deref(),
            groups: &self.groups,
            programs: &realiser.programs,
            packages: &self.packages,
            changed: self.changed,
            limit: realiser.limit,
        }
    }

    fn all(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        interrupt: &Interrupt,
    ) -> Result<Told, Unable> {
        let settings = all_settings(job);
        let cases: Vec<_> = settings.iter().map(|one| self.case(&job.manifest, one)).collect();
        let evaluations = self.asked(realiser, &cases, interrupt)?;
        Ok(Told { settings, evaluations })
    }

    /// What NixOS makes of settings, with the commands that make a part of it.
    pub(crate) fn asked(
        &self,
        realiser: &NixRealiser,
        cases: &[Setting],
        interrupt: &Interrupt,
    ) -> Result<Evaluations, Unable> {
        let NixRealiser { nix, limit, store, .. } = realiser;
        let evaluation = self.evaluation(realiser);
        let unable = |failed: NixFailed| without_nix(&failed);
        if store.is_some() {
            // Nix runs the commands itself.
            return evaluation.run_to_build(nix, cases, interrupt).map_err(unable);
        }
        let mut all = evaluation.run(nix, cases, interrupt).map_err(unable)?;
        all.add_commands(nix, *limit, interrupt).map_err(unable)?;
        Ok(all)
    }

    pub(crate) fn explain(
        &self,
        realiser: &NixRealiser,
        manifest: &Manifest,
        settings: &Settings,
        interrupt: &Interrupt,
    ) -> Result<Option<String>, NoSystem> {
        let case = self.case(manifest, settings);
        let explained = self.evaluation(realiser).explain(&realiser.nix, &case, interrupt);
        explained.map_err(|failed| NoSystem::Unable(without_nix(&failed)))
    }
}

/// Why a job is undecided for want of what Nix should have given.
pub fn without_nix(failed: &NixFailed) -> Unable {
    if matches!(failed, NixFailed::Interrupted) {
        return Unable::Interrupted;
    }
    match failed.problem() {
        Some(problem) => Unable::lacking(&problem),
        None => Unable::from_error(failed, failed.to_string()),
    }
}

/// The settings of all machines and refusals of the tests that a job's question is about, each once.
/// A test that switches a machine is not run with systems of Nix.
fn all_settings(job: &Job) -> Vec<Settings> {
    let manifest = &job.manifest;
    let of_test = |test: &Test| -> Vec<Settings> {
        match &test.body {
            TestBody::Run(run) if run.first_switch().is_some() => Vec::new(),
            TestBody::Run(run) => {
                let machines = run.machines.values().filter(|machine| machine.enable);
                let all = machines.map(|machine| settings(manifest, &job.set, machine));
                all.filter_map(Result::ok).collect()
            }
            TestBody::Refuse(refusal) => vec![refusal.settings.clone()],
        }
    };
    let is_asked = |test: &&Test| test.beside().eq(job.test.beside());
    let mut all: Vec<Settings> = Vec::new();
    for settings in manifest.tests.iter().filter(is_asked).flat_map(of_test) {
        if !all.contains(&settings) {
            all.push(settings);
        }
    }
    all
}

#[cfg(test)]
pub(crate) mod tests;
