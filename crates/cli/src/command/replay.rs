use clap::Args;

use crate::arguments::Reports;
use crate::context::Context;
use crate::failure::Result;
use crate::shown::Shown;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, jobs, runs};

/// Show a past run
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Its name or a part of it, its folder, or its events.jsonl [default: the last]
    #[arg(value_name = "RUN", value_parser = given)]
    run: Option<String>,
    /// Print events as JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reports: Reports,
}

impl Run for Replay {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.anywhere()?;
        replay(context, &self)
    }
}

/// Shows a run of the past as it was shown when it happened. What it came to is not how this
/// command ends: it succeeds when it has shown it.
fn replay(context: &Context, arguments: &Replay) -> Result<Exit> {
    let runs = runs::folder(&context.target());
    let file = runs::find(context, &runs, arguments.run.as_deref())?;
    let recording = runs::read(context, &file)?;
    runs::check_reports(context, &arguments.reports)?;
    let mut shown = Shown::new(context, arguments.json);
    recording.events.iter().for_each(|event| shown.see(event));
    if recording.cut_off {
        talk!("the recording is cut off: the run was killed");
    }
    jobs::finish(context, shown, &runs, &arguments.reports, Exit::Pass)
}
