use crate::args::Replay;
use crate::context::Context;
use crate::failure::Result;
use crate::shown::Shown;
use crate::{Exit, jobs, runs};

/// Shows a run of the past as it was shown when it happened. What it came to is not how this
/// command ends: it succeeds when it has shown it.
pub(crate) fn run(context: &Context, arguments: &Replay) -> Result<Exit> {
    let runs = runs::folder(&context.workspace()?.target);
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
