//! Runs of the past: where they lie, and what was recorded of them.

use std::path::{Path, PathBuf};

use domi_event::Recording;
use domi_host::file;
use domi_model::Problem;
use domi_report::Recorded;

use crate::Exit;
use crate::arguments::Reports;
use crate::codes::{NO_RUN, RUN_UNREADABLE, UNUSABLE};
use crate::context::{Context, WITHOUT_CARGO};
use crate::failure::Result;
use crate::github;

/// The name of a run's file of events, in its folder.
pub(crate) const EVENTS: &str = "events.jsonl";
/// The variable with the file that GitHub shows below a workflow.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// The longest history that a page shows.
const HISTORY: usize = 30;

/// The folder that holds the folders of runs: in cargo's folder, or in ours.
pub(crate) fn folder(target: &camino::Utf8Path) -> PathBuf {
    let ours = target.file_name() == Some(WITHOUT_CARGO);
    target.join(if ours { "runs" } else { "domi/runs" }).into_std_path_buf()
}

/// The folders of all runs, the oldest first.
fn all(runs: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let mut all: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.join(EVENTS).is_file()).collect();
    // Folders that somebody has put beside them are older than any run.
    all.sort_by_cached_key(|run| {
        let name = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (domi_runner::is_run(&name), name)
    });
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
        let none = || no_run(context, runs, "", "nothing has been run here yet");
        return all.last().map(|run| run.join(EVENTS)).ok_or_else(none);
    };
    if let Some(file) = at(Path::new(which)) {
        return Ok(file);
    }
    let name =
        |run: &&PathBuf| run.file_name().is_some_and(|name| name.to_string_lossy().contains(which));
    match all.iter().filter(name).collect::<Vec<_>>()[..] {
        [run] => Ok(run.join(EVENTS)),
        [] => Err(no_run(context, runs, which, "there is no such run")),
        [.., last] => {
            let last = last.file_name().unwrap_or_default().to_string_lossy();
            let message = format!("several runs have this in their names; the last one is {last}");
            Err(no_run(context, runs, which, &message))
        }
    }
}

/// The file of events that a path stands for: it, or the one in the folder of a run.
pub(crate) fn at(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join(EVENTS)].into_iter().find(|path| path.is_file())
}

fn no_run(context: &Context, runs: &Path, which: &str, message: &str) -> crate::failure::Failure {
    let runs = runs.strip_prefix(&context.root).unwrap_or(runs).display();
    let problem = Problem::error(NO_RUN, which, message)
        .next(format!("name a run of {runs}, or give the path of its folder or its events.jsonl"));
    context.problems(Exit::Usage, vec![problem])
}

/// What was recorded in a file of events.
pub(crate) fn read(context: &Context, file: &Path) -> Result<Recording> {
    let unreadable = |why: String, next: &str| {
        let problem = Problem::error(RUN_UNREADABLE, file.display().to_string(), why).next(next);
        context.problems(Exit::Usage, vec![problem])
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| unreadable(error.to_string(), "name another run"))?;
    domi_event::read(&text).map_err(|bad| {
        unreadable(bad.to_string(), "read it with the version of this tool that wrote it")
    })
}

/// Checks that reports can be written, before anything runs.
pub(crate) fn check_reports(context: &Context, reports: &Reports) -> Result<()> {
    let named = [("--junit", &reports.junit), ("--html", &reports.html)];
    let named = named.into_iter().filter_map(|(flag, file)| Some((flag, file.as_ref()?)));
    let checked = named.map(|(flag, file)| (flag, file::check_writable(file)));
    let summary = github::file(SUMMARY).map(|file| (SUMMARY, github::append(&file, "")));
    let problems = checked.chain(summary).filter_map(|(name, checked)| {
        let problem = Problem::error(UNUSABLE, name, format!("{:#}", checked.err()?));
        Some(problem.next("name another file, or make this one writable"))
    });
    let problems: Vec<_> = problems.collect();
    if problems.is_empty() { Ok(()) } else { Err(context.problems(Exit::Usage, problems)) }
}

/// Writes all reports that were asked for; one that fails does not stop the others.
pub(crate) fn write_reports(
    context: &Context,
    run: &Recorded,
    runs: &Path,
    reports: &Reports,
) -> Result<()> {
    let summary = github::file(SUMMARY);
    let tell_all = reports.html.is_some() || summary.is_some();
    let before = if tell_all { before(run, runs) } else { Vec::new() };
    let junit = reports.junit.as_ref().map(|file| file::write(file, domi_report::junit(run)));
    let html = reports.html.as_ref().map(|file| file::write(file, domi_report::html(run, &before)));
    let summary =
        summary.map(|file| github::append(&file, &domi_report::step_summary(run, &before)));
    let written = [("--junit", junit), ("--html", html), (SUMMARY, summary)];
    let problem = |(name, written): (&str, Option<anyhow::Result<()>>)| {
        let why = format!("{:#}", written?.err()?);
        Some(Problem::error(UNUSABLE, name, why).next("`cargo xtask replay` can write it"))
    };
    let problems: Vec<_> = written.into_iter().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(context.problems(Exit::Missing, problems)) }
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

/// Runs that cannot be read are left out.
fn read_all(runs: &[PathBuf]) -> Vec<Recorded> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path.join(EVENTS)).ok()?;
        Some(Recorded::of(&domi_event::read(&text).ok()?.events))
    };
    runs.iter().filter_map(read).collect()
}
