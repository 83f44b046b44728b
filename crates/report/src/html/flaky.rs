//! Flaky jobs.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::list::List;
use super::part::{anchor, day, moment};
use crate::Recorded;
use crate::history::{History, Unsteady};
use crate::verdict_style::style_of;

/// How many of the last runs are drawn.
const RUNS: usize = 12;

pub(super) fn section(run: &Recorded, history: &History) -> Markup {
    let numbers: BTreeMap<_, _> =
        run.jobs.iter().enumerate().map(|(number, job)| (&*job.job, number)).collect();
    let list = List {
        id: "flaky",
        title: "Flaky",
        about: "These jobs failed and passed within one run, or in runs between which nothing had \
                changed that they depend on.",
        columns: &["job", "how often", "first seen", "last time", "runs, the oldest first"],
        most: 300,
    };
    list.of(&history.unsteady(), |job| row(job, numbers.get(job.job).copied()))
}

/// A job, with its number if it is part of this run.
fn row(job: &Unsteady, number: Option<usize>) -> Markup {
    let last = &job.pasts[job.pasts.len().saturating_sub(RUNS)..];
    let words: Vec<_> = last.iter().map(|past| style_of(past.verdict).word).collect();
    html! {
        tr {
            th scope="row" {
                @match number {
                    Some(number) => a href={ "#" (anchor(number)) } { (job.job) },
                    None => (job.job),
                }
            }
            td { (job.how_often()) }
            td { @if let Some(first) = job.first { (day(first)) } }
            td { @if let Some(last) = job.last { (moment(last)) } }
            td {
                div.dots role="img" aria-label=(words.join(", ")) {
                    @for past in last {
                        @let style = style_of(past.verdict);
                        span class=(style.class) { (style.sign) }
                    }
                }
            }
        }
    }
}
