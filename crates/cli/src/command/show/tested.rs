//! What the tests of a feature came to last, as far as runs are known here.

use std::collections::BTreeMap;
use std::path::Path;

use domi_event::Verdict;
use domi_model::{Manifest, Platform, Test, TestBody};
use domi_report::Recorded;

use super::model::{Last, TestFacts};
use crate::runs;

/// Arguments of a run after which its verdicts are not those of the feature as it is.
const OTHERWISE: [&str; 3] = ["--set", "--module", "--together"];

/// Verdicts that say nothing of a test.
const SAYS_NOTHING: [Verdict; 3] = [Verdict::Skipped, Verdict::Interrupted, Verdict::Unknown];

/// The tests, with what each came to last on these systems.
pub(super) fn tests(manifest: &Manifest, systems: &[Platform], runs: &Path) -> Vec<TestFacts> {
    let wanted = manifest.tests.len() * systems.len();
    let found = last(&manifest.feature.name, wanted, systems, runs::newest_first(runs));
    let facts = |test: &Test| {
        let (machines, steps) = match &test.body {
            TestBody::Run(run) => (run.machines.len(), run.steps.len()),
            TestBody::Refuse(_) => (0, 0),
        };
        let last = |system: &Platform| {
            let never = || Last::never(system.as_str());
            found
                .get(&(test.name.clone(), system.as_str().to_owned()))
                .cloned()
                .unwrap_or_else(never)
        };
        let last = systems.iter().map(last).collect();
        TestFacts { name: test.name.clone(), machines, steps, last }
    };
    manifest.tests.iter().map(facts).collect()
}

/// The last verdict of every test of every feature, by feature, test and system; and how many runs
/// are known.
pub(in crate::command) fn all(runs: &Path) -> (usize, BTreeMap<[String; 3], Verdict>) {
    let (mut known, mut found) = (0, BTreeMap::new());
    for run in runs::newest_first(runs).filter_map(|file| read(&file, "")) {
        known += 1;
        for job in &run.jobs {
            if let Some(verdict) = verdict(&run, &job.job) {
                let key = [&job.feature, &job.test, &job.system].map(Clone::clone);
                found.entry(key).or_insert(verdict);
            }
        }
    }
    (known, found)
}

/// A run that says something of features as they are, if its events have this word in them.
fn read(file: &Path, word: &str) -> Option<Recorded> {
    let text = std::fs::read_to_string(file).ok().filter(|text| text.contains(word))?;
    let run = Recorded::of(&domi_event::read(&text).ok()?.events);
    let is_other = |word: &String| OTHERWISE.iter().any(|it| word.starts_with(it));
    (!run.started.command.iter().any(is_other)).then_some(run)
}

/// A run that has jobs of a feature, and says something of it as it is.
pub(in crate::command) fn of_feature(file: &Path, feature: &str) -> Option<Recorded> {
    read(file, &format!("\"feature\":\"{feature}\""))
}

/// What a job came to, if that says something of its test. Of a run that is not over, what has ended
/// counts.
pub(in crate::command) fn verdict(run: &Recorded, job: &str) -> Option<Verdict> {
    let verdict = run.finished(job)?.verdict;
    (!SAYS_NOTHING.contains(&verdict)).then_some(verdict)
}

impl Last {
    fn never(system: &str) -> Self {
        let (backend, run) = (String::new(), String::new());
        Self { system: system.to_owned(), verdict: None, backend, began: None, run }
    }
}

/// What is known of a feature's tests, by their names and systems. Files of events are read, the
/// newest first, until as many are known as are wanted.
fn last(
    feature: &str,
    wanted: usize,
    systems: &[Platform],
    files: impl Iterator<Item = std::path::PathBuf>,
) -> BTreeMap<(String, String), Last> {
    let mut found = BTreeMap::new();
    let is_wanted = |system: &str| systems.iter().any(|it| it.as_str() == system);
    for file in files {
        if found.len() >= wanted {
            break;
        }
        // Most runs are of other features.
        let Some(run) = of_feature(&file, feature) else { continue };
        for job in run.jobs.iter().filter(|job| job.feature == feature && is_wanted(&job.system)) {
            let Some(verdict) = verdict(&run, &job.job) else { continue };
            let last = || Last {
                system: job.system.clone(),
                verdict: Some(verdict),
                backend: job.backend.clone(),
                began: run.began.map(|at| at.to_string()),
                run: run.started.run.clone(),
            };
            found.entry((job.test.clone(), job.system.clone())).or_insert_with(last);
        }
    }
    found
}
