//! Which features a change touches, and through what.
//!
//! [`Change::since`] asks git what differs from a base; [`touched`] follows each differing file
//! through the workspace's crates to the features. What a file can change is decided by where it
//! is: nothing is built, and no manifest is read. A file that nobody can place touches everything,
//! since a test that is left out wrongly is worse than one that runs in vain.
//!
//! This crate knows nothing of what a manifest says, of tests, or of how they are run.

mod change;
mod codes;
mod graph;
mod settings;
mod touched;
mod workspace_toml;

pub use change::Change;
pub use codes::CODES;
pub use touched::{Lane, Reason, Touched, touched};
