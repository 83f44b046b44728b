//! All files of a fleet together.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domi_model::Problem;

use crate::codes::NAME_TWICE;
use crate::guests::guests;
use crate::piece::{Piece, Thing};
use crate::{
    About, Account, Application, Command, Constant, Context, Device, Document, Equipment, Folder,
    Given, Group, Home, Host, KINDS, Kind, Location, Network, Organization, Person, Policy, Query,
    Reaction, Relationship, Repository, Role, Secret, Shell, Term, User, View, Wave, folder_of,
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
    /// Secrets.
    pub secrets: BTreeMap<String, Secret>,
    /// Repositories of source code.
    pub repositories: BTreeMap<String, Repository>,
    /// Applications.
    pub applications: BTreeMap<String, Application>,
    /// Accounts with services of others.
    pub accounts: BTreeMap<String, Account>,
    /// Things that are no machines.
    pub equipment: BTreeMap<String, Equipment>,
    /// Groups of people.
    pub groups: BTreeMap<String, Group>,
    /// Words of the business.
    pub terms: BTreeMap<String, Term>,
    /// What of this fleet others may refer to.
    pub views: BTreeMap<String, View>,
    /// Other fleets.
    pub contexts: BTreeMap<String, Context>,
    /// Files that have a view, by their paths.
    pub documents: BTreeMap<String, Document>,
    /// People and agents of other fleets, by the names that they have here: `mill:ada`.
    pub guests: BTreeMap<String, Person>,
    /// Shells for work.
    pub shells: BTreeMap<String, Shell>,
    /// Homes of users.
    pub homes: BTreeMap<String, Home>,
    /// Values that have names.
    pub constants: BTreeMap<String, Constant>,
    /// Questions that are kept.
    pub queries: BTreeMap<String, Query>,
    /// What things are to each other.
    pub relationships: BTreeMap<String, Relationship>,
}

impl Fleet {
    /// Puts files together, in the order of their paths. What is wrong with each of them is
    /// returned; [`Fleet::check`] finds what is wrong between them.
    pub fn of(pieces: impl IntoIterator<Item = Piece>) -> (Self, Vec<Problem>) {
        let (mut fleet, mut problems) = (Self::default(), Vec::new());
        for Piece { thing, document, problems: mut found } in pieces {
            problems.append(&mut found);
            fleet.documents.extend(document.map(|it| (it.file.clone(), it)));
            let Some(thing) = thing else { continue };
            problems.extend(fleet.add(thing));
        }
        fleet.guests = guests(&fleet.contexts, &fleet.documents);
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
            Thing::Secret(it) => put(&mut self.secrets, it),
            Thing::Repository(it) => put(&mut self.repositories, it),
            Thing::Application(it) => put(&mut self.applications, it),
            Thing::Account(it) => put(&mut self.accounts, it),
            Thing::Equipment(it) => put(&mut self.equipment, it),
            Thing::Group(it) => put(&mut self.groups, it),
            Thing::Term(it) => put(&mut self.terms, it),
            Thing::View(it) => put(&mut self.views, it),
            Thing::Context(it) => put(&mut self.contexts, it),
            Thing::Shell(it) => put(&mut self.shells, it),
            Thing::Home(it) => put(&mut self.homes, it),
            Thing::Constant(it) => put(&mut self.constants, it),
            Thing::Query(it) => put(&mut self.queries, it),
            Thing::Relationship(it) => put(&mut self.relationships, it),
        }
    }

    /// What every file says, kind by kind.
    pub fn abouts(&self) -> impl Iterator<Item = &About> {
        // Policies of both folders are in one table.
        let kinds = KINDS.into_iter().filter(|kind| *kind != Kind::Authentication);
        kinds.flat_map(|kind| self.table(kind).abouts())
    }

    /// What every file of a kind says, by name.
    pub fn abouts_of(&self, kind: Kind) -> impl Iterator<Item = &About> {
        let is_it = move |about: &&About| folder_of(&about.file) == Folder::Of(kind);
        let is_shared = matches!(kind, Kind::Authorization | Kind::Authentication);
        self.table(kind).abouts().filter(move |it| !is_shared || is_it(it))
    }

    /// What the file of a kind and name says.
    pub fn about(&self, kind: Kind, name: &str) -> Option<&About> {
        self.table(kind).about(name)
    }

    fn table(&self, kind: Kind) -> &dyn Table {
        match kind {
            Kind::Organization => &self.organizations,
            Kind::Person => &self.people,
            Kind::Location => &self.locations,
            Kind::Device => &self.devices,
            Kind::Network => &self.networks,
            Kind::Authorization | Kind::Authentication => &self.policies,
            Kind::Host => &self.hosts,
            Kind::Role => &self.roles,
            Kind::User => &self.users,
            Kind::Wave => &self.waves,
            Kind::Command => &self.commands,
            Kind::Reaction => &self.reactions,
            Kind::Secret => &self.secrets,
            Kind::Repository => &self.repositories,
            Kind::Application => &self.applications,
            Kind::Account => &self.accounts,
            Kind::Equipment => &self.equipment,
            Kind::Group => &self.groups,
            Kind::Term => &self.terms,
            Kind::View => &self.views,
            Kind::Context => &self.contexts,
            Kind::Shell => &self.shells,
            Kind::Home => &self.homes,
            Kind::Constant => &self.constants,
            Kind::Query => &self.queries,
            Kind::Relationship => &self.relationships,
        }
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
        let mut all = self.organizations.values().filter(|it| it.is_top());
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
    Reaction,
    Secret,
    Repository,
    Application,
    Account,
    Equipment,
    Group,
    Term,
    View,
    Context,
    Shell,
    Home,
    Constant,
    Query,
    Relationship
);

/// Things of a kind, by name.
trait Table {
    fn about(&self, name: &str) -> Option<&About>;
    fn abouts(&self) -> Box<dyn Iterator<Item = &About> + '_>;
}

impl<T: Filed> Table for BTreeMap<String, T> {
    fn about(&self, name: &str) -> Option<&About> {
        self.get(name).map(Filed::about)
    }

    fn abouts(&self) -> Box<dyn Iterator<Item = &About> + '_> {
        Box::new(self.values().map(Filed::about))
    }
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
