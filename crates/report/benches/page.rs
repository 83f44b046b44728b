//! How fast the page of a run opens in Chromium: `cargo bench -p domi-report [-- OPENINGS]`.
//! Everything is measured in one run, so that ratios can be trusted even on a busy computer.

#![expect(clippy::unwrap_used, reason = "what cannot be measured may panic")]
#![expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]

#[path = "../tests/browser/page.rs"]
mod page;
#[path = "../tests/browser/runs.rs"]
mod runs;

use std::time::Instant;

use domi_report::html;

use self::page::Page;
use self::runs::run;

/// How many runs the histories have.
const BEFORE: usize = 30;

fn main() {
    let openings = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(5);
    let Some(small) = opened(1_000, 1, openings) else { return };
    let Some(large) = opened(10_000, 1, openings) else { return };
    println!("10000 jobs / 1000 jobs: {:.1}", large / small);
    opened(10_000, 3_000, openings);
}

/// Opens the page of a run with this many jobs and failures, and returns how long it took until it
/// was visible, in milliseconds; nothing if there is no browser.
fn opened(jobs: usize, failed: usize, openings: usize) -> Option<f64> {
    let recorded = run(jobs / 3 + 1, failed);
    let before = vec![run(jobs / 3 + 1, failed); BEFORE];
    let begun = Instant::now();
    let text = html(&recorded, &before);
    let made = begun.elapsed();
    let mut times = Vec::new();
    let (mut parsed, mut elements) = (0.0, 0.0);
    for _ in 0..openings.max(1) {
        let mut page = Page::open(&text, "")?;
        // Two frames after the page is there, the first one of it has been drawn.
        let seen = page.value(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
               done(performance.now()))))",
        );
        let mut number = |what: &str| page.value(what).as_f64().unwrap_or(f64::NAN);
        parsed = number("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd");
        elements = number("document.querySelectorAll('*').length");
        times.push(seen.as_f64().unwrap_or(f64::NAN));
    }
    times.sort_by(f64::total_cmp);
    let [least, median, most] = [0, times.len() / 2, times.len() - 1].map(|at| times[at]);
    println!(
        "page of {jobs} jobs, {failed} failed, with {BEFORE} runs before, {:.1} MB, made in {made:.1?}: seen after \
         {median:.0} ms, median of {} (least {least:.0}, most {most:.0}); parsed after \
         {parsed:.0} ms, {elements} elements",
        text.len() as f64 / 1e6,
        times.len(),
    );
    Some(median)
}
