//! Where equipment is, and what devices need of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::levels::DEEPEST;
use crate::{Equipment, Fleet, Ref};

/// Where equipment is: what its file says, else where that is that it is within. A circle is cut.
pub(crate) fn location_of<'f>(fleet: &'f Fleet, equipment: &'f Equipment) -> Option<&'f Ref> {
    let mut it = equipment;
    for _ in 0..DEEPEST {
        if it.location.is_some() {
            return it.location.as_ref();
        }
        it = fleet.equipment.get(&it.within.as_ref()?.name)?;
    }
    None
}

/// What each device needs: the equipment that holds it or that it has its power from, with what that
/// is within and has its power from in turn.
#[derive(Debug)]
pub struct Needs<'f>(BTreeMap<&'f str, BTreeSet<&'f str>>);

impl<'f> Needs<'f> {
    /// Those of a fleet.
    pub fn of(fleet: &'f Fleet) -> Self {
        let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for it in fleet.equipment.values().filter(|it| it.about.is_current()) {
            for device in it.holds.iter().chain(&it.powers) {
                let all = needs.entry(&device.name).or_default();
                let mut next = vec![it];
                while let Some(it) = next.pop() {
                    if all.insert(&it.about.name) {
                        let further = it.within.iter().chain(&it.powered_by);
                        next.extend(further.filter_map(|it| fleet.equipment.get(&it.name)));
                    }
                }
            }
        }
        Self(needs)
    }

    /// The equipment that a device needs, by name.
    pub fn of_device(&self, device: &str) -> impl Iterator<Item = &'f str> {
        self.0.get(device).into_iter().flatten().copied()
    }
}
