use std::io::{self, Write};

use domi_event::{
    Body, Counts, Event, JobFinished, LanesOutcome, Note, PlannedJob, ShellOpened, StageStarted,
    Verdict,
};
use indicatif::MultiProgress;

use crate::progress::Progress;
use crate::recorded::Recorded;
use crate::text::{Paint, Took, first_line, on_one_line, short, shown, whole_on_one_line};
use crate::{failure, github, lanes, quarantine};

/// How many errors, and how many warnings, GitHub shows of a step.
const ANNOTATIONS: usize = 10;

/// Where progress and remarks go.
pub enum Talk<'a> {
    /// Nowhere.
    Silent,
    /// As plain lines.
    Lines(Box<dyn Write + 'a>),
    /// As moving lines below the verdicts, for a person at a terminal.
    Progress(MultiProgress),
}

/// Shows a run to a person, verdicts in the order of the plan.
pub struct Terminal<'a> {
    out: Box<dyn Write + 'a>,
    paint: Paint,
    talk: Talk<'a>,
    progress: Progress,
    recorded: Recorded,
    /// How many jobs of the plan have been shown.
    shown: usize,
    /// Whose header was shown last.
    group: Option<(String, String, String)>,
    /// How wide the longest name of a test is.
    width: usize,
    /// For GitHub's log: what is still to be written.
    log: Option<Log>,
    /// Whether reasons are given in full.
    in_full: bool,
}

/// The part of GitHub's log below the last header.
#[derive(Default)]
struct Log {
    header: String,
    lines: Vec<String>,
    counts: Counts,
    annotations: Vec<String>,
    /// How many errors and warnings there were. GitHub shows no more than ten of each.
    errors: usize,
    warnings: usize,
}

impl<'a> Terminal<'a> {
    /// Verdicts go to `out`.
    pub fn new(out: impl Write + 'a, paint: Paint, talk: Talk<'a>) -> Self {
        Self {
            out: Box::new(out),
            paint,
            progress: match &talk {
                Talk::Progress(bars) => Progress::new(bars.clone()),
                _ => Progress::hidden(),
            },
            talk,
            recorded: Recorded::default(),
            shown: 0,
            group: None,
            width: 0,
            log: None,
            in_full: false,
        }
    }

    /// The same for the log of a GitHub workflow: lines that belong together are folded under their
    /// result, failures are shown at the lines of the tests, and no text from outside is read as a
    /// command.
    #[must_use]
    pub fn in_github_log(self) -> Self {
        Self { log: Some(Log::default()), ..self }
    }

    /// The same with reasons in full.
    #[must_use]
    pub fn in_full(self, in_full: bool) -> Self {
        Self { in_full, ..self }
    }

    /// Shows one event.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.recorded.add(event);
        self.progress.event(event);
        match &event.body {
            Body::Plan(plan) => {
                let names = plan.jobs.iter().map(|job| on_one_line(&job.test).chars().count());
                self.width = names.max().unwrap_or(0);
                Ok(())
            }
            Body::StageStarted(stage) => self.say(&stage_line(stage)),
            Body::Note(note) => self.say(&note_line(note)),
            Body::ShellOpened(shell) => self.say(&shell_line(shell)),
            Body::JobFinished(_) => self.jobs(),
            Body::RunFinished(_) => self.end(),
            _ => Ok(()),
        }
    }

    /// Written only if there are no moving lines that say the same.
    fn say(&mut self, line: &str) -> io::Result<()> {
        let harmless = self.log.as_ref().map(|_| github::harmless(line));
        let line = harmless.as_deref().unwrap_or(line);
        match &mut self.talk {
            Talk::Silent => Ok(()),
            Talk::Lines(to) => {
                writeln!(to, "{line}")?;
                to.flush()
            }
            Talk::Progress(bars) => bars.suspend(|| writeln!(io::stderr(), "{line}")),
        }
    }

    fn print(&mut self, lines: &[String]) -> io::Result<()> {
        let mut text = lines.join("\n");
        text.push('\n');
        let out = &mut self.out;
        let mut write = || {
            out.write_all(text.as_bytes())?;
            out.flush()
        };
        match &self.talk {
            Talk::Progress(bars) => bars.suspend(write),
            _ => write(),
        }
    }

    /// Shows the jobs whose turn it is.
    fn jobs(&mut self) -> io::Result<()> {
        while let Some(job) = self.recorded.jobs.get(self.shown).cloned() {
            let Some(finished) = self.recorded.finished(&job.job).cloned() else { break };
            self.job(&job, &finished)?;
            self.shown += 1;
        }
        Ok(())
    }

    fn job(&mut self, job: &PlannedJob, finished: &JobFinished) -> io::Result<()> {
        let mut lines = Vec::new();
        let group = (job.feature.clone(), job.system.clone(), job.backend.clone());
        if self.group.as_ref() != Some(&group) {
            self.group = Some(group);
            let header = self.header(job);
            self.flush()?;
            match &mut self.log {
                Some(log) => log.header = header,
                None => lines.push(header),
            }
        }
        lines.push(self.verdict(job, finished));
        for line in self.details(job, finished) {
            lines.push(format!("      {line}").trim_end().to_owned());
        }
        if self.log.is_none() {
            return self.print(&lines);
        }
        let annotation = self.annotation(job, finished);
        if let Some(log) = &mut self.log {
            log.lines.extend(lines);
            log.counts.add(finished.verdict);
            log.annotations.extend(annotation);
        }
        Ok(())
    }

    /// Writes what was collected to GitHub's log.
    fn flush(&mut self) -> io::Result<()> {
        let Some(log) = self.log.as_mut().filter(|log| !log.lines.is_empty()) else {
            return Ok(());
        };
        let counts = std::mem::take(&mut log.counts);
        let header = std::mem::take(&mut log.header);
        let folded = std::mem::take(&mut log.lines);
        let annotations = std::mem::take(&mut log.annotations);
        let mut lines = vec![github::group(&format!("{header}: {}", self.counts(&counts)))];
        lines.extend(folded.iter().map(|line| github::harmless(line)));
        lines.push(github::group_end());
        lines.extend(annotations);
        self.print(&lines)
    }

    /// The message at the line of a failed step.
    fn annotation(&mut self, job: &PlannedJob, finished: &JobFinished) -> Option<String> {
        let log = self.log.as_mut()?;
        let (kind, count) = match finished.verdict {
            Verdict::Failed | Verdict::Overdue | Verdict::Error | Verdict::Unknown => {
                ("error", &mut log.errors)
            }
            Verdict::Flaky | Verdict::Quarantined => ("warning", &mut log.warnings),
            Verdict::Passed
            | Verdict::Refused
            | Verdict::Skipped
            | Verdict::Cached
            | Verdict::Interrupted => return None,
        };
        *count += 1;
        let failure = self.recorded.diagnostics(&job.job).last();
        let message = failure.map(|failure| on_one_line(&failure.message));
        let repeat = failure.map(|failure| whole_on_one_line(&failure.repeat));
        let repeat = repeat.filter(|repeat| !repeat.is_empty());
        let reason = match finished.verdict {
            Verdict::Quarantined => on_one_line(&quarantine::accepted(job, finished)),
            _ => short(&shown(&finished.reason)).into_owned(),
        };
        let said = [
            Some(reason).filter(|reason| !reason.is_empty()),
            message,
            quarantine::advice(job, finished),
            repeat.map(|repeat| format!("repeat: {repeat}")),
        ];
        let said: Vec<_> = said.into_iter().flatten().collect();
        let title = format!("{}: {} on {}", job.feature, job.test, job.system);
        if *count > ANNOTATIONS {
            let line = format!("{kind}: {title}: {}", said.join("; "));
            return Some(github::harmless(&on_one_line(&line)));
        }
        let place = failure.and_then(|failure| failure.place.as_ref());
        let place = place.map(|place| (place.file.as_str(), place.line));
        Some(github::annotation(kind, place, &on_one_line(&title), &said.join("\n")))
    }

    /// The lines below a verdict.
    fn details(&self, job: &PlannedJob, finished: &JobFinished) -> Vec<String> {
        let p = self.paint;
        let rest = first_line(&finished.reason).1.lines().filter(|line| !line.is_empty());
        let mut lines: Vec<String> =
            rest.map(|line| p.faint(format!("| {}", on_one_line(line)))).collect();
        for missing in &finished.not_covered {
            lines.push(p.odd(format!("not covered here: {}", on_one_line(missing))));
        }
        let failures = self.recorded.diagnostics(&job.job);
        if let Some(advice) = quarantine::advice(job, finished) {
            let advice = on_one_line(&advice);
            lines.push(if finished.verdict.is_good() { p.faint(advice) } else { p.strong(advice) });
        }
        // An accepted failure is shown briefly.
        if finished.verdict == Verdict::Quarantined {
            lines.extend(failures.last().into_iter().flat_map(|f| failure::brief(f, job.steps)));
        } else {
            lines.extend(failures.iter().flat_map(|f| failure::lines(f, job.steps, p)));
        }
        lines
    }

    fn header(&self, job: &PlannedJob) -> String {
        let why =
            if self.in_full { self.recorded.why(job) } else { self.recorded.why_in_brief(job) };
        let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) };
        let backend = match job.backend.as_str() {
            _ if !job.backend_title.is_empty() => &job.backend_title,
            // Earlier versions did not say how people call it.
            "portable" => "portable guest",
            "portable-nix" => "portable guest with what Nix evaluated",
            "portable-driver" => "portable guest under the NixOS test driver",
            "portable-nix-driver" => {
                "portable guest with what Nix evaluated, under the NixOS test driver"
            }
            other => other,
        };
        let text = format!("on {} · {backend}{why}", job.system);
        format!("{} {}", self.paint.strong(on_one_line(&job.feature)), on_one_line(&text))
    }

    fn verdict(&self, job: &PlannedJob, finished: &JobFinished) -> String {
        let p = self.paint;
        let reason = on_one_line(first_line(&finished.reason).0);
        let took = Took(finished.millis).to_string();
        let because = |what: &str| match &*reason {
            "" => what.to_owned(),
            reason => format!("{what}: {reason}"),
        };
        let (sign, said) = match finished.verdict {
            Verdict::Passed => (p.good("✓"), took),
            Verdict::Refused => (p.good("✓"), "refused before boot, as it must be".to_owned()),
            Verdict::Cached => (p.faint("○"), because("cached, not run")),
            Verdict::Skipped => (p.odd("-"), because("skipped")),
            Verdict::Failed => (p.bad("✗"), format!("{took}   {}", because("failed"))),
            Verdict::Flaky => (p.bad("≈"), format!("{took}   {}", because("flaky"))),
            Verdict::Quarantined => {
                let accepted = on_one_line(&quarantine::accepted(job, finished));
                (p.odd("≈"), format!("{took}   {accepted}"))
            }
            Verdict::Overdue => (p.bad("✗"), format!("{took}   {}", because("overdue"))),
            Verdict::Error => (p.bad("!"), because("undecided")),
            Verdict::Interrupted => (p.odd("~"), because("interrupted")),
            Verdict::Unknown => (p.odd("?"), because("a verdict of a newer version")),
        };
        let name = on_one_line(&job.test);
        let room = self.width.saturating_sub(name.chars().count());
        format!("  {sign} {name}{}   {said}", " ".repeat(room))
    }

    /// Shows the rest of a run that will not end: jobs that were waiting for others.
    pub fn finish(&mut self) -> io::Result<()> {
        // An interrupted run has gaps; the jobs after a gap do not wait for it.
        while self.shown < self.recorded.jobs.len() {
            self.jobs()?;
            self.shown += 1;
        }
        self.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        self.finish()?;
        let Some(finished) = self.recorded.finished.clone() else { return Ok(()) };
        self.both_lanes()?;
        let how = if finished.interrupted { ", interrupted after" } else { " in" };
        let counts = self.counts(&finished.counts);
        let folder = match &*on_one_line(&self.recorded.started.folder) {
            "" => String::new(),
            folder => format!(" · {folder}"),
        };
        let line = format!("{counts}{how} {}{folder}", Took(finished.millis));
        self.print(&[if self.log.is_some() { github::harmless(&line) } else { line }])
    }

    /// What two lanes say of the same tests.
    fn both_lanes(&mut self) -> io::Result<()> {
        let compared = lanes::compared(&self.recorded);
        let Some(all) = lanes::summary(&compared, self.paint) else { return Ok(()) };
        let mut lines = vec![all];
        for (outcome, said) in lanes::lines(&compared) {
            let sign = match outcome {
                LanesOutcome::NotCompared => self.paint.odd("-"),
                outcome => self.paint.bad(lanes::sign(outcome).0),
            };
            lines.push(format!("  {sign} {}", on_one_line(&said)));
        }
        if let Some(log) = &mut self.log {
            lines = lines.iter().map(|line| github::harmless(line)).collect();
            for compared in compared.iter().filter(|it| it.outcome == LanesOutcome::Different) {
                log.errors += 1;
                // Those that GitHub would not show are in the lines above.
                if log.errors <= ANNOTATIONS {
                    let name = on_one_line(&lanes::name(compared));
                    let said = on_one_line(&lanes::said(compared));
                    lines.push(github::annotation("error", None, &name, &said));
                }
            }
        }
        self.print(&lines)
    }

    fn counts(&self, counts: &Counts) -> String {
        let p = self.paint;
        let passed = counts.passed + counts.refused;
        let parts = [
            (passed, "passed", Paint::good as fn(Paint, String) -> String),
            (counts.failed, "failed", Paint::bad),
            (counts.different, "different between lanes", Paint::bad),
            (counts.flaky, "flaky", Paint::bad),
            (counts.overdue, "overdue", Paint::bad),
            (counts.errors, "undecided", Paint::bad),
            (counts.cached, "cached", Paint::faint),
            (counts.quarantined, "quarantined", Paint::odd),
            (counts.skipped, "skipped", Paint::odd),
            (counts.interrupted, "not finished", Paint::odd),
        ];
        let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
        let parts: Vec<_> =
            parts.map(|(count, what, paint)| paint(p, format!("{count} {what}"))).collect();
        if parts.is_empty() { "nothing to run".to_owned() } else { parts.join(", ") }
    }
}

fn stage_line(stage: &StageStarted) -> String {
    let last = stage.last_millis.map(|last| format!(" ({} last time)", Took(last)));
    format!("{}{} …", on_one_line(&stage.stage), last.unwrap_or_default())
}

fn shell_line(shell: &ShellOpened) -> String {
    let (machine, job) = (on_one_line(&shell.machine), on_one_line(&shell.job));
    format!("a shell in {machine} of {job}; `exit` ends it, and the machine")
}

fn note_line(note: &Note) -> String {
    match &note.job {
        Some(job) => format!("{}: {}", on_one_line(job), on_one_line(&note.message)),
        None => on_one_line(&note.message),
    }
}
