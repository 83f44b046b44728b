//! When each job ran, and what ran beside it.

use maud::{Markup, html};

use super::part::anchor;
use crate::Recorded;
use crate::text::Took;
use crate::verdict_style::style_of;

/// How many jobs are drawn: the longest.
const DRAWN: usize = 500;
const WIDTH: f64 = 1000.0;
const HEIGHT: u64 = 18;

struct Bar<'a> {
    number: usize,
    name: &'a str,
    class: &'static str,
    word: &'static str,
    /// From the run's beginning, in milliseconds.
    start: u64,
    end: u64,
    lane: u64,
}

pub(super) fn section(run: &Recorded) -> Markup {
    let (bars, left_out) = bars(run);
    let Some(whole) = bars.iter().map(|bar| bar.end).max().filter(|end| *end > 0) else {
        return html! {};
    };
    let lanes = 1 + bars.iter().map(|bar| bar.lane).max().unwrap_or_default();
    let busy: f64 = bars.iter().map(|bar| (bar.end - bar.start) as f64).sum();
    let at_once = busy / whole as f64;
    html! {
        section aria-labelledby="timeline-title" {
            h2 #timeline-title { "Timeline" }
            p.facts {
                (Took(whole)) " in all, " (format!("{at_once:.1}")) " jobs at once on average"
                @if left_out > 0 { "; the " (DRAWN) " longest jobs are drawn, " (left_out) " are not" }
            }
            svg.timeline viewBox={ "0 0 " (WIDTH) " " (lanes * HEIGHT) } role="group"
                aria-label="When each job ran" preserveAspectRatio="none" {
                @for bar in &bars { (drawn(bar, whole)) }
            }
            p.scale { span { "0 s" } span { (Took(whole)) } }
        }
    }
}

fn drawn(bar: &Bar, whole: u64) -> Markup {
    let scale = WIDTH / whole as f64;
    let x = bar.start as f64 * scale;
    let width = ((bar.end - bar.start) as f64 * scale).max(1.0);
    let label = format!("{}: {}, {}", bar.name, bar.word, Took(bar.end - bar.start));
    html! {
        a href={ "#" (anchor(bar.number)) } aria-label=(label) {
            rect class=(bar.class) x=(format!("{x:.1}")) y=(bar.lane * HEIGHT + 1)
                width=(format!("{width:.1}")) height=(HEIGHT - 2) {
                title { (label) }
            }
        }
    }
}

/// The jobs that ran, each in the first free row; and how many are left out.
fn bars(run: &Recorded) -> (Vec<Bar<'_>>, usize) {
    let mut bars: Vec<Bar> = Vec::new();
    let Some(began) = run.began else { return (bars, 0) };
    for (number, job) in run.jobs.iter().enumerate() {
        let outcome = run.outcomes.get(&job.job);
        let Some((start, finished)) =
            outcome.and_then(|outcome| Some((outcome.began?, outcome.finished.as_ref()?)))
        else {
            continue;
        };
        let start = start.duration_since(began).as_millis();
        let start = u64::try_from(start).unwrap_or_default();
        let style = style_of(run.verdict(&job.job));
        bars.push(Bar {
            number,
            name: &job.job,
            class: style.class,
            word: style.word,
            start,
            end: start.saturating_add(finished.millis),
            lane: 0,
        });
    }
    bars.sort_by_key(|bar| std::cmp::Reverse(bar.end - bar.start));
    let left_out = bars.len().saturating_sub(DRAWN);
    bars.truncate(DRAWN);
    bars.sort_by_key(|bar| (bar.start, bar.number));
    let mut free_from: Vec<u64> = Vec::new();
    for bar in &mut bars {
        let lane = free_from.iter().position(|free| *free <= bar.start).unwrap_or_else(|| {
            free_from.push(0);
            free_from.len() - 1
        });
        free_from[lane] = bar.end;
        bar.lane = lane as u64;
    }
    (bars, left_out)
}
