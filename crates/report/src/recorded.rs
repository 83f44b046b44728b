use std::collections::BTreeMap;

use domi_event::{
    Body, Diagnostics, Event, JobFinished, PlannedJob, Prepared, RunFinished, RunStarted,
};
use jiff::Timestamp;

/// What a run's events, as far as they have come, say about its jobs.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// The run's beginning: its name, its folder, the command.
    pub started: RunStarted,
    /// When that was; nothing where it is not known.
    pub began: Option<Timestamp>,
    /// The jobs in the order of the plan.
    pub jobs: Vec<PlannedJob>,
    /// What backends run on.
    pub prepared: Vec<Prepared>,
    /// What jobs came to, by their names.
    pub outcomes: BTreeMap<String, Outcome>,
    /// The run's end, once it has come.
    pub finished: Option<RunFinished>,
}

/// What a job came to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// When it began, if it did.
    pub began: Option<Timestamp>,
    /// What is known of its failures.
    pub diagnostics: Vec<Diagnostics>,
    /// Its end, once it has come.
    pub finished: Option<JobFinished>,
}

impl Recorded {
    /// What these events say.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut recorded = Self::default();
        for event in events {
            recorded.add(event);
        }
        recorded
    }

    /// Takes one more event.
    pub fn add(&mut self, event: &Event) {
        match &event.body {
            Body::RunStarted(started) => {
                self.started.clone_from(started);
                self.began = Some(event.at);
            }
            Body::Plan(plan) => self.jobs.clone_from(&plan.jobs),
            Body::Prepared(prepared) => {
                self.prepared.push(prepared.clone());
            }
            Body::JobStarted(started) => {
                self.outcomes.entry(started.job.clone()).or_default().began = Some(event.at);
            }
            Body::Diagnostics(diagnostics) => {
                let outcome = self.outcomes.entry(diagnostics.job.clone()).or_default();
                outcome.diagnostics.push((**diagnostics).clone());
            }
            Body::JobFinished(finished) => {
                let outcome = self.outcomes.entry(finished.job.clone()).or_default();
                outcome.finished = Some(finished.clone());
            }
            Body::RunFinished(finished) => self.finished = Some(finished.clone()),
            _ => {}
        }
    }

    /// What a job's backend runs on, if that is known.
    pub fn prepared(&self, job: &PlannedJob) -> Option<&Prepared> {
        let fits = |prepared: &&Prepared| {
            let system = prepared.system.is_empty() || prepared.system == job.system;
            system && prepared.backend == job.backend
        };
        self.prepared.iter().find(fits)
    }

    /// The end of a job, if it has come.
    pub fn finished(&self, job: &str) -> Option<&JobFinished> {
        self.outcomes.get(job)?.finished.as_ref()
    }

    /// What is known of a job's failures.
    pub fn diagnostics(&self, job: &str) -> &[Diagnostics] {
        self.outcomes.get(job).map_or(&[], |outcome| &outcome.diagnostics)
    }
}
