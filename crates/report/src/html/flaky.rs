//! The jobs that cannot make up their mind.

use maud::{Markup, html};

use super::{day, moment};
use crate::face::face;
use crate::history::{History, Unsteady};

/// How many of the last runs are drawn.
const RUNS: usize = 12;

/// How many jobs are listed.
const LISTED: usize = 300;

pub(super) fn section(history: &History) -> Markup {
    let mut jobs = history.unsteady();
    let left_out = jobs.len().saturating_sub(LISTED);
    jobs.truncate(LISTED);
    html! {
        @if !jobs.is_empty() {
            section aria-labelledby="flaky-title" {
                h2 #flaky-title { "Flaky" }
                p.facts {
                    "These jobs failed and passed within one run, or in runs between which "
                    "nothing had changed that they depend on."
                }
                @if left_out > 0 { p.facts { (left_out) " more are not listed" } }
                div.wide tabindex="0" role="group" aria-label="flaky jobs" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "job" }
                                th scope="col" { "how often" }
                                th scope="col" { "first seen" }
                                th scope="col" { "last time" }
                                th scope="col" { "runs, the oldest first" }
                            }
                        }
                        tbody { @for job in &jobs { (row(job)) } }
                    }
                }
            }
        }
    }
}

fn row(job: &Unsteady) -> Markup {
    let last = &job.pasts[job.pasts.len().saturating_sub(RUNS)..];
    let words: Vec<_> = last.iter().map(|past| face(past.verdict).word).collect();
    html! {
        tr {
            th scope="row" { (job.job) }
            td { (job.how_often()) }
            td { @if let Some(first) = job.first { (day(first)) } }
            td { @if let Some(last) = job.last { (moment(last)) } }
            td {
                div.dots role="img" aria-label=(words.join(", ")) {
                    @for past in last {
                        @let face = face(past.verdict);
                        span class=(face.class) { (face.sign) }
                    }
                }
            }
        }
    }
}
