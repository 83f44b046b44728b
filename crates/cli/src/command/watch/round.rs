//! A round: features are built, and their tests run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domi_event::Body;
use domi_host::Interrupt;
use domi_plugin::{BuiltFrom, Stage};
use domi_runner::{RunOptions, Selection};

use super::inbox::Inbox;
use super::last::Last;
use super::watching::{Seen, Watching};
use crate::Exit;
use crate::affected::Affected;
use crate::failure::Result;
use crate::shown::Shown;
use crate::{guests, jobs};

/// How often it is looked whether a round is old.
const LOOK: Duration = Duration::from_millis(20);

/// A round.
pub(super) struct Round<'a> {
    /// The features.
    pub(super) names: Vec<String>,
    /// Which of their jobs.
    pub(super) affected: &'a Affected,
    /// When something was saved.
    pub(super) began: Option<Instant>,
    /// Ends it.
    pub(super) stop: Interrupt,
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
    pub(super) fn run(self, watching: &mut Watching<'_>) -> Result<()> {
        let context = watching.context.until(self.stop.clone());
        let built = Mutex::new(None);
        let mut noted = BTreeMap::new();
        let loaded =
            context.load_and_note(watching.workspace(), &self.names, &mut noted, &|stage| {
                if matches!(stage, Stage::Built) {
                    *built.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                }
            })?;
        let built = built.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.note(watching, noted);
        context.show(loaded.errors);
        // What is built now may be of one moment or another.
        context.interrupt.check()?;
        let features: Vec<_> = loaded.features.into_iter().map(guests::loaded).collect();
        if features.is_empty() {
            return Ok(());
        }
        let request = &watching.request;
        let choice = jobs::choice(&context, &request.choice)?;
        let backends = watching.backends.clone();
        let selection = Selection { backend: request.backend, backends, ..choice };
        let mut plan = match domi_runner::plan(&features, &selection) {
            Ok(plan) => plan,
            // Another feature has the tests that are chosen.
            Err(problems) if watching.last.is_some() && jobs::choose_nothing(&problems) => {
                talk!("no test of it is chosen");
                return Ok(());
            }
            Err(problems) => return Err(context.problems(Exit::Usage, problems)),
        };
        plan.jobs.retain(|job| self.affected.reaches(job.feature(), job.backend));
        if plan.jobs.is_empty() {
            talk!("there are no tests to run");
            return Ok(());
        }
        jobs::ensure_guests(&context, request, &plan)?;
        let options = RunOptions { interrupt: self.stop.clone(), ..watching.options.clone() };
        let mut shown = Shown::new(&context, false);
        let mut decided = None;
        domi_runner::run(&plan, &options, &mut |event| {
            shown.see(event);
            if matches!(event.body, Body::JobFinished(_)) {
                decided = Some(Instant::now());
            }
        })?;
        let (recorded, told) = shown.finish();
        if !self.stop.is_set()
            && let Some(decided) = decided
        {
            self.tell(watching, built, decided);
        }
        watching.last = Some(Last { plan, recorded });
        told
    }

    /// Takes note of what features are made from. What could not be built is made from what it was
    /// made from before, and perhaps from more.
    fn note(&self, watching: &mut Watching<'_>, mut noted: BTreeMap<String, BuiltFrom>) {
        let seen = Arc::make_mut(&mut watching.seen);
        for name in &self.names {
            let new = noted.remove(name).unwrap_or_else(BuiltFrom::unknown);
            let known = seen.made_from.entry(name.clone()).or_default();
            match new.and_more && new.paths.is_empty() {
                true => known.and_more = true,
                false => *known = new,
            }
        }
    }

    /// Says how long a person has waited.
    fn tell(&self, watching: &Watching<'_>, built: Option<Instant>, decided: Instant) {
        let since = |then: Instant| decided.saturating_duration_since(then).as_secs_f64();
        let Some(began) = self.began else { return };
        let of_build =
            built.map(|built| format!(", {:.2} s after the compiler ended", since(built)));
        let line =
            format!("decided {:.2} s after the save{}", since(began), of_build.unwrap_or_default());
        talk!("{}", watching.context.paint().faint(line));
    }
}
