//! Failures that are known, and accepted for a time.

use domi_event::{PlannedJob, Quarantine};
use maud::{Markup, html};

use super::list::List;
use super::part::anchor;
use crate::Recorded;
use crate::quarantine::{days_left, left};
use crate::verdict_style::style_of;

pub(super) fn section(run: &Recorded) -> Markup {
    let mut jobs: Vec<_> = run
        .jobs
        .iter()
        .enumerate()
        .filter_map(|(number, job)| Some((number, job, job.quarantine.as_ref()?)))
        .collect();
    // The most urgent comes first.
    jobs.sort_by_key(|(number, _, quarantine)| (days_left(quarantine, run.began), *number));
    let list = List {
        id: "known",
        title: "Known failures",
        about: "These jobs are in quarantine: a failure is accepted until the last day, and \
                counts after it.",
        columns: &["job", "this run", "reason", "until"],
        most: 300,
    };
    list.of(&jobs, |(number, job, quarantine)| row(run, *number, job, quarantine))
}

fn row(run: &Recorded, number: usize, job: &PlannedJob, quarantine: &Quarantine) -> Markup {
    let style = style_of(run.verdict(&job.job));
    let days = days_left(quarantine, run.began);
    let class = if days.is_some_and(|days| days < 0) { "bad" } else { "facts" };
    html! {
        tr {
            th scope="row" { a href={ "#" (anchor(number)) } { (job.job) } }
            td {
                span class={ "sign " (style.class) } aria-hidden="true" { (style.sign) }
                " " (style.word)
            }
            td { (quarantine.reason) }
            td { (quarantine.until) @if let Some(days) = days { br; span class=(class) { (left(days)) } } }
        }
    }
}
