//! What changes on which host between two states of a fleet: what is taken away first, moves apart
//! from changes, and what happens to many hosts said once.
//!
//! This crate reads no file, and knows nothing of git, Nix, machines and terminals.

mod differences;
mod document;
mod install;
mod parts;
mod plan;
mod same;
mod script;
mod waves;

pub use document::{
    Added, Change, Difference, HealthGate, Install, Kind, Moved, NameChange, Plan, Removed,
    Revision, SCHEMA, Summary, WaveOfPlan, Why,
};
pub use install::first_installation;
pub use plan::{Side, plan};
pub use script::{Tool, script};
