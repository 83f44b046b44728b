//! Guests that are started for tests.

use std::collections::BTreeMap;

use domi_guest::{Machine, Options, StoreDisk};
use domi_host::Interrupt;
use domi_portable_system::{Fault, Starts, Wanted};
use domi_runner::{Job, Reporter};

use crate::guest::{Guest, driven, fault};
use crate::snapshots::Snapshots;

/// Who starts the guests of a test.
#[derive(Debug)]
pub(crate) struct Started<'a> {
    /// Whose machines they are.
    pub(crate) job: &'a Job,
    pub(crate) snapshots: &'a Snapshots<'a>,
    pub(crate) cold: bool,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) reporter: &'a Reporter,
    /// What machines have of Nix's store, by their names.
    pub(crate) stores: &'a BTreeMap<String, StoreDisk>,
}

impl Starts for Started<'_> {
    type Machine = Guest;

    fn start(&self, wanted: &Wanted<'_>) -> Result<Guest, Fault> {
        let options = Options {
            name: wanted.name.to_owned(),
            serial_log: wanted.log.clone(),
            network: wanted.network.clone(),
            store: self.stores.get(wanted.name).cloned(),
            interrupt: self.interrupt.clone(),
        };
        let system = self.job.system_of(wanted.name);
        let machine = if self.cold {
            let snapshot = self.snapshots.get_or_error(system, wanted.packages, self.reporter);
            snapshot.and_then(|snapshot| Machine::boot(&snapshot, options))
        } else {
            self.snapshots.restore(system, wanted.packages, &options, self.reporter)
        };
        machine.map(driven).map_err(fault)
    }
}
