//! A feature that is off: nobody asks for its values.

use domi_model::codes::MISSING_VALUE;
use domi_model::{Problem, Severity};

/// What is wrong with values of a feature that is off, as warnings. What is missing is nothing: within a
/// value, it may be the part of one that some other feature has set.
pub(super) fn unasked(of_values: Vec<Problem>) -> impl Iterator<Item = Problem> {
    let there = of_values.into_iter().filter(|problem| problem.code != MISSING_VALUE);
    there.map(|problem| {
        let message = problem.message + "; nothing looks at it while the feature is off";
        Problem { severity: Severity::Warning, message, ..problem }
    })
}
