//! Which features are enabled beside one in its tests, and whether they can be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domi_model::{Manifest, Problem, Test};
use domi_realise::{DebianPaths, realise};

use crate::beside::{Beside, realise_beside};
use crate::codes::NOT_FOUND_BESIDE;
use crate::job::{Job, one_of_each_test};
use crate::loaded::Loaded;
use crate::selection::Selection;
use crate::stages::stages;

/// The features that are enabled beside one in its tests.
pub(crate) struct Company {
    always: Arc<[Beside]>,
    /// Of tests that have more, by their slugs.
    of_tests: BTreeMap<String, Arc<[Beside]>>,
}

impl Company {
    /// What is beside the feature: what it requires whatever the settings, what these require, all
    /// that are tested together, and what a test has beside it.
    ///
    /// # Errors
    /// When a feature that is required is not there.
    pub(crate) fn of(
        loaded: &Loaded,
        all: (&[Loaded], &[Loaded]),
        selection: &Selection,
    ) -> Result<Self, Vec<Problem>> {
        let always = beside(loaded, all, selection, None)?;
        let mut of_tests = BTreeMap::new();
        for test in loaded.manifest.tests.iter().filter(|test| test.beside().next().is_some()) {
            of_tests.insert(test.slug(), beside(loaded, all, selection, Some(test))?);
        }
        of_tests.extend(selection.beside_tests.iter().map(|(slug, it)| (slug.clone(), it.clone())));
        Ok(Self { always, of_tests })
    }

    /// What is beside the feature in a test.
    pub(crate) fn beside(&self, test: &Test) -> &Arc<[Beside]> {
        self.of_tests.get(&test.slug()).unwrap_or(&self.always)
    }
}

fn beside(
    loaded: &Loaded,
    (chosen, all): (&[Loaded], &[Loaded]),
    selection: &Selection,
    test: Option<&Test>,
) -> Result<Arc<[Beside]>, Vec<Problem>> {
    let name = &loaded.manifest.feature.name;
    let of_test = test.into_iter().flat_map(Test::beside).map(String::as_str);
    let known = || all.iter().chain(&selection.beside);
    let find = |name: &str| known().find(|it| it.manifest.feature.name == name);
    let chosen = if selection.together { chosen } else { &[] };
    let chosen = chosen.iter().map(|it| &*it.manifest.feature.name);
    let required = loaded.manifest.always_requires();
    let mut open: Vec<&str> = chosen.chain(required).chain(of_test).collect();
    let (mut found, mut problems) = (BTreeMap::new(), Vec::new());
    while let Some(other) = open.pop() {
        if other == name || found.contains_key(other) {
            continue;
        }
        let Some(other_loaded) = find(other) else {
            let verb = if test.is_some() { "a test of it has" } else { "it requires" };
            let message = format!("{verb} {other}, and there is no such feature here");
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
    let Some(run) = test.run() else { return Vec::new() };
    if beside.is_empty() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for stage in stages((manifest, None), run, set).into_iter().flatten() {
        if let Some(settings) = stage.settings
            && let beside = Beside::on(beside, stage.machine)
            && let Err(found) = realise_beside(manifest, &settings, beside)
            && realise(manifest, &settings, &DebianPaths::new(manifest)).is_ok()
        {
            problems.extend(found.into_iter().map(|problem| {
                let place = problem.place.clone().or_else(|| stage.place.cloned());
                let place = place.or_else(|| test.place.clone());
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
    for job in one_of_each_test(jobs) {
        let found = of_test(&job.manifest, &job.test, &job.set, &job.beside);
        let is_new = |it: &Problem| seen.insert((it.subject.clone(), it.message.clone()));
        problems.extend(found.into_iter().filter(is_new));
    }
    problems
}
