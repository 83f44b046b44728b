//! Which backend runs a test, and why that one. The strongest that there is, by itself; never
//! another than was asked for.

use domi_model::{Manifest, Platform, Problem, Test, TestBody};
use domi_nix_command::{Builds, NO_BUILDER};

use crate::backend::BackendKind;
use crate::codes;
use crate::here::CONTAINER;
use crate::plan::{Job, Plan, Selection, Way, host_system};

/// What was chosen, and why, in a few words that can stand in brackets; or what stands in the way
/// of what was asked for.
pub(crate) type Choice = Result<(BackendKind, String), Box<Problem>>;

/// Chooses for a test on a system.
pub(crate) fn choose(
    selection: &Selection,
    manifest: &Manifest,
    test: &Test,
    system: Platform,
) -> Choice {
    match selection.backend {
        Some(kind) => forced(selection, kind, manifest, test, system),
        None => Ok(by_itself(selection, manifest, test, system)),
    }
}

fn by_itself(
    selection: &Selection,
    manifest: &Manifest,
    test: &Test,
    system: Platform,
) -> (BackendKind, String) {
    let portable = |why: String| (BackendKind::Portable, why);
    let here = &selection.here;
    let with = match &here.nix {
        Ok(with) => with,
        Err(problem) => return portable(problem.message.clone()),
    };
    if let Some(flag) = only_portable(selection) {
        return portable(format!("{flag} is for the portable guest"));
    }
    let version = format!("nix {}", with.nix.version());
    let no_vm = match here.vm_builder(system) {
        Ok(builds) => return vm(test, &format!("{version} and KVM{}", at(&builds))),
        Err(problem) => problem.message,
    };
    let builds = with.capabilities.builds(system.as_str(), &CONTAINER);
    if let Some(builds) = builds.filter(|_| has_container(selection, manifest, test)) {
        return (
            BackendKind::NixosContainer,
            format!("{version} with uid-range{}; {no_vm}", at(&builds)),
        );
    }
    let anywhere = with.capabilities.builds(system.as_str(), &[]);
    if let Some(builds) = anywhere.filter(|_| selection.allow_tcg) {
        return vm(test, &format!("{version}, emulating{}; {no_vm}", at(&builds)));
    }
    portable(format!("{version}, but {no_vm}"))
}

/// A test of a refusal needs no machine, whoever would run it.
fn vm(test: &Test, why: &str) -> (BackendKind, String) {
    match test.body {
        TestBody::Run(_) => (BackendKind::NixosVm, why.to_owned()),
        TestBody::Refuse(_) => (BackendKind::Eval, "nothing of it runs".to_owned()),
    }
}

fn forced(
    selection: &Selection,
    kind: BackendKind,
    manifest: &Manifest,
    test: &Test,
    system: Platform,
) -> Choice {
    let asked = "as asked".to_owned();
    if kind == BackendKind::Portable {
        return Ok((kind, asked));
    }
    let with = selection.here.nix.as_ref().map_err(|problem| Box::new(problem.clone()))?;
    if let Some(flag) = only_portable(selection) {
        let message = format!("{flag} is for the portable guest, not for {}", kind.as_str());
        let problem = Problem::error(codes::ONLY_PORTABLE, flag, message);
        return Err(Box::new(problem.next("leave out one of the two")));
    }
    if kind == BackendKind::Eval || matches!(test.body, TestBody::Refuse(_)) {
        return Ok((BackendKind::Eval, asked));
    }
    if kind == BackendKind::NixosContainer {
        return match with.capabilities.builds(system.as_str(), &CONTAINER) {
            Some(builds) if has_container(selection, manifest, test) => {
                Ok((kind, format!("{asked}{}", at(&builds))))
            }
            // It is skipped, with the reason.
            Some(_) => Ok((kind, asked)),
            None => Err(no_builder(system, "the system feature uid-range")),
        };
    }
    match selection.here.vm_builder(system) {
        Ok(builds) => Ok((kind, format!("{asked}, with KVM{}", at(&builds)))),
        Err(_) if selection.allow_tcg => match with.capabilities.builds(system.as_str(), &[]) {
            Some(builds) => Ok((kind, format!("{asked}, emulating{}", at(&builds)))),
            None => Err(no_builder(system, "or without KVM")),
        },
        Err(problem) => Err(problem),
    }
}

/// Whether the test has a variant with containers for machines.
pub(crate) fn has_container(selection: &Selection, manifest: &Manifest, test: &Test) -> bool {
    let tests = selection.here.nix.as_ref().map(|with| (with.containers)(manifest));
    tests.is_ok_and(|tests| tests.contains(&test.slug()))
}

fn no_builder(system: Platform, what: &str) -> Box<Problem> {
    let message = format!("no builder for {} with {what}", system.as_str());
    let problem = Problem::error(NO_BUILDER, system.as_str(), message);
    Box::new(problem.next("name one with --builders"))
}

/// What was asked for that only the portable guest has.
fn only_portable(selection: &Selection) -> Option<&'static str> {
    if !selection.set.is_empty() {
        return Some("--set");
    }
    if selection.way != Way::default() {
        return Some(if selection.way.driven { "--driver" } else { "--realiser" });
    }
    selection.portable_only
}

/// Where that is not here.
fn at(builds: &Builds) -> String {
    match builds {
        Builds::Here => String::new(),
        Builds::At(uri) => format!(" at {uri}"),
    }
}

/// Why jobs are weaker than what is required: one problem for each feature and reason. A refusal
/// that NixOS itself decides is as strong as it can be.
pub fn weaker(plan: &Plan, required: BackendKind) -> Vec<Problem> {
    let weak = |job: &&Job| match job.test.body {
        TestBody::Run(_) => job.backend < required,
        TestBody::Refuse(_) => job.backend == BackendKind::Portable && required > job.backend,
    };
    let mut problems: Vec<Problem> = Vec::new();
    for job in plan.jobs.iter().filter(weak) {
        let (wanted, got) = (required.as_str(), job.backend.as_str());
        let message = format!("{wanted} is required, and it would be {got} ({})", job.why);
        let problem = Problem::error(codes::WEAKER, job.feature(), message)
            .next(format!("make {} possible here, or require less", required.as_str()));
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}

/// The systems that tests are for, where nobody says.
pub(crate) fn systems(selection: &Selection, manifest: &Manifest) -> Vec<Platform> {
    match (&selection.systems[..], selection.backend) {
        // What is evaluated needs no computer of its kind.
        ([], Some(BackendKind::Eval)) => manifest.feature.platforms.clone(),
        ([], _) => host_system().into_iter().collect(),
        (systems, _) => systems.to_vec(),
    }
}

#[cfg(test)]
mod tests;
