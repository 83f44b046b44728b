//! A fleet with all that its tests are made from.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Fleet, LetIn, Machine, Policy, Trial};
use domi_fleet_files::{HostFacts, Projected};
use domi_model::{Place, Platform};

use crate::addresses::Addresses;

/// The most machines of a test.
pub(crate) const MOST_MACHINES: usize = 16;

/// A fleet, and what follows from it.
#[derive(Debug)]
pub struct World<'f> {
    pub(crate) fleet: &'f Fleet,
    pub(crate) hosts: BTreeMap<&'f str, &'f HostFacts>,
    pub(crate) let_in: BTreeMap<&'f str, LetIn<'f>>,
    /// The addresses of its machines.
    pub addresses: Addresses,
    /// The systems of which there are machines.
    systems: BTreeSet<Platform>,
    /// What stands before the paths of its files, for people.
    folder: &'f str,
}

impl<'f> World<'f> {
    /// That of a fleet, with machines of some systems. `folder` stands before the paths of its files where
    /// people read them.
    pub fn new(
        fleet: &'f Fleet,
        projected: &'f Projected,
        systems: impl IntoIterator<Item = Platform>,
        folder: &'f str,
    ) -> Self {
        let hosts = projected.hosts.iter().map(|host| (host.name.as_str(), host)).collect();
        let addresses = Addresses::of(fleet);
        let systems = systems.into_iter().collect();
        Self { fleet, hosts, let_in: projected.let_in(), addresses, systems, folder }
    }

    /// A line of a file, as people can open it.
    pub(crate) fn place(&self, place: &Place) -> Place {
        Place { file: format!("{}{}", self.folder, place.file), line: place.line }
    }

    pub(crate) fn of_trial(&self, policy: &Policy, trial: &Trial) -> Option<Place> {
        policy.about.at(trial.line).map(|place| self.place(&place))
    }

    /// What a host is or has that it cannot be a machine of a test, as what follows its name.
    pub(crate) fn unable(&self, host: &str) -> Option<String> {
        let facts = self.hosts.get(host)?;
        if facts.kind == Machine::Container {
            return Some("is a container of another host, and no machine of its own".to_owned());
        }
        if self.addresses.host(host).is_empty() {
            return Some("has no address, and the fleet's networks leave none for it".to_owned());
        }
        if self.systems.contains(&facts.system) {
            return None;
        }
        let all = self.systems.iter().chain([&facts.system]);
        let words: Vec<String> = all.map(|it| format!("--system {}", it.as_str())).collect();
        Some(format!("is {} (tried with {})", facts.system.as_str(), words.join(" ")))
    }

    /// The name of the machine that is none of the fleet's.
    pub(crate) fn outside(&self) -> String {
        let mut name = "outside".to_owned();
        while self.hosts.contains_key(name.as_str()) {
            name.push_str("-of-all");
        }
        name
    }

    /// The addresses of a machine.
    pub(crate) fn addresses_of(&self, machine: &str) -> &[IpAddr] {
        match self.hosts.contains_key(machine) {
            true => self.addresses.host(machine),
            false => self.addresses.outside(),
        }
    }

    /// All addresses of machines, each with whose it is.
    pub(crate) fn named<'m>(
        &'m self,
        machines: &'m BTreeSet<String>,
    ) -> impl Iterator<Item = (&'m IpAddr, &'m str)> {
        let of = |machine: &'m String| {
            self.addresses_of(machine).iter().map(move |address| (address, machine.as_str()))
        };
        machines.iter().flat_map(of)
    }
}
