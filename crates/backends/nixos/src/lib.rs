//! The backends that drive the real Nix: `eval`, `nixos-vm`, `nixos-container`.
//!
//! All of them begin with an evaluation of the flake's checks: one for each system and all
//! features, and only where that fails one for each feature, then for each test, so that every
//! other has its verdict. What a check evaluates to, a derivation, names all that could change
//! its outcome; the machines of a NixOS test run within its build.

mod build;
mod evaluate;
mod explain;
mod kept;

use std::time::Duration;

use domi_event::{Diagnostics, Prepared, Verdict};
use domi_host::Interrupt;
use domi_model::{Platform, TestBody};
use domi_nix_command::NixFailed;
use domi_runner::{
    Artifacts, Backend, BackendKind, Done, Here, Job, Plan, RunOptions, Tell, Unable, Weight,
    WithNix,
};

use self::evaluate::{Evaluated, Evaluations};
pub use self::explain::place_of;

/// One of the backends that use Nix.
pub struct Nixos<'a> {
    kind: BackendKind,
    with: &'a WithNix,
    here: &'a Here,
    evaluations: Evaluations<'a>,
    allow_tcg: bool,
    limit: Duration,
    interrupt: &'a Interrupt,
}

impl<'a> Nixos<'a> {
    /// One for a run. `kind` is one of those that use Nix.
    pub fn new(
        kind: BackendKind,
        with: &'a WithNix,
        plan: &'a Plan,
        options: &'a RunOptions,
    ) -> Self {
        let jobs = plan.jobs.iter().filter(|job| job.backend == kind && job.skip.is_none());
        Self {
            kind,
            with,
            here: &plan.here,
            evaluations: Evaluations::new(with, kind, jobs, &options.interrupt),
            allow_tcg: plan.allow_tcg,
            limit: options.test_limit,
            interrupt: &options.interrupt,
        }
    }

    fn evaluated(&self, job: &Job, tell: &Tell) -> Result<Evaluated, Unable> {
        self.evaluations.of(job, tell)
    }
}

impl Backend for Nixos<'_> {
    fn prepare(&self, system: Platform, _: &Tell) -> Result<Prepared, Unable> {
        let (accelerator, why) = match self.kind {
            BackendKind::NixosVm => self.here.vm_accelerator(system, self.allow_tcg),
            _ => ("", String::new()),
        };
        Ok(Prepared {
            backend: self.kind.as_str().to_owned(),
            accelerator: accelerator.to_owned(),
            why,
            ..Prepared::default()
        })
    }

    /// Machines run in builds, whose number Nix limits.
    /// Nix has limits of its own for what it builds.
    fn weight(&self, _: &Job) -> Weight {
        Weight::default()
    }

    fn key(&self, job: &Job, tell: &Tell) -> Result<Option<String>, Unable> {
        // Evaluating is all that there is to do, or will be told as the job's failure.
        if self.kind == BackendKind::Eval {
            return Ok(None);
        }
        Ok(match self.evaluated(job, tell)? {
            Evaluated::Derivation(derivation) => Some(derivation.drv_path),
            Evaluated::Fails(_) => None,
        })
    }

    fn repeat(&self, _: &Job) -> Vec<String> {
        let mut words = vec!["--backend".to_owned(), self.kind.to_string()];
        if self.allow_tcg && self.kind == BackendKind::NixosVm {
            words.push("--allow-tcg".to_owned());
        }
        words
    }

    fn run(&self, job: &Job, folder: &Artifacts, tell: &Tell) -> Done {
        let derivation = match self.evaluated(job, tell) {
            Ok(Evaluated::Derivation(derivation)) => derivation,
            Ok(Evaluated::Fails(failed)) => return self.fails(job, &failed, folder),
            Err(unable) => return unable.into(),
        };
        match (self.kind, &job.test.body) {
            (BackendKind::Eval, TestBody::Run(_)) => Done::of(Verdict::Passed),
            (_, TestBody::Refuse(_)) => Done::of(Verdict::Refused),
            _ => self.build(job, &derivation, folder, tell),
        }
    }
}

impl Nixos<'_> {
    /// The check does not evaluate.
    fn fails(&self, job: &Job, failed: &NixFailed, folder: &Artifacts) -> Done {
        let NixFailed::Ended { command, message, said, .. } = failed else {
            return unable(failed).into();
        };
        folder.keep("evaluation.log", &format!("$ {command}\n{said}\n"));
        let explained = explain::explain(&job.manifest, message);
        let diagnostics = Diagnostics {
            message: explained.message,
            what: "Nix evaluates it".to_owned(),
            place: explained.place.or_else(|| job.test.place.clone()),
            said: message.clone(),
            ..Diagnostics::default()
        };
        Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
    }
}

/// Why nothing can be said of a job, where Nix did not say it of the job itself.
fn unable(failed: &NixFailed) -> Unable {
    if matches!(failed, NixFailed::Interrupted) {
        return Unable::Interrupted;
    }
    match failed.problem() {
        Some(problem) => {
            Unable::Missing(format!("[{}] {}; {}", problem.code, problem.message, problem.next))
        }
        None => Unable::from_error(failed, failed.to_string()),
    }
}
