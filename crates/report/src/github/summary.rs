//! A run as the summary of a step of a workflow.

use std::collections::{BTreeMap, BTreeSet};

use domi_event::{Counts, Diagnostics, JobFinished, LanesOutcome, PlannedJob, Prepared, Verdict};

use super::markdown::{block, code, html, text};
use crate::history::History;
use crate::quarantine::{accepted, advice, days_left, left};
use crate::text::{Took, counted, first_line, whole_on_one_line};
use crate::verdict_style::style_of;
use crate::{Paint, Recorded, failure, lanes};

/// How much each part may contain, in bytes. GitHub accepts one mebibyte in all, and shows nothing
/// if there is more.
const TABLE: usize = 300_000;
const FAILURES: usize = 500_000;
const LIST: usize = 60_000;
/// How much one failure may contain.
const FAILURE: usize = 20_000;
/// Up to this many features are shown from the start.
const OPEN: usize = 20;

/// A run in GitHub's Markdown, for the summary of a step; less than a mebibyte. `before` are
/// earlier runs, the oldest first.
///
/// Text from outside is only ever text in it. What is left out is counted.
pub fn step_summary(run: &Recorded, before: &[Recorded]) -> String {
    let history = History::new(before, run);
    let mut summary = head(run);
    for section in [
        table(run),
        both_lanes(run),
        failures(run),
        quarantined(run),
        flaky(&history),
        not_done(run),
    ] {
        summary.push_str(&section);
    }
    summary
}

fn head(run: &Recorded) -> String {
    let counts = run.counts();
    let sign = if counts.bad() > 0 || counts.interrupted > 0 { "✗" } else { "✓" };
    let mut head = format!("### {sign} {}", counted(&counts));
    if let Some(finished) = &run.finished {
        let how = if finished.interrupted { "interrupted after" } else { "in" };
        head += &format!(" {how} {}", Took(finished.millis));
    } else {
        head += ": the run was not finished";
    }
    head += "\n\n";
    let mut said = grounds(run);
    said.extend(run.notes.iter().map(|note| format!("- {}\n", text(note))));
    head + &limited(&said, LIST, "lines", String::clone) + "\n"
}

/// What the jobs of each system ran on, and why. Emulation is slow, so it is always named.
fn grounds(run: &Recorded) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut grounds = Vec::new();
    for job in &run.jobs {
        if !seen.insert((&job.system, &job.backend, &job.why)) {
            continue;
        }
        let by: BTreeSet<_> = run.prepared(job).map(by).collect();
        let by: Vec<_> = by.into_iter().filter(|by| !by.is_empty()).collect();
        let by = if by.is_empty() { String::new() } else { format!(", {}", by.join(" or ")) };
        let why: Vec<_> = run.why(job).into_iter().map(text).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
        let (system, backend) = (text(&job.system), code(&job.backend));
        grounds.push(format!("- {backend} on {system}{by}{why}\n"));
    }
    grounds
}

/// Whether machines ran with KVM or emulated.
fn by(prepared: &Prepared) -> String {
    match prepared.accelerator.as_str() {
        "kvm" => "with **KVM**".to_owned(),
        "tcg" => "**emulated, which is slow**".to_owned(),
        "" => String::new(),
        other => format!("by {}", text(other)),
    }
}

/// A system and a backend.
type Column<'a> = (&'a str, &'a str);

/// Features in rows, systems in columns.
fn table(run: &Recorded) -> String {
    let mut columns: Vec<Column> = Vec::new();
    let mut features: BTreeMap<&str, BTreeMap<Column, Counts>> = BTreeMap::new();
    for job in &run.jobs {
        let column = (job.system.as_str(), job.backend.as_str());
        if !columns.contains(&column) {
            columns.push(column);
        }
        let counts = features.entry(&job.feature).or_default().entry(column).or_default();
        counts.add(run.verdict(&job.job));
    }
    if features.is_empty() {
        return String::new();
    }
    let well = |cells: &BTreeMap<Column, Counts>| cells.values().all(is_well);
    let (good, bad): (Vec<_>, Vec<_>) = features.into_iter().partition(|(_, cells)| well(cells));
    let rows = |features: &[(&str, BTreeMap<Column, Counts>)], limit| {
        limited(features, limit, "features", |(feature, cells)| row(feature, cells, &columns))
    };
    let title = title(&columns);
    if good.len() + bad.len() <= OPEN {
        let all = [bad, good].concat();
        return format!("{title}{}\n", rows(&all, TABLE));
    }
    let mut table = String::new();
    if !bad.is_empty() {
        table += &format!("{title}{}\n", rows(&bad, TABLE / 2));
    }
    if !good.is_empty() {
        let (count, rows) = (good.len(), rows(&good, TABLE / 2));
        table += &folded(&format!("{count} features without a failure"), &format!("{title}{rows}"));
    }
    table
}

fn is_well(counts: &Counts) -> bool {
    counts.bad() + counts.interrupted + counts.quarantined == 0
}

fn title(columns: &[Column]) -> String {
    let names =
        columns.iter().map(|(system, backend)| format!(" {}<br>{} |", text(system), text(backend)));
    let names: String = names.collect();
    format!("| feature |{names}\n| --- |{}\n", " --- |".repeat(columns.len()))
}

fn row(feature: &str, cells: &BTreeMap<Column, Counts>, columns: &[Column]) -> String {
    let cell =
        |column| cells.get(column).map(|counts| format!("{} {}", sign(counts), counted(counts)));
    let cells = columns.iter().map(|column| format!(" {} |", cell(column).unwrap_or_default()));
    let cells: String = cells.collect();
    format!("| {} |{cells}\n", text(feature))
}

fn sign(counts: &Counts) -> &'static str {
    if counts.failed + counts.overdue > 0 {
        style_of(Verdict::Failed).sign
    } else if counts.errors > 0 {
        style_of(Verdict::Error).sign
    } else if counts.flaky + counts.quarantined > 0 {
        style_of(Verdict::Flaky).sign
    } else if counts.interrupted > 0 {
        style_of(Verdict::Interrupted).sign
    } else if counts.passed + counts.refused > 0 {
        style_of(Verdict::Passed).sign
    } else if counts.cached > 0 {
        style_of(Verdict::Cached).sign
    } else {
        style_of(Verdict::Skipped).sign
    }
}

/// What two lanes say of the same tests: how many agree, and each that does not.
fn both_lanes(run: &Recorded) -> String {
    let compared = lanes::compared(run);
    let Some(all) = lanes::summary(&compared, Paint::plain()) else { return String::new() };
    let item = |(outcome, said): &(LanesOutcome, String)| {
        format!("- {} {}\n", lanes::sign(*outcome).0, text(said))
    };
    let items = limited(&lanes::lines(&compared), LIST, "lines", item);
    section("Both lanes", format!("{}\n\n{items}", text(&all)))
}

fn failures(run: &Recorded) -> String {
    let bad = run.jobs.iter().filter(|job| !run.verdict(&job.job).is_good());
    let unfinished = |job: &&PlannedJob| {
        run.verdict(&job.job) == Verdict::Interrupted && run.diagnostics(&job.job).is_empty()
    };
    let bad: Vec<_> = bad.filter(|job| !unfinished(job)).collect();
    let said = |job: &&PlannedJob| failed(run, job);
    section("What did not go well", limited(&bad, FAILURES, "failures", said))
}

fn failed(run: &Recorded, job: &PlannedJob) -> String {
    let style = style_of(run.verdict(&job.job));
    let title = format!(
        "{} <b>{}</b>: {} on {}, {}: {}",
        style.sign,
        html(&job.feature),
        html(&job.test),
        html(&job.system),
        html(&job.backend),
        style.word
    );
    let mut known = String::new();
    if let Some(finished) = run.finished(&job.job) {
        let (reason, more) = first_line(&finished.reason);
        let advice = advice(job, finished).unwrap_or_default();
        for said in [reason, &advice].into_iter().filter(|said| !said.is_empty()) {
            known += &format!("{}\n\n", text(said));
        }
        if !more.is_empty() {
            known += &format!("{}\n", block(more, ""));
        }
    }
    for diagnostics in run.diagnostics(&job.job) {
        known += &diagnosed(diagnostics, job.steps);
    }
    folded(&title, &known)
}

fn diagnosed(known: &Diagnostics, steps: usize) -> String {
    let mut lines = failure::lines(known, steps, Paint::plain());
    // The message is above, to be read first; the command is below, to be copied.
    lines.remove(0);
    lines.retain(|line| !line.starts_with("repeat: "));
    let mut said = lines.join("\n");
    if said.len() > FAILURE {
        let end = (0..=FAILURE).rev().find(|at| said.is_char_boundary(*at)).unwrap_or_default();
        said.truncate(end);
        said += "\n… the rest is in the folder of the run";
    }
    let mut all = format!("**{}**\n\n", text(&known.message));
    if !said.is_empty() {
        all += &format!("{}\n", block(&said, ""));
    }
    if !known.repeat.is_empty() {
        all += &format!("{}\n", block(&whole_on_one_line(&known.repeat), "sh"));
    }
    all
}

fn quarantined(run: &Recorded) -> String {
    let items = run.jobs.iter().filter_map(|job| {
        let quarantine = job.quarantine.as_ref()?;
        let days = days_left(quarantine, run.began).map(left).unwrap_or_default();
        let said = match run.finished(&job.job) {
            Some(finished) if finished.verdict == Verdict::Quarantined => accepted(job, finished),
            _ => {
                let word = style_of(run.verdict(&job.job)).word;
                format!("{word}; in quarantine until {}: {}", quarantine.until, quarantine.reason)
            }
        };
        Some(format!("- {} {} ({days})\n", code(&job.job), text(&said)))
    });
    section("Known failures", limited(&items.collect::<Vec<_>>(), LIST, "jobs", String::clone))
}

fn flaky(history: &History) -> String {
    let items = history.unsteady().into_iter().map(|job| {
        let day = |at: jiff::Timestamp| at.strftime("%Y-%m-%d").to_string();
        let first = job.first.map(|at| format!(", first seen {}", day(at))).unwrap_or_default();
        let last = job.last.map(|at| format!(", last {}", day(at))).unwrap_or_default();
        format!("- {} {}{first}{last}\n", code(job.job), job.how_often())
    });
    section("Flaky", limited(&items.collect::<Vec<_>>(), LIST, "jobs", String::clone))
}

/// What was skipped, left out or not reached, counted by reason.
fn not_done(run: &Recorded) -> String {
    let mut counted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut count = |what, why| *counted.entry((what, why)).or_default() += 1;
    for job in &run.jobs {
        match run.finished(&job.job) {
            None => count("not finished", "the run ended before it was finished"),
            Some(JobFinished { verdict: Verdict::Interrupted, reason, .. }) => {
                count("not finished", reason);
            }
            Some(JobFinished { verdict: Verdict::Skipped, reason, .. }) => count("skipped", reason),
            Some(finished) => {
                finished.not_covered.iter().for_each(|part| count("not covered", part));
            }
        }
    }
    let items = counted.iter().map(|((what, why), count)| {
        let jobs = if *count == 1 { "job" } else { "jobs" };
        let why = if why.is_empty() { String::new() } else { format!(": {}", text(why)) };
        format!("- {what} in {count} {jobs}{why}\n")
    });
    section("Not done", limited(&items.collect::<Vec<_>>(), LIST, "reasons", String::clone))
}

fn section(title: &str, body: String) -> String {
    if body.is_empty() { body } else { format!("#### {title}\n\n{body}\n") }
}

fn folded(title: &str, body: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{}\n\n</details>\n\n", body.trim_end())
}

/// As many things as there is room for, and the number of the others.
fn limited<T>(things: &[T], limit: usize, what: &str, said: impl Fn(&T) -> String) -> String {
    let mut all = String::new();
    for (number, thing) in things.iter().enumerate() {
        let piece = said(thing);
        if all.len() + piece.len() > limit {
            return all + &format!("\n… {} more {what} are in the report\n", things.len() - number);
        }
        all += &piece;
    }
    all
}

#[cfg(test)]
mod tests;
