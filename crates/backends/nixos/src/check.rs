//! Tests as checks of the flake.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Run, Test, TestBody};
use domi_runner::Job;

/// What `eval` has beside the tests of a feature.
const TRUNK: &str = "evaluates with the trunk";

/// Whether the trunk evaluates with the feature.
pub(crate) fn of_the_trunk() -> Test {
    let body = TestBody::Run(Run {
        needs_kernel: None,
        beside: BTreeSet::new(),
        machines: BTreeMap::new(),
        steps: Vec::new(),
    });
    Test { name: TRUNK.to_owned(), body, place: None }
}

/// The name of the flake's check for a job.
pub(crate) fn check_of(job: &Job) -> String {
    let test = if job.test.name == TRUNK { "eval".to_owned() } else { job.test.slug() };
    format!("{}-{test}", job.feature())
}
