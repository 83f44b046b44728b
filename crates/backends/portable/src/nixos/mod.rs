//! The backend `nixos-snapshot`: a test's own NixOS, built by the user's Nix, boots under QEMU with its own kernel
//! and initrd. It is saved once all its units have started, and each test of this very system restores it.
//!
//! A machine that is in a network boots: what it does meanwhile may depend on the others.

mod session;

use domi_model::{Problem, TestBody};
use domi_nix_command::NO_BUILDER;
use domi_portable_system::nixos::{Keeps, NO_STORE, OwnNix, not_covered, reason};
use domi_runner::{
    Backend, BackendKind, Coverage, Job, ONLY_PORTABLE, Offer, Refused, RunOptions, Session,
    Unable, Wanted,
};

use self::session::SnapshotSession;
use crate::options::NixosOptions;

/// The backend.
#[derive(Debug)]
pub struct NixosSnapshot {
    nix: Result<OwnNix, Problem>,
    options: NixosOptions,
}

impl NixosSnapshot {
    /// One with a Nix, or with what is missing of one.
    pub fn new(nix: Result<OwnNix, Problem>, options: NixosOptions) -> Self {
        Self { nix, options }
    }
}

impl Backend for NixosSnapshot {
    fn kind(&self) -> BackendKind {
        BackendKind::NIXOS_SNAPSHOT
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        let nix = self.nix.as_ref().map_err(|problem| Refused::from(problem.clone()))?;
        if matches!(wanted.test.body, TestBody::Refuse(_)) {
            return Ok(Offer::default());
        }
        wanted.nothing_for_portable_alone(self.kind())?;
        if wanted.variant.driven {
            let message = "the NixOS test driver drives portable guests and its own machines";
            let problem = Problem::error(ONLY_PORTABLE, &wanted.test.name, message);
            return Err(problem.next("leave out --driver, or name another backend").into());
        }
        let system = wanted.system.as_str();
        if nix.capabilities.builds(system, &[]).is_none() {
            let message = format!("no builder for {system}");
            let problem = Problem::error(NO_BUILDER, system, message);
            return Err(problem.next("name one with --builders").into());
        }
        if nix.store().is_none() {
            let problem = Problem::error(NO_BUILDER, &wanted.test.name, NO_STORE);
            return Err(problem
                .next("use the store of this computer, or name another backend")
                .into());
        }
        Ok(Offer {
            why: format!("nix {} and QEMU", nix.nix.version()),
            brief: "QEMU".to_owned(),
            how: ", in machines of ours".to_owned(),
            slow: false,
        })
    }

    fn coverage(&self, job: &Job) -> Coverage {
        let Some(run) = job.test.run() else { return Coverage::default() };
        let skip = reason(job, run, Keeps::Everything);
        Coverage { skip, not_covered: not_covered(run) }
    }

    fn needs_machine(&self, job: &Job) -> bool {
        matches!(job.test.body, TestBody::Run(_))
    }

    fn open<'a>(&'a self, jobs: &'a [Job], options: &'a RunOptions) -> Box<dyn Session + 'a> {
        match &self.nix {
            Ok(nix) => Box::new(SnapshotSession::new(nix, &self.options, jobs, options)),
            Err(problem) => Box::new(Unable::Missing(problem.message.clone())),
        }
    }
}
