//! The order of waves, and which of them a host is in.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Fleet, Host, Standing, Status, Wave};

/// The waves of a fleet in an order in which a change goes through them.
#[derive(Debug)]
pub struct Waves<'f> {
    order: Vec<&'f Wave>,
    /// All waves before a wave, however far.
    before: BTreeMap<&'f str, BTreeSet<&'f str>>,
}

impl<'f> Waves<'f> {
    /// Puts the waves of a fleet into order: by their edges, and else by name.
    ///
    /// # Errors
    /// Waves that come before themselves: the names of a circle, each after the next.
    pub fn of(fleet: &'f Fleet) -> Result<Self, Vec<&'f str>> {
        let current = fleet.waves.iter().filter(|(_, wave)| wave.about.is_current());
        let mut left: BTreeMap<&str, &Wave> =
            current.map(|(name, wave)| (name.as_str(), wave)).collect();
        let mut waves = Self { order: Vec::new(), before: BTreeMap::new() };
        while !left.is_empty() {
            let is_free =
                |wave: &Wave| !wave.after.iter().any(|it| left.contains_key(it.name.as_str()));
            let next = left.iter().find(|(_, wave)| is_free(wave)).map(|(name, _)| *name);
            let Some(wave) = next.and_then(|name| left.remove(name)) else {
                return Err(circle(&left));
            };
            let mut before = BTreeSet::new();
            for name in wave.after.iter().map(|it| it.name.as_str()) {
                if let Some(others) = waves.before.get(name) {
                    before.extend(others.iter().copied().chain([name]));
                }
            }
            waves.before.insert(&wave.about.name, before);
            waves.order.push(wave);
        }
        Ok(waves)
    }

    /// All of them, in order.
    pub fn order(&self) -> &[&'f Wave] {
        &self.order
    }

    /// The waves that a host is in: of those that fit, the first. In a fleet without problems that is
    /// one. There may be none, or several with no order between them.
    pub fn with(&self, standing: &Standing<'_>) -> Vec<&'f Wave> {
        let fit: Vec<&Wave> =
            self.order.iter().copied().filter(|wave| standing.fits(&wave.on)).collect();
        let is_first = |wave: &&&Wave| {
            let before = self.before.get(wave.about.name.as_str());
            !fit.iter().any(|it| before.is_some_and(|all| all.contains(it.about.name.as_str())))
        };
        fit.iter().filter(is_first).copied().collect()
    }
}

/// A circle among waves each of which comes after another one of them.
fn circle<'f>(left: &BTreeMap<&'f str, &'f Wave>) -> Vec<&'f str> {
    let mut way: Vec<&str> = Vec::new();
    let mut next = left.keys().next().copied();
    while let Some(name) = next {
        if let Some(begin) = way.iter().position(|it| *it == name) {
            return way.split_off(begin);
        }
        way.push(name);
        let after = left.get(name).into_iter().flat_map(|wave| &wave.after);
        let mut after = after.map(|it| it.name.as_str());
        next = after.find_map(|it| left.get_key_value(it)).map(|(name, _)| *name);
    }
    way
}

/// How many hosts of a role are in use: of these some may have to be left alone.
pub fn active(fleet: &Fleet, role: &str) -> usize {
    let has = |host: &&Host| host.roles.iter().any(|it| it.name == role);
    let in_use = fleet.hosts.values().filter(|host| host.about.status == Status::Active);
    in_use.filter(has).count()
}
