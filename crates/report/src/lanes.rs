//! Tests that were done in two lanes: whether the two say the same.

use std::collections::{BTreeMap, BTreeSet};

use domi_event::{Body, Event, LaneVerdict, LanesCompared, LanesOutcome, PlannedJob, Verdict};

use crate::Recorded;
use crate::text::Paint;
use crate::verdict_style::style_of;

/// What came of each test that was to be compared, in the order of the plan. One of which nothing
/// was said belongs to a run that was cut off: nobody knows.
pub(crate) fn compared(run: &Recorded) -> Vec<LanesCompared> {
    let mut said: BTreeMap<&str, &LanesCompared> = BTreeMap::new();
    for compared in &run.compared {
        said.extend(compared.lanes.iter().map(|lane| (lane.job.as_str(), compared)));
    }
    let jobs: BTreeMap<&str, &PlannedJob> =
        run.jobs.iter().map(|job| (job.job.as_str(), job)).collect();
    let mut all: Vec<LanesCompared> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for job in &run.jobs {
        let Some(other) = &job.compared_with else { continue };
        if seen.contains(job.job.as_str()) {
            continue;
        }
        seen.insert(other);
        let open = || LanesCompared {
            feature: job.feature.clone(),
            test: job.test.clone(),
            system: job.system.clone(),
            outcome: LanesOutcome::Undecided,
            lanes: [Some(job), jobs.get(other.as_str()).copied()]
                .into_iter()
                .flatten()
                .map(|job| LaneVerdict {
                    job: job.job.clone(),
                    backend: job.backend.clone(),
                    verdict: run.verdict(&job.job),
                })
                .collect(),
            reason: "the run ended before they could be compared".to_owned(),
        };
        all.push(said.get(job.job.as_str()).copied().cloned().unwrap_or_else(open));
    }
    all
}

/// Whether an event says that lanes contradict each other.
pub(crate) fn is_difference(event: &Event) -> bool {
    matches!(&event.body, Body::LanesCompared(it) if it.outcome == LanesOutcome::Different)
}

/// How many came to what, as a sentence; nothing where nothing was to be compared.
pub(crate) fn summary(compared: &[LanesCompared], paint: Paint) -> Option<String> {
    let count = |outcomes: &[LanesOutcome]| {
        compared.iter().filter(|it| outcomes.contains(&it.outcome)).count()
    };
    let parts = [
        (count(&[LanesOutcome::Different]), "different", Paint::bad as fn(Paint, String) -> String),
        (count(&[LanesOutcome::Undecided, LanesOutcome::Unknown]), "undecided", Paint::bad),
        (count(&[LanesOutcome::Same]), "the same", Paint::good),
        (count(&[LanesOutcome::NotCompared]), "not compared", Paint::odd),
    ];
    let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<_> =
        parts.map(|(count, what, of)| of(paint, format!("{count} {what}"))).collect();
    (!parts.is_empty()).then(|| format!("both lanes: {}", parts.join(", ")))
}

/// Each test that the lanes do not agree on, with its sign; then why others were not compared, and
/// how many.
pub(crate) fn lines(compared: &[LanesCompared]) -> Vec<(LanesOutcome, String)> {
    let mut lines = Vec::new();
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for compared in compared {
        match compared.outcome {
            LanesOutcome::Same => {}
            LanesOutcome::NotCompared => *refused.entry(&compared.reason).or_default() += 1,
            outcome => lines.push((outcome, format!("{}: {}", name(compared), said(compared)))),
        }
    }
    lines.extend(refused.into_iter().map(|(reason, count)| {
        let tests = if count == 1 { "test" } else { "tests" };
        (LanesOutcome::NotCompared, format!("{count} {tests} not compared: {reason}"))
    }));
    lines
}

/// The sign of an outcome, and the class of pages.
pub(crate) fn sign(outcome: LanesOutcome) -> (&'static str, &'static str) {
    let verdict = match outcome {
        LanesOutcome::Same => Verdict::Passed,
        LanesOutcome::Different => Verdict::Failed,
        LanesOutcome::Undecided | LanesOutcome::Unknown => Verdict::Error,
        LanesOutcome::NotCompared => Verdict::Skipped,
    };
    let style = style_of(verdict);
    (style.sign, style.class)
}

/// What came of it: for a difference, which lane says what.
pub(crate) fn said(compared: &LanesCompared) -> String {
    let verdicts = || {
        let of = |lane: &LaneVerdict| format!("{} says {}", lane.backend, word(lane.verdict));
        compared.lanes.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    match compared.outcome {
        LanesOutcome::Same => format!("the same: {}", verdicts()),
        LanesOutcome::Different => format!("different: {}", verdicts()),
        LanesOutcome::Undecided => format!("undecided: {}", compared.reason),
        LanesOutcome::NotCompared => format!("not compared: {}", compared.reason),
        LanesOutcome::Unknown => format!("an outcome of a newer version: {}", verdicts()),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Cached => "passed before",
        Verdict::Failed => "failed",
        Verdict::Flaky => "flaky",
        other => style_of(other).word,
    }
}

/// What was compared, in words.
pub(crate) fn name(compared: &LanesCompared) -> String {
    format!("{}: {} on {}", compared.feature, compared.test, compared.system)
}
