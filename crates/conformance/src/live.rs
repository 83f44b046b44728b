//! Asking both, case by case.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use domi_evaluate::{BATCH, Evaluation, Evaluations, Nixpkgs, OptionGroup, Setting};
use domi_host::Interrupt;
use domi_model::{Manifest, Value};
use domi_nix_command::Nix;

use crate::case::given;
use crate::nixos::Store;
use crate::rust::{labelled, realised};
use crate::{Outcome, differences, shrink};

/// What is compared: a feature, or several on one machine, and the modules made from them.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The features.
    pub features: &'a [&'a Manifest],
    /// The absolute paths of their modules.
    pub modules: &'a [PathBuf],
    /// The packages of the workspace's crates that they have programs of, by the crates' names.
    pub programs: &'a BTreeMap<String, PathBuf>,
}

/// Those who are asked on the side of NixOS.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// The real Nix.
    pub nix: &'a Nix,
    /// Whose lib and NixOS modules.
    pub nixpkgs: &'a Nixpkgs,
    /// How long one process may take.
    pub limit: Duration,
    /// The user's wish to stop.
    pub interrupt: &'a Interrupt,
}

/// What both said of many settings.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The cases, and what NixOS said.
    pub cases: Vec<(Value, Outcome)>,
    /// Cases for which they differ, in full.
    pub differing: Vec<Difference>,
}

/// Settings that mean different things to both.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The case.
    pub case: Value,
    /// How they differ.
    pub how: Vec<String>,
}

impl Difference {
    /// What differs, whatever the values: differences of one kind have one cause, as a rule.
    pub fn kind(&self) -> Vec<&str> {
        // The place, before what both say there; of a refusal, all of it.
        let place = |how: &'_ String| -> usize {
            let is_refusal = how.starts_with("refusal: ");
            if is_refusal { how.len() } else { how.find(": Rust ").unwrap_or(how.len()) }
        };
        self.how.iter().map(|how| &how[..place(how)]).collect()
    }
}

/// What is heard while settings are compared.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// Settings for which both differ.
    Difference(&'a Difference),
    /// So many cases are done.
    Done {
        /// Of all.
        cases: usize,
        /// Of those.
        differ: usize,
    },
}

/// Units and files are the same on every system.
const SYSTEM: &str = "x86_64-linux";

impl Live<'_> {
    /// Asks both about every one of the settings. `told` hears of each difference as it is found,
    /// and after some cases how many are done.
    ///
    /// # Errors
    /// When Nix cannot be run, or what it says cannot be compared.
    pub fn compare(
        &self,
        subject: Subject<'_>,
        cases: Vec<Value>,
        mut told: impl FnMut(Told<'_>),
    ) -> Result<Report> {
        let mut report = Report::default();
        let mut rest = cases;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(BATCH));
            let nixos = self.nixos(subject, &rest)?;
            for (case, nixos) in rest.into_iter().zip(nixos) {
                let how = both(subject.features, &case, &nixos);
                if !how.is_empty() {
                    let difference = Difference { case: case.clone(), how };
                    told(Told::Difference(&difference));
                    report.differing.push(difference);
                }
                report.cases.push((case, nixos));
            }
            let (cases, differ) = (report.cases.len(), report.differing.len());
            told(Told::Done { cases, differ });
            rest = later;
        }
        Ok(report)
    }

    /// The smallest settings found that differ too, in at most this many rounds of asking.
    ///
    /// # Errors
    /// As for [`Self::compare`].
    pub fn shrink(
        &self,
        subject: Subject<'_>,
        difference: &Difference,
        rounds: usize,
    ) -> Result<Difference> {
        let mut smallest = difference.clone();
        for _ in 0..rounds {
            let mut candidates = shrink::smaller(&smallest.case);
            // A lack that both see is none.
            candidates.truncate(BATCH / 2);
            let report = self.compare(subject, candidates, |_| {})?;
            // Another difference than the one that is looked for says nothing of it.
            let kind = difference.kind();
            let mut differing = report.differing.into_iter();
            let Some(smaller) = differing.find(|it| it.kind() == kind) else { break };
            smallest = smaller;
        }
        Ok(smallest)
    }

    fn nixos(&self, subject: Subject<'_>, cases: &[Value]) -> Result<Vec<Outcome>> {
        let evaluations = self.evaluate(subject, cases)?;
        let escapes = self.escapes(subject.features)?;
        let mut store = Store::new(&evaluations.store, escapes);
        let outcomes = evaluations.cases.iter().zip(cases);
        outcomes
            .map(|(told, case)| store.outcome(told).with_context(|| format!("of the case {case}")))
            .collect()
    }

    /// Whether this nixpkgs escapes arguments of tmpfiles.d, which it does since 25.05; asked
    /// where a feature has some.
    fn escapes(&self, features: &[&Manifest]) -> Result<bool> {
        let mut rules = features.iter().flat_map(|manifest| &manifest.system.tmpfiles);
        if rules.all(|rule| rule.argument.is_none()) {
            return Ok(true);
        }
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let probe = folder.path().join("probe.nix");
        fs_err::write(
            &probe,
            "{ systemd.tmpfiles.settings.probe.\"/probe\".f.argument = \"a b\"; }\n",
        )?;
        let evaluation = Evaluation {
            nixpkgs: self.nixpkgs,
            system: SYSTEM,
            trunk: &[],
            modules: &[probe],
            flakes: &[],
            special_args: None,
            groups: &[],
            programs: &BTreeMap::new(),
            packages: &[],
            changed: false,
            limit: self.limit,
        };
        let none = Setting::Plain(Value::empty_attrs());
        let told = evaluation.run(self.nix, &[none], self.interrupt)?;
        let plain = |stored: &domi_evaluate::Stored| {
            let text = stored.content.as_ref();
            matches!(text, Some(domi_evaluate::Content::Text { text, .. }) if text.contains("a b"))
        };
        Ok(!told.store.values().any(plain))
    }

    fn evaluate(&self, subject: Subject<'_>, cases: &[Value]) -> Result<Evaluations> {
        let features = subject.features;
        let cases: Vec<Setting> = cases.iter().map(|case| setting(features, case)).collect();
        let packages: BTreeSet<&Vec<String>> = features
            .iter()
            .flat_map(|manifest| manifest.packages.values().map(|package| &package.nixpkgs))
            .collect();
        let packages: Vec<Vec<String>> = packages.into_iter().cloned().collect();
        let group = |manifest: &&Manifest| OptionGroup::of(manifest, labelled(features, manifest));
        let groups: Vec<OptionGroup> = features.iter().map(group).collect();
        let evaluation = Evaluation {
            nixpkgs: self.nixpkgs,
            system: SYSTEM,
            trunk: &[],
            modules: subject.modules,
            flakes: &[],
            special_args: None,
            groups: &groups,
            programs: subject.programs,
            packages: &packages,
            changed: false,
            limit: self.limit,
        };
        Ok(evaluation.run(self.nix, &cases, self.interrupt)?)
    }
}

/// What NixOS gets of a case: all modules, each with its place in the configuration.
fn setting(features: &[&Manifest], case: &Value) -> Setting {
    let mut modules = Vec::new();
    for (manifest, given) in features.iter().zip(given(features, case)) {
        let prefix = manifest.feature.option_prefix();
        modules.extend(given.settings(manifest).into_iter().map(|setting| setting.at(&prefix)));
    }
    Setting::Modules(modules)
}

/// How both differ, if they do.
pub(crate) fn both(features: &[&Manifest], case: &Value, nixos: &Outcome) -> Vec<String> {
    match realised(features, case) {
        Ok(rust) => differences(features, &rust, nixos),
        Err(fault) => vec![format!("what Rust wrote cannot be read: {fault}")],
    }
}
