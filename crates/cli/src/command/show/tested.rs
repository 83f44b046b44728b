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
    // Most runs are of other features: what does not have the name need not be understood.
    let named = format!("\"feature\":\"{feature}\"");
    let is_wanted = |system: &str| systems.iter().any(|it| it.as_str() == system);
    for file in files {
        if found.len() >= wanted {
            break;
        }
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        if !text.contains(&named) {
            continue;
        }
        let Ok(recording) = domi_event::read(&text) else { continue };
        let run = Recorded::of(&recording.events);
        let is_other = |word: &String| OTHERWISE.iter().any(|it| word.starts_with(it));
        if run.started.command.iter().any(is_other) {
            continue;
        }
        for job in run.jobs.iter().filter(|job| job.feature == feature && is_wanted(&job.system)) {
            // Of a run that is not over, what has ended counts.
            let Some(finished) = run.finished(&job.job) else { continue };
            if SAYS_NOTHING.contains(&finished.verdict) {
                continue;
            }
            let last = || Last {
                system: job.system.clone(),
                verdict: Some(finished.verdict),
                backend: job.backend.clone(),
                began: run.began.map(|at| at.to_string()),
                run: run.started.run.clone(),
            };
            found.entry((job.test.clone(), job.system.clone())).or_insert_with(last);
        }
    }
    found
}
