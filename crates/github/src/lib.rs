//! What GitHub is told: the workflow of a repository, as text, and the matrix of one of its runs,
//! as JSON that any other service can read as well.
//!
//! Knows neither what plans and runs jobs nor what reports of them. Nothing here reads, writes or
//! starts anything.

mod codes;
mod lane;
mod matrix;
mod workflow;

pub use codes::CODES;
pub use lane::{Backend, Lane};
pub use matrix::{Job, Limits, MATRICES, Matrix, Shard, matrix};
pub use workflow::{FILE, PushTo, Settings, workflow};
