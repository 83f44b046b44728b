use std::sync::mpsc;
use std::time::Instant;

use domi_event::{Body, Event, Note, StageFinished, StageStarted};
use jiff::Timestamp;

use crate::run::millis;

/// An event on its way to the one thread that writes and shows them.
pub(crate) struct Told {
    pub(crate) event: Event,
    /// Told when the event has been shown, where someone waits for that.
    pub(crate) shown: Option<mpsc::Sender<()>>,
}

/// Where jobs tell what happens.
#[derive(Debug, Clone)]
pub struct Tell(mpsc::Sender<Told>);

impl Tell {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Told>) {
        let (sender, receiver) = mpsc::channel();
        (Self(sender), receiver)
    }

    /// Tells it.
    pub fn tell(&self, body: Body) {
        self.send(body, None);
    }

    /// Tells, and waits until it has been shown: before the terminal is someone else's.
    pub fn tell_and_wait(&self, body: Body) {
        let (shown, wait) = mpsc::channel();
        self.send(body, Some(shown));
        let _ = wait.recv();
    }

    /// Tells something worth saying, of a job or of the whole run.
    pub fn note(&self, job: Option<&str>, message: impl Into<String>) {
        self.tell(Body::Note(Note { job: job.map(str::to_owned), message: message.into() }));
    }

    /// Tells that something long begins that is no test, and that it has ended when what this
    /// returns is dropped.
    pub fn stage(&self, stage: String) -> Staged<'_> {
        self.tell(Body::StageStarted(StageStarted { stage: stage.clone(), last_millis: None }));
        Staged { tell: self, stage, begun: Instant::now() }
    }

    fn send(&self, body: Body, shown: Option<mpsc::Sender<()>>) {
        let event = Event { at: Timestamp::now(), body };
        // Nobody listens any more once the run has ended.
        let _ = self.0.send(Told { event, shown });
    }
}

/// Something long that goes on.
#[must_use]
#[derive(Debug)]
pub struct Staged<'a> {
    tell: &'a Tell,
    stage: String,
    begun: Instant,
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        let stage = std::mem::take(&mut self.stage);
        let millis = millis(self.begun.elapsed());
        self.tell.tell(Body::StageFinished(StageFinished { stage, millis }));
    }
}
