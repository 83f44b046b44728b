//! Notices jobs in which nothing happens any more, before their time limits end them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domi_event::{Body, Note};

/// The jobs that are running, and when each was last heard of.
#[derive(Debug)]
pub(crate) struct Watch {
    /// How long a job may be silent before that is said.
    patience: Duration,
    running: BTreeMap<String, Heard>,
    /// How many images and layers are being made: what jobs wait for, and which has its own time.
    stages: usize,
}

#[derive(Debug)]
struct Heard {
    at: Instant,
    /// The last that was heard.
    what: String,
    /// Whether its silence has been told.
    told: bool,
}

impl Watch {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, running: BTreeMap::new(), stages: 0 }
    }

    /// Takes notice of what happened at a moment.
    pub(crate) fn see(&mut self, body: &Body, now: Instant) {
        let (job, what) = match body {
            Body::JobStarted(started) => (&started.job, "it has begun".to_owned()),
            Body::JobProgress(progress) => (&progress.job, progress.what.clone()),
            Body::StepStarted(step) => {
                (&step.job, format!("step {} on {}: {}", step.step, step.machine, step.what))
            }
            Body::StepFinished(step) => (&step.job, format!("step {} has ended", step.step)),
            Body::JobRetried(retried) => (&retried.job, "it is tried again".to_owned()),
            // Someone sits in its machine, for as long as they like.
            Body::ShellOpened(shell) => return drop(self.running.remove(&shell.job)),
            Body::StageStarted(_) => return self.stages += 1,
            Body::StageFinished(_) => {
                self.stages = self.stages.saturating_sub(1);
                return self.running.values_mut().for_each(|heard| heard.at = now);
            }
            Body::JobFinished(finished) => return drop(self.running.remove(&finished.job)),
            _ => return,
        };
        self.running.insert(job.clone(), Heard { at: now, what, told: false });
    }

    /// Says of each job that is silent for too long what was last heard of it; once for each
    /// silence.
    pub(crate) fn silent(&mut self, now: Instant) -> Vec<Body> {
        let mut notes = Vec::new();
        if self.stages > 0 {
            return notes;
        }
        for (job, heard) in &mut self.running {
            let silence = now.saturating_duration_since(heard.at);
            if silence < self.patience || heard.told {
                continue;
            }
            heard.told = true;
            let message =
                format!("nothing has happened for {} s; last: {}", silence.as_secs(), heard.what);
            notes.push(Body::Note(Note { job: Some(job.clone()), message }));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use domi_event::{JobFinished, JobStarted, StageFinished, StageStarted, StepStarted};

    use super::*;

    #[test]
    fn a_silent_job_is_told_of_once_for_each_silence() {
        let mut watch = Watch::new(Duration::from_secs(30));
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let said = |watch: &mut Watch, seconds| -> Vec<String> {
            let message = |body| match body {
                Body::Note(note) => note.message,
                other => panic!("{other:?}"),
            };
            watch.silent(at(seconds)).into_iter().map(message).collect()
        };
        let job = || "a".to_owned();
        watch.see(&Body::JobStarted(JobStarted { job: job() }), at(0));
        assert!(said(&mut watch, 29).is_empty());
        assert_eq!(said(&mut watch, 30), ["nothing has happened for 30 s; last: it has begun"]);
        assert!(said(&mut watch, 90).is_empty());
        let step =
            StepStarted { job: job(), step: 2, machine: "m".into(), what: "w".into(), place: None };
        watch.see(&Body::StepStarted(step), at(100));
        assert_eq!(said(&mut watch, 131), ["nothing has happened for 31 s; last: step 2 on m: w"]);
        watch.see(&Body::StageStarted(StageStarted::default()), at(140));
        assert!(said(&mut watch, 200).is_empty(), "a layer is being made");
        watch.see(&Body::StageFinished(StageFinished::default()), at(201));
        assert!(said(&mut watch, 230).is_empty());
        watch
            .see(&Body::JobFinished(JobFinished { job: job(), ..JobFinished::default() }), at(141));
        assert!(said(&mut watch, 999).is_empty());
    }
}
