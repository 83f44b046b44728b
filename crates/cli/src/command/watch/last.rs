//! The last round: a machine of it again for a person, and what its journal said.

use std::path::{Path, PathBuf};

use domi_report::Recorded;
use domi_runner::{BackendKind, Job, Plan, RunOptions};

use crate::context::Context;
use crate::failure::Result;
use crate::shown::Shown;

/// What ends the name of a whole journal.
const JOURNAL: &str = ".journal.txt";

/// What was run last.
pub(super) struct Last {
    pub(super) plan: Plan,
    pub(super) recorded: Recorded,
}

impl Last {
    /// The first job that failed.
    fn failed(&self) -> Option<&Job> {
        let failed = |job: &&Job| {
            let finished = self.recorded.finished(&job.id);
            finished.is_some_and(|finished| !finished.verdict.is_good())
        };
        self.plan.jobs.iter().find(failed)
    }

    /// The job on whose machine a person looks round: the first that failed or, where none has, the
    /// last that had a machine.
    fn looked_at(&self) -> Option<&Job> {
        let has_shell = |job: &&Job| {
            [BackendKind::PORTABLE, BackendKind::PORTABLE_CONTAINER].contains(&job.backend)
                && job.skip.is_none()
                && job.machines() > 0
        };
        let failed = self.failed().filter(has_shell);
        failed.or_else(|| self.plan.jobs.iter().rfind(has_shell))
    }

    /// The journals of machines of a job, as far as they were kept.
    fn journals(&self, runs: &Path, job: &Job) -> Vec<PathBuf> {
        let folder = runs.join(&self.recorded.started.run).join(job.folder());
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(JOURNAL))
            .collect();
        files.sort();
        files
    }

    /// Runs one of its tests again, and opens a shell in the machine.
    pub(super) fn shell(&self, context: &Context, options: &RunOptions) -> Result<()> {
        let Some(job) = self.looked_at().cloned() else {
            talk!("no test has had a machine that a shell can be opened in");
            return Ok(());
        };
        let plan = Plan { jobs: vec![job], ..self.plan.clone() };
        let interrupt = context.interrupt.clone();
        let options = RunOptions { shell: true, interrupt, ..options.clone() };
        let mut shown = Shown::new(context, false);
        domi_runner::run(&plan, &options, &mut |event| shown.see(event))?;
        shown.finish().1
    }

    /// Shows the journal of the first test that failed.
    pub(super) fn journal(&self, context: &Context, runs: &Path) -> Result<()> {
        let Some(job) = self.failed() else {
            talk!("no test has failed; the journal of one that passes is not kept");
            return Ok(());
        };
        let journals = self.journals(runs, job);
        if journals.is_empty() {
            talk!("no machine of {} has left a journal", job.id);
        }
        for file in journals {
            let text = domi_report::shown(&fs_err::read_to_string(&file)?);
            talk!("{}", context.paint().faint(file.display()));
            data!("{}", text.trim_end())?;
        }
        Ok(())
    }
}
