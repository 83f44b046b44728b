//! The machines of one test, running.

use std::collections::{BTreeMap, BTreeSet};

use domi_network::Network;

use crate::driven::{Driven, Fault};

/// The machines by name, and what is between them. All are gone when it is dropped.
#[derive(Debug, Default)]
pub struct Machines {
    machines: BTreeMap<String, Box<dyn Driven>>,
    network: Option<Network>,
    /// The machines that are off the network.
    cut: BTreeSet<String>,
}

impl Machines {
    /// These, which a network joins where there are several.
    pub fn of(machines: BTreeMap<String, Box<dyn Driven>>, network: Option<Network>) -> Self {
        Self { machines, network, cut: BTreeSet::new() }
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

    /// Cuts a machine off from all others.
    pub(crate) fn cut(&mut self, name: &str) -> Result<(), Fault> {
        self.cut.insert(name.to_owned());
        let Some(network) = &self.network else { return Ok(()) };
        self.others(name).try_for_each(|other| network.cut(name, other)).map_err(broken)
    }

    /// Puts a machine back to all others that are not cut off themselves.
    pub(crate) fn heal(&mut self, name: &str) -> Result<(), Fault> {
        self.cut.remove(name);
        let Some(network) = &self.network else { return Ok(()) };
        let mut others = self.others(name).filter(|other| !self.cut.contains(*other));
        others.try_for_each(|other| network.heal(name, other)).map_err(broken)
    }

    fn others<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.machines.keys().map(String::as_str).filter(move |other| *other != name)
    }
}

fn broken(error: impl Into<anyhow::Error>) -> Fault {
    Fault::ours(&error.into())
}
