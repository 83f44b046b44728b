//! What jobs of several workflows have.

use serde_saphyr::SpaceAfter;

use super::model::{Step, Table};
use super::pins::CHECKOUT;

/// The runner of jobs that test nothing.
pub(super) const RUNNER: &str = "ubuntu-24.04";
/// How many days a report is kept.
pub(super) const DAYS: u32 = 14;

pub(super) fn into<T>(value: T) -> SpaceAfter<T> {
    SpaceAfter(value)
}

pub(super) fn table<const N: usize>(entries: [(&'static str, &str); N]) -> Table {
    entries.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

pub(super) fn checkout() -> Step {
    Step::uses("Check out", CHECKOUT).with("persist-credentials", false)
}

/// With the history that `--affected` compares with.
pub(super) fn checkout_all() -> Step {
    checkout().with("fetch-depth", 0_u32)
}
