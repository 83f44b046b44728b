//! A round: features are built, and their tests run.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domi_event::Body;
use domi_host::Interrupt;
use domi_plugin::Stage;
use domi_runner::{Backends, RunOptions, Selection};

use super::inbox::Inbox;
use super::last::Last;
use super::seen::Seen;
use crate::Exit;
use crate::affected::Affected;
use crate::context::Context;
use crate::failure::Result;
use crate::request::RunRequest;
use crate::required::Gathered;
use crate::shown::Shown;
use crate::{jobs, released};

/// How often it is looked whether a round is old.
const LOOK: Duration = Duration::from_millis(20);

/// A round.
pub(super) struct Round<'a> {
    /// The workspace, with an interrupt that ends this round alone.
    pub(super) context: &'a Context,
    pub(super) request: &'a RunRequest,
    pub(super) backends: &'a Backends,
    pub(super) options: &'a RunOptions,
    /// The features.
    pub(super) names: Vec<String>,
    /// These, where they are loaded already.
    pub(super) gathered: Option<Gathered>,
    /// Which of their jobs.
    pub(super) affected: &'a Affected,
    /// When something was saved.
    pub(super) began: Option<Instant>,
    /// Whether nothing was run before, so that what is chosen may be nothing at all.
    pub(super) is_first: bool,
}

/// Ends a round when the user wants to end all, or has saved something that makes it old.
pub(super) fn stop_for_what_is_newer(
    inbox: &Inbox,
    seen: &Seen,
    user: &Interrupt,
    stop: &Interrupt,
    over: &Interrupt,
) {
    let mut looked = 0;
    while !over.is_set() {
        let old = || inbox.more_saved(&mut looked).is_some_and(|saved| seen.is_old_after(&saved));
        if user.is_set() || inbox.quits() || { old }() {
            return stop.set();
        }
        std::thread::sleep(LOOK);
    }
}

impl Round<'_> {
    /// What was run; nothing where it does not come so far. Takes note of what the features are
    /// made from.
    pub(super) fn run(self, seen: &mut Seen) -> Result<Option<Last>> {
        let context = self.context;
        let built = Mutex::new(None);
        let heard = |stage: Stage<'_>| {
            if matches!(stage, Stage::Built) {
                *built.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
        };
        let gathered = match self.gathered {
            Some(gathered) => gathered,
            None => seen.gather(context, &self.names, &heard)?,
        };
        let built = built.into_inner().unwrap_or_else(PoisonError::into_inner);
        // What is built now may be of one moment or another.
        context.interrupt.check()?;
        let Gathered { features, needed: beside, .. } = gathered;
        if features.is_empty() {
            return Ok(None);
        }
        let choice = jobs::choice(context, &self.request.choice)?;
        let (backend, backends) = (self.request.backend, self.backends.clone());
        let previous = released::previous(context, &features)?;
        let selection = Selection { backend, backends, beside, previous, ..choice };
        let mut plan = match domi_runner::plan(&features, &selection) {
            Ok(plan) => plan,
            // Another feature has the tests that are chosen.
            Err(problems) if !self.is_first && jobs::choose_nothing(&problems) => {
                talk!("no test of it is chosen");
                return Ok(None);
            }
            Err(problems) => return Err(context.problems(Exit::Usage, problems)),
        };
        plan.jobs.retain(|job| self.affected.reaches_job(job, job.backend));
        if plan.jobs.is_empty() {
            talk!("there are no tests to run");
            return Ok(None);
        }
        jobs::ensure_guests(context, self.request, &plan)?;
        let interrupt = context.interrupt.clone();
        let options = RunOptions { interrupt, ..self.options.clone() };
        let mut shown = Shown::new(context, false);
        let mut decided = None;
        domi_runner::run(&plan, &options, &mut |event| {
            shown.see(event);
            if matches!(event.body, Body::JobFinished(_)) {
                decided = Some(Instant::now());
            }
        })?;
        let (recorded, told) = shown.finish();
        if !context.interrupt.is_set()
            && let Some(decided) = decided
        {
            tell(context, self.began, built, decided);
        }
        told.map(|()| Some(Last { plan, recorded }))
    }
}

/// Says how long a person has waited, since something was saved.
fn tell(context: &Context, began: Option<Instant>, built: Option<Instant>, decided: Instant) {
    let since = |then: Instant| decided.saturating_duration_since(then).as_secs_f64();
    let Some(began) = began else { return };
    let of_build = built.map(|built| format!(", {:.2} s after the compiler ended", since(built)));
    let line =
        format!("decided {:.2} s after the save{}", since(began), of_build.unwrap_or_default());
    talk!("{}", context.paint().faint(line));
}
