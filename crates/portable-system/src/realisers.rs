//! What the machines of jobs get, and what is decided without machines.

use std::sync::Arc;
use std::time::Instant;

use domi_event::millis;
use domi_host::Interrupt;
use domi_model::{Run, TestBody};
use domi_runner::{Done, Job, Programs, Realiser, Reporter, Unable};

use crate::built::Once;
use crate::provision::evaluated::Systems;
use crate::provision::nix_realiser::NixRealiser;
use crate::provision::nixos_test::{DriverTest, DriverTests};
use crate::provision::{Case, NoSystem, Provision, of_rust, provisions};
use crate::{Builds, built, outcome, refusal};

/// Who makes the systems of the machines of a run.
#[derive(Debug)]
pub struct Realisers<'a> {
    nix: Option<&'a NixRealiser>,
    builds: Option<Once<'a>>,
    systems: Systems,
    driver_tests: DriverTests,
    interrupt: &'a Interrupt,
}

impl<'a> Realisers<'a> {
    /// Rust; or Nix, where there is one, for the jobs that want it. Programs of the workspace's crates
    /// are built by `builds`.
    pub fn new(
        nix: Option<&'a NixRealiser>,
        builds: Option<&'a dyn Builds>,
        interrupt: &'a Interrupt,
    ) -> Self {
        Self {
            nix,
            builds: builds.map(Once::new),
            systems: Systems::default(),
            driver_tests: DriverTests::default(),
            interrupt,
        }
    }

    /// What the machines of a job get; nothing for a refusal.
    ///
    /// # Errors
    /// When settings are refused, or nobody can say what they come to.
    pub fn provisions(&self, job: &Job, reporter: &Reporter) -> Result<Vec<Provision>, NoSystem> {
        let TestBody::Run(run) = &job.test.body else { return Ok(Vec::new()) };
        if let Some(test) = self.driver_test(job) {
            return Ok(test?.provisions.clone());
        }
        let mut provisions = match self.nix {
            Some(nix) if job.variant.realiser == Realiser::Nix => {
                provisions(&Case::of(job), run, &|_, settings| {
                    self.systems.system(nix, job, settings, self.interrupt)
                })?
            }
            _ => of_rust(&Case::of(job), run)?,
        };
        let builds = self.builds.as_ref().map(|once| once as &dyn Builds);
        built::add(job, run, &mut provisions, builds, reporter)?;
        Ok(provisions)
    }

    /// The same for the key of a verdict: nothing of settings that are refused, whose verdict needs none.
    ///
    /// # Errors
    /// When nobody can say what the settings come to.
    pub fn provisions_if_any(
        &self,
        job: &Job,
        reporter: &Reporter,
    ) -> Result<Vec<Provision>, Unable> {
        self.provisions(job, reporter).or_else(|none| none.problems().map(|_| Vec::new()))
    }

    /// The test for the NixOS test driver that a job is; nothing where it is none.
    pub fn driver_test(&self, job: &Job) -> Option<Result<Arc<DriverTest>, NoSystem>> {
        self.driver_tests.of(self.nix?, job, self.interrupt)
    }

    /// The words that ask for the same realiser and the same programs again, where they are not the usual ones:
    /// what is written by hand has no other realiser.
    pub fn repeat(&self, job: &Job) -> Vec<String> {
        let Some(nix) = self.nix.filter(|_| job.variant.realiser == Realiser::Nix) else {
            return Vec::new();
        };
        let mut words = Vec::new();
        if !nix.by_hand.contains_key(job.feature()) && nix.nixos_tests.is_none() {
            words.extend(["--realiser", "nix"]);
        }
        match job.variant.programs {
            usual if usual == nix.usual => {}
            Programs::Debian => words.extend(["--store", "debian"]),
            Programs::Store => words.extend(["--store", "real"]),
        }
        words.into_iter().map(str::to_owned).collect()
    }

    /// Decides a job: alone, where it needs no machine or none can be had with its settings,
    /// else by what it comes to on machines.
    pub fn decide(
        &self,
        job: &Job,
        reporter: &Reporter,
        on_machines: impl FnOnce(&Run, &[Provision]) -> Done,
    ) -> Done {
        let run = match (&job.test.body, self.nix) {
            (TestBody::Run(run), _) => run,
            (TestBody::Refuse(refusal), Some(nix)) if job.variant.realiser == Realiser::Nix => {
                return self.systems.refuses(nix, job, refusal, self.interrupt);
            }
            (TestBody::Refuse(refusal), _) => return refusal::decide(job, refusal),
        };
        let provisions = match self.provisions(job, reporter) {
            Ok(provisions) => provisions,
            Err(NoSystem::Problems(problems)) => return outcome::refused(job, &problems),
            Err(NoSystem::NotCarried(problems)) => return outcome::not_carried(job, &problems),
            Err(NoSystem::NotBuilt(problems)) => return outcome::not_built(job, &problems),
            Err(NoSystem::Unable(unable)) => return unable.into(),
        };
        for warning in provisions.iter().flat_map(|provision| &provision.warnings) {
            reporter.note(Some(&job.id), warning);
        }
        let begun = Instant::now();
        let mut done = on_machines(run, &provisions);
        done.machine_millis = millis(begun.elapsed());
        done
    }
}
