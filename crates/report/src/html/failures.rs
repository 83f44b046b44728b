//! What did not go well, each with everything known about it.

use domi_event::{Diagnostics, PlannedJob, Verdict};
use maud::{Markup, html};

use super::part::anchor;
use crate::difference::{Line, difference, equal, rest};
use crate::text::first_line;
use crate::verdict_style::style_of;
use crate::{Recorded, quarantine};

/// How many are shown from the start.
const TOLD: usize = 50;

pub(super) fn section(run: &Recorded) -> Markup {
    let jobs = run.jobs.iter().enumerate();
    let mut bad: Vec<_> = jobs.filter(|(_, job)| is_told(run, &job.job)).collect();
    // Accepted failures come last.
    bad.sort_by_key(|(_, job)| run.verdict(&job.job).is_good());
    html! {
        @if !bad.is_empty() {
            section #failures aria-labelledby="failures-title" {
                h2 #failures-title { "What did not go well" }
                @let (told, more) = bad.split_at(bad.len().min(TOLD));
                @for (number, job) in told { (failure(*number, job, run)) }
                @if !more.is_empty() {
                    details.more {
                        summary { (more.len()) " more" }
                        noscript { @for (number, job) in more { (failure(*number, job, run)) } }
                    }
                }
            }
        }
    }
}

/// Whether more is known of a job than its verdict.
pub(super) fn is_told(run: &Recorded, job: &str) -> bool {
    let verdict = run.verdict(job);
    let bad = !verdict.is_good() && verdict != Verdict::Interrupted;
    bad || !run.diagnostics(job).is_empty()
}

fn failure(number: usize, job: &PlannedJob, run: &Recorded) -> Markup {
    let style = style_of(run.verdict(&job.job));
    html! {
        article class=(if style.class == "bad" { "failure" } else { "failure mild" }) id={ "failure-" (number) } {
            h3 {
                span class={ "sign " (style.class) } aria-hidden="true" { (style.sign) }
                " " (job.feature) ": " (job.test) " "
                span.facts { (style.word) " on " (job.system) ", " (job.backend) }
                " " a.back href={ "#" (anchor(number)) } { "in the table" }
            }
            @if let Some(finished) = run.finished(&job.job) {
                @let (reason, more) = first_line(&finished.reason);
                @if !reason.is_empty() { p { (reason) } }
                (text("more of it", more, true))
                @if let Some(advice) = quarantine::advice(job, finished) { p { (advice) } }
            }
            @for known in run.diagnostics(&job.job) { (diagnostics(known, job.steps)) }
            @if let Some(outcome) = run.outcomes.get(&job.job) {
                @for note in &outcome.notes { p.facts { (note) } }
            }
        }
    }
}

fn diagnostics(known: &Diagnostics, steps: usize) -> Markup {
    html! {
        p.message { (known.message) }
        @if known.step > 0 {
            p {
                "step " (known.step) " of " (steps)
                @if !known.machine.is_empty() { " on " (known.machine) }
                ": " (known.what)
                @if let Some(place) = &known.place { br; "at " code { (place.to_string()) } }
            }
        }
        (expected(known))
        (text("it said", &known.said, true))
        @if !known.hint.is_empty() { p { (known.hint) } }
        @if !known.failed_units.is_empty() {
            p { "failed units: " (known.failed_units.join(", ")) }
        }
        @for journal in &known.journals {
            (text(&format!("journal of {}", journal.machine), &journal.text, true))
        }
        (text("serial console", &known.serial, false))
        @if !known.folder.is_empty() { p { "everything: " code { (known.folder) } } }
        @if !known.repeat.is_empty() { p { "repeat: " code { (known.repeat) } } }
    }
}

fn expected(known: &Diagnostics) -> Markup {
    match (&known.expected, &known.got) {
        (Some(expected), Some(got)) if known.exact => compared(expected, got),
        (expected, got) => html! {
            @if let Some(expected) = expected { (text("expected", expected, true)) }
            @if let Some(got) = got {
                (text("got", if got.trim().is_empty() { "(nothing)" } else { got }, true))
            }
        },
    }
}

fn compared(expected: &str, got: &str) -> Markup {
    html! {
        p { "expected (−), got (+)" }
        pre.diff {
            @for line in difference(expected, got) {
                @match line {
                    Line::Expected(text) => { del { "− " (text) } "\n" }
                    Line::Got(text) => { ins { "+ " (text) } "\n" }
                    Line::Both(text) => { "  " (text) "\n" }
                    Line::Equal(lines) => { (equal(lines)) "\n" }
                    Line::Rest(expected, got) => { (rest(expected, got)) "\n" }
                }
            }
        }
    }
}

/// A text under a title; nothing if the text is empty.
fn text(title: &str, text: &str, open: bool) -> Markup {
    let text = text.trim_end();
    html! {
        @if !text.is_empty() {
            details open[open] {
                summary { (title) }
                // It may be too wide for the page: people without a mouse can scroll it too.
                pre tabindex="0" { (text) }
            }
        }
    }
}
