//! All files of a fleet together.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domi_model::Problem;

use crate::codes::NAME_TWICE;
use crate::piece::{Piece, Thing};
use crate::{
    About, Command, Device, Given, Host, Location, Network, Organization, Person, Policy, Reaction,
    Role, User, Wave,
};

/// An organisation and its machines: everything by its name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fleet {
    /// Organisations and their units.
    pub organizations: BTreeMap<String, Organization>,
    /// People and agents.
    pub people: BTreeMap<String, Person>,
    /// Places.
    pub locations: BTreeMap<String, Location>,
    /// Devices.
    pub devices: BTreeMap<String, Device>,
    /// Networks.
    pub networks: BTreeMap<String, Network>,
    /// Policies of both folders.
    pub policies: BTreeMap<String, Policy>,
    /// Machines.
    pub hosts: BTreeMap<String, Host>,
    /// Roles.
    pub roles: BTreeMap<String, Role>,
    /// Users on machines.
    pub users: BTreeMap<String, User>,
    /// Waves.
    pub waves: BTreeMap<String, Wave>,
    /// Commands.
    pub commands: BTreeMap<String, Command>,
    /// Reactions.
    pub reactions: BTreeMap<String, Reaction>,
}

impl Fleet {
    /// Puts files together, in the order of their paths. What is wrong with each of them is
    /// returned; [`Fleet::check`] finds what is wrong between them.
    pub fn of(pieces: impl IntoIterator<Item = Piece>) -> (Self, Vec<Problem>) {
        let (mut fleet, mut problems) = (Self::default(), Vec::new());
        for Piece { thing, problems: mut found } in pieces {
            problems.append(&mut found);
            let Some(thing) = thing else { continue };
            problems.extend(fleet.add(thing));
        }
        (fleet, problems)
    }

    fn add(&mut self, thing: Thing) -> Option<Problem> {
        match thing {
            Thing::Organization(it) => put(&mut self.organizations, it),
            Thing::Person(it) => put(&mut self.people, it),
            Thing::Location(it) => put(&mut self.locations, it),
            Thing::Device(it) => put(&mut self.devices, it),
            Thing::Network(it) => put(&mut self.networks, it),
            Thing::Policy(it) => put(&mut self.policies, it),
            Thing::Host(it) => put(&mut self.hosts, it),
            Thing::Role(it) => put(&mut self.roles, it),
            Thing::User(it) => put(&mut self.users, it),
            Thing::Wave(it) => put(&mut self.waves, it),
            Thing::Command(it) => put(&mut self.commands, it),
            Thing::Reaction(it) => put(&mut self.reactions, it),
        }
    }

    /// What every file says, kind by kind.
    pub fn abouts(&self) -> impl Iterator<Item = &About> {
        (abouts(&self.organizations))
            .chain(abouts(&self.people))
            .chain(abouts(&self.locations))
            .chain(abouts(&self.devices))
            .chain(abouts(&self.networks))
            .chain(abouts(&self.policies))
            .chain(abouts(&self.hosts))
            .chain(abouts(&self.roles))
            .chain(abouts(&self.users))
            .chain(abouts(&self.waves))
            .chain(abouts(&self.commands))
            .chain(abouts(&self.reactions))
    }

    /// What files say of features, with what each file is about.
    pub fn givens(&self) -> impl Iterator<Item = (&About, &Given)> {
        let organizations = self.organizations.values().map(|it| (&it.about, &it.given));
        let locations = self.locations.values().map(|it| (&it.about, &it.given));
        let roles = self.roles.values().map(|it| (&it.about, &it.given));
        let policies = self.policies.values().map(|it| (&it.about, &it.given));
        let hosts = self.hosts.values().map(|it| (&it.about, &it.given));
        let all = organizations.chain(locations).chain(roles).chain(policies).chain(hosts);
        all.filter(|(_, given)| !given.is_empty())
    }

    /// The only organisation, where there is one.
    pub fn only_organization(&self) -> Option<&Organization> {
        let mut all = self.organizations.values().filter(|it| it.within.is_none());
        let only = all.next();
        only.filter(|_| all.next().is_none())
    }
}

/// What has a file of its own.
pub(crate) trait Filed {
    fn about(&self) -> &About;
}

macro_rules! filed {
    ($($kind:ident),+) => {
        $(impl Filed for $kind {
            fn about(&self) -> &About {
                &self.about
            }
        })+
    };
}

filed!(
    Organization,
    Person,
    Location,
    Device,
    Network,
    Policy,
    Host,
    Role,
    User,
    Wave,
    Command,
    Reaction
);

fn abouts<T: Filed>(all: &BTreeMap<String, T>) -> impl Iterator<Item = &About> {
    all.values().map(Filed::about)
}

/// Puts something under its name; the first of a name stays.
fn put<T: Filed>(all: &mut BTreeMap<String, T>, it: T) -> Option<Problem> {
    match all.entry(it.about().name.clone()) {
        Entry::Vacant(place) => {
            place.insert(it);
            None
        }
        Entry::Occupied(other) => {
            let (about, other) = (it.about(), other.get().about());
            let message = format!("`{}` has this name already", other.file);
            let problem = Problem::error(NAME_TWICE, &about.name, message).at(about.at(1));
            Some(problem.next("give one of the two files another name"))
        }
    }
}
