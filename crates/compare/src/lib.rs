//! What a change of a feature's manifest means for who uses the feature, and the version that follows.
//!
//! Every finding is one of the [`Effect`]s of one table, which has a direction and a level for each.
//! This crate knows the model and nothing else: no git, no cargo, no files.

mod at_old_settings;
mod effect;
mod finding;
mod manifests;
mod options;
mod parts;
mod plain;
mod system;
mod types;
mod version;

pub use effect::{Direction, Effect, Level};
pub use finding::Finding;
pub use manifests::{Side, compare};
pub use version::{greatest, next};
