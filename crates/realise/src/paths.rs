use std::collections::BTreeMap;

use domi_model::{Manifest, Package};

use crate::Programs;

/// Where a kind of machine keeps what a feature refers to. The one thing in which a NixOS and a
/// portable guest differ.
pub trait PackagePaths {
    /// The absolute path of a file within a package of the manifest; of the package itself where
    /// `within` is empty.
    fn path(&self, package: &str, within: &str) -> String;

    /// The absolute path of a file of the given content, as stable as the content is.
    fn file(&self, name: &str, content: &str) -> String;

    /// The absolute path of bash, which runs scripts.
    fn shell(&self) -> String {
        "/bin/bash".to_owned()
    }

    /// The environment that every service has by default, given the packages on its `path`.
    fn environment(&self, path: &[String]) -> BTreeMap<String, String>;

    /// What is in the folders of that environment's PATH, in their order, where the machine has to
    /// make these folders.
    fn programs(&self, _path: &[String]) -> Vec<Programs> {
        Vec::new()
    }
}

/// A Debian machine: packages are under `/usr`, files of content under `/etc/domi/files`, folders of
/// links to programs under `/etc/domi/path`.
#[derive(Debug, Clone)]
pub struct DebianPaths<'a> {
    packages: &'a BTreeMap<String, Package>,
}

impl<'a> DebianPaths<'a> {
    /// For the packages of a manifest.
    pub fn new(manifest: &'a Manifest) -> Self {
        Self { packages: &manifest.packages }
    }
}

impl PackagePaths for DebianPaths<'_> {
    fn path(&self, package: &str, within: &str) -> String {
        let package = self.packages.get(package);
        let folder = package.map_or_else(|| "/usr".to_owned(), Package::debian_folder);
        match package.and_then(|package| package.debian_paths.get(within)) {
            Some(path) => path.clone(),
            None if within.is_empty() => folder,
            None => format!("{folder}/{within}"),
        }
    }

    fn file(&self, name: &str, content: &str) -> String {
        let hash = blake3::hash(content.as_bytes()).to_hex();
        format!("/etc/domi/files/{}-{name}", &hash[..32])
    }

    fn environment(&self, path: &[String]) -> BTreeMap<String, String> {
        let folders: Vec<_> = self.programs(path).iter().map(Programs::folder).collect();
        [("PATH".to_owned(), folders.join(":"))].into()
    }

    /// Debian installs all programs in one place, where a unit would find what its `path` forgot,
    /// too. So its PATH has folders of their own.
    fn programs(&self, path: &[String]) -> Vec<Programs> {
        Programs::of_unit(path.iter().filter_map(|name| self.packages.get(name)))
    }
}
