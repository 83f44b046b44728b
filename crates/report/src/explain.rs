//! Everything that is known of one job.

use std::collections::BTreeSet;

use domi_event::{PlannedJob, Verdict};
use jiff::Timestamp;

use crate::history::{Unsteady, failed, median, pasts};
use crate::quarantine::{days_left, left};
use crate::text::{Took, on_one_line};
use crate::{Paint, Recorded, failure};

/// How many of the last runs are listed.
const RUNS: usize = 10;

/// Those of these names that have every word of a text in them, in their order; the one alone that
/// is the text. Words stand between spaces or slashes.
pub fn jobs_like<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c == '/')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let is_like = |name: &&str| words.iter().all(|word| name.contains(word));
    let like: BTreeSet<_> = names.into_iter().filter(is_like).collect();
    match like.get(text) {
        Some(name) => vec![name],
        None => like.into_iter().collect(),
    }
}

/// What these runs, the oldest first, say of a job, in lines; nothing where none had it.
pub fn explain(job: &str, runs: &[Recorded], paint: Paint) -> Option<Vec<String>> {
    let had: Vec<(&Recorded, &PlannedJob)> = runs
        .iter()
        .filter_map(|run| Some((run, run.jobs.iter().find(|planned| planned.job == job)?)))
        .collect();
    let (run, planned) = *had.last()?;
    let mut lines = what(run, planned, paint);
    lines.extend(quarantined(run, planned, paint));
    lines.extend(not_covered(&had, paint));
    lines.extend(durations(&had));
    lines.extend(flaky(job, runs, paint));
    lines.extend(last_runs(&had, paint));
    lines.extend(last_failure(&had, paint));
    Some(lines)
}

/// Which job it is, and where it runs.
fn what(run: &Recorded, job: &PlannedJob, paint: Paint) -> Vec<String> {
    let steps = match job.steps {
        0 => "its settings must be refused".to_owned(),
        1 => "1 step".to_owned(),
        steps => format!("{steps} steps"),
    };
    let title = format!("{}: {}", on_one_line(&job.feature), on_one_line(&job.test));
    let why: Vec<_> = run.why(job).into_iter().map(on_one_line).collect();
    let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) };
    let (system, backend) = (on_one_line(&job.system), on_one_line(&job.backend));
    vec![format!("{}, {steps}", paint.strong(title)), format!("  on {system} by {backend}{why}")]
}

fn quarantined(run: &Recorded, job: &PlannedJob, paint: Paint) -> Option<String> {
    let quarantine = job.quarantine.as_ref()?;
    let days = days_left(quarantine, run.began);
    let left = days.map(|days| format!(" ({})", left(days))).unwrap_or_default();
    let reason = on_one_line(&quarantine.reason);
    let line = format!("  in quarantine until {}{left}: {reason}", on_one_line(&quarantine.until));
    Some(if days.is_some_and(|days| days < 0) { paint.bad(line) } else { paint.odd(line) })
}

fn not_covered(had: &[(&Recorded, &PlannedJob)], paint: Paint) -> Vec<String> {
    let last = had.iter().rev().find_map(|(run, job)| run.finished(&job.job));
    let parts = last.into_iter().flat_map(|finished| &finished.not_covered);
    parts.map(|part| paint.odd(format!("  not covered: {}", on_one_line(part)))).collect()
}

fn durations(had: &[(&Recorded, &PlannedJob)]) -> Option<String> {
    let passed = had.iter().filter_map(|(run, job)| run.finished(&job.job));
    let passed = passed.filter(|finished| finished.verdict == Verdict::Passed);
    let millis: Vec<u64> = passed.map(|finished| finished.millis).collect();
    let (least, most) = (millis.iter().min()?, millis.iter().max()?);
    Some(match millis.len() {
        1 => format!("  a pass took {}", Took(*least)),
        passes => format!(
            "  a pass takes {} (median of {passes}; {} to {})",
            Took(median(&millis)),
            Took(*least),
            Took(*most)
        ),
    })
}

fn flaky(job: &str, runs: &[Recorded], paint: Paint) -> Option<String> {
    let pasts = pasts(job, runs);
    let unsteady = Unsteady::of(job, &pasts)?;
    let day = |at: Option<Timestamp>| at.map(|at| at.strftime("%Y-%m-%d").to_string());
    let first = day(unsteady.first).map(|day| format!(", first on {day}")).unwrap_or_default();
    Some(paint.bad(format!("  flaky: it {}{first}", unsteady.how_often())))
}

/// What it came to, the last run first.
fn last_runs(had: &[(&Recorded, &PlannedJob)], paint: Paint) -> Vec<String> {
    let mut lines = vec![match had.len() {
        1 => "one run is known:".to_owned(),
        runs if runs > RUNS => format!("the last {RUNS} of {runs} runs:"),
        runs => format!("{runs} runs:"),
    }];
    lines.extend(had.iter().rev().take(RUNS).map(|(run, job)| past(run, job, paint)));
    lines
}

fn past(run: &Recorded, job: &PlannedJob, paint: Paint) -> String {
    let when = run.began.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let when = when.unwrap_or_else(|| " ".repeat(16));
    let finished = run.finished(&job.job);
    let word = verdict(run.verdict(&job.job), 13, paint);
    let took = finished.filter(|finished| finished.millis > 0);
    let took = took.map(|finished| Took(finished.millis).to_string()).unwrap_or_default();
    let reason = finished.map(|finished| on_one_line(&finished.reason)).unwrap_or_default();
    let name = paint.faint(on_one_line(&run.started.run));
    let line = format!("  {when}  {word}  {took:<8}  {name}  {reason}");
    line.trim_end().to_owned()
}

/// A verdict as a sign and a word, in so many columns or more.
pub fn verdict(verdict: Verdict, width: usize, paint: Paint) -> String {
    let (word, painted): (_, fn(Paint, String) -> String) = match verdict {
        Verdict::Passed => ("✓ passed", Paint::good),
        Verdict::Refused => ("✓ refused", Paint::good),
        Verdict::Cached => ("○ cached", Paint::faint),
        Verdict::Skipped => ("- skipped", Paint::odd),
        Verdict::Failed => ("✗ failed", Paint::bad),
        Verdict::Flaky => ("≈ flaky", Paint::bad),
        Verdict::Quarantined => ("≈ quarantined", Paint::odd),
        Verdict::Overdue => ("✗ overdue", Paint::bad),
        Verdict::Error => ("! undecided", Paint::bad),
        Verdict::Interrupted => ("~ interrupted", Paint::odd),
        Verdict::Unknown => ("? unknown", Paint::odd),
    };
    painted(paint, format!("{word:<width$}"))
}

fn last_failure(had: &[(&Recorded, &PlannedJob)], paint: Paint) -> Vec<String> {
    let bad = |(run, job): &&(&Recorded, &PlannedJob)| {
        let verdict = run.verdict(&job.job);
        (failed(verdict) || verdict == Verdict::Error) && !run.diagnostics(&job.job).is_empty()
    };
    let Some((run, job)) = had.iter().rev().find(bad) else { return Vec::new() };
    let when = run.began.map(|at| format!(", {}", at.strftime("%Y-%m-%d %H:%M")));
    let mut lines = vec![format!("the last failure{}:", when.unwrap_or_default())];
    let known = run.diagnostics(&job.job).last();
    let known = known.into_iter().flat_map(|known| failure::lines(known, job.steps, paint));
    lines.extend(known.map(|line| format!("  {line}").trim_end().to_owned()));
    lines
}

#[cfg(test)]
mod tests;
