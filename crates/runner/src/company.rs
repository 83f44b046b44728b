//! Which features are enabled beside one in its tests, and whether they can be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domi_model::{Manifest, Problem, Test, TestBody};
use domi_realise::{DebianPaths, realise};

use crate::beside::{Beside, with_others};
use crate::codes::NOT_FOUND_BESIDE;
use crate::job::Job;
use crate::loaded::Loaded;
use crate::selection::Selection;

/// The features that are enabled beside one: what it requires whatever the settings, what these
/// require, and all that are tested together.
///
/// # Errors
/// When a feature that is required is not there.
pub(crate) fn beside(
    loaded: &Loaded,
    (chosen, all): (&[Loaded], &[Loaded]),
    selection: &Selection,
) -> Result<Arc<[Beside]>, Vec<Problem>> {
    let name = &loaded.manifest.feature.name;
    let known = || all.iter().chain(&selection.beside);
    let find = |name: &str| known().find(|it| it.manifest.feature.name == name);
    let chosen = if selection.together { chosen } else { &[] };
    let chosen = chosen.iter().map(|it| &*it.manifest.feature.name);
    let mut open: Vec<&str> = chosen.chain(loaded.manifest.always_requires()).collect();
    let (mut found, mut problems) = (BTreeMap::new(), Vec::new());
    while let Some(other) = open.pop() {
        if other == name || found.contains_key(other) {
            continue;
        }
        let Some(other_loaded) = find(other) else {
            let message = format!("it requires {other}, and there is no such feature here");
            problems.push(
                Problem::error(NOT_FOUND_BESIDE, name, message)
                    .next("add the feature to the workspace, or correct its name"),
            );
            found.insert(other, None);
            continue;
        };
        found.insert(other, Some(Beside::of(other_loaded)));
        open.extend(other_loaded.manifest.always_requires());
    }
    if problems.is_empty() { Ok(found.into_values().flatten().collect()) } else { Err(problems) }
}

/// What machines of a test cannot have together. What is wrong with the
/// settings of the test alone, its job says.
fn of_test(manifest: &Manifest, test: &Test, set: &[String], beside: &[Beside]) -> Vec<Problem> {
    let TestBody::Run(run) = &test.body else { return Vec::new() };
    if beside.is_empty() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for machine in run.machines.values().filter(|machine| machine.enable) {
        let mut settings = machine.settings.clone();
        let applied =
            set.iter().try_for_each(|text| domi_realise::set::apply(text, manifest, &mut settings));
        let paths = DebianPaths::new(manifest);
        let own = applied.and_then(|()| realise(manifest, &settings, &paths));
        if let Ok(own) = own
            && let Err(found) = with_others(own, beside)
        {
            problems.extend(found.into_iter().map(|problem| {
                let place = problem.place.clone().or_else(|| test.place.clone());
                problem.at(place)
            }));
        }
    }
    problems
}

/// What the machines of jobs cannot have together, each once: before anything starts.
pub(crate) fn clashes(jobs: &[Job]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    let there = jobs.iter().filter(|job| job.skip.is_none());
    // Tests are the same on every system, and in every lane.
    let mut tests = BTreeSet::new();
    for job in there.filter(|job| tests.insert((job.feature().to_owned(), job.test.slug()))) {
        let found = of_test(&job.manifest, &job.test, &job.set, &job.beside);
        let is_new = |it: &Problem| seen.insert((it.subject.clone(), it.message.clone()));
        problems.extend(found.into_iter().filter(is_new));
    }
    problems
}
