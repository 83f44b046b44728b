//! Which features a change touches, and through what.
//!
//! [`Change::since`] asks git what differs from a base; [`touched`] follows each differing file
//! through the workspace's crates to the features, by where it is. Of features that are not reached
//! so it is asked what they are made from, as the compiler says it, since any file may be part of
//! that. A file that nobody can place touches everything, and what nobody knows counts as changed:
//! a test that is left out wrongly is worse than one that runs in vain.
//!
//! This crate knows nothing of what a manifest says, of tests, or of how they are run.

mod change;
mod codes;
mod git;
mod graph;
mod reason;
mod settings;
mod touched;
mod workspace_toml;

pub use change::{Change, source};
pub use codes::CODES;
pub use reason::{How, Lane, Reason};
pub use touched::{Asking, Touched, touched};
