use std::path::PathBuf;
use std::time::Duration;

use domi_event::{Body, Counts, Event, LanesOutcome, RunFinished, Verdict, millis};

use crate::durations::Durations;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many jobs came to which verdict.
    pub counts: Counts,
    /// The run's folder.
    pub folder: PathBuf,
    /// In one word.
    pub ending: Ending,
}

/// What a run came to, in one word; the worst of what happened. A test that failed outranks one
/// that could not be decided: nobody who forgives the second may miss the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Nothing went wrong.
    Passed,
    /// A job could not be decided because this computer lacks something.
    Missing,
    /// A job could not be decided.
    Undecided,
    /// A test failed, or two lanes contradict each other.
    Failed,
    /// The user stopped it.
    Interrupted,
}

impl Ending {
    /// What a run came to that has these events.
    pub fn of(events: &[Event]) -> Self {
        let mut seen = Seen::default();
        events.iter().for_each(|event| seen.see(event));
        let finished = events.iter().rev().find_map(|event| match &event.body {
            Body::RunFinished(finished) => Some(finished),
            _ => None,
        });
        // One that was killed has not come to its end.
        finished.map_or(Self::Interrupted, |finished| seen.ending(finished))
    }
}

fn ending(finished: &RunFinished) -> Ending {
    if finished.interrupted {
        Ending::Interrupted
    } else if finished.counts.bad() > finished.counts.errors {
        Ending::Failed
    } else {
        Ending::Passed
    }
}

/// What the events of the run have said so far.
#[derive(Debug)]
pub(crate) struct Seen {
    counts: Counts,
    pub(crate) durations: Durations,
    worst: Ending,
}

impl Default for Seen {
    fn default() -> Self {
        Self { counts: Counts::default(), durations: Durations::default(), worst: Ending::Passed }
    }
}

impl Seen {
    pub(crate) fn see(&mut self, event: &Event) {
        if let Body::LanesCompared(compared) = &event.body {
            match compared.outcome {
                LanesOutcome::Different => self.counts.different += 1,
                LanesOutcome::Unknown => self.worst = self.worst.max(Ending::Undecided),
                // One without a verdict makes the run what it is.
                LanesOutcome::Same | LanesOutcome::Undecided | LanesOutcome::NotCompared => {}
            }
        }
        let Body::JobFinished(job) = &event.body else { return };
        self.counts.add(job.verdict);
        self.durations.learn(event);
        if job.verdict == Verdict::Error {
            let ending = if job.missing { Ending::Missing } else { Ending::Undecided };
            self.worst = self.worst.max(ending);
        }
    }

    /// What a run came to that ended so.
    pub(crate) fn ending(&self, finished: &RunFinished) -> Ending {
        self.worst.max(ending(finished))
    }

    /// The end of a run of so many jobs.
    pub(crate) fn finish(&mut self, jobs: usize, interrupted: bool, took: Duration) -> RunFinished {
        self.counts.interrupted += jobs.saturating_sub(self.counts.total());
        RunFinished { counts: self.counts, millis: millis(took), interrupted }
    }
}
