//! What jobs of several workflows have.

use serde_saphyr::SpaceAfter;

use super::model::{Step, Table};
use super::pins::{CACHE, CHECKOUT};
use super::scripts;

/// The runner of jobs that test nothing.
pub(super) const RUNNER: &str = "ubuntu-24.04";
/// How many days a report is kept.
pub(super) const DAYS: u32 = 14;
/// The images and layers of guests.
pub(super) const IMAGES: &str = "~/.cache/domi/guest/images";

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

pub(super) fn rust() -> Step {
    Step::run("Install Rust", scripts::RUST)
}

/// What cargo has fetched and compiled, for jobs that compile the same.
pub(super) fn cargo_cache(jobs: &str) -> Step {
    let key = format!("cargo-{jobs}-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-");
    Step::uses("Cache cargo's files", CACHE)
        .with("path", "~/.cargo/registry\n~/.cargo/git/db\ntarget/debug\n")
        .with("key", &*format!("{key}${{{{ hashFiles('Cargo.lock') }}}}"))
        .with("restore-keys", &*key)
}

/// What saved machines of a system are kept by.
pub(super) fn guest(system: &str) -> String {
    let files =
        "'Cargo.lock', 'domi.toml', 'crates/console/**', 'crates/debian/**', 'crates/guest/**'";
    let files = format!("${{{{ hashFiles({files}) }}}}");
    format!("guest-{system}-{files}-${{{{ needs.plan.outputs.week }}}}")
}
