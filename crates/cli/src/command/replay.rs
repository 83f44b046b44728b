use crate::Exit;
use crate::args::Replay;
use crate::context::Context;
use crate::failure::Result;
use crate::runs;
use crate::shown::Shown;

/// Shows a run of the past as it was shown when it happened. What it came to is not how this
/// command ends: it succeeds when it has shown it.
pub(crate) fn run(context: &Context, arguments: &Replay) -> Result<Exit> {
    let runs = runs::folder(&context.workspace()?.target);
    let file = runs::find(context, &runs, arguments.run.as_deref())?;
    let recording = runs::read(context, &file)?;
    let mut shown = Shown::new(context, arguments.json);
    recording.events.iter().for_each(|event| shown.see(event));
    if recording.cut_off {
        eprintln!("the recording is cut off: the run was killed");
    }
    runs::write_reports(&shown.finish()?, &runs, &arguments.reports)?;
    Ok(Exit::Pass)
}
