//! On which side each file is: on that of the part, on that of the rest, or on both.

use std::collections::{BTreeMap, BTreeSet};

use super::owned::Owner;
use super::part::Part;
use super::side::{Side, Sides};
use crate::foreign::may_be_foreign;
use crate::links::Link;
use crate::{Access, Fleet, Folder, Foreign, Kind, Selector, Standing, folder_of};

/// The files of each side.
pub(super) fn sides(fleet: &Fleet, part: Part<'_>, links: &ByFile<'_>) -> Sides {
    let mut making = Making::of(fleet, part, links);
    making.of_hosts();
    making.chosen();
    making.people();
    making.used();
    making.contexts();
    making.sides
}

struct Making<'f> {
    fleet: &'f Fleet,
    sides: Sides,
    links: &'f ByFile<'f>,
    standings: Vec<(Side, Standing<'f>)>,
}

impl<'f> Making<'f> {
    fn of(fleet: &'f Fleet, part: Part<'f>, links: &'f ByFile<'f>) -> Self {
        let owner = Owner::of(fleet, part);
        let standing = |host| {
            let standing = Standing::of(fleet, host);
            (owner.side_of(&standing), standing)
        };
        let standings: Vec<_> = fleet.hosts.values().map(standing).collect();
        let sides = owner.sides(&standings);
        Self { fleet, sides, links, standings }
    }

    fn file(&self, kind: Kind, name: &str) -> Option<&'f str> {
        self.fleet.about(kind, name).map(|it| it.file.as_str())
    }

    fn from(&self, file: &str) -> impl Iterator<Item = &Link<'f>> {
        self.links.get(file).into_iter().flatten()
    }

    /// Roles, networks and devices, by the hosts that have them.
    fn of_hosts(&mut self) {
        let mut users: BTreeMap<&str, BTreeSet<Side>> = BTreeMap::new();
        for (side, standing) in &self.standings {
            for link in self.from(&standing.host.about.file) {
                if let Some(file) = self.file(link.kind, link.to) {
                    users.entry(file).or_default().insert(*side);
                }
            }
            for location in &standing.locations {
                users.entry(&location.about.file).or_default().insert(*side);
            }
        }
        let of = |kind| self.fleet.abouts_of(kind).map(|it| it.file.as_str());
        let roles: Vec<&str> = of(Kind::Role).chain(of(Kind::Location)).collect();
        let networks: Vec<&str> = of(Kind::Network).chain(of(Kind::Device)).collect();
        for file in roles {
            let sides = users.get(file).cloned().unwrap_or_default();
            for side in sides {
                self.sides.put(side, file);
            }
        }
        for file in networks {
            if self.sides.has(Side::Part, file) || self.sides.has(Side::Rest, file) {
                continue;
            }
            let is_part = users.get(file).is_some_and(|it| !it.contains(&Side::Rest));
            self.sides.put(if is_part { Side::Part } else { Side::Rest }, file);
        }
    }

    /// What hosts are chosen for: on each side where it means a host.
    fn chosen(&mut self) {
        let fleet = self.fleet;
        let policies = fleet.policies.values().map(|it| (&it.about, Some(&it.on)));
        let waves = fleet.waves.values().map(|it| (&it.about, Some(&it.on)));
        let secrets = fleet.secrets.values().map(|it| (&it.about, it.on.as_ref()));
        let applications = fleet.applications.values().map(|it| (&it.about, it.on.as_ref()));
        let homes = fleet.homes.values().map(|it| (&it.about, it.on.as_ref()));
        let all = policies.chain(waves).chain(secrets).chain(applications).chain(homes);
        for (about, on) in all {
            let Some(on) = on else { continue };
            for side in [Side::Part, Side::Rest] {
                if self.fits(side, on) {
                    self.sides.put(side, &about.file);
                }
            }
        }
    }

    fn fits(&self, side: Side, on: &Selector) -> bool {
        let of_side = self.standings.iter().filter(|(of, _)| *of == side);
        let mut current = of_side.filter(|(_, standing)| standing.host.about.is_current());
        current.any(|(_, standing)| standing.fits(on))
    }

    /// Users are where they log in, and where their person is.
    fn people(&mut self) {
        let access = Access::of(self.fleet);
        let mut at: BTreeSet<(Side, String)> = BTreeSet::new();
        for (side, standing) in &self.standings {
            let logins = access.logins(standing).into_iter();
            at.extend(logins.map(|login| (*side, login.user)));
        }
        for user in self.fleet.users.values() {
            let person = self.file(Kind::Person, &user.of.name);
            for side in [Side::Part, Side::Rest] {
                let is_there = person.is_some_and(|file| self.sides.has(side, file));
                if is_there || at.contains(&(side, user.about.name.clone())) {
                    self.sides.put(side, &user.about.file);
                }
            }
        }
    }

    /// What is left: where that is which names it, or else what it names.
    fn used(&mut self) {
        // Places around places, and groups within groups, of policies that are on a side.
        const GO_ALONG: [Kind; 3] = [Kind::Location, Kind::Group, Kind::Secret];
        const NAMES: [&str; 6] = ["location", "within", "groups", "secret", "holds", "powers"];
        // Units of hosts and devices, with the units around them.
        let is_unit = |link: &Link<'_>| {
            let from = folder_of(&link.from.file);
            let is_foreign = matches!(from, Folder::Of(from) if may_be_foreign(from, link.key));
            link.kind == Kind::Organization
                && (link.key == "within" || (link.key == "unit" && !is_foreign))
        };
        loop {
            let mut is_new = false;
            for link in self.links.values().flatten() {
                let along =
                    is_unit(link) || (GO_ALONG.contains(&link.kind) && NAMES.contains(&link.key));
                let Some(file) = self.file(link.kind, link.to).filter(|_| along) else { continue };
                for side in [Side::Part, Side::Rest] {
                    if self.sides.has(side, &link.from.file) && !self.sides.has(side, file) {
                        is_new |= self.sides.put(side, file);
                    }
                }
            }
            if !is_new {
                break;
            }
        }
        let all: Vec<&str> = self.fleet.abouts().map(|it| it.file.as_str()).collect();
        for file in all {
            let is_context = folder_of(file) == Folder::Of(Kind::Context);
            if is_context || self.sides.has(Side::Part, file) || self.sides.has(Side::Rest, file) {
                continue;
            }
            let named: Vec<&str> =
                self.from(file).filter_map(|link| self.file(link.kind, link.to)).collect();
            let is_only =
                |file: &&str| self.sides.has(Side::Part, file) && !self.sides.has(Side::Rest, file);
            let is_part = !named.is_empty() && named.iter().all(is_only);
            self.sides.put(if is_part { Side::Part } else { Side::Rest }, file);
        }
    }

    /// Other fleets are known where they are named.
    fn contexts(&mut self) {
        for it in self.fleet.contexts.values() {
            let is_of = |to: &str| Foreign::of(to).is_some_and(|to| to.fleet == it.about.name);
            let links = self.links.values().flatten().filter(|link| is_of(link.to));
            let named: Vec<&str> = links.map(|link| link.from.file.as_str()).collect();
            let is_part = named.iter().any(|file| self.sides.has(Side::Part, file));
            let is_rest = named.iter().any(|file| self.sides.has(Side::Rest, file));
            if is_part {
                self.sides.put(Side::Part, &it.about.file);
            }
            if is_rest || !is_part {
                self.sides.put(Side::Rest, &it.about.file);
            }
        }
    }
}

/// All names that refer to other files, by the files that say them.
pub(super) type ByFile<'f> = BTreeMap<&'f str, Vec<Link<'f>>>;

pub(super) fn by_file(fleet: &Fleet) -> ByFile<'_> {
    let mut all = ByFile::new();
    for link in fleet.links() {
        all.entry(&link.from.file).or_default().push(link);
    }
    all
}
