//! What follows from a fleet: each host with its facts, features and settings.

use std::collections::BTreeMap;

use domi_fleet::{
    Access, Address, Chosen, Features, Fleet, Host, Login, Machine, Settings, Standing,
};
use domi_fleet::{Status, Together};
use domi_model::{Platform, Problem, Value};
use rayon::prelude::*;
use serde::Serialize;

/// What follows from a fleet.
#[derive(Debug, Default)]
pub struct Projected {
    /// The hosts that are not retired, by name.
    pub hosts: Vec<HostFacts>,
    /// What is wrong with what files say of features.
    pub problems: Vec<Problem>,
}

/// A host, and what it gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostFacts {
    /// Its name.
    pub name: String,
    /// What the machine is.
    pub kind: Machine,
    /// Its platform.
    pub system: Platform,
    /// How far it has come.
    pub status: Status,
    /// Its organisation and units, from the outermost on.
    pub units: Vec<String>,
    /// Its locations, from the outermost on.
    pub locations: Vec<String>,
    /// What it is for.
    pub roles: Vec<String>,
    /// Words that policies may select it by.
    pub tags: Vec<String>,
    /// Its addresses, by network.
    pub addresses: BTreeMap<String, Vec<String>>,
    /// Who may log in.
    pub logins: Vec<Login>,
    /// Its features with their settings; an option that nobody sets has the feature's default.
    pub features: BTreeMap<String, BTreeMap<String, Value>>,
}

/// Merges what is said of each host.
pub fn project(fleet: &Fleet, features: &Features) -> Projected {
    let (settings, mut problems) = Settings::prepare(fleet, features);
    let access = Access::of(fleet);
    let hosts: Vec<&Host> = fleet.hosts.values().filter(|it| it.about.is_current()).collect();
    // Hosts beside each other in one part have much in common.
    let size = hosts.len().div_ceil(4 * rayon::current_num_threads()).max(1);
    let parts: Vec<(Vec<HostFacts>, Together)> = hosts
        .par_chunks(size)
        .map(|part| {
            let mut together = Together::default();
            let facts = part.iter().map(|host| {
                let standing = Standing::of(fleet, host);
                let chosen = settings.of(&standing);
                together.add(&host.about, &chosen, features);
                facts(&standing, &access, chosen)
            });
            (facts.collect(), together)
        })
        .collect();
    let (mut facts, mut together) = (Vec::with_capacity(hosts.len()), Together::default());
    for (mut part, found) in parts {
        facts.append(&mut part);
        together = together.with(found);
    }
    problems.extend(together.problems());
    Projected { hosts: facts, problems }
}

fn facts<'f>(standing: &Standing<'f>, access: &Access<'f>, chosen: Chosen) -> HostFacts {
    let host = standing.host;
    let names = |refs: &[domi_fleet::Ref]| refs.iter().map(|it| it.name.clone()).collect();
    let mut addresses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Address { network, address } in &host.addresses {
        addresses.entry(network.name.clone()).or_default().push(address.to_string());
    }
    HostFacts {
        name: host.about.name.clone(),
        kind: host.kind,
        system: host.system,
        status: host.about.status,
        units: standing.units.iter().map(|it| it.about.name.clone()).collect(),
        locations: standing.locations.iter().map(|it| it.about.name.clone()).collect(),
        roles: names(&host.roles),
        tags: names(&host.tags),
        addresses,
        logins: access.logins(standing),
        features: chosen.settings.into_iter().map(|(name, it)| (name, it.settings)).collect(),
    }
}
