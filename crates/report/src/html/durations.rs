//! How long jobs take, from run to run.

use domi_event::Verdict;
use maud::{Markup, html};

use super::list::List;
use super::part::anchor;
use crate::Recorded;
use crate::history::{History, Past, median};
use crate::text::Took;

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 28.0;

pub(super) fn section(run: &Recorded, history: &History) -> Markup {
    let jobs = run.jobs.iter().enumerate();
    let mut rows: Vec<_> = jobs
        .filter_map(|(number, job)| {
            let ran = |past: &&Past| past.verdict == Verdict::Passed;
            let millis: Vec<u64> =
                history.of(&job.job).iter().filter(ran).map(|past| past.millis).collect();
            (millis.len() > 1).then_some((number, job, millis))
        })
        .collect();
    rows.sort_by_key(|(_, _, millis)| std::cmp::Reverse(millis.last().copied()));
    let list = List {
        id: "durations",
        title: "Durations",
        about: "How long jobs took when they passed; the longest come first.",
        columns: &["job", "last pass", "median", "passes, the oldest first"],
        most: 200,
    };
    list.of(&rows, |(number, job, millis)| {
        html! {
            tr {
                th scope="row" { a href={ "#" (anchor(*number)) } { (job.job) } }
                td { (Took(millis.last().copied().unwrap_or_default())) }
                td { (Took(median(millis))) }
                td { (line(millis)) }
            }
        }
    })
}

fn line(millis: &[u64]) -> Markup {
    let most = millis.iter().copied().max().unwrap_or_default().max(1) as f64;
    let step = WIDTH / (millis.len().max(2) - 1) as f64;
    let point = |(at, millis): (usize, &u64)| {
        let y = HEIGHT - 2.0 - (*millis as f64 / most) * (HEIGHT - 4.0);
        format!("{:.1},{y:.1}", at as f64 * step)
    };
    let points: Vec<_> = millis.iter().enumerate().map(point).collect();
    let said: Vec<_> = millis.iter().map(|millis| Took(*millis).to_string()).collect();
    html! {
        svg.line viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(said.join(", ")) {
            polyline points=(points.join(" ")) {}
        }
    }
}
