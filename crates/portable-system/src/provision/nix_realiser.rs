//! How Nix makes the systems of portable machines.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domi_evaluate::{FlakeModule, Nixpkgs, TestFile};
use domi_model::Manifest;
use domi_nix_command::Nix;
use domi_runner::Programs;
use domi_transplant::{Supply, Table};

/// Nix, where it makes the systems of portable machines.
#[derive(Debug, Clone)]
pub struct NixRealiser {
    /// The program.
    pub nix: Nix,
    /// Whose lib and NixOS modules.
    pub nixpkgs: Nixpkgs,
    /// The module of each feature, by the feature's name.
    pub modules: BTreeMap<String, PathBuf>,
    /// The package of each crate of the workspace that a feature has programs of, by the crate's name.
    pub programs: BTreeMap<String, PathBuf>,
    /// What is written by hand and tested as a feature of this name is: its settings are of the whole
    /// configuration.
    pub by_hand: BTreeMap<String, ByHand>,
    /// Tests for the NixOS test driver, where they are what is tested.
    pub nixos_tests: Option<NixosTests>,
    /// Which packages of the machines stand for which of nixpkgs.
    pub table: Table,
    /// How Nix builds what the machines have of its store; nothing where they have Debian's programs.
    pub store: Option<RealStore>,
    /// Whose programs machines have where no command says it.
    pub usual: Programs,
    /// How long Nix may take for a feature.
    pub limit: Duration,
}

impl NixRealiser {
    /// Where the machines of these features have what refers to Nix's store.
    pub(super) fn supply<'m>(&self, manifests: impl IntoIterator<Item = &'m Manifest>) -> Supply {
        if self.store.is_some() {
            return Supply::Store;
        }
        let table = self.table.clone();
        let with = |table: Table, manifest| table.with_packages_of(manifest);
        Supply::Debian(manifests.into_iter().fold(table, with))
    }
}

/// A text of Nix's with the paths of these modules as they are where modules are generated: those that Nix has read
/// are gone after the run.
pub(super) fn as_generated<'p>(modules: impl Iterator<Item = &'p PathBuf>, text: &str) -> String {
    let mut text = text.to_owned();
    for path in modules {
        let mut parts: Vec<_> =
            path.iter().rev().take(3).map(|part| part.to_string_lossy()).collect();
        parts.reverse();
        text = text.replace(&*path.to_string_lossy(), &parts.join("/"));
    }
    text
}

/// Nix's own store, where machines have what their units and scripts refer to from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealStore {
    /// The folder in which its entries really are.
    pub folder: PathBuf,
    /// The machines that build for Nix, in the place of its own list.
    pub builders: Option<String>,
    /// How long building may take.
    pub build_limit: Duration,
}

/// Modules that were written by hand, and are evaluated together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByHand {
    /// Their files, by absolute paths.
    pub files: Vec<PathBuf>,
    /// Those that are attributes of flakes.
    pub flakes: Vec<FlakeModule>,
    /// The absolute path of a Nix file with arguments for all modules.
    pub special_args: Option<PathBuf>,
}

/// Tests for the NixOS test driver that are run as those of a feature.
#[derive(Debug, Clone)]
pub struct NixosTests {
    /// Where they are written.
    pub file: TestFile,
    /// The attributes that lead to each in its file, by the name that its job's test has.
    pub paths: BTreeMap<String, Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nix_says_names_modules_as_they_are_generated() {
        let module = PathBuf::from("/tmp/x/modules/services/web.nix");
        let said =
            as_generated([&module].into_iter(), "at /tmp/x/modules/services/web.nix:3:1: no");
        assert_eq!(said, "at modules/services/web.nix:3:1: no");
    }
}
