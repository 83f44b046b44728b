//! Plans the tests of features, runs them on machines, and says what happens as events.
//!
//! [`plan`] computes what would be done and does nothing; [`run`] does it, with events as its only
//! voice. This crate is the only one with threads of jobs. It knows nothing of terminals or
//! reports; how a machine is made is `domi-guest`'s, and how Nix is talked to `domi-nix-command`'s.

mod backend;
mod beside;
mod cache;
mod choose;
mod codes;
mod company;
mod done;
mod durations;
mod ending;
mod filter;
mod folder;
mod job;
mod kind;
mod lanes;
mod loaded;
mod machine_systems;
mod offer;
mod options;
mod plan;
mod previous;
mod quarantine;
mod reporter;
mod run;
mod schedule;
mod selection;
mod shard;
mod stages;
mod switches;
mod watch;
mod weaker;
mod work;

pub use backend::{Backend, Backends, Session};
pub use beside::{Beside, realise_beside};
pub use codes::{
    CODES, FILTER_FITS_NOTHING, NO_SUCH_FEATURE, NO_SUCH_TEST, NOT_FOUND_BESIDE, ONLY_PORTABLE,
    SET_FITS_NOTHING, WEAKER,
};
pub use done::{Artifacts, Done, Unable};
pub use durations::Durations;
pub use ending::{Ending, Summary};
pub use filter::{BadFilter, Filter};
pub use folder::{is_run, record};
pub use job::{Job, Programs, Realiser, Variant, host_system};
pub use kind::{BackendKind, Row, Runs, TABLE, table};
pub use loaded::Loaded;
pub use machine_systems::MachineSystems;
pub use offer::{Coverage, Offer, Refused, Wanted};
pub use options::{RunOptions, TEST_LIMIT};
pub use plan::{Plan, is_chosen, plan};
pub use previous::{NO_PREVIOUS_ON_NIXOS, Previous};
pub use quarantine::{KnownFailures, Quarantined};
pub use reporter::{Reporter, Stage};
pub use run::run;
pub use schedule::Weight;
pub use selection::Selection;
pub use shard::ShardOf;
pub use weaker::weaker;
