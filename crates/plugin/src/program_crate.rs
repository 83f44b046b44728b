//! Crates of the workspace whose programs features use.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{DependencyKind, Package, TargetKind};

use crate::Workspace;

/// A crate of the workspace that has programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramCrate {
    /// Its name.
    pub name: String,
    /// Its folder, from the workspace root.
    pub place: Utf8PathBuf,
    /// Its version.
    pub version: String,
    /// What it is; empty where it does not say.
    pub description: String,
    /// Its licence as `Cargo.toml` has it; empty where it does not say.
    pub license: String,
    /// The names of its programs.
    pub programs: BTreeSet<String>,
    /// The folders, absolute, of all crates that it is built from, itself included.
    pub folders: BTreeSet<Utf8PathBuf>,
    /// What it is built from that is no crate of the workspace: the names of crates.
    pub from_elsewhere: BTreeSet<String>,
}

impl Workspace {
    /// The crate of this name, with what its programs are built from.
    ///
    /// # Errors
    /// Why it has no programs that a feature could use, in words.
    pub fn program(&self, name: &str) -> Result<ProgramCrate, String> {
        let packages: BTreeMap<&Utf8Path, &Package> = self
            .metadata
            .workspace_packages()
            .into_iter()
            .filter_map(|package| Some((package.manifest_path.parent()?, package)))
            .collect();
        let found = packages.iter().find(|(_, package)| package.name.as_str() == name);
        let (folder, package) = found.ok_or("the workspace has no crate of this name")?;
        if self.features.iter().any(|feature| feature.folder == *folder) {
            return Err("its program is that of a feature, which prints a manifest".to_owned());
        }
        let is_binary = |kinds: &[TargetKind]| kinds.contains(&TargetKind::Bin);
        let binaries = package.targets.iter().filter(|target| is_binary(&target.kind));
        let mut of = ProgramCrate {
            name: name.to_owned(),
            place: self.place(folder),
            version: package.version.to_string(),
            description: package.description.clone().unwrap_or_default(),
            license: package.license.clone().unwrap_or_default(),
            programs: binaries.map(|target| target.name.clone()).collect(),
            folders: BTreeSet::new(),
            from_elsewhere: BTreeSet::new(),
        };
        if of.programs.is_empty() {
            return Err("the crate has no program: no `src/main.rs` and no `src/bin`".to_owned());
        }
        let mut open = vec![*folder];
        while let Some(folder) = open.pop() {
            if !of.folders.insert(folder.to_owned()) {
                continue;
            }
            let needed = packages[folder].dependencies.iter();
            for needed in needed.filter(|it| it.kind != DependencyKind::Development) {
                let here = needed.path.as_deref().and_then(|path| packages.get_key_value(path));
                match here {
                    Some((folder, _)) => open.push(*folder),
                    None => drop(of.from_elsewhere.insert(needed.name.clone())),
                }
            }
        }
        Ok(of)
    }

    /// What cargo needs to read the workspace, from its root: the files there that it reads, and the
    /// folders that its crates are in.
    pub fn read_by_cargo(&self) -> BTreeSet<Utf8PathBuf> {
        let mut paths: BTreeSet<_> = ["Cargo.lock", "Cargo.toml"].map(Utf8PathBuf::from).into();
        for package in self.metadata.workspace_packages() {
            let folder = package.manifest_path.parent().map(|folder| self.place(folder));
            match folder.as_deref().and_then(|folder| folder.components().next()) {
                Some(first) => drop(paths.insert(Utf8PathBuf::from(first.as_str()))),
                // A crate in the root itself.
                None => {
                    let own = ["src", "build.rs"].map(Utf8PathBuf::from).into_iter();
                    paths.extend(own.filter(|path| self.root.join(path).exists()));
                }
            }
        }
        paths
    }
}
