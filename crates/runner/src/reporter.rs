//! Where jobs report what happens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use domi_event::{Body, Event, Note, StageFinished, StageStarted, millis};
use domi_model::Platform;
use jiff::Timestamp;

/// An event on its way to the one thread that writes and shows them.
pub(crate) struct Reported {
    pub(crate) event: Event,
    /// Told when the event has been shown, where someone waits for that.
    pub(crate) shown: Option<mpsc::Sender<()>>,
}

/// Where jobs report what happens.
#[derive(Debug, Clone)]
pub struct Reporter {
    events: mpsc::Sender<Reported>,
    /// How many stages have begun.
    stages: Arc<AtomicU64>,
}

impl Reporter {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Reported>) {
        let (events, receiver) = mpsc::channel();
        (Self { events, stages: Arc::default() }, receiver)
    }

    /// One of no run: what is reported is heard in a thread of its own, until nobody has it any more.
    pub fn heard_by(mut hear: impl FnMut(&Body) + Send + 'static) -> Self {
        let (reporter, events) = Self::new();
        std::thread::spawn(move || {
            for Reported { event, shown } in events {
                hear(&event.body);
                // Who waits for it may have gone.
                shown.map(|shown| shown.send(()));
            }
        });
        reporter
    }

    /// Reports an event.
    pub fn report(&self, body: Body) {
        self.send(body, None);
    }

    /// Reports, and waits until it has been shown: before the terminal is someone else's.
    pub fn report_and_wait(&self, body: Body) {
        let (shown, wait) = mpsc::channel();
        self.send(body, Some(shown));
        let _ = wait.recv();
    }

    /// Reports something worth saying, of a job or of the whole run.
    pub fn note(&self, job: Option<&str>, message: impl Into<String>) {
        self.report(Body::Note(Note { job: job.map(str::to_owned), message: message.into() }));
    }

    /// Reports that something long begins that is no test: what it is, for which system, where
    /// it is for one, and how long it took last time. It ends when what this returns is dropped.
    pub fn stage(
        &self,
        stage: impl Into<String>,
        system: Option<Platform>,
        last: Option<Duration>,
    ) -> Stage {
        let id = self.stages.fetch_add(1, Ordering::Relaxed) + 1;
        let system = system.map_or("", Platform::as_str).to_owned();
        let stage = Stage {
            reporter: self.clone(),
            end: StageFinished { id, stage: stage.into(), system, millis: 0 },
            begun: Instant::now(),
        };
        let StageFinished { stage: name, system, .. } = stage.end.clone();
        let last_millis = last.map(millis);
        self.report(Body::StageStarted(StageStarted { id, stage: name, system, last_millis }));
        stage
    }

    fn send(&self, body: Body, shown: Option<mpsc::Sender<()>>) {
        let event = Event { at: Timestamp::now(), body };
        // Nobody listens any more once the run has ended.
        let _ = self.events.send(Reported { event, shown });
    }
}

/// Something long that goes on. Its end is reported however it ends.
#[derive(Debug)]
#[must_use]
pub struct Stage {
    reporter: Reporter,
    end: StageFinished,
    begun: Instant,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let millis = millis(self.begun.elapsed());
        let end = std::mem::take(&mut self.end);
        self.reporter.report(Body::StageFinished(StageFinished { millis, ..end }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_ends_by_its_number_whatever_becomes_of_who_began_it() {
        let (reporter, events) = Reporter::new();
        let arm = Some(Platform::Aarch64Linux);
        let first = reporter.stage("booting", None, Some(Duration::from_secs(1)));
        let failed = std::thread::scope(|scope| {
            let work = || {
                let _second = reporter.stage("booting", arm, None);
                panic!("it fails");
            };
            scope.spawn(work).join()
        });
        assert!(failed.is_err());
        drop((first, reporter));
        let seen: Vec<_> = events
            .iter()
            .map(|reported| match reported.event.body {
                Body::StageStarted(it) => (it.id, it.system, it.last_millis, "begins"),
                Body::StageFinished(it) => (it.id, it.system, None, "ends"),
                other => panic!("{other:?}"),
            })
            .collect();
        let (all, arm) = (String::new, || "aarch64-linux".to_owned());
        let expected = [
            (1, all(), Some(1000), "begins"),
            (2, arm(), None, "begins"),
            (2, arm(), None, "ends"),
            (1, all(), None, "ends"),
        ];
        assert_eq!(seen, expected);
    }
}
