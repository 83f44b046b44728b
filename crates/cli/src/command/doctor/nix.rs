//! What is checked with the real Nix.

use std::time::Duration;

use camino::Utf8Path;
use domi_host::Interrupt;
use domi_model::{Manifest, Problem};
use domi_nix_command::{Flake, NIXPKGS, NO_NIX, Nix, NixFailed};

use super::check::{AGREES, BUILDERS, Check, FLAKE_CHECK, Kind, NIX};
use super::computer::decided;
use crate::request::NixRequest;

/// How long one evaluation may take.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// What Nix says where it wants to lock an input that the lock lacks, or has otherwise.
const UPDATING: &str = "while updating the flake input '";

/// What is asked of Nix.
pub(super) struct Asked<'a> {
    pub(super) root: &'a Utf8Path,
    pub(super) request: &'a NixRequest,
    pub(super) interrupt: &'a Interrupt,
    /// Whether that includes what evaluates.
    pub(super) full: bool,
}

impl Asked<'_> {
    /// All of them, but for that of builders; and the Nix that is here, if it can be used.
    pub(super) fn checks(&self) -> (Option<Nix>, Vec<Check>) {
        let (nix, version) = self.nix();
        let mut checks = vec![version];
        for (kind, check) in [
            (AGREES, Self::agrees as fn(&Self, &Nix) -> anyhow::Result<Check>),
            (FLAKE_CHECK, Self::flake_check),
        ] {
            checks.push(match &nix {
                _ if !self.full => Check::only_in_full(kind),
                None => Check::not_run(kind, "no Nix that can be used is here", "see computer.nix"),
                Some(nix) => decided(kind, "", || check(self, nix)),
            });
        }
        (nix, checks)
    }

    /// The Nix that is here, if it can be used.
    fn nix(&self) -> (Option<Nix>, Check) {
        match Nix::find(self.interrupt) {
            Err(error) => (None, Check::not_run(NIX, format!("{error:#}"), "")),
            Ok(Err(problem)) if problem.code == NO_NIX => {
                // All but NixOS itself works without.
                (None, Check::not_run(NIX, problem.message, &problem.next))
            }
            Ok(Err(problem)) => (None, red(problem)),
            Ok(Ok(nix)) => match nix.too_old(NIXPKGS, "nixpkgs") {
                Some(problem) => (None, red(problem)),
                None => {
                    let version = nix.version().to_string();
                    (Some(nix), Check::green(NIX, format!("Nix {version}")))
                }
            },
        }
    }

    /// Whether NixOS tests of every system that features claim can be built.
    pub(super) fn builders(&self, nix: Option<&Nix>, manifests: &[Manifest]) -> Check {
        if !self.full {
            return Check::only_in_full(BUILDERS);
        }
        let Some(nix) = nix else {
            return Check::not_run(BUILDERS, "no Nix that can be used is here", "see computer.nix");
        };
        let found = match nix.capabilities(None, self.interrupt) {
            Ok(found) => found,
            Err(failed) => return Check::not_run(BUILDERS, failed.to_string(), ""),
        };
        let mut systems: Vec<_> =
            manifests.iter().flat_map(|it| &it.feature.platforms).map(|it| it.as_str()).collect();
        systems.sort_unstable();
        systems.dedup();
        let nobody = systems.iter().filter(|system| found.builds(system, &["kvm"]).is_none());
        let wrong: Vec<_> = nobody.map(|system| format!("none for {system}")).collect();
        Check::of(BUILDERS, &wrong, &systems.join(", "), "name builders: docs/remote-builders.md")
    }

    /// Nix itself says whether it would write another lock. It needs no network for that, and no
    /// file but these two.
    fn agrees(&self, nix: &Nix) -> anyhow::Result<Check> {
        if !self.root.join("flake.lock").is_file() || !self.root.join("flake.nix").is_file() {
            return Ok(Check::not_run(AGREES, "there is no flake with a lock here", ""));
        }
        let folder = tempfile::tempdir()?;
        for file in ["flake.nix", "flake.lock"] {
            fs_err::copy(self.root.join(file), folder.path().join(file))?;
        }
        let flake = format!("path:{}", folder.path().display());
        let words = ["flake", "metadata", "--offline", "--no-update-lock-file", &flake];
        let answer = self.ask(nix, &words.map(str::to_owned));
        // Without a network, what it wants to lock again it cannot have; which input that is it says.
        if let Err(NixFailed::Ended { said, .. }) = &answer
            && let Some((_, input)) = said.split_once(UPDATING)
        {
            let input = input.split('\'').next().unwrap_or_default();
            let why = format!("Nix would lock the input {input} again");
            return Ok(Check::red(AGREES, why, "nix flake lock"));
        }
        Ok(judged(AGREES, answer, "flake.nix and flake.lock agree", "nix flake lock"))
    }

    fn flake_check(&self, nix: &Nix) -> anyhow::Result<Check> {
        let Some(flake) = Flake::of(self.root.as_std_path()) else {
            return Ok(Check::not_run(FLAKE_CHECK, "there is no flake.nix here", ""));
        };
        let flake = self.request.applied_to(flake);
        let mut words =
            ["flake", "check", "--no-build", "--all-systems"].map(str::to_owned).to_vec();
        words.extend(flake.flags());
        words.push(flake.reference());
        let fix = format!("see what `{}` says", nix.program(&words));
        Ok(judged(FLAKE_CHECK, self.ask(nix, &words), "all of it evaluates", &fix))
    }

    fn ask(&self, nix: &Nix, words: &[String]) -> Result<Vec<u8>, NixFailed> {
        let program = nix.program(words).folder(self.root).time_limit(LIMIT);
        nix.read(&program, self.interrupt)
    }
}

/// Green if Nix says yes, red if it refuses; what else may happen says nothing.
fn judged(kind: Kind, answer: Result<Vec<u8>, NixFailed>, good: &str, fix: &str) -> Check {
    let Err(failed) = answer else { return Check::green(kind, good) };
    match (failed.refusal(), failed.problem()) {
        (Some(message), _) => {
            Check::red(kind, message.split_whitespace().collect::<Vec<_>>().join(" "), fix)
        }
        (_, Some(problem)) => Check::not_run(kind, problem.message, &problem.next),
        (_, None) => Check::not_run(kind, failed.to_string(), ""),
    }
}

fn red(problem: Problem) -> Check {
    Check::red(NIX, problem.message, &problem.next)
}
