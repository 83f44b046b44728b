//! A feature that is off: nobody asks for its values.

use domi_model::{Problem, Severity};

/// A problem with a value of a feature that is off, which nobody asks for.
pub(super) fn unasked(problem: Problem) -> Problem {
    let message = problem.message + "; nothing looks at it while the feature is off";
    Problem { severity: Severity::Warning, message, ..problem }
}
