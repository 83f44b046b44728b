use std::collections::BTreeMap;
use std::time::Duration;

use domi_event::{Body, Event, PlannedJob};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::look::{Took, on_one_line};

/// One moving line for everything that is being done: what, since when, and how long it took last
/// time.
pub(crate) struct Progress {
    bars: MultiProgress,
    jobs: BTreeMap<String, PlannedJob>,
    lines: BTreeMap<String, ProgressBar>,
}

impl Progress {
    pub(crate) fn new(bars: MultiProgress) -> Self {
        Self { bars, jobs: BTreeMap::new(), lines: BTreeMap::new() }
    }

    pub(crate) fn hidden() -> Self {
        Self::new(MultiProgress::with_draw_target(ProgressDrawTarget::hidden()))
    }

    pub(crate) fn event(&mut self, event: &Event) {
        match &event.body {
            Body::Plan(plan) => {
                self.jobs = plan.jobs.iter().map(|job| (job.job.clone(), job.clone())).collect();
            }
            Body::StageStarted(stage) => {
                self.begin(&stage.stage, &on_one_line(&stage.stage), stage.last_millis);
            }
            Body::StageFinished(stage) => self.end(&stage.stage),
            Body::JobStarted(job) => {
                let planned = self.jobs.get(&job.job).cloned().unwrap_or_default();
                let title = format!("{} › {}", planned.feature, planned.test);
                self.begin(&job.job, &on_one_line(&title), planned.last_millis);
            }
            Body::JobProgress(progress) => {
                if let Some(line) = self.lines.get(&progress.job) {
                    line.set_message(on_one_line(&progress.what));
                }
            }
            Body::StepStarted(step) => {
                let steps = self.jobs.get(&step.job).map_or(0, |job| job.steps);
                if let Some(line) = self.lines.get(&step.job) {
                    let what = on_one_line(&step.what);
                    line.set_message(format!("step {}/{steps} {what}", step.step));
                }
            }
            Body::JobFinished(job) => self.end(&job.job),
            Body::ShellOpened(_) => self.bars.set_draw_target(ProgressDrawTarget::hidden()),
            Body::ShellClosed(_) => self.bars.set_draw_target(ProgressDrawTarget::stderr()),
            Body::RunFinished(_) => {
                for line in std::mem::take(&mut self.lines).into_values() {
                    line.finish_and_clear();
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, key: &str, title: &str, last: Option<u64>) {
        let line = self.bars.add(ProgressBar::new_spinner());
        let last = last.map(|last| format!(" ({} last time)", Took(last))).unwrap_or_default();
        let template = format!("  {{spinner}} {{prefix}}  {{elapsed}}{last}  {{wide_msg:.dim}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            line.set_style(style);
        }
        line.set_prefix(title.to_owned());
        line.enable_steady_tick(Duration::from_millis(100));
        self.lines.insert(key.to_owned(), line);
    }

    fn end(&mut self, key: &str) {
        if let Some(line) = self.lines.remove(key) {
            line.finish_and_clear();
            self.bars.remove(&line);
        }
    }
}
