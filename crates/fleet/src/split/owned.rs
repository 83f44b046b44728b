//! What says itself that it is of the part, or of the rest.

use std::collections::BTreeSet;

use super::part::Part;
use super::side::{Side, Sides};
use crate::needs::location_of;
use crate::{Fleet, Kind, Organization, Ref, Standing};

/// Knows what is of the part.
pub(super) struct Owner<'f> {
    fleet: &'f Fleet,
    part: Part<'f>,
    /// The part, and what is within it: units, or locations.
    within: BTreeSet<&'f str>,
}

impl<'f> Owner<'f> {
    pub(super) fn of(fleet: &'f Fleet, part: Part<'f>) -> Self {
        let mut owner = Self { fleet, part, within: BTreeSet::new() };
        let kind = if let Part::Unit(_) = part { Kind::Organization } else { Kind::Location };
        let names = fleet.abouts_of(kind).map(|it| it.name.as_str());
        owner.within = names.filter(|name| owner.chain(name).contains(&part.name())).collect();
        owner
    }

    /// A unit or location, and all that it is within, the innermost first.
    fn chain(&self, name: &'f str) -> Vec<&'f str> {
        let around = |name: &str| match self.part {
            Part::Unit(_) => self.fleet.organizations.get(name).and_then(|it| it.within.as_ref()),
            Part::Location(_) => self.fleet.locations.get(name).and_then(|it| it.within.as_ref()),
        };
        let mut all = vec![name];
        let mut next = around(name);
        while let Some(it) = next.filter(|it| !all.contains(&it.name.as_str())) {
            all.push(&it.name);
            next = around(&it.name);
        }
        all
    }

    fn side(&self, name: &str) -> Side {
        if self.within.contains(name) { Side::Part } else { Side::Rest }
    }

    /// On which side a host is.
    pub(super) fn side_of(&self, standing: &Standing<'_>) -> Side {
        let innermost = match self.part {
            Part::Unit(_) => standing.units.last().map(|it| &it.about),
            Part::Location(_) => standing.locations.last().map(|it| &it.about),
        };
        innermost.map_or(Side::Rest, |it| self.side(&it.name))
    }

    /// The sides with all that is known before anything else is looked at.
    pub(super) fn sides(&self, standings: &[(Side, Standing<'f>)]) -> Sides {
        let part = || standings.iter().filter(|(side, _)| *side == Side::Part);
        let hosts = part().map(|(_, standing)| standing.host.about.name.clone()).collect();
        let mut sides = Sides::default();
        sides.hosts = hosts;
        for (side, standing) in standings {
            sides.put(*side, &standing.host.about.file);
        }
        match self.part {
            Part::Unit(name) => {
                sides.rest_name = self.of_unit(name, &mut sides).map(str::to_owned);
            }
            Part::Location(name) => {
                let units: Vec<&Organization> =
                    part().flat_map(|(_, standing)| standing.units.iter().copied()).collect();
                self.at_location(&units, &mut sides);
                sides.rest_name = self.around_location(name, &units).map(str::to_owned);
            }
        }
        sides
    }

    /// What is of a unit. Returns the outermost unit around it.
    fn of_unit(&self, name: &'f str, sides: &mut Sides) -> Option<&'f str> {
        let fleet = self.fleet;
        for it in fleet.organizations.values() {
            sides.put(self.side(&it.about.name), &it.about.file);
        }
        let around = self.chain(name).into_iter().skip(1);
        let around: Vec<_> = around.filter_map(|it| fleet.about(Kind::Organization, it)).collect();
        for about in &around {
            sides.put(Side::Part, &about.file);
        }
        let devices = fleet.devices.values().map(|it| (&it.about, &it.unit));
        let repositories = fleet.repositories.values().map(|it| (&it.about, &it.unit));
        let applications = fleet.applications.values().map(|it| (&it.about, &it.unit));
        let accounts = fleet.accounts.values().map(|it| (&it.about, &it.unit));
        let equipment = fleet.equipment.values().map(|it| (&it.about, &it.unit));
        let all = devices.chain(repositories).chain(applications).chain(accounts).chain(equipment);
        for (about, unit) in all {
            if let Some(Ref { name, .. }) = unit {
                sides.put(self.side(name), &about.file);
            }
        }
        for it in fleet.people.values() {
            let is_part = !it.units.is_empty()
                && it.units.iter().all(|unit| self.side(&unit.name) == Side::Part);
            sides.put(if is_part { Side::Part } else { Side::Rest }, &it.about.file);
        }
        around.last().map(|it| it.name.as_str())
    }

    /// What is at a location. People are of units, and stay; units of its hosts are on both sides.
    fn at_location(&self, units: &[&Organization], sides: &mut Sides) {
        let fleet = self.fleet;
        for it in fleet.locations.values() {
            sides.put(self.side(&it.about.name), &it.about.file);
        }
        let devices = fleet.devices.values().map(|it| (&it.about, it.location.as_ref()));
        let networks = fleet.networks.values().map(|it| (&it.about, it.location.as_ref()));
        let equipment = fleet.equipment.values();
        let equipment = equipment.map(|it| (&it.about, location_of(fleet, it)));
        for (about, location) in devices.chain(networks).chain(equipment) {
            if let Some(Ref { name, .. }) = location {
                sides.put(self.side(name), &about.file);
            }
        }
        for about in fleet.abouts_of(Kind::Organization).chain(fleet.abouts_of(Kind::Person)) {
            sides.put(Side::Rest, &about.file);
        }
        for unit in units {
            sides.put(Side::Part, &unit.about.file);
        }
    }

    /// What the rest is called: by the organisation of the hosts that go, or by another one, or by the
    /// outermost location. It is not called as the part is.
    fn around_location(&self, name: &'f str, units: &[&'f Organization]) -> Option<&'f str> {
        let of_hosts = units.iter().copied().filter(|it| it.is_top());
        let others = self.fleet.organizations.values().filter(|it| it.is_top());
        let units = of_hosts.chain(others).map(|it| it.about.name.as_str());
        let around = self.chain(name).into_iter().rev();
        let mut all =
            units.chain(around.filter(|it| self.fleet.locations.contains_key(*it)).take(1));
        all.find(|it| *it != name)
    }
}
