//! The events of a run of tests, as one versioned stream.
//!
//! The runner produces it. Everything that shows a run (terminal, JUnit, JSON lines) consumes it,
//! live or from the file, and needs nothing else. This crate knows neither side, does no I/O and
//! reads no clock.
//!
//! The file is JSON lines: `{"at": "…", "event": "jobFinished", "data": {…}}`. The first is
//! `runStarted`, and carries the [`SCHEMA`].
//!
//! # Adding an event, or a field
//!
//! 1. A new field of an old event has a meaning when it is missing; the structs take their
//!    `Default` for it, so an old file still reads. No field changes its type or its meaning:
//!    give the new one another name, and fill both.
//! 2. A new event is a new variant of [`Body`], and its name goes into [`Body::NAMES`]. An older
//!    reader keeps it as [`Body::Unknown`], so no old event may come to depend on it.
//! 3. A new variant of an enum that stands in an event needs a reader's answer for those who do
//!    not know it: see [`Verdict::Unknown`].
//! 4. Add it to the sample in `tests/stream.rs`, which keeps every event there is.
//! 5. Say in each consumer of `domi-report` what it does with it, even where that is nothing.
//! 6. Only what breaks rule 1 raises the number in [`SCHEMA`], and then the old one still reads.

mod body;
mod job;
mod lanes;
mod line;
mod number;
mod schema;
mod stage;
mod verdict;
mod version;

use std::time::Duration;

pub use body::{
    Body, Note, Plan, Prepared, RunFinished, RunStarted, Shard, ShellClosed, ShellOpened,
};
pub use job::{
    Diagnostics, JobFinished, JobProgress, JobRetried, JobStarted, Journal, PlannedJob, Quarantine,
    StepFinished, StepStarted,
};
pub use lanes::{LaneVerdict, LanesCompared, LanesOutcome};
pub use line::{BadLine, Event, Recording, read};
pub use schema::schema;
pub use stage::{StageFinished, StageStarted};
pub use verdict::{Counts, Verdict};
pub use version::SCHEMA;

/// A duration as events have it, in milliseconds.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
