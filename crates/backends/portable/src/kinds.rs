//! The guests of each system, opened once in a run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domi_guest::{Acceleration, Architecture, Error, Guests, Progress, Settings, Snapshot};
use domi_model::Platform;
use domi_runner::{Reporter, RunOptions, Stage, Unable};

use crate::guest::{Lacking, unable};

/// The guests of each system.
#[derive(Debug)]
pub(crate) struct Kinds<'a> {
    pub(crate) options: &'a RunOptions,
    guest: &'a Settings,
    guests: Mutex<BTreeMap<Platform, Result<Arc<Guests>, Unable>>>,
}

impl<'a> Kinds<'a> {
    pub(crate) fn new(options: &'a RunOptions, guest: &'a Settings) -> Self {
        Self { options, guest, guests: Mutex::default() }
    }

    pub(crate) fn acceleration(
        &self,
        system: Platform,
        reporter: &Reporter,
    ) -> Result<Acceleration, Unable> {
        self.guests(system)?
            .acceleration(&listener(reporter, system))
            .map_err(|error| unable(&error))
    }

    /// Removes what of a snapshot is damaged; says what is wrong with it.
    pub(crate) fn discard_if_damaged(
        &self,
        system: Platform,
        snapshot: &Snapshot,
    ) -> Result<Option<Error>, Unable> {
        let discarded = self.guests(system)?.discard_if_damaged(snapshot);
        discarded.map_err(|error| match unable(&error) {
            Unable::Failed(why) => Unable::Failed(format!(
                "what its machine started from is damaged, and cannot be made again: {why}"
            )),
            other => other,
        })
    }

    pub(crate) fn guests_or_error(&self, system: Platform) -> Result<Arc<Guests>, Error> {
        self.guests(system).map_err(error)
    }

    pub(crate) fn guests(&self, system: Platform) -> Result<Arc<Guests>, Unable> {
        let options = self.options;
        let open = || {
            let architecture = match system {
                Platform::X86_64Linux => Architecture::X86_64,
                Platform::Aarch64Linux => Architecture::Aarch64,
            };
            let settings = Settings { architecture, ..self.guest.clone() };
            Guests::open(&options.cache, settings, options.interrupt.clone())
                .map(Arc::new)
                .map_err(|error| unable(&error))
        };
        lock(&self.guests).entry(system).or_insert_with(open).clone()
    }
}

pub(crate) fn error(unable: Unable) -> Error {
    match unable {
        Unable::Interrupted => Error::Interrupted,
        Unable::Missing(why) => Error::Other(Lacking(why).into()),
        Unable::Broken(why) | Unable::Failed(why) => Error::Other(anyhow::Error::msg(why)),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reports what the guests do for a system. Stages that nobody ends, as something has failed, end
/// with what this returns.
pub(crate) fn listener(reporter: &Reporter, system: Platform) -> impl Fn(Progress) + Sync {
    let listening = Mutex::new((reporter.clone(), BTreeMap::<_, Stage>::new()));
    move |progress| {
        let (reporter, stages) = &mut *lock(&listening);
        match progress {
            Progress::Store(told) => reporter.note(None, told.to_string()),
            Progress::Note { text } => reporter.note(None, text),
            Progress::Started { stage, expected } => {
                let begun = reporter.stage(stage.to_string(), Some(system), expected);
                drop(stages.insert(stage, begun));
            }
            Progress::Finished { stage, .. } => drop(stages.remove(&stage)),
            _ => {}
        }
    }
}
