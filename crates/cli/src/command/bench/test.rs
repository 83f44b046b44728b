//! How long it takes to test a feature, and what remains after many tests.

use super::measure::{Traces, measured, timed};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// The feature that is measured, and the test of it that stands for one.
const FEATURE: &str = "feature-x";
const ONE_TEST: &str = "answers with the greeting";

/// Measures one test and all tests of a feature, run and from the cache.
pub(super) fn run(context: &Context, runs: usize) -> Result<Exit> {
    let root = context.root.as_std_path();
    let one = ["test", FEATURE, "--no-cache", "--test", ONE_TEST];
    let changed = [&one[..], &["--set", "settings.num-threads=2"]].concat();
    for (name, words) in [
        ("test feature-x, one test               ", &one[..]),
        ("test feature-x, one, a setting changed ", &changed),
        ("test feature-x, all tests              ", &["test", FEATURE, "--no-cache"]),
        ("test feature-x, all verdicts kept      ", &["test", FEATURE]),
    ] {
        // Warm up: images and layers are made, and programs read from the disk.
        timed(context, root, words)?;
        measured(name, runs, || timed(context, root, words))?;
    }
    Ok(Exit::Pass)
}

/// Many runs, in a row and two at a time.
pub(super) fn soak(context: &Context, runs: usize, pairs: usize) -> Result<Exit> {
    let root = context.root.as_std_path();
    let words = ["test", FEATURE, "--no-cache", "--test", ONE_TEST];
    timed(context, root, &words)?;
    let before = Traces::now()?;
    let passes = |times: usize| -> usize {
        (0..times).filter(|_| timed(context, root, &words).is_ok()).count()
    };
    data!("in a row: {} of {runs} passed", passes(runs))?;
    let together = std::thread::scope(|scope| {
        let other = scope.spawn(|| passes(pairs));
        passes(pairs) + other.join().expect("counting does not panic")
    });
    data!("two at a time: {together} of {} passed", 2 * pairs)?;
    data!("before: {before}\nafter:  {}", Traces::now()?)?;
    Ok(Exit::Pass)
}
