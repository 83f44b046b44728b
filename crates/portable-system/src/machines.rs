//! The machines of one test, running.

use std::collections::BTreeMap;

use domi_network::Network;

use crate::driven::{Driven, Fault};

/// The machines by name, and what is between them. All are gone when it is dropped.
#[derive(Debug, Default)]
pub struct Machines {
    machines: BTreeMap<String, Box<dyn Driven>>,
    network: Option<Network>,
}

impl Machines {
    /// These, which a network joins where there are several.
    pub fn of(machines: BTreeMap<String, Box<dyn Driven>>, network: Option<Network>) -> Self {
        Self { machines, network }
    }

    /// A machine by name; the only one where there is no name.
    pub(crate) fn machine(&mut self, name: Option<&str>) -> Option<&mut Box<dyn Driven>> {
        match name {
            Some(name) => self.machines.get_mut(name),
            None => self.machines.values_mut().next(),
        }
    }

    /// All machines.
    pub(crate) fn machines(&mut self) -> impl Iterator<Item = (&String, &mut Box<dyn Driven>)> {
        self.machines.iter_mut()
    }

    /// Takes all machines out.
    pub(crate) fn into_machines(self) -> BTreeMap<String, Box<dyn Driven>> {
        self.machines
    }

    /// Changes what is between a machine and all others; nothing where there are none.
    pub(crate) fn network(
        &self,
        change: impl FnOnce(&Network) -> anyhow::Result<()>,
    ) -> Result<(), Fault> {
        self.network.as_ref().map_or(Ok(()), change).map_err(|error| Fault::ours(&error))
    }
}
