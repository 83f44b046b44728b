//! Where a feature is taken: by the flake's systems, and by hosts of the fleet.

use std::collections::BTreeMap;

use camino::Utf8Path;
use domi_fleet_files::{Loaded, Wanted};
use domi_model::{Manifest, Platform, Severity, Value};

use super::model::Deployed;
use crate::request::FleetRequest;

/// The profile that enables all features.
const EVERYTHING: &str = "full";

/// Hosts that have a feature, with their settings of it.
#[derive(Default)]
pub(in crate::command) struct Fleet {
    hosts: BTreeMap<String, BTreeMap<String, Value>>,
    /// All hosts.
    names: Vec<String>,
    is_wrong: bool,
}

impl Fleet {
    /// Reads the fleet. What it says of other features does not matter here.
    pub(in crate::command) fn read(request: &FleetRequest, manifest: &Manifest) -> Self {
        let Loaded { fleet, mut problems } = domi_fleet_files::load(&request.root, Wanted::All);
        problems.extend(fleet.check());
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Self { is_wrong: true, ..Self::default() };
        }
        let features = std::iter::once(manifest.clone()).collect();
        let hosts = domi_fleet_files::project(&fleet, &features).hosts;
        let names = hosts.iter().map(|host| host.name.clone()).collect();
        let name = &manifest.feature.name;
        let of_feature =
            |mut host: domi_fleet_files::HostFacts| Some((host.name, host.features.remove(name)?));
        Self { names, hosts: hosts.into_iter().filter_map(of_feature).collect(), is_wrong: false }
    }

    /// The settings that a host has of the feature; why there are none, and what to do, otherwise.
    pub(in crate::command) fn settings(
        &self,
        host: &str,
    ) -> Result<&BTreeMap<String, Value>, (&'static str, String)> {
        if self.is_wrong {
            let next = "run `cargo xtask fleet check`".to_owned();
            return Err(("the files of the fleet are wrong", next));
        }
        let hosts: Vec<&str> = self.hosts.keys().map(String::as_str).collect();
        let next = match hosts[..] {
            [] => "no host of the fleet has it".to_owned(),
            _ => format!("hosts that have it: {}", hosts.join(", ")),
        };
        let there = self.names.iter().any(|name| name == host);
        let message =
            if there { "the host does not have this feature" } else { "there is no such host" };
        self.hosts.get(host).ok_or((message, next))
    }
}

/// Where the feature is taken.
pub(super) fn deployed(
    root: &Utf8Path,
    manifest: &Manifest,
    systems: &[Platform],
    fleet: &Fleet,
) -> Deployed {
    let name = &manifest.feature.name;
    let index = std::fs::read_to_string(root.join("nix/features.nix")).unwrap_or_default();
    let is_there = index.contains(&format!("\n  {name} = {{"));
    let nixos_modules =
        if is_there { vec![name.clone(), "default".to_owned()] } else { Vec::new() };
    let mut nixos_configurations = BTreeMap::new();
    for profile in profiles(root).filter(|_| is_there) {
        for system in systems {
            let is_usual = *system == Platform::X86_64Linux;
            let suffix = if is_usual { String::new() } else { format!("-{}", system.as_str()) };
            nixos_configurations.insert(format!("{profile}{suffix}"), profile == EVERYTHING);
        }
    }
    Deployed {
        nixos_modules,
        nixos_configurations,
        hosts: fleet.hosts.clone(),
        fleet_is_wrong: fleet.is_wrong,
    }
}

fn profiles(root: &Utf8Path) -> impl Iterator<Item = String> {
    let entries = root.join("systems/profiles").read_dir_utf8().into_iter().flatten().flatten();
    entries.filter_map(|entry| Some(entry.file_name().strip_suffix(".nix")?.to_owned()))
}
