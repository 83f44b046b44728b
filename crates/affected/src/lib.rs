//! Which features a change touches, and through what.
//!
//! [`Change::since`] asks git what differs from a base. [`touched`] follows each changed file
//! through the workspace's crates to the features, by where the file is. For features that are not
//! reached this way, it asks the compiler what they are made from, since any file may be part of
//! that. A file with an unknown purpose touches every feature, and what cannot be known counts as
//! changed: a test that is wrongly left out is worse than one that runs for nothing.
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

pub use change::{Change, Differing, LOOKED_INTO, differing, source};
pub use codes::CODES;
pub use reason::{How, Lane, Reason};
pub use touched::{Asking, Touched, touched};
