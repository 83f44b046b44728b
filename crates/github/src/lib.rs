//! Text for GitHub: the workflows of a repository, and the matrix of one of its runs, as JSON that
//! other services can read too.
//!
//! This crate knows neither what plans and runs jobs nor what reports on them. Nothing here reads,
//! writes or starts anything.

mod codes;
mod lane;
mod matrix;
mod workflow;

pub use codes::CODES;
pub use lane::{Backend, Lane};
pub use matrix::{Job, Limits, MATRICES, Matrix, Shard, matrix};
pub use workflow::{FILE, PushTo, Settings, UPDATE_FILE, update, workflow};
