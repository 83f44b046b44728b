//! What jobs came to in earlier runs.

use std::collections::BTreeMap;

use domi_event::Verdict;
use jiff::Timestamp;

use crate::Recorded;

/// A job's end in one run.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub(super) began: Option<Timestamp>,
    pub(super) verdict: Verdict,
    pub(super) millis: u64,
}

/// The ends of jobs by name, the oldest first, this run's last.
#[derive(Debug, Default)]
pub(super) struct History {
    jobs: BTreeMap<String, Vec<Past>>,
}

impl History {
    pub(super) fn new(before: &[Recorded], run: &Recorded) -> Self {
        let mut history = Self::default();
        for recorded in before.iter().chain([run]) {
            for (job, outcome) in &recorded.outcomes {
                let Some(finished) = &outcome.finished else { continue };
                let past = Past {
                    began: recorded.began,
                    verdict: finished.verdict,
                    millis: finished.millis,
                };
                history.jobs.entry(job.clone()).or_default().push(past);
            }
        }
        history
    }

    /// All ends of a job.
    pub(super) fn of(&self, job: &str) -> &[Past] {
        self.jobs.get(job).map_or(&[], Vec::as_slice)
    }

    /// The runs of a job that ran to a verdict, by job.
    pub(super) fn decided(&self) -> impl Iterator<Item = (&str, Vec<&Past>)> {
        self.jobs.iter().map(|(job, pasts)| {
            let ran = |past: &&Past| {
                matches!(past.verdict, Verdict::Passed | Verdict::Flaky | Verdict::Failed)
            };
            (job.as_str(), pasts.iter().filter(ran).collect())
        })
    }
}
