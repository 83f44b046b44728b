//! The verdicts of jobs in earlier runs.

use std::collections::{BTreeMap, BTreeSet};

use domi_event::Verdict;
use jiff::Timestamp;

use crate::Recorded;

/// A job's end in one run.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) began: Option<Timestamp>,
    pub(crate) verdict: Verdict,
    pub(crate) millis: u64,
    /// What was run, where that is known.
    key: Option<String>,
}

impl Past {
    fn of(run: &Recorded, job: &str) -> Option<Self> {
        let finished = run.finished(job)?;
        let (verdict, millis, key) = (finished.verdict, finished.millis, finished.key.clone());
        Some(Self { began: run.began, verdict, millis, key })
    }
}

/// The ends of one job, the oldest first.
pub(crate) fn pasts(job: &str, runs: &[Recorded]) -> Vec<Past> {
    runs.iter().filter_map(|run| Past::of(run, job)).collect()
}

/// The ends of jobs by name, the oldest first, this run's last.
#[derive(Debug, Default)]
pub(crate) struct History {
    jobs: BTreeMap<String, Vec<Past>>,
}

impl History {
    pub(crate) fn new(before: &[Recorded], run: &Recorded) -> Self {
        let mut history = Self::default();
        for recorded in before.iter().chain([run]) {
            for job in recorded.outcomes.keys() {
                let Some(past) = Past::of(recorded, job) else { continue };
                history.jobs.entry(job.clone()).or_default().push(past);
            }
        }
        history
    }

    /// All ends of a job.
    pub(crate) fn of(&self, job: &str) -> &[Past] {
        self.jobs.get(job).map_or(&[], Vec::as_slice)
    }

    /// The flaky jobs: they failed and passed within one run, or in two runs of the very same
    /// thing. The one that failed last comes first.
    pub(crate) fn unsteady(&self) -> Vec<Unsteady<'_>> {
        let mut unsteady: Vec<_> =
            self.jobs.iter().filter_map(|(job, pasts)| Unsteady::of(job, pasts)).collect();
        unsteady.sort_by(|a, b| (b.last, &a.job).cmp(&(a.last, &b.job)));
        unsteady
    }
}

/// A job that passes now and then.
#[derive(Debug)]
pub(crate) struct Unsteady<'a> {
    pub(crate) job: &'a str,
    /// Its ends, the oldest first, without those that say nothing about it.
    pub(crate) pasts: Vec<&'a Past>,
    /// How many of them failed, or failed at first.
    pub(crate) failed: usize,
    /// The first failure that is known.
    pub(crate) first: Option<Timestamp>,
    /// When it failed last.
    pub(crate) last: Option<Timestamp>,
}

impl<'a> Unsteady<'a> {
    pub(crate) fn of(job: &'a str, pasts: &'a [Past]) -> Option<Self> {
        let pasts: Vec<_> = pasts.iter().filter(|past| decided(past.verdict)).collect();
        let (bad, good): (Vec<&Past>, Vec<&Past>) =
            pasts.iter().partition(|past| failed(past.verdict));
        let passed: BTreeSet<&String> = good.iter().filter_map(|past| past.key.as_ref()).collect();
        let both = |past: &&Past| {
            past.verdict == Verdict::Flaky
                || past.key.as_ref().is_some_and(|key| passed.contains(key))
        };
        if !bad.iter().any(both) {
            return None;
        }
        let (first, last) = (bad.first()?.began, bad.last()?.began);
        Some(Self { job, failed: bad.len(), first, last, pasts })
    }

    /// How often it failed.
    pub(crate) fn how_often(&self) -> String {
        format!("failed in {} of the last {} runs", self.failed, self.pasts.len())
    }
}

fn decided(verdict: Verdict) -> bool {
    failed(verdict) || matches!(verdict, Verdict::Passed | Verdict::Refused | Verdict::Overdue)
}

/// Whether a test failed in a run, in the end or at first.
pub(crate) fn failed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Failed | Verdict::Flaky | Verdict::Quarantined)
}

/// The median of milliseconds.
pub(crate) fn median(millis: &[u64]) -> u64 {
    let mut sorted = millis.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
