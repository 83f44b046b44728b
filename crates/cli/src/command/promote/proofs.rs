//! What runs, of this computer and of others, say of a feature's tests on NixOS, as far as they were of
//! the feature as it is now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domi_affected::{Change, Lane};
use domi_event::Verdict;
use domi_model::{Manifest, Problem};
use domi_plugin::Workspace;
use domi_report::Recorded;
use domi_runner::BackendKind;

use super::super::show;
use crate::Exit;
use crate::affected::Affected;
use crate::codes::NO_RUN;
use crate::context::Context;
use crate::failure::Result;
use crate::git::Git;
use crate::required::Gathered;
use crate::runs::{self, EVENTS};

/// What is known of a test on a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// It passed.
    Passed,
    /// It is not known to pass; why, as a phrase.
    Not(String),
}

/// What is known of a feature's tests, by their names and systems.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    /// By runs of the feature as it is.
    counted: BTreeMap<(String, String), Proof>,
    /// By others: why they do not count.
    passed_over: BTreeMap<(String, String), Proof>,
}

impl Proofs {
    /// What is known of a test on a system, if anything is.
    pub(super) fn of(&self, test: &str, system: &str) -> Option<&Proof> {
        let key = (test.to_owned(), system.to_owned());
        self.counted.get(&key).or_else(|| self.passed_over.get(&key))
    }

    /// Takes what a run says of a job. What a newer run has said stays.
    fn add(&mut self, key: (String, String), counts: &Counts, verdict: Verdict, run: &str) {
        match counts {
            Ok(()) => {
                let failed = || Proof::Not(format!("did not pass in the run {run}"));
                let proof = if verdict.has_passed() { Proof::Passed } else { failed() };
                self.counted.entry(key).or_insert(proof);
            }
            Err(why) => {
                let proof = Proof::Not(format!("the run {run} does not count, as {why}"));
                self.passed_over.entry(key).or_insert(proof);
            }
        }
    }
}

/// Whether a run counts; or why not, as a phrase.
type Counts = std::result::Result<(), String>;

/// Looks into the runs of this computer, and into those that are named.
pub(super) fn find(
    context: &Context,
    workspace: &Workspace,
    gathered: &Gathered,
    manifest: &Manifest,
    named: &[PathBuf],
) -> Result<Proofs> {
    let name = &manifest.feature.name;
    let mut files: Vec<PathBuf> = runs::newest_first(&runs::folder(&context.target())).collect();
    for path in named {
        files.extend(events(context, path)?);
    }
    let mut all: Vec<Recorded> =
        files.iter().filter_map(|file| show::of_feature(file, name)).collect();
    all.sort_by_key(|run| std::cmp::Reverse(run.began));
    let mut sources = Sources { context, workspace, gathered, name, known: BTreeMap::new() };
    let mut proofs = Proofs::default();
    for run in &all {
        for job in run.jobs.iter().filter(|job| job.feature == *name) {
            let test = manifest.tests.iter().find(|test| test.name == job.test);
            let Some(test) = test.filter(|test| is_on_nixos(&job.backend, test.run().is_none()))
            else {
                continue;
            };
            let Some(verdict) = show::verdict(run, &job.job) else { continue };
            let counts = sources.counts(&run.started.source)?;
            let key = (test.name.clone(), job.system.clone());
            proofs.add(key, counts, verdict, &run.started.run);
        }
    }
    Ok(proofs)
}

/// Whether a backend says how a test ends on NixOS, as its own driver runs it. A refusal is one of Nix itself.
fn is_on_nixos(backend: &str, is_refusal: bool) -> bool {
    let kind = backend.parse::<BackendKind>();
    kind.is_ok_and(|kind| {
        let by_driver = [BackendKind::NIXOS_CONTAINER, BackendKind::NIXOS_VM];
        by_driver.contains(&kind) || is_refusal && kind == BackendKind::EVAL
    })
}

/// The files of events that a path stands for.
fn events(context: &Context, path: &Path) -> Result<Vec<PathBuf>> {
    if let Some(file) = runs::at(path) {
        return Ok(vec![file]);
    }
    let found: Vec<PathBuf> = runs::newest_first(path).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let message = "no run is there, nor folders of runs";
    let problem = Problem::error(NO_RUN, path.display().to_string(), message)
        .next(format!("name a file {EVENTS}, or a folder that has one"));
    Err(context.problems(Exit::Usage, vec![problem]))
}

/// Which commits have the feature as it is now.
struct Sources<'a> {
    context: &'a Context,
    workspace: &'a Workspace,
    gathered: &'a Gathered,
    name: &'a str,
    known: BTreeMap<String, Counts>,
}

impl Sources<'_> {
    fn counts(&mut self, source: &str) -> Result<&Counts> {
        if !self.known.contains_key(source) {
            let counts = self.look(source)?;
            self.known.insert(source.to_owned(), counts);
        }
        Ok(&self.known[source])
    }

    fn look(&self, source: &str) -> Result<Counts> {
        let not = |why: &str| Ok(Err(why.to_owned()));
        let Self { context, workspace, .. } = self;
        if source.is_empty() {
            return not("nobody knows of which commit it was");
        }
        if !source.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return not("it was of changes that were not committed");
        }
        let git = Git { root: &context.root, interrupt: &context.interrupt };
        let words = ["merge-base", "--is-ancestor", source, "HEAD"];
        if !git.program().args(words).run(&context.interrupt)?.success() {
            return not("its commit is not in the history of what is checked out");
        }
        let change = Change::since(Some(source), workspace, &context.interrupt)?;
        let change = match change {
            Ok(change) => change,
            Err(problems) => {
                let said: Vec<String> = problems.into_iter().map(|it| it.message).collect();
                return Ok(Err(said.join("; ")));
            }
        };
        let affected = Affected::of(context, workspace, &change, self.gathered)?;
        Ok(match affected.why(self.name, Lane::Nixos) {
            Some(why) => Err(format!("since then {why}")),
            None => Ok(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_run_of_the_feature_as_it_is_decides() {
        let key = || ("starts".to_owned(), "x86_64-linux".to_owned());
        let check = |runs: &[(Counts, Verdict)], expected: Option<Proof>| {
            let mut proofs = Proofs::default();
            for (number, (counts, verdict)) in runs.iter().enumerate() {
                proofs.add(key(), counts, *verdict, &format!("r{number}"));
            }
            assert_eq!(proofs.of("starts", "x86_64-linux"), expected.as_ref());
        };
        let other = || Err("it is old".to_owned());
        let not = |why: &str| Some(Proof::Not(why.to_owned()));
        check(&[], None);
        check(&[(Ok(()), Verdict::Passed)], Some(Proof::Passed));
        check(
            &[(Ok(()), Verdict::Failed), (Ok(()), Verdict::Passed)],
            not("did not pass in the run r0"),
        );
        check(&[(Ok(()), Verdict::Quarantined)], not("did not pass in the run r0"));
        check(&[(other(), Verdict::Passed)], not("the run r0 does not count, as it is old"));
        check(&[(other(), Verdict::Failed), (Ok(()), Verdict::Passed)], Some(Proof::Passed));
    }

    #[test]
    fn only_nixos_says_how_a_test_ends_there() {
        for backend in ["nixos-vm", "nixos-container"] {
            assert!(is_on_nixos(backend, false), "{backend}");
        }
        for backend in
            ["portable", "portable-container", "nixos-native", "nixos-snapshot", "eval", "another"]
        {
            assert!(!is_on_nixos(backend, false), "{backend}");
        }
        assert!(is_on_nixos("eval", true) && !is_on_nixos("portable", true));
    }
}
