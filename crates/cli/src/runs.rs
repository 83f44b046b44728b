//! Runs of the past: where they lie, and what was recorded of them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domi_event::Recording;
use domi_model::Problem;
use domi_report::Recorded;

use crate::Exit;
use crate::args::Reports;
use crate::codes::{NO_RUN, RUN_UNREADABLE};
use crate::context::Context;
use crate::failure::Result;
use crate::github;

/// The name of a run's file of events, in its folder.
pub(crate) const EVENTS: &str = "events.jsonl";
/// The longest history that a page shows.
const HISTORY: usize = 30;

/// The folder that holds the folders of runs.
pub(crate) fn folder(target: &camino::Utf8Path) -> PathBuf {
    target.join("domi/runs").into_std_path_buf()
}

/// The folders of all runs, the oldest first.
fn all(runs: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let mut all: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.join(EVENTS).is_file()).collect();
    all.sort();
    all
}

/// The files of events of all runs, the newest first.
pub(crate) fn newest_first(runs: &Path) -> impl Iterator<Item = PathBuf> {
    all(runs).into_iter().rev().map(|run| run.join(EVENTS))
}

/// The file of a run's events: of the last run, of the only one that has `which` in its name, or
/// what lies at that path.
pub(crate) fn find(context: &Context, runs: &Path, which: Option<&str>) -> Result<PathBuf> {
    let all = all(runs);
    let Some(which) = which else {
        let none = || no_run(context, "", "nothing has been run here yet");
        return all.last().map(|run| run.join(EVENTS)).ok_or_else(none);
    };
    let path = Path::new(which);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if path.join(EVENTS).is_file() {
        return Ok(path.join(EVENTS));
    }
    let name =
        |run: &&PathBuf| run.file_name().is_some_and(|name| name.to_string_lossy().contains(which));
    match all.iter().filter(name).collect::<Vec<_>>()[..] {
        [run] => Ok(run.join(EVENTS)),
        [] => Err(no_run(context, which, "there is no such run")),
        [.., last] => {
            let last = last.file_name().unwrap_or_default().to_string_lossy();
            let message = format!("several runs have this in their names, the last {last}");
            Err(no_run(context, which, &message))
        }
    }
}

fn no_run(context: &Context, which: &str, message: &str) -> crate::failure::Failure {
    let problem = Problem::error(NO_RUN, which, message)
        .next("name a run, its folder or its events.jsonl; target/domi/runs has those of here");
    context.problems(Exit::Usage, vec![problem])
}

/// What was recorded in a file of events.
pub(crate) fn read(context: &Context, file: &Path) -> Result<Recording> {
    let text = fs_err::read_to_string(file).context("cannot read the events of a run")?;
    domi_event::read(&text).map_err(|bad| {
        let problem = Problem::error(RUN_UNREADABLE, file.display().to_string(), bad.to_string())
            .next("use the version of this tool that wrote it, or leave it");
        context.problems(Exit::Usage, vec![problem])
    })
}

/// Writes what was asked for of a run.
pub(crate) fn write_reports(run: &Recorded, runs: &Path, reports: &Reports) -> Result<()> {
    let absolute = |file: &Path| {
        std::path::absolute(file).with_context(|| format!("{} is no usable path", file.display()))
    };
    if let Some(file) = &reports.junit {
        domi_host::file::write(&absolute(file)?, domi_report::junit(run))?;
    }
    let summary = github::file("GITHUB_STEP_SUMMARY");
    if reports.html.is_none() && summary.is_none() {
        return Ok(());
    }
    let before = before(run, runs);
    if let Some(file) = &reports.html {
        domi_host::file::write(&absolute(file)?, domi_report::html(run, &before))?;
    }
    if let Some(file) = summary {
        github::append(&file, &domi_report::step_summary(run, &before))?;
    }
    Ok(())
}

/// The runs that are known from before a run, the oldest first.
fn before(run: &Recorded, runs: &Path) -> Vec<Recorded> {
    let earlier = |path: &PathBuf| {
        path.file_name().is_some_and(|name| *name.to_string_lossy() < *run.started.run)
    };
    let earlier: Vec<_> = all(runs).into_iter().filter(earlier).collect();
    read_all(&earlier[earlier.len().saturating_sub(HISTORY)..])
}

/// All runs that are known, the oldest first.
pub(crate) fn recorded(runs: &Path) -> Vec<Recorded> {
    read_all(&all(runs))
}

/// What cannot be read is no history.
fn read_all(runs: &[PathBuf]) -> Vec<Recorded> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path.join(EVENTS)).ok()?;
        Some(Recorded::of(&domi_event::read(&text).ok()?.events))
    };
    runs.iter().filter_map(read).collect()
}
