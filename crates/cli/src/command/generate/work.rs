//! What people work with, from a fleet: its shells and homes.

use std::collections::BTreeMap;

use domi_fleet::{About, Features, Fleet, Ref};
use domi_fleet_files::Projected;
use domi_nix::{FleetHome, FleetShell, GeneratedFile};

use crate::request::FleetRequest;

/// The files for the flake.
pub(super) fn planned(
    fleet: &Fleet,
    request: &FleetRequest,
    projected: &Projected,
    features: &Features,
) -> Vec<GeneratedFile> {
    let shells = fleet.shells.values().filter(|it| it.about.is_current());
    let shells: Vec<_> = shells.map(|it| (it, shown(request, &it.about))).collect();
    let shells = shells.iter().map(|(it, file)| FleetShell {
        name: &it.about.name,
        file,
        packages: names(&it.packages),
        features: it.all_features(fleet, features).into_iter().collect(),
        variables: texts(&it.variables),
    });
    let homes = fleet.homes.values().filter(|it| it.about.is_current());
    let homes: Vec<_> = homes.map(|it| (it, shown(request, &it.about))).collect();
    let homes = homes.iter().map(|(it, file)| {
        let hosts = projected.hosts.iter().filter(|host| host.homes.contains(&it.about.name));
        FleetHome {
            name: &it.about.name,
            file,
            user: &it.user.name,
            hosts: hosts.map(|host| host.name.as_str()).collect(),
            state_version: &it.state_version,
            packages: names(&it.packages),
            variables: texts(&it.variables),
            files: texts(&it.files),
        }
    });
    let mut files = domi_nix::homes(&homes.collect::<Vec<_>>());
    files.extend(domi_nix::shells(&shells.collect::<Vec<_>>()));
    files
}

fn shown(request: &FleetRequest, about: &About) -> String {
    request.shown(&about.file)
}

fn names(refs: &[Ref]) -> Vec<&str> {
    refs.iter().map(|it| it.name.as_str()).collect()
}

fn texts(all: &BTreeMap<String, Ref>) -> BTreeMap<&str, &str> {
    all.iter().map(|(name, text)| (name.as_str(), text.name.as_str())).collect()
}
