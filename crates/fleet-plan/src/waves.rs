//! The waves that a change goes through: which hosts change together, and in which steps.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Fleet, Host, Standing, Status, Wave, Waves, active};

use crate::document::{HealthGate, WaveOfPlan};

/// The waves with the hosts of them that change. Waves in which nothing changes are there as well:
/// they take no time.
pub(crate) fn waves(fleet: &Fleet, changing: &BTreeSet<&str>) -> Vec<WaveOfPlan> {
    let Ok(waves) = Waves::of(fleet) else { return Vec::new() };
    let mut hosts: BTreeMap<&str, Vec<&Host>> = BTreeMap::new();
    for host in fleet.hosts.values().filter(|host| changing.contains(host.about.name.as_str())) {
        if let [wave] = waves.with(&Standing::of(fleet, host)).as_slice() {
            hosts.entry(&wave.about.name).or_default().push(host);
        }
    }
    let of = |wave: &&Wave| WaveOfPlan {
        name: wave.about.name.clone(),
        after: wave.after.iter().map(|it| it.name.clone()).collect(),
        soak: wave.soak,
        health: wave.health.as_ref().map(|health| HealthGate {
            units: health.units.clone(),
            tcp: health.tcp.clone(),
            within: health.within,
        }),
        steps: steps(fleet, wave, hosts.get(wave.about.name.as_str()).map_or(&[], Vec::as_slice)),
    };
    waves.order().iter().map(of).collect()
}

/// Puts hosts into steps: each takes as many as may change at once, and leaves enough alone.
fn steps(fleet: &Fleet, wave: &Wave, hosts: &[&Host]) -> Vec<Vec<String>> {
    let most = wave.at_once.map_or(usize::MAX, to_usize);
    // How many active hosts of each role may change at once.
    let spare: BTreeMap<&str, usize> = wave
        .keep
        .iter()
        .map(|(role, (number, _))| {
            (role.as_str(), active(fleet, role).saturating_sub(to_usize(*number)))
        })
        .collect();
    let mut steps: Vec<Step<'_>> = Vec::new();
    for host in hosts {
        // What is not in use leaves nothing missing.
        let is_active = host.about.status == Status::Active;
        let roles = host.roles.iter().map(|role| role.name.as_str());
        let roles: Vec<&str> = roles.filter(|role| is_active && spare.contains_key(role)).collect();
        let has_room = |step: &Step<'_>| {
            let is_spare =
                |role: &&str| step.taken.get(role).copied().unwrap_or_default() < spare[role];
            step.hosts.len() < most && roles.iter().all(is_spare)
        };
        let step = steps.iter().position(has_room).unwrap_or_else(|| {
            steps.push(Step::default());
            steps.len() - 1
        });
        steps[step].hosts.push(host.about.name.clone());
        for role in roles {
            *steps[step].taken.entry(role).or_default() += 1;
        }
    }
    steps.into_iter().map(|step| step.hosts).collect()
}

#[derive(Debug, Default)]
struct Step<'f> {
    hosts: Vec<String>,
    /// How many active hosts of a role are in it.
    taken: BTreeMap<&'f str, usize>,
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
