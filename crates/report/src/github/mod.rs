//! A run as GitHub shows it: a summary of the step, and what its log makes of lines.

mod log;
mod markdown;
mod summary;

pub(crate) use log::{annotation, group, group_end, harmless};
pub use summary::step_summary;
