//! Asking both, case by case.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use domi_evaluate::{BATCH, Evaluation, Evaluations, Nixpkgs, Setting};
use domi_host::Interrupt;
use domi_model::{Manifest, Value};
use domi_nix_command::Nix;

use crate::nixos::Store;
use crate::{Outcome, differences, realised, shrink};

/// What is compared: a feature, and the module that was made from it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The feature.
    pub manifest: &'a Manifest,
    /// The absolute path of its module.
    pub module: &'a std::path::Path,
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
    /// The settings, and what NixOS said.
    pub cases: Vec<(BTreeMap<String, Value>, Outcome)>,
    /// Settings for which they differ, in full.
    pub differing: Vec<Difference>,
}

/// Settings that mean different things to both.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The settings.
    pub settings: BTreeMap<String, Value>,
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
        settings: Vec<BTreeMap<String, Value>>,
        mut told: impl FnMut(Told<'_>),
    ) -> Result<Report> {
        let mut report = Report::default();
        let mut rest = settings;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(BATCH));
            let nixos = self.nixos(subject, &rest)?;
            for (settings, nixos) in rest.into_iter().zip(nixos) {
                let how = both(subject.manifest, &settings, &nixos);
                if !how.is_empty() {
                    let difference = Difference { settings: settings.clone(), how };
                    told(Told::Difference(&difference));
                    report.differing.push(difference);
                }
                report.cases.push((settings, nixos));
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
            let mut candidates = shrink::smaller(&smallest.settings);
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

    fn nixos(
        &self,
        subject: Subject<'_>,
        settings: &[BTreeMap<String, Value>],
    ) -> Result<Vec<Outcome>> {
        let evaluations = self.evaluate(subject, settings)?;
        let escapes = self.escapes(subject.manifest)?;
        let mut store = Store::new(&evaluations.store, escapes);
        let outcomes = evaluations.cases.iter().zip(settings);
        outcomes
            .map(|(case, settings)| {
                let shown = || serde_json::to_string(settings).unwrap_or_default();
                store.outcome(case).with_context(|| format!("of the settings {}", shown()))
            })
            .collect()
    }

    /// Whether this nixpkgs escapes arguments of tmpfiles.d, which it does since 25.05; asked
    /// where a feature has some.
    fn escapes(&self, manifest: &Manifest) -> Result<bool> {
        if manifest.system.tmpfiles.iter().all(|rule| rule.argument.is_none()) {
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
            prefix: &[],
            force: &[],
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

    fn evaluate(
        &self,
        subject: Subject<'_>,
        settings: &[BTreeMap<String, Value>],
    ) -> Result<Evaluations> {
        let manifest = subject.manifest;
        let cases: Vec<Setting> =
            settings.iter().map(|settings| Setting::of(manifest, settings)).collect();
        let packages: BTreeSet<&Vec<String>> =
            manifest.packages.values().map(|package| &package.nixpkgs).collect();
        let packages: Vec<Vec<String>> = packages.into_iter().cloned().collect();
        let prefix = manifest.feature.option_prefix().map(str::to_owned);
        let options: Vec<String> =
            manifest.options.iter().map(|option| option.name.clone()).collect();
        let evaluation = Evaluation {
            nixpkgs: self.nixpkgs,
            system: SYSTEM,
            trunk: &[],
            modules: &[subject.module.to_owned()],
            prefix: &prefix,
            force: &options,
            packages: &packages,
            changed: false,
            limit: self.limit,
        };
        Ok(evaluation.run(self.nix, &cases, self.interrupt)?)
    }
}

pub(crate) fn both(
    manifest: &Manifest,
    settings: &BTreeMap<String, Value>,
    nixos: &Outcome,
) -> Vec<String> {
    // Of a feature that is off NixOS looks at the types of options alone, which say nothing of
    // names that Nix reads itself.
    let off = settings.get("enable") == Some(&Value::Bool(false));
    if off && settings.values().any(domi_model::has_nix_name) {
        return Vec::new();
    }
    match realised(manifest, settings) {
        Ok(rust) => differences(manifest, &rust, nixos),
        Err(fault) => vec![format!("what Rust wrote cannot be read: {fault}")],
    }
}
