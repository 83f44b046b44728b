//! Images and layers for jobs: each is asked for once in a run, however many jobs need it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domi_guest::{
    Acceleration, Architecture, Error, Guests, Machine, Options, Progress, Settings, Snapshot,
};
use domi_model::Platform;
use domi_portable_system::MachineKind;
use domi_runner::{Reporter, RunOptions, Stage, Unable};

use crate::guest::{Lacking, unable};
use crate::spares::Waiting;

type Slot = Arc<Mutex<Option<Result<Snapshot, Unable>>>>;

/// The images and layers of a run.
#[derive(Debug)]
pub(crate) struct Snapshots<'a> {
    options: &'a RunOptions,
    guest: &'a Settings,
    waiting: &'a Waiting,
    guests: Mutex<BTreeMap<Platform, Result<Arc<Guests>, Unable>>>,
    slots: Mutex<BTreeMap<MachineKind, Slot>>,
}

impl<'a> Snapshots<'a> {
    pub(crate) fn new(options: &'a RunOptions, guest: &'a Settings, waiting: &'a Waiting) -> Self {
        Self { options, guest, waiting, guests: Mutex::default(), slots: Mutex::default() }
    }

    /// Restores machines for the next run, as many as this one wanted.
    pub(crate) fn restore_ahead(&self, wanted: BTreeMap<MachineKind, usize>) {
        let slots = lock(&self.slots);
        let found = wanted.into_iter().filter_map(|(kind, count)| {
            let slot = slots.get(&kind)?.try_lock().ok()?;
            let Some(Ok(snapshot)) = &*slot else { return None };
            Some((kind, snapshot.clone(), count))
        });
        self.waiting.restore(found.collect(), &self.options.runs);
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

    /// What a machine with these packages starts from. Made where it is not there, by one job
    /// while the others that need it wait; where that has failed, it is not tried again.
    pub(crate) fn get(
        &self,
        system: Platform,
        packages: &[String],
        reporter: &Reporter,
    ) -> Result<Snapshot, Unable> {
        let slot = lock(&self.slots).entry((system, packages.to_vec())).or_default().clone();
        let mut slot = lock(&slot);
        slot.get_or_insert_with(|| {
            let made = self.guests(system)?.with_packages(packages, &listener(reporter, system));
            made.map_err(|error| unable(&error))
        })
        .clone()
    }

    pub(crate) fn get_or_error(
        &self,
        system: Platform,
        packages: &[String],
        reporter: &Reporter,
    ) -> Result<Snapshot, Error> {
        self.get(system, packages, reporter).map_err(error)
    }

    /// A machine restored from what [`Snapshots::get`] gives, before now or now. What turns out to be damaged only
    /// then is made again, once.
    pub(crate) fn restore(
        &self,
        system: Platform,
        packages: &[String],
        options: &Options,
        reporter: &Reporter,
    ) -> Result<Machine, Error> {
        let snapshot = self.get_or_error(system, packages, reporter)?;
        let kind = (system, packages.to_vec());
        if let Some(machine) = self.waiting.take(&kind, &snapshot, options) {
            return machine;
        }
        match Machine::restore(&snapshot, options.clone()) {
            Err(Error::Store(domi_guest::StoreError::Damaged { .. })) => {
                drop(snapshot);
                self.forget(system);
                let guests = self.guests(system).map_err(error)?;
                guests.restore(packages, options, &listener(reporter, system))
            }
            other => other,
        }
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

    /// Asks the store again for what was found of a system. What could not be made is not tried
    /// again.
    pub(crate) fn forget(&self, system: Platform) {
        self.waiting.forget();
        lock(&self.slots).retain(|(of, _), slot| {
            // One that is held is being made right now.
            let known = slot.try_lock().is_ok_and(|slot| matches!(*slot, Some(Ok(_))));
            *of != system || !known
        });
    }

    fn guests(&self, system: Platform) -> Result<Arc<Guests>, Unable> {
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

fn error(unable: Unable) -> Error {
    match unable {
        Unable::Interrupted => Error::Interrupted,
        Unable::Missing(why) => Error::Other(Lacking(why).into()),
        Unable::Broken(why) | Unable::Failed(why) => Error::Other(anyhow::Error::msg(why)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reports what the guests do for a system. Stages that nobody ends, as something has failed, end
/// with what this returns.
fn listener(reporter: &Reporter, system: Platform) -> impl Fn(Progress) + Sync {
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
