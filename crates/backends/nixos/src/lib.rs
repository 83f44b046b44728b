//! The backends that drive the real Nix: `eval`, `nixos-vm`, `nixos-container`.
//!
//! All of them begin with an evaluation of the flake's checks: one for each system and all
//! features, and only where that fails one for each feature, then for each test, so that every
//! other has its verdict. What a check evaluates to, a derivation, names all that could change
//! its outcome; the machines of a NixOS test run within its build.
//!
//! This crate knows nothing of other backends, nor how a plan is made or shown.

mod build;
mod check;
mod evaluate;
mod explain;
mod here;
mod kept;
mod offers;
mod session;
mod unable;

use std::sync::Arc;

use domi_model::{Manifest, Problem, Test};
use domi_runner::{
    Backend, BackendKind, Coverage, Job, ONLY_PORTABLE, Offer, Refused, RunOptions, Session,
    Unable, Wanted,
};

pub use self::explain::place_of;
pub use self::here::{Here, WithNix};
use self::session::NixosSession;

/// One of the backends that use Nix.
#[derive(Debug, Clone)]
pub struct Nixos {
    kind: BackendKind,
    here: Arc<Here>,
}

impl Nixos {
    /// All of them.
    pub fn all(here: Here) -> [Self; 3] {
        let here = Arc::new(here);
        [BackendKind::EVAL, BackendKind::NIXOS_CONTAINER, BackendKind::NIXOS_VM]
            .map(|kind| Self { kind, here: here.clone() })
    }
}

impl Backend for Nixos {
    fn kind(&self) -> BackendKind {
        self.kind
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        if let (None, Some(why)) = (wanted.asked, offers::no_test(wanted.test)) {
            let problem = Problem::error(ONLY_PORTABLE, &wanted.test.name, why);
            return Err(problem.next("run it with `--backend portable`").into());
        }
        match self.kind {
            BackendKind::EVAL => offers::eval(&self.here, wanted),
            BackendKind::NIXOS_CONTAINER => offers::container(&self.here, wanted),
            _ => offers::vm(&self.here, wanted),
        }
    }

    fn coverage(&self, job: &Job) -> Coverage {
        let skip = offers::no_test(&job.test);
        let mut coverage = Coverage { skip, ..Coverage::default() };
        if coverage.skip.is_some() {
            return coverage;
        }
        if self.kind == BackendKind::NIXOS_CONTAINER {
            coverage.skip = match &self.here.nix {
                Ok(with) => offers::no_container(with, &job.manifest, &job.test, &job.beside),
                Err(problem) => Some(problem.message.clone()),
            };
        }
        if self.kind == BackendKind::EVAL && job.steps() > 0 {
            coverage.not_covered.push(format!("its {} steps: nothing runs", job.steps()));
        }
        coverage
    }

    fn more_tests(&self, _: &Manifest) -> Vec<Test> {
        if self.kind == BackendKind::EVAL { vec![check::of_the_trunk()] } else { Vec::new() }
    }

    fn open<'a>(&'a self, jobs: &'a [Job], options: &'a RunOptions) -> Box<dyn Session + 'a> {
        match &self.here.nix {
            Ok(with) => Box::new(NixosSession::new(self.kind, &self.here, with, jobs, options)),
            Err(problem) => Box::new(Unable::Missing(problem.message.clone())),
        }
    }
}
