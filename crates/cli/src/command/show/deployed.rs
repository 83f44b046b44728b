//! Where a feature is taken: by the flake's systems, and by hosts of the fleet.

use std::collections::BTreeMap;

use camino::Utf8Path;
use domi_fleet::is_within;
use domi_model::{Manifest, Platform, Problem, Severity, Value};
use domi_realise::codes::NOT_THERE;

use super::super::nix_code::code;
use super::model::Deployed;
use crate::fleet::{Known, files, of_profile, profiles};
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
        let features = std::iter::once(manifest.clone()).collect();
        let known = Known::of(files(request), request, &features);
        let name = &manifest.feature.name;
        // Other features are not known here: that they are missing says nothing.
        let is_of_it = |it: &&Problem| is_within(&it.subject, name) && it.code != NOT_THERE;
        let mut problems =
            known.problems.iter().chain(known.projected.problems.iter().filter(is_of_it));
        if problems.any(|problem| problem.severity == Severity::Error) {
            return Self { is_wrong: true, ..Self::default() };
        }
        let hosts = known.projected.hosts;
        let names = hosts.iter().map(|host| host.name.clone()).collect();
        let of_feature =
            |mut host: domi_fleet_files::HostFacts| Some((host.name, host.features.remove(name)?));
        Self { names, hosts: hosts.into_iter().filter_map(of_feature).collect(), is_wrong: false }
    }

    /// The names of hosts that have the feature; nothing where the files of the fleet are wrong.
    pub(in crate::command) fn hosts(&self) -> Result<impl Iterator<Item = &String>, ()> {
        if self.is_wrong { Err(()) } else { Ok(self.hosts.keys()) }
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
    let index = std::fs::read_to_string(root.join(domi_nix::INDEX)).unwrap_or_default();
    let is_there = domi_nix::is_in_index(&index, name);
    let nixos_modules =
        if is_there { vec![name.clone(), "default".to_owned()] } else { Vec::new() };
    let mut nixos_configurations = BTreeMap::new();
    let trunk = std::fs::read_to_string(root.join("systems/default.nix")).unwrap_or_default();
    let in_trunk = names_option(&trunk, &manifest.feature.option_prefix().join("."));
    for profile in profiles(root).filter(|_| is_there) {
        for system in systems {
            let enabled = in_trunk || profile == EVERYTHING;
            nixos_configurations.insert(of_profile(&profile, *system), enabled);
        }
    }
    Deployed {
        nixos_modules,
        nixos_configurations,
        hosts: fleet.hosts.clone(),
        fleet_is_wrong: fleet.is_wrong,
    }
}

/// Whether the text of a module names an option, or one within it. The trunk names no feature but to
/// enable it.
fn names_option(module: &str, option: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    code(module).split(option).skip(1).any(|after| !after.starts_with(is_name))
}

#[cfg(test)]
mod tests {
    use super::names_option;

    #[test]
    fn an_option_is_named_in_full_and_not_in_a_comment() {
        let check = |module: &str, expected: bool| {
            assert_eq!(names_option(module, "domi.ui.shell"), expected, "{module}");
        };
        check("{ domi.ui.shell.enable = true; }", true);
        check("options ? domi.ui.shell", true);
        check("{ domi.ui.shell-more.enable = true; domi.ui.shell = { }; }", true);
        check("{ domi.ui.shell-more.enable = true; }", false);
        check("{\n# domi.ui.shell\n}", false);
        check("", false);
    }

    #[test]
    fn the_trunk_of_this_repository_enables_its_shell() {
        let trunk = include_str!("../../../../../systems/default.nix");
        assert!(names_option(trunk, "domi.ui.domi-nix-shell"));
        assert!(!names_option(trunk, "domi.services.feature-x"));
    }
}
