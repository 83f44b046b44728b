//! Images and layers for jobs: each is asked for once in a run, however many jobs need it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domi_guest::{Error, Machine, Options, Settings, Snapshot};
use domi_model::Platform;
use domi_portable_system::MachineKind;
use domi_runner::{Reporter, RunOptions, Unable};

use crate::guest::unable;
use crate::kinds::{Kinds, error, listener, lock};
use crate::spares::Waiting;

type Slot = Arc<Mutex<Option<Result<Snapshot, Unable>>>>;

/// The images and layers of a run.
#[derive(Debug)]
pub(crate) struct Snapshots<'a> {
    kinds: Kinds<'a>,
    waiting: &'a Waiting,
    slots: Mutex<BTreeMap<MachineKind, Slot>>,
}

impl<'a> Snapshots<'a> {
    pub(crate) fn new(options: &'a RunOptions, guest: &'a Settings, waiting: &'a Waiting) -> Self {
        Self { kinds: Kinds::new(options, guest), waiting, slots: Mutex::default() }
    }

    /// Restores machines for the next run, as many as this one wanted.
    pub(crate) fn restore_ahead(&self, wanted: BTreeMap<MachineKind, usize>) {
        let slots = lock(&self.slots);
        let found = wanted.into_iter().filter_map(|(kind, count)| {
            let slot = slots.get(&kind)?.try_lock().ok()?;
            let Some(Ok(snapshot)) = &*slot else { return None };
            Some((kind, snapshot.clone(), count))
        });
        self.waiting.restore(found.collect(), &self.kinds.options.runs);
    }

    pub(crate) fn kinds(&self) -> &Kinds<'a> {
        &self.kinds
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
            let made =
                self.kinds.guests(system)?.with_packages(packages, &listener(reporter, system));
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
                let guests = self.kinds.guests(system).map_err(error)?;
                guests.restore(packages, options, &listener(reporter, system))
            }
            other => other,
        }
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
}
