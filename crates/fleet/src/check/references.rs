//! Names that refer to other files.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::addresses::network_instead;
use crate::codes::{RETIRED, UNKNOWN_REFERENCE};
use crate::fleet::Filed;
use crate::spelling::instead;
use crate::{About, Command, Fleet, Kind, Ref, Selector};

/// Names that refer to nothing, or to what is gone.
pub(super) fn references(fleet: &Fleet) -> Vec<Problem> {
    let mut checker = Checker { fleet, problems: Vec::new() };
    checker.domain();
    checker.machines();
    checker.problems
}

struct Checker<'f> {
    fleet: &'f Fleet,
    problems: Vec<Problem>,
}

impl<'f> Checker<'f> {
    fn domain(&mut self) {
        let fleet = self.fleet;
        for it in fleet.organizations.values() {
            self.unit(&it.about, "within", &it.within);
            self.person(&it.about, "responsible", &it.responsible);
        }
        for it in fleet.people.values() {
            self.unit(&it.about, "units", &it.units);
            self.person(&it.about, "responsible", &it.responsible);
        }
        for it in fleet.locations.values() {
            self.location(&it.about, "within", &it.within);
        }
        for it in fleet.devices.values() {
            self.location(&it.about, "location", &it.location);
            self.unit(&it.about, "unit", &it.unit);
        }
        for it in fleet.networks.values() {
            self.location(&it.about, "location", &it.location);
            self.all(&it.about, "name_server", &it.name_server, &fleet.hosts, Kind::Host);
        }
        for it in fleet.policies.values() {
            self.person(&it.about, "who", &it.who);
            self.unit(&it.about, "units", &it.units);
            self.selector(&it.about, &it.on);
            for test in &it.tests {
                self.person(&it.about, "tests.who", &test.who);
                self.all(&it.about, "tests.host", &test.host, &fleet.hosts, Kind::Host);
                self.all(&it.about, "tests.from", &test.from, &fleet.hosts, Kind::Host);
                self.all(&it.about, "tests.user", &test.user, &fleet.users, Kind::User);
            }
        }
    }

    fn machines(&mut self) {
        let fleet = self.fleet;
        for it in fleet.hosts.values() {
            self.unit(&it.about, "unit", &it.unit);
            self.location(&it.about, "location", &it.location);
            self.all(&it.about, "device", &it.device, &fleet.devices, Kind::Device);
            self.all(&it.about, "runs_on", &it.runs_on, &fleet.hosts, Kind::Host);
            self.all(&it.about, "roles", &it.roles, &fleet.roles, Kind::Role);
            for address in &it.addresses {
                let network = &address.network;
                match fleet.networks.get(&network.name) {
                    Some(other) => self.retired(&it.about, "addresses", network, &other.about),
                    None => {
                        let next = network_instead(fleet, address);
                        self.unknown(&it.about, "addresses", network, Kind::Network, next);
                    }
                }
            }
        }
        for it in fleet.hosts.values() {
            let networks: Vec<Ref> = it
                .interfaces
                .iter()
                .map(|(name, card)| Ref { name: name.clone(), line: card.line })
                .collect();
            self.all(&it.about, "interfaces", &networks, &fleet.networks, Kind::Network);
        }
        for it in fleet.roles.values() {
            for reach in &it.reach {
                self.all(&it.about, "reach.roles", &reach.roles, &fleet.roles, Kind::Role);
                self.all(&it.about, "reach.hosts", &reach.hosts, &fleet.hosts, Kind::Host);
                self.all(
                    &it.about,
                    "reach.networks",
                    &reach.networks,
                    &fleet.networks,
                    Kind::Network,
                );
            }
        }
        for it in fleet.users.values() {
            self.person(&it.about, "of", [&it.of]);
        }
        for it in fleet.commands.values() {
            self.values(&it.about, it, |it| !it.name.starts_with('$'));
        }
        for it in fleet.reactions.values() {
            self.all(&it.about, "run", &it.run, &fleet.commands, Kind::Command);
            if let Some(on) = &it.on {
                self.selector(&it.about, on);
            }
            // What stands in the command's own file is looked at there.
            if let Some(command) = it.run.as_ref().and_then(|run| fleet.commands.get(&run.name)) {
                let is_given = |value: &Ref| it.with.values().any(|given| given == value);
                self.values(&it.about, &command.with(&it.with), is_given);
            }
        }
        for it in fleet.waves.values() {
            self.selector(&it.about, &it.on);
            self.all(&it.about, "after", &it.after, &fleet.waves, Kind::Wave);
            let kept = it.keep.iter();
            let kept = kept.map(|(name, (_, line))| Ref { name: name.clone(), line: *line });
            let kept: Vec<Ref> = kept.collect();
            self.all(&it.about, "keep", &kept, &fleet.roles, Kind::Role);
        }
    }

    /// Names that a command puts into files.
    fn values(&mut self, about: &About, command: &Command, is_meant: impl Fn(&Ref) -> bool) {
        let fleet = self.fleet;
        for (key, name) in command.set.iter().filter(|(_, name)| is_meant(name)) {
            match key.as_str() {
                "responsible" => self.person(about, "set.responsible", [name]),
                "unit" => self.unit(about, "set.unit", [name]),
                "location" => self.location(about, "set.location", [name]),
                _ => {}
            }
        }
        for (key, names) in &command.add {
            let names = names.iter().filter(|name| is_meant(name));
            match key.as_str() {
                "roles" => self.all(about, "add.roles", names, &fleet.roles, Kind::Role),
                "units" => self.unit(about, "add.units", names),
                _ => {}
            }
        }
    }

    fn selector(&mut self, about: &About, on: &'f Selector) {
        let fleet = self.fleet;
        self.unit(about, "on.organizations", &on.organizations);
        for name in &on.organizations {
            let unit = fleet.organizations.get(&name.name);
            if unit.is_some_and(|unit| unit.within.is_some()) {
                let message = format!("`{}` is a unit and no organisation", name.name);
                let problem = Problem::error(UNKNOWN_REFERENCE, "on.organizations", message);
                self.problems.push(problem.at(about.at(name.line)).next("name it in `on.units`"));
            }
        }
        self.unit(about, "on.units", &on.units);
        self.location(about, "on.locations", &on.locations);
        self.all(about, "on.roles", &on.roles, &fleet.roles, Kind::Role);
        self.all(about, "on.hosts", &on.hosts, &fleet.hosts, Kind::Host);
    }

    fn unit<'r>(&mut self, about: &About, key: &str, names: impl IntoIterator<Item = &'r Ref>) {
        let all = &self.fleet.organizations;
        self.all(about, key, names, all, Kind::Organization);
    }

    fn person<'r>(&mut self, about: &About, key: &str, names: impl IntoIterator<Item = &'r Ref>) {
        let all = &self.fleet.people;
        self.all(about, key, names, all, Kind::Person);
    }

    fn location<'r>(&mut self, about: &About, key: &str, names: impl IntoIterator<Item = &'r Ref>) {
        let all = &self.fleet.locations;
        self.all(about, key, names, all, Kind::Location);
    }

    fn all<'r, T: Filed>(
        &mut self,
        about: &About,
        key: &str,
        names: impl IntoIterator<Item = &'r Ref>,
        all: &BTreeMap<String, T>,
        kind: Kind,
    ) {
        for name in names {
            match all.get(&name.name) {
                Some(other) => self.retired(about, key, name, other.about()),
                None => {
                    let next = instead(&name.name, all.keys().map(String::as_str), kind.noun());
                    self.unknown(about, key, name, kind, next);
                }
            }
        }
    }

    fn unknown(&mut self, about: &About, key: &str, name: &Ref, kind: Kind, next: String) {
        let message = format!("there is no {} `{}`", kind.noun(), name.name);
        let problem = Problem::error(UNKNOWN_REFERENCE, key, message).at(about.at(name.line));
        self.problems.push(problem.next(next));
    }

    fn retired(&mut self, about: &About, key: &str, name: &Ref, other: &About) {
        if about.is_current() && !other.is_current() {
            let message = format!("`{}` is retired", name.name);
            let problem = Problem::error(RETIRED, key, message).at(about.at(name.line));
            self.problems.push(problem.next("name another, or retire this as well"));
        }
    }
}
