//! A run as GitHub shows it: the summary of the step, and the commands in its log.

mod log;
mod markdown;
mod summary;

pub(crate) use log::{annotation, group, group_end, harmless};
pub use summary::step_summary;
