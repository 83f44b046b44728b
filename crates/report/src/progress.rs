use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domi_event::{Body, Counts, Event, PlannedJob};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::text::{Took, on_one_line};

/// One moving line for everything in progress: what it is, how long it has taken, and how long it
/// took last time. Below these lines, the progress of the whole run.
pub(crate) struct Progress {
    bars: MultiProgress,
    jobs: BTreeMap<String, PlannedJob>,
    several_systems: bool,
    /// By what they are about. In streams of earlier versions, which do not number stages, two
    /// systems may go through the same one at once.
    lines: BTreeMap<String, Vec<ProgressBar>>,
    whole: ProgressBar,
    counts: Counts,
}

impl Progress {
    pub(crate) fn new(bars: MultiProgress) -> Self {
        Self {
            bars,
            jobs: BTreeMap::new(),
            several_systems: false,
            lines: BTreeMap::new(),
            whole: ProgressBar::hidden(),
            counts: Counts::default(),
        }
    }

    pub(crate) fn hidden() -> Self {
        Self::new(MultiProgress::with_draw_target(ProgressDrawTarget::hidden()))
    }

    pub(crate) fn event(&mut self, event: &Event) {
        match &event.body {
            Body::Plan(plan) => {
                self.jobs = plan.jobs.iter().map(|job| (job.job.clone(), job.clone())).collect();
                let systems: BTreeSet<_> = plan.jobs.iter().flat_map(PlannedJob::systems).collect();
                self.several_systems = systems.len() > 1;
                if plan.jobs.len() > 1 {
                    self.begin_whole();
                }
            }
            Body::StageStarted(stage) => {
                let mut title = on_one_line(&stage.stage);
                if self.several_systems && !stage.system.is_empty() {
                    title += &format!(" for {}", on_one_line(&stage.system));
                }
                self.begin(&stage.key(), &title, stage.last_millis);
            }
            Body::StageFinished(stage) => self.end(&stage.key()),
            Body::JobStarted(job) => {
                let planned = self.jobs.get(&job.job).cloned().unwrap_or_default();
                let mut title = format!("{} › {}", planned.feature, planned.test);
                if self.several_systems {
                    title += &format!(" on {}", planned.system);
                }
                self.begin(&job.job, &on_one_line(&title), planned.last_millis);
            }
            Body::JobProgress(progress) => {
                if let Some(line) = self.line(&progress.job) {
                    line.set_message(on_one_line(&progress.what));
                }
            }
            Body::StepStarted(step) => {
                let steps = self.jobs.get(&step.job).map_or(0, |job| job.steps);
                if let Some(line) = self.line(&step.job) {
                    let what = on_one_line(&step.what);
                    line.set_message(format!("step {}/{steps} {what}", step.step));
                }
            }
            Body::JobFinished(job) => {
                self.end(&job.job);
                self.counts.add(job.verdict);
                self.show_whole();
            }
            Body::ShellOpened(_) => self.bars.set_draw_target(ProgressDrawTarget::hidden()),
            Body::ShellClosed(_) => self.bars.set_draw_target(ProgressDrawTarget::stderr()),
            Body::RunFinished(_) => {
                for line in std::mem::take(&mut self.lines).into_values().flatten() {
                    line.finish_and_clear();
                }
                self.whole.finish_and_clear();
            }
            _ => {}
        }
    }

    fn begin(&mut self, key: &str, title: &str, last: Option<u64>) {
        let line = ProgressBar::new_spinner();
        let line = if self.whole.is_hidden() {
            self.bars.add(line)
        } else {
            self.bars.insert_before(&self.whole, line)
        };
        let last = last.map(|last| format!(" ({} last time)", Took(last))).unwrap_or_default();
        let template = format!("  {{spinner}} {{prefix}}  {{elapsed}}{last}  {{wide_msg:.dim}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            line.set_style(style);
        }
        line.set_prefix(title.to_owned());
        line.enable_steady_tick(Duration::from_millis(100));
        self.lines.entry(key.to_owned()).or_default().push(line);
    }

    fn line(&self, key: &str) -> Option<&ProgressBar> {
        self.lines.get(key)?.last()
    }

    fn begin_whole(&mut self) {
        self.whole = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("  {msg}  {elapsed}") {
            self.whole.set_style(style);
        }
        self.show_whole();
        self.whole.enable_steady_tick(Duration::from_millis(500));
    }

    fn show_whole(&self) {
        let bad = match self.counts.bad() {
            0 => String::new(),
            bad => format!(", {bad} not well"),
        };
        self.whole.set_message(format!("{} of {} jobs{bad}", self.counts.total(), self.jobs.len()));
    }

    fn end(&mut self, key: &str) {
        // The one that began first; they differ only in the time they show.
        let lines = self.lines.get_mut(key).filter(|lines| !lines.is_empty());
        if let Some(line) = lines.map(|lines| lines.remove(0)) {
            line.finish_and_clear();
            self.bars.remove(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use domi_event::{JobFinished, JobStarted, Plan, StageFinished, StageStarted, Verdict};
    use indicatif::InMemoryTerm;

    use super::*;

    #[test]
    fn a_stage_ends_by_its_number_and_says_its_system_where_there_are_several() {
        let terminal = InMemoryTerm::new(10, 80);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let mut progress = Progress::new(MultiProgress::with_draw_target(target));
        let mut say = |body| progress.event(&Event { at: jiff::Timestamp::UNIX_EPOCH, body });
        let systems = ["x86_64-linux", "aarch64-linux"].map(str::to_owned);
        let job = |system| PlannedJob { system, ..PlannedJob::default() };
        say(Body::Plan(Plan { jobs: systems.clone().map(job).to_vec() }));
        for (id, system) in (1..).zip(systems) {
            let stage = "booting the guest".to_owned();
            say(Body::StageStarted(StageStarted { id, stage, system, last_millis: None }));
        }
        let stage = "booting the guest".to_owned();
        say(Body::StageFinished(StageFinished { id: 1, stage, ..Default::default() }));
        let shown = (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            let shown = terminal.contents();
            shown.contains("booting the guest for aarch64-linux") && !shown.contains("x86_64")
        });
        assert!(shown, "{}", terminal.contents());
    }

    #[test]
    fn what_runs_is_shown_with_its_place_and_below_it_the_whole() {
        let terminal = InMemoryTerm::new(10, 80);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let mut progress = Progress::new(MultiProgress::with_draw_target(target));
        let at = jiff::Timestamp::UNIX_EPOCH;
        let mut say = |body| progress.event(&Event { at, body });
        let name = |system: &str| format!("x/answers/{system}/portable");
        let job = |system: &str| PlannedJob {
            job: name(system),
            feature: "x".to_owned(),
            test: "answers".to_owned(),
            system: system.to_owned(),
            last_millis: Some(1500),
            ..PlannedJob::default()
        };
        let [here, there] = ["x86_64-linux", "aarch64-linux"];
        say(Body::Plan(Plan { jobs: vec![job(here), job(there)] }));
        for system in [here, there] {
            say(Body::JobStarted(JobStarted { job: name(system) }));
        }
        // Both systems' images are made at once.
        let stage = || "configuring the guest".to_owned();
        for _ in 0..2 {
            say(Body::StageStarted(StageStarted { stage: stage(), ..Default::default() }));
        }
        for _ in 0..2 {
            say(Body::StageFinished(StageFinished { stage: stage(), ..Default::default() }));
        }
        let finished =
            JobFinished { job: name(here), verdict: Verdict::Failed, ..Default::default() };
        say(Body::JobFinished(finished));
        // It is redrawn from time to time, and the time moves on.
        let expected =
            ["x › answers on aarch64-linux", "(1.5 s last time)", "1 of 2 jobs, 1 not well"];
        let shown = (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            expected.iter().all(|part| terminal.contents().contains(part))
        });
        assert!(shown, "{}", terminal.contents());
        assert!(!terminal.contents().contains("configuring"), "{}", terminal.contents());
        say(Body::RunFinished(domi_event::RunFinished::default()));
        assert_eq!(terminal.contents(), "");
    }
}
