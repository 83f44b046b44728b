//! Notices jobs in which nothing happens any more, before their time limits end them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domi_event::{Body, Note, StageFinished, StageStarted};

/// The jobs that are running, and when each was last heard of.
#[derive(Debug)]
pub(crate) struct Watch {
    /// How long a job may be silent before that is said.
    patience: Duration,
    running: BTreeMap<String, Heard>,
    /// The systems of jobs: of all machines of each.
    systems: BTreeMap<String, Vec<String>>,
    /// What is being made that jobs of a system wait for (of all systems where none is named), and
    /// that has its own time: images, layers.
    stages: Vec<StageStarted>,
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
        Self { patience, running: BTreeMap::new(), systems: BTreeMap::new(), stages: Vec::new() }
    }

    /// Takes notice of what happened at a moment.
    pub(crate) fn see(&mut self, body: &Body, now: Instant) {
        let (job, what) = match body {
            Body::Plan(plan) => {
                let systems = plan
                    .jobs
                    .iter()
                    .map(|job| (job.job.clone(), job.systems().map(str::to_owned).collect()));
                return self.systems.extend(systems);
            }
            Body::JobStarted(started) => (&started.job, "it has begun".to_owned()),
            Body::JobProgress(progress) => (&progress.job, progress.what.clone()),
            Body::StepStarted(step) => {
                (&step.job, format!("step {} on {}: {}", step.step, step.machine, step.what))
            }
            Body::StepFinished(step) => (&step.job, format!("step {} has ended", step.step)),
            Body::JobRetried(retried) => (&retried.job, "it is tried again".to_owned()),
            // Someone sits in its machine, for as long as they like.
            Body::ShellOpened(shell) => return drop(self.running.remove(&shell.job)),
            Body::StageStarted(stage) => return self.stages.push(stage.clone()),
            Body::StageFinished(stage) => return self.end(stage, now),
            Body::JobFinished(finished) => return drop(self.running.remove(&finished.job)),
            _ => return,
        };
        self.running.insert(job.clone(), Heard { at: now, what, told: false });
    }

    /// What waited for a stage has its whole time again.
    fn end(&mut self, stage: &StageFinished, now: Instant) {
        if let Some(at) = self.stages.iter().position(|begun| begun.key() == stage.key()) {
            self.stages.remove(at);
        }
        for (job, heard) in &mut self.running {
            if concerns(&stage.system, self.systems.get(job)) {
                heard.at = now;
            }
        }
    }

    /// Says of each job that is silent for too long what was last heard of it; once for each
    /// silence.
    pub(crate) fn silent(&mut self, now: Instant) -> Vec<Body> {
        let mut notes = Vec::new();
        for (job, heard) in &mut self.running {
            let system = self.systems.get(job);
            if self.stages.iter().any(|stage| concerns(&stage.system, system)) {
                continue;
            }
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

/// Whether a stage for a system is waited for by a job with machines of some systems.
fn concerns(stage: &str, job: Option<&Vec<String>>) -> bool {
    stage.is_empty() || job.is_none_or(|systems| systems.iter().any(|system| system == stage))
}

#[cfg(test)]
mod tests {
    use domi_event::{JobFinished, JobStarted, Plan, PlannedJob, StepStarted};

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

    #[test]
    fn only_jobs_of_its_system_wait_for_a_stage() {
        let mut watch = Watch::new(Duration::from_secs(30));
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let [here, there] = ["x86_64-linux", "aarch64-linux"];
        let job = |system: &str| PlannedJob {
            job: format!("job on {system}"),
            system: system.to_owned(),
            ..PlannedJob::default()
        };
        let jobs = [here, there].map(job).to_vec();
        for planned in &jobs {
            watch.see(&Body::JobStarted(JobStarted { job: planned.job.clone() }), at(0));
        }
        watch.see(&Body::Plan(Plan { jobs }), at(0));
        let stage = || "booting".to_owned();
        for (id, system) in [(1, here), (2, there), (3, there)] {
            let system = system.to_owned();
            let started = StageStarted { id, stage: stage(), system, last_millis: None };
            watch.see(&Body::StageStarted(started), at(1));
        }
        let mut end = |id, system: &str, seconds| {
            let system = system.to_owned();
            let finished = StageFinished { id, stage: stage(), system, millis: 0 };
            watch.see(&Body::StageFinished(finished), at(seconds));
            let silent = watch.silent(at(seconds + 30)).into_iter().map(|body| match body {
                Body::Note(note) => note.job.unwrap_or_default(),
                other => panic!("{other:?}"),
            });
            silent.collect::<Vec<_>>()
        };
        assert_eq!(end(2, there, 10), [""; 0], "each system still makes something");
        assert_eq!(end(1, here, 20), ["job on x86_64-linux"]);
        assert_eq!(end(3, there, 60), ["job on aarch64-linux"]);
    }

    #[test]
    fn a_job_with_machines_of_two_systems_waits_for_stages_of_both() {
        let [x86_64, aarch64, riscv] = ["x86_64-linux", "aarch64-linux", "riscv64-linux"];
        let systems = vec![aarch64.to_owned(), x86_64.to_owned()];
        for (of_stage, expected) in [(x86_64, true), (aarch64, true), (riscv, false), ("", true)] {
            assert_eq!(concerns(of_stage, Some(&systems)), expected, "{of_stage}");
        }
    }
}
