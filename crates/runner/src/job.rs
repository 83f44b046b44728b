//! A feature's test on a system through a backend.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use domi_event::{PlannedJob, Quarantine};
use domi_model::{Manifest, Platform, Test};

use crate::beside::Beside;
use crate::kind::BackendKind;
use crate::machine_systems::MachineSystems;

/// Which variant of a Debian backend does a test. All of them must come to the same verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Variant {
    /// Who makes the systems of its machines.
    pub realiser: Realiser,
    /// Whether the NixOS test driver takes the steps.
    pub driven: bool,
    /// Whose programs its machines have, where Nix makes their systems.
    pub programs: Programs,
}

/// Whose programs units and scripts run that Nix has evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Programs {
    /// Those of Debian, by a table of packages.
    #[default]
    Debian,
    /// Those that units and scripts name, from Nix's store.
    Store,
}

/// Who makes a system of a module and settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Realiser {
    /// Rust, from the manifest.
    #[default]
    Rust,
    /// Nix, from the generated module.
    Nix,
}

impl Variant {
    /// What follows a backend's name: in the name of a job, and where people read it.
    fn suffixes(self) -> (&'static str, &'static str) {
        match (self.realiser, self.programs, self.driven) {
            (Realiser::Rust, _, false) => ("", ""),
            (Realiser::Rust, _, true) => ("-driver", " under the NixOS test driver"),
            (Realiser::Nix, Programs::Debian, false) => {
                ("-nix", " with what Nix evaluated and Debian's programs")
            }
            (Realiser::Nix, Programs::Store, false) => {
                ("-nix-store", " with what Nix evaluated and programs of its store")
            }
            (Realiser::Nix, Programs::Debian, true) => (
                "-nix-driver",
                " with what Nix evaluated and Debian's programs, under the NixOS test driver",
            ),
            (Realiser::Nix, Programs::Store, true) => (
                "-nix-store-driver",
                " with what Nix evaluated and programs of its store, under the NixOS test driver",
            ),
        }
    }
}

/// A feature's test on a system through a backend.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name, unique in the plan: `feature-x/answers-with-the-greeting/x86_64-linux/portable`.
    pub id: String,
    /// The feature.
    pub manifest: Arc<Manifest>,
    /// The folder of the feature's crate.
    pub crate_dir: PathBuf,
    /// The test.
    pub test: Test,
    /// The feature's previous release, where machines begin with that.
    pub previous: Option<Arc<Manifest>>,
    /// Settings (`option=value`) that its machines get on top of their own.
    pub set: Vec<String>,
    /// Features that are enabled on its machines beside the one that is tested.
    pub beside: Arc<[Beside]>,
    /// Whether that is because these were asked for, and not because the feature requires them.
    pub together: bool,
    /// The system under test.
    pub system: Platform,
    /// The systems of machines that may be of another.
    pub machine_systems: MachineSystems,
    /// What runs it.
    pub backend: BackendKind,
    /// How that does it.
    pub variant: Variant,
    /// Why that does, in a few words.
    pub brief: String,
    /// Why that does, in full.
    pub why: String,
    /// Why it is not run at all, if it is not.
    pub skip: Option<String>,
    /// What of the test the backend does not cover, one phrase each.
    pub not_covered: Vec<String>,
    /// Why its failures are accepted, where they are.
    pub quarantine: Option<Quarantine>,
    /// Whether that has ended.
    pub overdue: bool,
    /// The job that does the same test in the other lane, where both are compared.
    pub compared_with: Option<String>,
}

impl Job {
    /// The feature's name.
    pub fn feature(&self) -> &str {
        &self.manifest.feature.name
    }

    /// The manifests of all features on its machines: of the one that is tested, then of those beside it.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        std::iter::once(&*self.manifest).chain(self.beside.iter().map(|it| &*it.manifest))
    }

    /// The same, of those that a machine of a system may have.
    pub fn manifests_on(&self, system: Platform) -> impl Iterator<Item = &Manifest> {
        let may_have = move |it: &&Beside| {
            it.only_on.as_ref().is_none_or(|machine| self.system_of(machine) == system)
        };
        let beside = self.beside.iter().filter(may_have).map(|it| &*it.manifest);
        std::iter::once(&*self.manifest).chain(beside)
    }

    /// Which features are asked for beside the one that is tested, as people read it.
    fn beside_whom(&self) -> String {
        let names: Vec<&str> = self.beside.iter().map(|it| &*it.manifest.feature.name).collect();
        if self.together { format!(", beside {}", names.join(", ")) } else { String::new() }
    }

    /// The system of one of its machines.
    pub fn system_of(&self, machine: &str) -> Platform {
        self.machine_systems.of(machine, self.system)
    }

    /// The systems of all its machines.
    pub fn systems(&self) -> BTreeSet<Platform> {
        self.machine_systems.all(&self.test, self.system)
    }

    /// How many steps it takes; 0 for a refusal.
    pub fn steps(&self) -> usize {
        self.test.run().map_or(0, |run| run.steps.len())
    }

    /// How many machines it needs.
    pub fn machines(&self) -> usize {
        self.test.run().map_or(0, |run| run.machines.len())
    }

    /// Whether its test is the first of the feature that runs something, or the first of all where
    /// each is a refusal.
    pub(crate) fn is_first(&self) -> bool {
        let tests = &self.manifest.tests;
        let first = tests.iter().find(|test| test.run().is_some()).or_else(|| tests.first());
        first.is_some_and(|first| first.name == self.test.name)
    }

    /// What runs it, and how.
    pub(crate) fn label(&self) -> String {
        let together = if self.together { "-together" } else { "" };
        format!("{}{}{together}", self.backend.as_str(), self.variant.suffixes().0)
    }

    /// Its name without what runs it, which depends on the computer: feature, test and system.
    pub(crate) fn place(&self) -> String {
        format!("{}/{}/{}/", self.feature(), self.test.slug(), self.system.as_str())
    }

    /// Its name as the name of a folder.
    pub fn folder(&self) -> String {
        self.id.replace('/', ".")
    }

    /// As the event stream has it.
    pub fn planned(&self) -> PlannedJob {
        let systems: Vec<String> =
            self.systems().iter().map(|system| system.as_str().to_owned()).collect();
        PlannedJob {
            job: self.id.clone(),
            feature: self.feature().to_owned(),
            test: self.test.name.clone(),
            system: self.system.as_str().to_owned(),
            machine_systems: if systems.len() > 1 { systems } else { Vec::new() },
            backend: self.label(),
            backend_title: format!(
                "{}{}{}",
                self.backend.row().short,
                self.variant.suffixes().1,
                self.beside_whom()
            ),
            why: self.why.clone(),
            brief: if self.brief == self.why { String::new() } else { self.brief.clone() },
            steps: self.steps(),
            last_millis: None,
            quarantine: self.quarantine.clone(),
            compared_with: self.compared_with.clone(),
        }
    }
}

/// The first job of each test that is not skipped: a test is the same on every system, and in every
/// lane.
pub(crate) fn one_of_each_test(jobs: &[Job]) -> impl Iterator<Item = &Job> {
    let mut tests = BTreeSet::new();
    let there = jobs.iter().filter(|job| job.skip.is_none());
    there.filter(move |job| tests.insert((job.feature(), job.test.slug())))
}

/// The system of this computer, where features know it.
pub fn host_system() -> Option<Platform> {
    match std::env::consts::ARCH {
        "x86_64" => Some(Platform::X86_64Linux),
        "aarch64" => Some(Platform::Aarch64Linux),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_programs_machines_have_is_in_the_name_of_a_job_and_in_its_header() {
        let suffixes = |programs: Programs, driven: bool| {
            Variant { realiser: Realiser::Nix, driven, programs }.suffixes()
        };
        let [(debian, said), (store, of_store)] =
            [Programs::Debian, Programs::Store].map(|programs| suffixes(programs, false));
        assert_eq!([debian, store], ["-nix", "-nix-store"]);
        assert!(said.contains("Debian's programs"), "{said}");
        assert!(of_store.contains("programs of its store"), "{of_store}");
        let names = [Programs::Debian, Programs::Store].map(|programs| suffixes(programs, true).0);
        assert_eq!(names, ["-nix-driver", "-nix-store-driver"]);
    }
}
