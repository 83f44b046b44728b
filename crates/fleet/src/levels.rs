//! Where a host stands: its organisation, units and locations, and which files speak of it.

use serde::Serialize;

use crate::{
    About, Application, Fleet, Given, Host, Location, Organization, Policy, Ref, Secret, Selector,
};

/// From what is furthest from a host to the host itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The organisation.
    Organization,
    /// A unit of it.
    Unit,
    /// A location.
    Location,
    /// A role.
    Role,
    /// The host's own file.
    Host,
}

impl Level {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Unit => "unit",
            Self::Location => "location",
            Self::Role => "role",
            Self::Host => "host",
        }
    }
}

/// How near to the host something is said. A unit within another one, and a location within
/// another one, is nearer; what is equal here stands on one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Rank {
    /// The level.
    pub level: Level,
    /// How deep within units or locations, from 0.
    pub depth: u16,
}

impl Rank {
    fn of(level: Level, depth: usize) -> Self {
        Self { level, depth: u16::try_from(depth).unwrap_or(u16::MAX) }
    }
}

/// Where a host stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing<'f> {
    /// The host.
    pub host: &'f Host,
    /// Its organisation and units, from the outermost on.
    pub units: Vec<&'f Organization>,
    /// Its locations, from the outermost on.
    pub locations: Vec<&'f Location>,
}

impl<'f> Standing<'f> {
    /// Where a host of a fleet stands. What names refer to nothing is left out.
    pub fn of(fleet: &'f Fleet, host: &'f Host) -> Self {
        let device = host.device.as_ref().and_then(|device| fleet.devices.get(&device.name));
        let unit = host.unit.as_ref().or(device.and_then(|device| device.unit.as_ref()));
        let innermost = match unit {
            Some(unit) => fleet.organizations.get(&unit.name),
            None => fleet.only_organization(),
        };
        let units = outwards(innermost, |unit| {
            unit.within.as_ref().and_then(|within| fleet.organizations.get(&within.name))
        });
        let location = location_of(fleet, host).and_then(|it| fleet.locations.get(&it.name));
        let locations = outwards(location, |location| {
            location.within.as_ref().and_then(|within| fleet.locations.get(&within.name))
        });
        Self { host, units, locations }
    }

    /// Its organisation.
    pub fn organization(&self) -> Option<&'f Organization> {
        self.units.first().copied()
    }

    /// Whether a selector means it.
    pub fn fits(&self, on: &Selector) -> bool {
        self.rank_of(on).is_some()
    }

    /// The applications that run there.
    pub fn applications(&self, fleet: &'f Fleet) -> impl Iterator<Item = &'f Application> {
        let current = fleet.applications.values().filter(|it| it.about.is_current());
        current.filter(|it| it.on.as_ref().is_some_and(|on| self.fits(on)))
    }

    /// The secrets that it holds.
    pub fn secrets(&self, fleet: &'f Fleet) -> impl Iterator<Item = &'f Secret> {
        let current = fleet.secrets.values().filter(|it| it.about.is_current());
        current.filter(|it| it.on.as_ref().is_some_and(|on| self.fits(on)))
    }

    /// The level on which something stands that is said of what a selector means: that of the
    /// nearest key. None where it does not mean this host.
    fn rank_of(&self, on: &Selector) -> Option<Rank> {
        let mut rank = Rank::of(Level::Organization, 0);
        let is = |refs: &[Ref], name: &str| refs.iter().any(|it| it.name == name);
        let any = |refs: &[Ref], names: &[Ref]| names.iter().any(|name| is(refs, &name.name));
        if !on.organizations.is_empty() {
            let organization = self.organization()?;
            is(&on.organizations, &organization.about.name).then_some(())?;
        }
        if !on.units.is_empty() {
            let depth = self.units.iter().rposition(|it| is(&on.units, &it.about.name))?;
            rank = unit_rank(depth);
        }
        if !on.locations.is_empty() {
            let depth = self.locations.iter().rposition(|it| is(&on.locations, &it.about.name))?;
            rank = Rank::of(Level::Location, depth);
        }
        if !on.roles.is_empty() {
            any(&on.roles, &self.host.roles).then_some(())?;
            rank = Rank::of(Level::Role, 0);
        }
        if !on.hosts.is_empty() {
            is(&on.hosts, &self.host.about.name).then_some(())?;
            rank = Rank::of(Level::Host, 0);
        }
        if !on.tags.is_empty() {
            any(&on.tags, &self.host.tags).then_some(())?;
        }
        Some(rank)
    }

    /// Everything that says something of the host's features: in the order of levels, and on one
    /// level in the order of files.
    pub fn layers(&self, fleet: &'f Fleet) -> Vec<Layer<'f>> {
        let mut layers: Vec<Layer<'f>> = Vec::new();
        let mut add = |rank, about: &'f About, given: &'f Given| {
            if !given.is_empty() {
                layers.push(Layer { rank, about, given });
            }
        };
        for (depth, unit) in self.units.iter().enumerate() {
            add(unit_rank(depth), &unit.about, &unit.given);
        }
        for (depth, location) in self.locations.iter().enumerate() {
            add(Rank::of(Level::Location, depth), &location.about, &location.given);
        }
        for role in self.host.roles.iter().filter_map(|role| fleet.roles.get(&role.name)) {
            add(Rank::of(Level::Role, 0), &role.about, &role.given);
        }
        for Policy { about, on, given, .. } in fleet.policies.values() {
            if given.is_empty() || !about.is_current() {
                continue;
            }
            if let Some(rank) = self.rank_of(on) {
                add(rank, about, given);
            }
        }
        add(Rank::of(Level::Host, 0), &self.host.about, &self.host.given);
        layers.sort_by(|a, b| (a.rank, &a.about.file).cmp(&(b.rank, &b.about.file)));
        layers
    }
}

/// A file that says something of a host's features.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'f> {
    /// How near it is.
    pub rank: Rank,
    /// What the file is about.
    pub about: &'f About,
    /// What it says.
    pub given: &'f Given,
}

fn unit_rank(depth: usize) -> Rank {
    match depth {
        0 => Rank::of(Level::Organization, 0),
        depth => Rank::of(Level::Unit, depth),
    }
}

/// The location of a host: what its file says, else that of its device, else that of the host that
/// it runs on.
pub(crate) fn location_of<'f>(fleet: &'f Fleet, host: &'f Host) -> Option<&'f Ref> {
    let mut host = host;
    // Hosts may run on each other in a circle, which is found elsewhere.
    for _ in 0..=DEEPEST {
        let device = host.device.as_ref().and_then(|device| fleet.devices.get(&device.name));
        let said = host.location.as_ref().or(device.and_then(|device| device.location.as_ref()));
        if said.is_some() {
            return said;
        }
        host = fleet.hosts.get(&host.runs_on.as_ref()?.name)?;
    }
    None
}

/// The most things within each other that are looked at.
pub(crate) const DEEPEST: usize = 64;

/// Something and all that it is within, from the outermost on. A circle is cut.
fn outwards<'f, T>(innermost: Option<&'f T>, within: impl Fn(&T) -> Option<&'f T>) -> Vec<&'f T> {
    let mut all: Vec<&T> = Vec::new();
    let mut next = innermost;
    while let Some(it) = next {
        if all.len() >= DEEPEST || all.iter().any(|other| std::ptr::eq(*other, it)) {
            break;
        }
        all.push(it);
        next = within(it);
    }
    all.reverse();
    all
}
