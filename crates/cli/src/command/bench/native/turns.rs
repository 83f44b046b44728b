//! One job, done by containers and by machines in turn.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use domi_backend_container::Container;
use domi_backend_portable::Portable;
use domi_event::{Prepared, Verdict};
use domi_model::Platform;
use domi_runner::{
    Artifacts, Backend, BackendKind, Done, Job, Offer, Refused, Reporter, RunOptions, Session,
    Unable, Wanted,
};

use super::figures::{Figures, Processors, Taken};

/// How long nothing is asked between two turns: the next spare boots meanwhile, and its processor
/// time is counted with the turn that took the one before.
const PAUSE: Duration = Duration::from_secs(2);

/// What both lanes took: containers, machines.
#[derive(Debug, Default)]
pub(super) struct Both(Mutex<[Figures; 2]>);

impl Both {
    pub(super) fn take(&self) -> [Figures; 2] {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, lane: usize, taken: Taken) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[lane].add(taken);
    }
}

/// A backend that does each job several times, in turn in containers and in machines.
#[derive(Debug)]
pub(super) struct Turns {
    containers: Container,
    machines: Portable,
    runs: usize,
    processors: Arc<Processors>,
    figures: Arc<Both>,
    /// The jobs as often as they are done, so that as many spares are booted.
    jobs: OnceLock<Vec<Job>>,
}

impl Turns {
    pub(super) fn new(
        containers: Container,
        machines: Portable,
        runs: usize,
        processors: Arc<Processors>,
        figures: Arc<Both>,
    ) -> Self {
        Self { containers, machines, runs, processors, figures, jobs: OnceLock::new() }
    }
}

impl Backend for Turns {
    fn kind(&self) -> BackendKind {
        BackendKind::PORTABLE_CONTAINER
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        self.containers.offer(wanted)
    }

    fn open<'a>(&'a self, jobs: &'a [Job], options: &'a RunOptions) -> Box<dyn Session + 'a> {
        let jobs = self.jobs.get_or_init(|| {
            // One more than is counted, and one that waits at the end.
            let times = jobs.len() * (self.runs + 2);
            jobs.iter().cycle().take(times).cloned().collect()
        });
        Box::new(InTurn {
            turns: self,
            lanes: [self.containers.open(jobs, options), self.machines.open(jobs, options)],
        })
    }
}

struct InTurn<'a> {
    turns: &'a Turns,
    lanes: [Box<dyn Session + 'a>; 2],
}

impl InTurn<'_> {
    fn once(
        &self,
        lane: &dyn Session,
        job: &Job,
        folder: &Artifacts,
        reporter: &Reporter,
    ) -> anyhow::Result<(Taken, Done)> {
        let mut wall = Duration::ZERO;
        let (mut taken, done) = self.turns.processors.measured(|| {
            let begun = Instant::now();
            let done = lane.run(job, folder, reporter);
            wall = begun.elapsed();
            std::thread::sleep(PAUSE);
            Ok::<_, anyhow::Error>(done)
        })?;
        taken.wall = wall;
        Ok((taken, done))
    }
}

impl Session for InTurn<'_> {
    fn prepare(&self, system: Platform, reporter: &Reporter) -> Result<Prepared, Unable> {
        self.lanes[0].prepare(system, reporter)
    }

    fn key(&self, _: &Job, _: &Reporter) -> Result<Option<String>, Unable> {
        Ok(None)
    }

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        for turn in 0..=self.turns.runs {
            for (number, lane) in self.lanes.iter().enumerate() {
                let (taken, done) = match self.once(&**lane, job, folder, reporter) {
                    Ok(once) => once,
                    Err(error) => return Unable::Failed(format!("{error:#}")).into(),
                };
                if done.verdict != Verdict::Passed {
                    return done;
                }
                // The first finds or makes what it starts from.
                if turn > 0 {
                    self.turns.figures.add(number, taken);
                }
            }
        }
        Done::of(Verdict::Passed)
    }
}
