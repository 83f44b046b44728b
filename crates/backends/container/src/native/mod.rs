//! The backend `nixos-native`: a test's own NixOS, built by the user's Nix, boots in a container of ours.
//!
//! Its first process is the system's `init`: its own activation, stage 2 and units run. We take the steps,
//! as on Debian. What such a container cannot keep, or we cannot do on NixOS yet, is skipped by name before
//! anything is built.

mod session;

use std::path::PathBuf;

use domi_model::{Problem, TestBody};
use domi_portable_system::Case;
use domi_portable_system::nixos::{Keeps, NO_STORE, OwnNix, not_covered, reason};
use domi_runner::{
    Backend, BackendKind, Coverage, Job, Offer, Realiser, Refused, RunOptions, Session, Unable,
    Wanted,
};

use self::session::NativeSession;
use crate::debian::{Container, refused};
use crate::kept;

/// The backend.
#[derive(Debug)]
pub struct Native {
    containers: Container,
    nix: Result<OwnNix, Problem>,
}

impl Native {
    /// One that plans and runs jobs, with a Nix, or with what is missing of one.
    pub fn new(cache: PathBuf, nix: Result<OwnNix, Problem>) -> Self {
        Self { containers: Container::planned(cache), nix }
    }
}

impl Backend for Native {
    fn kind(&self) -> BackendKind {
        BackendKind::NIXOS_NATIVE
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        let nix = self.nix.as_ref().map_err(|problem| Refused::from(problem.clone()))?;
        if matches!(wanted.test.body, TestBody::Refuse(_)) {
            return Ok(Offer::default());
        }
        wanted.nothing_for_portable_alone(self.kind())?;
        self.containers.may_hold(wanted, self.kind())?;
        if nix.store().is_none() {
            return Err(refused(wanted, NO_STORE, NO_STORE));
        }
        let version = nix.nix.version();
        Ok(Offer {
            why: format!("nix {version} and containers"),
            brief: "containers".to_owned(),
            how: ", on this computer's own kernel".to_owned(),
            slow: false,
        })
    }

    fn coverage(&self, job: &Job) -> Coverage {
        let Some(run) = job.test.run() else { return Coverage::default() };
        let not_kept = || self.containers.not_kept(&Case::of(job), &job.test.body, Realiser::Rust);
        let skip = reason(job, run, Keeps::WhatContainersDo);
        let skip = skip.or_else(|| Some(kept::skipped(&not_kept()?)));
        Coverage { skip, not_covered: not_covered(run) }
    }

    fn needs_machine(&self, job: &Job) -> bool {
        matches!(job.test.body, TestBody::Run(_))
    }

    fn open<'a>(&'a self, jobs: &'a [Job], options: &'a RunOptions) -> Box<dyn Session + 'a> {
        match &self.nix {
            Ok(nix) => Box::new(NativeSession::new(nix, jobs, options)),
            Err(problem) => Box::new(Unable::Missing(problem.message.clone())),
        }
    }
}
