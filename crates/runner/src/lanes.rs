//! The same tests in both lanes that run Debian: in containers and on machines. What the two say is
//! compared, as it is before anyone excuses it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domi_event::{LaneVerdict, LanesCompared, LanesOutcome, Verdict};

use crate::done::Done;
use crate::job::Job;
use crate::kind::BackendKind;

/// The lanes that are compared, the weaker one first.
pub(crate) const LANES: [BackendKind; 2] = [BackendKind::PORTABLE_CONTAINER, BackendKind::PORTABLE];

/// What the jobs of pairs have come to so far, by their names.
#[derive(Debug, Default)]
pub(crate) struct Compared(Mutex<BTreeMap<String, Said>>);

/// What a job came to, whether its failure is accepted or not.
#[derive(Debug, Clone)]
struct Said {
    verdict: Verdict,
    reason: String,
}

impl Compared {
    /// Takes what a job came to. What comparing it gives, once the other one of its pair has ended.
    pub(crate) fn take(&self, job: &Job, done: &Done) -> Option<LanesCompared> {
        let other_job = job.compared_with.as_ref()?;
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said = Said { verdict: done.verdict, reason: done.reason.clone() };
        ended.insert(job.id.clone(), said.clone());
        let other = ended.get(other_job)?.clone();
        Some(compare(job, &said, (other_job, &other)))
    }

    /// The pairs of which at least one job has not ended, once nothing runs any more.
    pub(crate) fn rest(&self, jobs: &[Job]) -> Vec<LanesCompared> {
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || Said {
            verdict: Verdict::Interrupted,
            reason: "the run ended before it did".to_owned(),
        };
        let said = |job: &String| ended.get(job).cloned().unwrap_or_else(open);
        // Each pair once.
        let pairs = jobs.iter().filter(|job| job.backend == LANES[0]);
        let pairs = pairs.filter_map(|job| Some((job, job.compared_with.as_ref()?)));
        let rest = pairs.filter(|(job, other)| {
            !ended.contains_key(&job.id) || !ended.contains_key(other.as_str())
        });
        rest.map(|(job, other)| compare(job, &said(&job.id), (other, &said(other)))).collect()
    }
}

/// What a job and the other one of its pair say.
fn compare(job: &Job, said: &Said, (other_job, other): (&String, &Said)) -> LanesCompared {
    let [first, second] = LANES;
    let (weaker, stronger) = if job.backend == first { (said, other) } else { (other, said) };
    let lanes = [(first, weaker), (second, stronger)];
    let of = |wanted: fn(Verdict) -> bool| lanes.iter().find(|(_, said)| wanted(said.verdict));
    let (outcome, reason) = if let Some((_, said)) = of(|verdict| verdict == Verdict::Skipped) {
        (LanesOutcome::NotCompared, said.reason.clone())
    } else if let Some((lane, Said { reason, .. })) = of(|verdict| answer(verdict).is_none()) {
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        (LanesOutcome::Undecided, format!("{lane} came to no verdict{why}"))
    } else if answer(weaker.verdict) == answer(stronger.verdict) {
        (LanesOutcome::Same, String::new())
    } else {
        (LanesOutcome::Different, String::new())
    };
    let verdict = |(lane, said): (BackendKind, &Said)| LaneVerdict {
        job: if lane == job.backend { &job.id } else { other_job }.clone(),
        backend: lane.to_string(),
        verdict: said.verdict,
    };
    LanesCompared {
        feature: job.feature().to_owned(),
        test: job.test.name.clone(),
        system: job.system.as_str().to_owned(),
        outcome,
        lanes: lanes.map(verdict).to_vec(),
        reason,
    }
}

/// What a verdict says of a test; nothing where it says nothing. A pass that is known from before
/// counts: nothing that could change it has changed.
fn answer(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Passed | Verdict::Cached | Verdict::Refused => Some("passes"),
        Verdict::Failed => Some("fails"),
        Verdict::Flaky => Some("now this, now that"),
        // The last two are never a job's own.
        Verdict::Skipped
        | Verdict::Error
        | Verdict::Interrupted
        | Verdict::Unknown
        | Verdict::Quarantined
        | Verdict::Overdue => None,
    }
}
