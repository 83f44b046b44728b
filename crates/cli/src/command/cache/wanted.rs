//! What the cache is asked about.

use std::collections::BTreeSet;
use std::time::Duration;

use domi_model::{Problem, Severity};
use domi_nix_command::{Flake, NIXPKGS, NO_CHECKS, NixFailed};
use serde::Serialize;

use super::asked::Asked;
use crate::Exit;
use crate::codes::NOT_EVALUATED;
use crate::failure::{Failure, Result};

/// How long evaluating all checks of a system may take.
const LIMIT: Duration = Duration::from_secs(60 * 60);
/// How many derivations one call is asked about.
const AT_ONCE: usize = 500;

/// Paths that the cache may have.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// What they are, in words that are the same in every run, as the history is found by them.
    pub(super) what: String,
    pub(super) paths: BTreeSet<String>,
    /// Checks of which nothing is known.
    pub(super) broken: Vec<Broken>,
}

/// A check that does not evaluate.
#[derive(Debug, Serialize)]
pub(super) struct Broken {
    check: String,
    reason: String,
}

impl Broken {
    pub(super) fn problem(&self) -> Problem {
        let reason = self.reason.lines().last().unwrap_or_default();
        let problem = Problem::error(NOT_EVALUATED, &self.check, reason);
        Problem { severity: Severity::Warning, ..problem }
            .next("run `cargo xtask test --backend eval` to see why")
    }
}

/// Finds out what is wanted.
pub(super) fn find(asked: &Asked<'_>) -> Result<Wanted> {
    let mut wanted =
        if asked.what.installables.is_empty() { checks(asked)? } else { named(asked)? };
    if asked.what.closure {
        wanted.what += " and all that they are built from";
    }
    Ok(wanted)
}

/// What the installables that are named come to.
fn named(asked: &Asked<'_>) -> Result<Wanted> {
    let installables = &asked.what.installables;
    let mut wanted = Wanted { what: installables.join(" "), ..Wanted::default() };
    let is_path = |text: &&String| text.starts_with("/nix/store/") && !text.ends_with(".drv");
    let (paths, others): (Vec<_>, Vec<_>) = installables.iter().partition(is_path);
    wanted.paths.extend(paths.into_iter().cloned());
    if !others.is_empty() {
        let words = others.into_iter().cloned().chain(asked.flake.flags());
        add(asked, words.collect(), &mut wanted)?;
    }
    Ok(wanted)
}

/// What the checks of the flake come to.
fn checks(asked: &Asked<'_>) -> Result<Wanted> {
    let mut systems = asked.what.system.clone();
    if systems.is_empty() {
        systems.extend(domi_runner::host_system());
    }
    systems.sort();
    systems.dedup();
    let systems: Vec<&str> = systems.iter().map(|system| system.as_str()).collect();
    let what = format!("the checks for {}", systems.join(" and "));
    let mut wanted = Wanted { what, ..Wanted::default() };
    for system in systems {
        asked.say(&format!("evaluating the checks for {system}"));
        let set = format!("checks.{system}");
        let derivations = derivations(asked, &set, &mut wanted.broken)?;
        for some in derivations.chunks(AT_ONCE) {
            add(asked, some.to_vec(), &mut wanted)?;
        }
    }
    if wanted.broken.is_empty() {
        return Ok(wanted);
    }
    // An old Nix may be the reason, but only where the flake uses nixpkgs.
    let too_old = asked.nix.too_old(NIXPKGS, "nixpkgs").into_iter();
    if wanted.paths.is_empty() {
        let broken = wanted.broken.iter().map(Broken::problem);
        let errors = too_old.chain(broken.map(|it| Problem { severity: Severity::Error, ..it }));
        return Err(asked.context.problems(Exit::Feature, errors.collect()));
    }
    let warning = too_old.map(|problem| Problem { severity: Severity::Warning, ..problem });
    asked.context.show(warning.collect());
    Ok(wanted)
}

/// The derivations of a set of checks. One that does not evaluate stops no other.
fn derivations(asked: &Asked<'_>, set: &str, broken: &mut Vec<Broken>) -> Result<Vec<String>> {
    let Asked { nix, flake, context, .. } = asked;
    let names = names(asked, flake, set)?;
    let ask = |names: &[&str]| nix.derivations(flake, set, names, LIMIT, &context.interrupt);
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    match ask(&all) {
        Ok(known) => {
            for (name, derivation) in known {
                match derivation {
                    Some(derivation) => found.push(derivation.drv_path),
                    None => broken.push(Broken {
                        check: format!("{set}.{name}"),
                        reason: "it does not evaluate".to_owned(),
                    }),
                }
            }
        }
        Err(failed) if !failed.is_refusal() => return Err(asked.failed(failed)),
        Err(_) => {
            for name in all {
                match ask(&[name]) {
                    Ok(known) if known.values().flatten().count() == 1 => {
                        found.extend(known.into_values().flatten().map(|it| it.drv_path));
                    }
                    Ok(_) => broken.push(Broken {
                        check: format!("{set}.{name}"),
                        reason: "it does not evaluate".to_owned(),
                    }),
                    Err(NixFailed::Ended { message: reason, .. }) => {
                        broken.push(Broken { check: format!("{set}.{name}"), reason });
                    }
                    Err(failed) => return Err(asked.failed(failed)),
                }
            }
        }
    }
    Ok(found)
}

fn names(asked: &Asked<'_>, flake: &Flake, set: &str) -> Result<Vec<String>> {
    let mut words = flake.words(set);
    words.extend(["--apply", "builtins.attrNames"].map(str::to_owned));
    let names = asked.nix.eval_json(words, LIMIT, &asked.context.interrupt);
    let names = names.map_err(|failed| no_checks(asked, set, failed))?;
    serde_json::from_value(names).map_err(|error| anyhow::Error::from(error).into())
}

/// Nix cannot list the checks.
fn no_checks(asked: &Asked<'_>, set: &str, failed: NixFailed) -> Failure {
    let Some(message) = failed.refusal() else { return asked.failed(failed) };
    if failed.lacks_attribute() {
        let problem = Problem::error(NO_CHECKS, set, "the flake has no such checks")
            .next("choose another system with --system, or name what to look for, such as .#hello");
        return asked.context.problems(Exit::Usage, vec![problem]);
    }
    let problem = Problem::error(NOT_EVALUATED, set, message.trim())
        .next("fix what the message names; `nix flake check --no-build` shows where it is");
    // With an old Nix, the message of nixpkgs can be misleading.
    let too_old = asked.nix.too_old(NIXPKGS, "nixpkgs");
    asked.context.problems(Exit::Feature, std::iter::once(problem).chain(too_old).collect())
}

/// Adds what derivations build.
fn add(asked: &Asked<'_>, words: Vec<String>, wanted: &mut Wanted) -> Result<()> {
    let outputs = asked.nix.outputs(words, asked.what.closure, LIMIT, &asked.context.interrupt);
    let outputs = outputs.map_err(|failed| match failed.refusal() {
        Some(message) => {
            let what = asked.what.installables.join(" ");
            let problem = Problem::error(NOT_EVALUATED, what, message.trim())
                .next("give a flake output or a store path that exists");
            asked.context.problems(Exit::Usage, vec![problem])
        }
        None => asked.failed(failed),
    })?;
    wanted.paths.extend(outputs.into_values().flatten());
    Ok(())
}
