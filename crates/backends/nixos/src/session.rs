//! Tests on NixOS in a run. Machines run in builds, whose number Nix limits, so that jobs weigh
//! nothing here.

use std::time::Duration;

use domi_event::{Diagnostics, Prepared, Verdict};
use domi_host::Interrupt;
use domi_model::{Platform, TestBody};
use domi_nix_command::NixFailed;
use domi_runner::{Artifacts, BackendKind, Done, Job, Reporter, RunOptions, Session, Unable};

use crate::evaluate::{Evaluated, Evaluations};
use crate::explain;
use crate::here::{Here, WithNix};
use crate::unable::unable;

/// One of the backends that use Nix, in a run.
pub(crate) struct NixosSession<'a> {
    pub(crate) kind: BackendKind,
    pub(crate) with: &'a WithNix,
    pub(crate) here: &'a Here,
    evaluations: Evaluations<'a>,
    pub(crate) limit: Duration,
    pub(crate) interrupt: &'a Interrupt,
}

impl<'a> NixosSession<'a> {
    pub(crate) fn new(
        kind: BackendKind,
        here: &'a Here,
        with: &'a WithNix,
        jobs: &'a [Job],
        options: &'a RunOptions,
    ) -> Self {
        let jobs = jobs.iter().filter(|job| job.backend == kind && job.skip.is_none());
        Self {
            kind,
            with,
            here,
            evaluations: Evaluations::new(with, kind, jobs, &options.interrupt),
            limit: options.test_limit,
            interrupt: &options.interrupt,
        }
    }

    fn evaluated(&self, job: &Job, reporter: &Reporter) -> Result<Evaluated, Unable> {
        self.evaluations.of(job, reporter)
    }
}

impl Session for NixosSession<'_> {
    fn prepare(&self, system: Platform, _: &Reporter) -> Result<Prepared, Unable> {
        let (accelerator, why) = match self.kind {
            BackendKind::NIXOS_VM => self.here.vm_accelerator(system),
            _ => ("", String::new()),
        };
        Ok(Prepared {
            backend: self.kind.as_str().to_owned(),
            accelerator: accelerator.to_owned(),
            why,
            ..Prepared::default()
        })
    }

    fn key(&self, job: &Job, reporter: &Reporter) -> Result<Option<String>, Unable> {
        // Evaluating is all that there is to do, or will be told as the job's failure.
        if self.kind == BackendKind::EVAL {
            return Ok(None);
        }
        Ok(match self.evaluated(job, reporter)? {
            Evaluated::Derivation(derivation) => Some(derivation.drv_path),
            Evaluated::Fails(_) => None,
        })
    }

    fn key_is_work(&self) -> bool {
        true
    }

    fn repeat(&self, _: &Job) -> Vec<String> {
        let mut words = vec!["--backend".to_owned(), self.kind.to_string()];
        if self.here.allow_tcg && self.kind == BackendKind::NIXOS_VM {
            words.push("--allow-tcg".to_owned());
        }
        words
    }

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        let derivation = match self.evaluated(job, reporter) {
            Ok(Evaluated::Derivation(derivation)) => derivation,
            Ok(Evaluated::Fails(failed)) => return self.fails(job, &failed, folder),
            Err(unable) => return unable.into(),
        };
        match (self.kind, &job.test.body) {
            (BackendKind::EVAL, TestBody::Run(_)) => Done::of(Verdict::Passed),
            (_, TestBody::Refuse(_)) => Done::of(Verdict::Refused),
            _ => self.build(job, &derivation, folder, reporter),
        }
    }
}

impl NixosSession<'_> {
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
