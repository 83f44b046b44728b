//! The jobs: a table for each feature, a column for each system and backend.

use std::collections::BTreeMap;

use domi_event::{PlannedJob, Verdict};
use maud::{Markup, html};

use super::failures::is_told;
use super::part::anchor;
use crate::Recorded;
use crate::history::{History, Past};
use crate::text::{Took, first_line};
use crate::verdict_style::style_of;

/// How many of the last runs a history shows.
const RUNS: usize = 12;
/// Up to this many features are shown open from the start; if there are more, only those with
/// failures.
const OPEN: usize = 12;
/// How many tests are shown open in all.
const TESTS: usize = 600;

/// A column: a system and a backend.
type Column<'a> = (&'a str, &'a str);

/// The jobs of a test by column, each with its number.
type Row<'a> = BTreeMap<Column<'a>, (usize, &'a PlannedJob)>;

/// The jobs of a feature by test, in the order of the plan.
struct Feature<'a> {
    name: &'a str,
    tests: Vec<(&'a str, Row<'a>)>,
    columns: Vec<Column<'a>>,
}

pub(super) fn section(run: &Recorded, history: &History) -> Markup {
    let features = features(run);
    let few = features.len() <= OPEN;
    let mut shown = 0;
    let features = features.iter().map(|feature| {
        let bad = bad(feature, run);
        let open = (few || bad > 0) && shown + feature.tests.len() <= TESTS;
        shown += if open { feature.tests.len() } else { 0 };
        table(feature, run, history, open, bad)
    });
    html! {
        section #jobs aria-labelledby="jobs-title" {
            h2 #jobs-title { "Jobs" }
            p.filters role="search" {
                label for="filter" { "Show jobs with " }
                input #filter type="search" placeholder="feature, test or system" autocomplete="off";
                label { input #only-bad type="checkbox"; " only what did not go well" }
                span #shown role="status" {}
            }
            @for feature in features { (feature) }
        }
    }
}

fn features(run: &Recorded) -> Vec<Feature<'_>> {
    let mut features: Vec<Feature> = Vec::new();
    let mut places = BTreeMap::new();
    for (number, job) in run.jobs.iter().enumerate() {
        let place = *places.entry(job.feature.as_str()).or_insert_with(|| {
            features.push(Feature { name: &job.feature, tests: Vec::new(), columns: Vec::new() });
            features.len() - 1
        });
        let feature = &mut features[place];
        let column = (job.system.as_str(), job.backend.as_str());
        if !feature.columns.contains(&column) {
            feature.columns.push(column);
        }
        let tests = &mut feature.tests;
        let at = tests.iter().position(|(test, _)| *test == job.test).unwrap_or_else(|| {
            tests.push((job.test.as_str(), BTreeMap::new()));
            tests.len() - 1
        });
        tests[at].1.insert(column, (number, job));
    }
    features
}

/// How many jobs of a feature did not go well.
fn bad(feature: &Feature, run: &Recorded) -> usize {
    let jobs = feature.tests.iter().flat_map(|(_, jobs)| jobs.values());
    jobs.filter(|(_, job)| !run.verdict(&job.job).is_good()).count()
}

fn table(feature: &Feature, run: &Recorded, history: &History, open: bool, bad: usize) -> Markup {
    let jobs: usize = feature.tests.iter().map(|(_, jobs)| jobs.len()).sum();
    let sign = if bad > 0 { "✗" } else { "✓" };
    let tests = tests(feature, run, history);
    html! {
        details.feature open[open] {
            summary {
                span class={ "sign " (if bad > 0 { "bad" } else { "good" }) } aria-hidden="true" { (sign) }
                " " b { (feature.name) } " "
                span.facts {
                    (jobs) (if jobs == 1 { " job" } else { " jobs" })
                    @if bad > 0 { ", " (bad) " did not go well" }
                }
            }
            // What nobody has opened yet is plain text to a browser with scripts, so that a page
            // can hold ten thousand jobs. The script makes a table of it.
            @if open { (tests) } @else { noscript { (tests) } }
        }
    }
}

fn tests(feature: &Feature, run: &Recorded, history: &History) -> Markup {
    html! {
        div.wide tabindex="0" role="group" aria-label={ "tests of " (feature.name) } {
            table {
                thead {
                    tr {
                        th scope="col" { "test" }
                        @for (system, backend) in &feature.columns {
                            th scope="col" { (system) br; span.facts { (backend) } }
                        }
                    }
                }
                tbody {
                    @for (test, jobs) in &feature.tests {
                        tr {
                            th scope="row" { (test) }
                            @for column in &feature.columns {
                                (cell(jobs.get(column), run, history))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(job: Option<&(usize, &PlannedJob)>, run: &Recorded, history: &History) -> Markup {
    let Some((number, job)) = job else { return html! { td {} } };
    let finished = run.finished(&job.job);
    let verdict = run.verdict(&job.job);
    let style = style_of(verdict);
    let reason = finished.map(|f| first_line(&f.reason).0).filter(|reason| !reason.is_empty());
    let ran = matches!(
        verdict,
        Verdict::Passed
            | Verdict::Flaky
            | Verdict::Failed
            | Verdict::Quarantined
            | Verdict::Overdue
            | Verdict::Error
    );
    let not_covered = finished.map_or(&[][..], |finished| &finished.not_covered);
    html! {
        td id=(anchor(*number)) data-bad[!verdict.is_good()] {
            span class={ "sign " (style.class) } aria-hidden="true" { (style.sign) }
            " "
            @if is_told(run, &job.job) { a href={ "#failure-" (number) } { (style.word) } }
            @else { (style.word) }
            @if let Some(finished) = finished.filter(|_| ran) { " " span.facts { (Took(finished.millis)) } }
            (dots(history.of(&job.job)))
            @if let Some(reason) = reason { div.facts { (reason) } }
            @for part in not_covered { div.facts { "not covered: " (part) } }
        }
    }
}

/// The last runs of a job, without this one.
fn dots(pasts: &[Past]) -> Markup {
    let Some((_, before)) = pasts.split_last().filter(|(_, before)| !before.is_empty()) else {
        return html! {};
    };
    let before = &before[before.len().saturating_sub(RUNS)..];
    // A word for each run would fill most of the page, and say no more.
    let alike: Vec<_> = before.chunk_by(|a, b| a.verdict == b.verdict).collect();
    let words = alike.iter().map(|alike| match alike {
        [past] => style_of(past.verdict).word.to_owned(),
        _ => format!("{} times {}", alike.len(), style_of(alike[0].verdict).word),
    });
    let words: Vec<_> = words.collect();
    html! {
        div.dots role="img" aria-label={ "before, the oldest first: " (words.join(", ")) } {
            @for alike in alike {
                @let style = style_of(alike[0].verdict);
                span class=(style.class) title=(style.word) { (style.sign.repeat(alike.len())) }
            }
        }
    }
}
