use std::path::PathBuf;

use clap::{Args, Subcommand};
use domi_model::Problem;
use domi_report::Part;
use domi_runner::Ending;
use walkdir::WalkDir;

use crate::arguments::Reports;
use crate::codes::{NO_RUN, NOT_MERGED};
use crate::context::Context;
use crate::failure::Result;
use crate::shown::Shown;
use crate::start::{Run, Start};
use crate::{Exit, jobs, runs};

/// Combine runs
#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(subcommand)]
    command: ReportCommand,
}

#[derive(Debug, Subcommand)]
enum ReportCommand {
    Merge(Merge),
}

/// Make one run of the shards that several computers ran
#[derive(Debug, Args)]
struct Merge {
    /// Files of events, or folders with an events.jsonl at any depth
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Fail unless there are this many jobs in all
    #[arg(long, value_name = "N")]
    expect: Option<usize>,
    /// Print events as JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reports: Reports,
}

impl Run for Report {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.anywhere()?;
        match &self.command {
            ReportCommand::Merge(arguments) => merge(context, arguments),
        }
    }
}

/// Makes one run of several, shows it, and ends as that run would have ended.
fn merge(context: &Context, arguments: &Merge) -> Result<Exit> {
    runs::check_reports(context, &arguments.reports)?;
    let mut parts = Vec::new();
    for file in files(context, &arguments.runs)? {
        let recording = runs::read(context, &file)?;
        parts.push(Part { from: file.display().to_string(), events: recording.events });
    }
    let refuse = |messages: Vec<String>| {
        let problem = |message| {
            Problem::error(NOT_MERGED, "", message)
                .next("run all shards again, from the same commit and with the same --durations")
        };
        Err(context.problems(Exit::Usage, messages.into_iter().map(problem).collect()))
    };
    let events = match domi_report::merge(&parts, "", "") {
        Ok(events) => events,
        Err(mismatches) => return refuse(mismatches.iter().map(ToString::to_string).collect()),
    };
    let found = domi_report::Recorded::of(&events).jobs.len();
    if let Some(expected) = arguments.expect.filter(|expected| *expected != found) {
        return refuse(vec![format!("--expect says {expected} jobs, but the runs have {found}")]);
    }
    let folder = runs::folder(&context.target());
    let events = domi_runner::record(&folder, events, &context.interrupt)?;
    let mut shown = Shown::new(context, arguments.json);
    events.iter().for_each(|event| shown.see(event));
    jobs::finish(context, shown, &folder, &arguments.reports, jobs::exit(Ending::of(&events)))
}

/// The files of events that are named, or lie in folders that are.
fn files(context: &Context, runs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for run in runs {
        for entry in WalkDir::new(run).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                let problem = Problem::error(NO_RUN, run.display().to_string(), why)
                    .next("name the folder of a run, or its events.jsonl");
                context.problems(Exit::Usage, vec![problem])
            })?;
            // A file that is named on the command line may have any name.
            let named = entry.depth() == 0 && entry.file_type().is_file();
            if named || entry.path().file_name() == Some(runs::EVENTS.as_ref()) {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}
