//! System containers.
mod cgroup;
mod error;
mod ids;
mod keeper;
mod plan;
mod pump;
mod step;
mod sys;
pub use error::{Error, Result};
pub use ids::Mapping;
