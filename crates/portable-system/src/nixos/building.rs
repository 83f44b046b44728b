//! What Nix builds for machines, and what is said where it has not.

use std::time::Duration;

use domi_event::Diagnostics;
use domi_nix_command::{Build, Nix, Said};
use domi_runner::{Artifacts, Done, Job, Reporter, RunOptions, Unable};

use crate::provision::evaluated::without_nix;

/// Why a Nix whose store is elsewhere is of no use here.
pub const NO_STORE: &str = "the store of this nix is not on this computer";
/// How much of the log of a failed build a report shows.
const LINES: usize = 100;

/// What builds.
#[derive(Debug)]
pub struct Builders<'a> {
    /// The program.
    pub nix: &'a Nix,
    /// What Nix is to use instead of its own list of builders.
    pub builders: Option<&'a str>,
    /// How long it may take.
    pub limit: Duration,
}

impl Builders<'_> {
    /// Builds what these words name. Meanwhile it is shown as `what`, and warnings as notes of the job.
    pub fn build(
        &self,
        what: String,
        mut words: Vec<String>,
        job: &Job,
        options: &RunOptions,
        reporter: &Reporter,
    ) -> Build {
        let _stage = reporter.stage(what, Some(job.system), None);
        if let Some(builders) = self.builders {
            words.extend(["--builders", builders].map(str::to_owned));
        }
        self.nix.build(words, self.limit, &options.interrupt, |said| {
            if let Said::Warning(warning) = said {
                reporter.note(Some(&job.id), warning);
            }
        })
    }
}

/// What a job comes to that needs it, with what the builds have said. `what` was not built.
pub fn not_built(what: &str, build: &Build, folder: &Artifacts) -> Done {
    folder.keep("nix.log", &build.log.said());
    let (mut said, mut names) = (Vec::new(), Vec::new());
    for drv in build.log.failed() {
        let lines = build.log.of(&drv);
        let name = drv.rsplit('/').next().unwrap_or(&drv).trim_end_matches(".drv");
        folder.keep(&format!("{name}.log"), &(lines.join("\n") + "\n"));
        said.extend(lines[lines.len().saturating_sub(LINES)..].iter().cloned());
        // The name in the store begins with a hash.
        names.push(name.split_once('-').map_or(name, |(_, name)| name).to_owned());
    }
    let mut done: Done = match &build.built {
        Err(failed) => without_nix(failed).into(),
        Ok(_) => Unable::Failed("nix has built nothing".to_owned()).into(),
    };
    if !names.is_empty() {
        let message = format!("{what} cannot be built: nix fails at {}", names.join(", "));
        let said = said.join("\n");
        done.diagnostics = Some(Box::new(Diagnostics { message, said, ..Diagnostics::default() }));
    }
    done
}
