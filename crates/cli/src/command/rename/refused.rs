//! Why an option cannot be renamed.

use domi_model::Problem;

use crate::codes::NOT_RENAMED;

/// A reason, and what to do instead.
pub(super) fn refused(
    subject: &str,
    message: impl Into<String>,
    next: impl Into<String>,
) -> Problem {
    Problem::error(NOT_RENAMED, subject, message).next(next)
}
