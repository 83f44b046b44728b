//! A fleet as outlines. Where there are too many rows to be read, hosts are counted.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{About, Fleet, Location, Person, Ref, Standing, Status};
use domi_fleet_files::HostFacts;
use domi_report::{Outline, Row};

use crate::counted::{by_roles, hosts as hosts_said};
use crate::reach::{NAME_SERVER, answers, opened, ports, sources};
use crate::relationships::{counted, named, relationships_said};

/// The most rows of a picture in which hosts are named, or counted by their roles.
const MOST_ROWS: usize = 150;

/// What of a fleet is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Organisations and units, with people, agents and hosts.
    Organisation,
    /// Networks with the hosts in them.
    Topology,
    /// Locations with the hosts there.
    Places,
    /// Roles, and who may reach which of their ports.
    Reach,
    /// What things are to each other, as files of their own say.
    Relationships,
}

/// How exactly hosts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hosts {
    Named,
    ByRoles,
    Counted,
}

/// A fleet as an outline. `hosts` are those that are not retired, by name.
pub fn outline(view: View, fleet: &Fleet, hosts: &[HostFacts]) -> Outline {
    let draw = |how: Hosts| (how, Drawing { fleet, hosts, how, rows: Vec::new() }.of(view));
    let mut drawn = [Hosts::Named, Hosts::ByRoles].into_iter().map(draw);
    let (how, rows) =
        drawn.find(|(_, rows)| rows.len() <= MOST_ROWS).unwrap_or_else(|| draw(Hosts::Counted));
    let title = match view {
        View::Organisation => "Organisation",
        View::Topology => "Networks and hosts",
        View::Places => "Places and hosts",
        View::Reach => "Who may reach what",
        View::Relationships => "What is what to whom",
    };
    let count = match view {
        View::Relationships => relationships_said(fleet),
        _ => hosts_said(hosts.len()),
    };
    let title = format!("{title}: {count}");
    let what = match view {
        View::Organisation => "Units are within the units that they belong to, with their members.",
        View::Topology => "Hosts are within each network that they have an address in.",
        View::Places => "Places are within each other, and hosts within places.",
        View::Reach => {
            "Below roles are their ports and who is let in there, below authorisations who may log in \
             where."
        }
        View::Relationships => {
            "Below each thing is what it is to others, and what others are to it."
        }
    };
    let said = match (view, how) {
        // No host is in it for being one.
        (View::Relationships, Hosts::Named) => "",
        (View::Relationships, _) => "There are too many: they are counted by kinds.",
        (_, Hosts::Named) => "Each host is named.",
        (_, Hosts::ByRoles) => "Hosts are counted by roles.",
        (_, Hosts::Counted) => "Hosts are counted.",
    };
    Outline { title, about: format!("{what} {said}").trim_end().to_owned(), rows }
}

struct Drawing<'a> {
    fleet: &'a Fleet,
    hosts: &'a [HostFacts],
    how: Hosts,
    rows: Vec<Row>,
}

impl<'a> Drawing<'a> {
    fn of(mut self, view: View) -> Vec<Row> {
        match view {
            View::Organisation => self.organisation(),
            View::Topology => self.topology(),
            View::Places => self.places(),
            View::Reach => self.reach(),
            View::Relationships if self.how == Hosts::Named => self.rows = named(self.fleet),
            View::Relationships => self.rows = counted(self.fleet),
        }
        self.rows
    }

    fn row(&mut self, depth: usize, name: impl Into<String>, about: impl Into<String>) {
        self.rows.push(Row { depth, name: name.into(), about: about.into() });
    }

    fn organisation(&mut self) {
        let all = &self.fleet.organizations;
        let tree = Tree::of(all.values().map(|it| (&*it.about.name, it.within.as_ref())));
        let groups = self.grouped(|host| host.units.last());
        for (depth, name) in tree.rows() {
            let unit = &all[name];
            let here = groups.get(name).map_or(&[][..], Vec::as_slice);
            let kind = if unit.within.is_some() { "unit" } else { "organisation" };
            let answers = unit.responsible.as_ref();
            let answers = answers.map(|it| format!("{} answers for it", it.name));
            let said = [Some(kind.to_owned()), status(&unit.about), answers, said_of(here)];
            self.row(depth, name, said.into_iter().flatten().collect::<Vec<_>>().join(" · "));
            self.people(depth + 1, |person| person.units.iter().any(|unit| unit.name == name));
            self.hosts(depth + 1, here, |_| String::new());
        }
        self.nowhere(&groups, "no unit");
        if self.fleet.people.values().any(|it| it.about.is_current() && it.units.is_empty()) {
            self.row(0, "members of no unit", "people and agents");
            self.people(1, |person| person.units.is_empty());
        }
    }

    fn people(&mut self, depth: usize, is_here: impl Fn(&Person) -> bool) {
        let fleet = self.fleet;
        for it in fleet.people.values().filter(|it| it.about.is_current() && is_here(it)) {
            let answers = it.responsible.as_ref();
            let answers = answers.map(|it| format!(" · {} answers for it", it.name));
            let answers = answers.unwrap_or_default();
            self.row(depth, &it.about.name, format!("{}{answers}", it.kind.as_str()));
        }
    }

    fn places(&mut self) {
        let all = &self.fleet.locations;
        let tree = Tree::of(all.values().map(|it| (&*it.about.name, it.within.as_ref())));
        let groups = self.grouped(|host| host.locations.last());
        for (depth, name) in tree.rows() {
            let here = groups.get(name).map_or(&[][..], Vec::as_slice);
            let Location { about, address, .. } = &all[name];
            let address = (!address.is_empty()).then(|| address.clone());
            let said = [Some("place".to_owned()), status(about), address, said_of(here)];
            self.row(depth, name, said.into_iter().flatten().collect::<Vec<_>>().join(" · "));
            self.hosts(depth + 1, here, |_| String::new());
        }
        self.nowhere(&groups, "no place");
    }

    fn topology(&mut self) {
        let mut groups: BTreeMap<&str, Vec<&HostFacts>> = BTreeMap::new();
        for host in self.hosts {
            if host.addresses.is_empty() {
                groups.entry("").or_default().push(host);
            }
            for network in host.addresses.keys() {
                groups.entry(network).or_default().push(host);
            }
        }
        for network in self.fleet.networks.values() {
            let name = &*network.about.name;
            let here = groups.get(name).map_or(&[][..], Vec::as_slice);
            let ranges = network.ranges.iter().map(|(range, _)| range.to_string());
            let place = network.location.as_ref().map(|it| format!("at {}", it.name));
            let said = ["network".to_owned()].into_iter().chain(status(&network.about));
            let said = said.chain(ranges).chain(place);
            let said = said.chain(said_of(here)).collect::<Vec<_>>().join(" · ");
            self.row(0, name, said);
            self.hosts(1, here, |host| {
                let others = host.addresses.keys().filter(|it| *it != name).cloned();
                let others: Vec<String> = others.collect();
                let also = (!others.is_empty()).then(|| format!("also in {}", others.join(", ")));
                let addresses = host.addresses.get(name).cloned().unwrap_or_default();
                addresses.into_iter().chain(also).collect::<Vec<_>>().join(" · ")
            });
        }
        self.nowhere(&groups, "no address");
    }

    fn reach(&mut self) {
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        for role in self.hosts.iter().flat_map(|host| &host.roles) {
            *of.entry(role).or_default() += 1;
        }
        let count = |role: &str| hosts_said(of.get(role).copied().unwrap_or_default());
        for role in self.fleet.roles.values() {
            let name = &role.about.name;
            self.row(0, name, format!("role · {}", count(name)));
            for reach in &role.reach {
                self.row(1, ports(&reach.tcp, &reach.udp), "may be reached from");
                for (kind, from) in sources(reach) {
                    let about = match kind {
                        "role" => format!("role · {}", count(&from.name)),
                        kind => kind.to_owned(),
                    };
                    self.row(2, &from.name, about);
                }
            }
        }
        self.logins();
        // What features open is open to all, whatever roles say.
        let mut open: BTreeMap<String, Vec<&HostFacts>> = BTreeMap::new();
        for host in self.hosts {
            let said = opened(host).join(" and ");
            if !said.is_empty() {
                open.entry(said).or_default().push(host);
            }
        }
        let servers: Vec<&HostFacts> = self.hosts.iter().filter(|host| answers(host)).collect();
        if !servers.is_empty() {
            let about = "name servers, open to networks that have a domain";
            self.row(0, NAME_SERVER, format!("{about} · {}", hosts_said(servers.len())));
            self.hosts(1, &servers, |_| String::new());
        }
        for (ports, here) in open {
            let about = format!("open to everybody, by features · {}", hosts_said(here.len()));
            self.row(0, ports, about);
            self.hosts(1, &here, |_| String::new());
        }
    }

    /// Who may log in where, as the authorisations say.
    fn logins(&mut self) {
        let fleet = self.fleet;
        let host = |facts: &'a HostFacts| Some((facts, fleet.hosts.get(&facts.name)?));
        let standing = |(facts, host)| (facts, Standing::of(fleet, host));
        let standings: Vec<(&HostFacts, Standing<'_>)> =
            self.hosts.iter().filter_map(host).map(standing).collect();
        for policy in fleet.policies.values().filter(|it| it.about.is_current()) {
            let Some(may) = policy.may else { continue };
            let here = standings.iter().filter(|(_, standing)| standing.fits(&policy.on));
            let here: Vec<&HostFacts> = here.map(|(facts, _)| *facts).collect();
            let said = format!("authorisation to {} · {}", may.as_str(), hosts_said(here.len()));
            self.row(0, &policy.about.name, said);
            for who in &policy.who {
                self.row(1, &who.name, "may do so");
            }
            for unit in &policy.units {
                self.row(1, &unit.name, "unit, all its members may do so");
            }
            for group in &policy.groups {
                self.row(1, &group.name, "group of people, all its members may do so");
            }
            self.hosts(1, &here, |_| String::new());
        }
    }

    /// Hosts, as exactly as they are shown.
    fn hosts(&mut self, depth: usize, all: &[&HostFacts], more: impl Fn(&HostFacts) -> String) {
        match self.how {
            Hosts::Named => {
                for host in all {
                    let kind = format!("host, {}", host.kind.as_str());
                    let said = [kind, more(host), host.roles.join(", ")];
                    let said: Vec<String> = said.into_iter().filter(|it| !it.is_empty()).collect();
                    self.row(depth, &host.name, said.join(" · "));
                }
            }
            Hosts::ByRoles => {
                for (roles, count) in by_roles(all) {
                    self.row(depth, roles, hosts_said(count));
                }
            }
            Hosts::Counted => {}
        }
    }

    fn grouped(
        &self,
        of: impl Fn(&'a HostFacts) -> Option<&'a String>,
    ) -> BTreeMap<&'a str, Vec<&'a HostFacts>> {
        let mut groups: BTreeMap<&str, Vec<&HostFacts>> = BTreeMap::new();
        for host in self.hosts {
            groups.entry(of(host).map_or("", String::as_str)).or_default().push(host);
        }
        groups
    }

    /// Hosts that belong nowhere are in the picture, too. No name is empty.
    fn nowhere(&mut self, groups: &BTreeMap<&str, Vec<&HostFacts>>, said: &str) {
        if let Some(here) = groups.get("") {
            self.row(0, said, hosts_said(here.len()));
            self.hosts(1, here, |_| String::new());
        }
    }
}

/// How far something has come, where it is not just in use.
fn status(about: &About) -> Option<String> {
    (about.status != Status::Active).then(|| about.status.to_string())
}

fn said_of(here: &[&HostFacts]) -> Option<String> {
    (!here.is_empty()).then(|| hosts_said(here.len()))
}

/// Names within each other.
struct Tree<'a> {
    names: BTreeSet<&'a str>,
    below: BTreeMap<Option<&'a str>, Vec<&'a str>>,
}

impl<'a> Tree<'a> {
    /// What is within something that is not here stands for itself.
    fn of(all: impl Iterator<Item = (&'a str, Option<&'a Ref>)>) -> Self {
        let all: Vec<(&str, Option<&Ref>)> = all.collect();
        let names: BTreeSet<&str> = all.iter().map(|(name, _)| *name).collect();
        let mut below: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for (name, within) in all {
            let within = within.map(|it| &*it.name).filter(|it| names.contains(it));
            below.entry(within).or_default().push(name);
        }
        Self { names, below }
    }

    /// Each name once, with its depth, in the order of names.
    fn rows(&self) -> Vec<(usize, &'a str)> {
        let mut rows = Vec::with_capacity(self.names.len());
        let mut open: Vec<(usize, &str)> = Vec::new();
        let enter = |depth: usize, within: Option<&str>, open: &mut Vec<(usize, &'a str)>| {
            let below = self.below.get(&within).into_iter().flatten();
            open.extend(below.rev().map(|name| (depth, *name)));
        };
        enter(0, None, &mut open);
        while let Some((depth, name)) = open.pop() {
            rows.push((depth, name));
            enter(depth + 1, Some(name), &mut open);
        }
        rows
    }
}
