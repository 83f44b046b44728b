//! A failure as text: what was done, what was expected, what came instead, and what to do next.

use domi_event::Diagnostics;

use crate::difference::{Line, difference, equal, rest};
use crate::text::{Paint, on_one_line, short, shown, whole_on_one_line};

/// How many lines of anything are shown; the run's folder has all of them.
const LINES: usize = 25;

/// The failure, in lines without an indent.
pub(crate) fn lines(failure: &Diagnostics, steps: usize, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(paint.bad(on_one_line(&failure.message)));
    if failure.step > 0 {
        lines.push(step(failure, steps));
    }
    if let Some(place) = &failure.place {
        lines.push(format!("  at {}", shown(&place.to_string())));
    }
    lines.extend(expected(failure, paint));
    lines.extend(quoted("it said:", &failure.said));
    if !failure.hint.is_empty() {
        lines.push(on_one_line(&failure.hint));
    }
    for journal in &failure.journals {
        let title = format!("journal of {}:", on_one_line(&journal.machine));
        lines.extend(quoted(&title, &journal.text));
    }
    if !failure.failed_units.is_empty() {
        lines.push(format!("failed units: {}", on_one_line(&failure.failed_units.join(", "))));
    }
    lines.extend(quoted("serial console:", &failure.serial));
    if !failure.folder.is_empty() {
        lines.push(format!("everything: {}", on_one_line(&failure.folder)));
    }
    if !failure.repeat.is_empty() {
        lines.push(format!("repeat: {}", paint.strong(whole_on_one_line(&failure.repeat))));
    }
    lines
}

/// The failure in as few lines as possible: for one that is known already.
pub(crate) fn brief(failure: &Diagnostics, steps: usize) -> Vec<String> {
    let mut lines = vec![on_one_line(&failure.message)];
    if failure.step > 0 {
        lines.push(step(failure, steps));
    }
    if !failure.folder.is_empty() {
        lines.push(format!("everything: {}", on_one_line(&failure.folder)));
    }
    lines
}

fn step(failure: &Diagnostics, steps: usize) -> String {
    let machine = on_one_line(&failure.machine);
    let on = if machine.is_empty() { String::new() } else { format!(" on {machine}") };
    format!("step {} of {steps}{on}: {}", failure.step, on_one_line(&failure.what))
}

fn expected(failure: &Diagnostics, paint: Paint) -> Vec<String> {
    let expected = failure.expected.as_deref().map(shown);
    let got = failure.got.as_deref().map(shown);
    match (expected, got) {
        (Some(expected), Some(got)) if failure.exact => compared(&expected, &got, paint),
        (expected, got) => {
            let mut lines = Vec::new();
            lines.extend(expected.into_iter().flat_map(|text| quoted("expected:", &text)));
            lines.extend(got.into_iter().flat_map(|text| {
                let text = if text.trim().is_empty() { "(nothing)".to_owned() } else { text };
                quoted("got:", &text)
            }));
            lines
        }
    }
}

fn compared(expected: &str, got: &str, paint: Paint) -> Vec<String> {
    let mut lines = vec!["expected (-), got (+):".to_owned()];
    lines.extend(difference(expected, got).into_iter().map(|line| match line {
        Line::Expected(text) => paint.good(format!("  - {}", short(text))),
        Line::Got(text) => paint.bad(format!("  + {}", short(text))),
        Line::Both(text) => format!("    {}", short(text)),
        Line::Equal(lines) => format!("  {}", equal(lines)),
        Line::Rest(expected, got) => format!("  {}", rest(expected, got)),
    }));
    let more = lines.len().saturating_sub(LINES);
    if more > 0 {
        lines.truncate(LINES);
        lines.push(format!("  … {more} more lines"));
    }
    lines
}

/// The last lines of a text under a title; nothing if the text is empty.
fn quoted(title: &str, text: &str) -> Vec<String> {
    let text = shown(text.trim_end());
    if text.is_empty() {
        return Vec::new();
    }
    let all: Vec<&str> = text.lines().collect();
    let left_out = all.len().saturating_sub(LINES);
    let mut lines = vec![title.to_owned()];
    if left_out > 0 {
        lines.push(format!("  … {left_out} lines before"));
    }
    lines.extend(
        all[left_out..].iter().map(|line| format!("  | {}", short(line)).trim_end().to_owned()),
    );
    lines
}
