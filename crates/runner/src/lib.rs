//! Plans the tests of features, runs them on machines, and says what happens as events.
//!
//! [`plan`] computes what would be done and does nothing; [`run`] does it, with events as its only
//! voice. This crate is the only one with threads of jobs. It knows nothing of terminals or
//! reports; how a machine is made is `domi-guest`'s, and how Nix is talked to `domi-nix-command`'s.

mod backend;
mod cache;
mod choose;
mod codes;
mod durations;
mod filter;
mod folder;
mod here;
mod plan;
mod quarantine;
mod refusal;
mod run;
mod schedule;
mod shard;
mod tell;
mod watch;

pub use backend::{Artifacts, Backend, BackendKind, Done, Unable};
pub use choose::weaker;
pub use codes::{CODES, NO_SUCH_FEATURE, NO_SUCH_TEST, ONLY_PORTABLE, SET_FITS_NOTHING, WEAKER};
pub use durations::Durations;
pub use filter::{BadFilter, Filter};
pub use folder::{is_run, record};
pub use here::{Here, WithNix};
pub use plan::{Job, Loaded, Plan, Realiser, Selection, Way, host_system, plan};
pub use quarantine::{KnownFailures, Quarantined};
pub use run::{Backends, Ending, RunOptions, Summary, TEST_LIMIT, millis, run};
pub use schedule::Weight;
pub use shard::ShardOf;
pub use tell::{Staged, Tell};
