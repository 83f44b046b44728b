use std::path::PathBuf;

use clap::Args;

/// Files that a run is written to, beside what is shown.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Reports {
    /// Also write the verdicts as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Also write an HTML page, with the history of the jobs
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}
