use std::collections::{BTreeMap, BTreeSet};

use domi_model::Package;
use serde::Serialize;

/// Programs that stand in one folder of a Debian machine, which a PATH names.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Programs {
    /// Debian packages whose programs are in it, where the machine has them.
    pub debian: BTreeSet<String>,
    /// Programs that Debian has under another name or in another place: name → absolute path.
    pub links: BTreeMap<String, String>,
}

/// The Debian packages of what is last on the PATH of every unit of a NixOS: coreutils, findutils,
/// gnugrep, gnused and systemd. Debian has systemd in several.
const ALWAYS: [&str; 9] = [
    "coreutils",
    "findutils",
    "grep",
    "sed",
    "systemd",
    "systemd-container",
    "systemd-resolved",
    "systemd-sysv",
    "udev",
];

/// Where the folders are.
const FOLDER: &str = "/etc/domi/path";

impl Programs {
    /// What every unit of a NixOS has on its PATH.
    pub fn always() -> Self {
        Self { debian: ALWAYS.map(str::to_owned).into(), links: BTreeMap::new() }
    }

    /// Adds the programs of a package, given its packages in Debian and where these have files
    /// that are elsewhere than under `/usr`.
    pub fn add(&mut self, debian: &[String], paths: &BTreeMap<String, String>) {
        self.debian.extend(debian.iter().cloned());
        for (within, path) in paths {
            let program = within.strip_prefix("bin/").or_else(|| within.strip_prefix("sbin/"));
            if let Some(name) = program.filter(|name| !name.contains('/')) {
                self.links.entry(name.to_owned()).or_insert_with(|| path.clone());
            }
        }
    }

    /// Whether no package has been added.
    pub fn is_empty(&self) -> bool {
        self.debian.is_empty() && self.links.is_empty()
    }

    /// The folder: as stable as what is in it.
    pub fn folder(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for name in &self.debian {
            hasher.update(format!("{name}\n").as_bytes());
        }
        for (name, path) in &self.links {
            hasher.update(format!("{name}\n{path}\n").as_bytes());
        }
        let hash = hasher.finalize().to_hex();
        format!("{FOLDER}/{}/bin", &hash[..32])
    }

    /// The folders of a unit's PATH, in their order: of the packages that are given, and of what is
    /// always there.
    pub(crate) fn of_unit<'p>(packages: impl Iterator<Item = &'p Package>) -> Vec<Self> {
        let mut own = Self::default();
        for package in packages {
            own.add(&package.debian, &package.debian_paths);
        }
        [own, Self::always()].into_iter().filter(|programs| !programs.is_empty()).collect()
    }
}
