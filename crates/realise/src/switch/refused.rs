//! The problem of what a machine cannot be switched to.

use domi_model::Problem;

use crate::codes::NOT_SWITCHED;

/// That a machine cannot be switched because of something.
pub(super) fn refused(subject: String, why: impl Into<String>) -> Problem {
    Problem::error(NOT_SWITCHED, subject, why)
        .next("start a machine with these settings in a test of its own")
}
