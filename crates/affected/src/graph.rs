//! Which package is built from which, across the workspace's borders.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_lock::{Lockfile, Package, package::SourceId};
use cargo_metadata::{DependencyKind, Metadata};

/// A package as `Cargo.lock` tells them apart.
pub(crate) type Id = (String, String, Option<SourceId>);

/// Packages, each with those it is built from. What a package only tests itself with is not in it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    built_from: BTreeMap<Id, Vec<Id>>,
    /// The workspace's own packages by their folders, absolute.
    members: BTreeMap<Utf8PathBuf, Id>,
    /// The names of dependencies of the workspace's own packages: their packages' names, and what
    /// they are called where that is something else.
    declared: BTreeMap<Id, BTreeSet<String>>,
}

impl Graph {
    pub(crate) fn new(metadata: &Metadata, lock: &str) -> Result<Self> {
        let lock: Lockfile = lock.parse().context("cannot read Cargo.lock")?;
        let mut graph = Self::default();
        for package in metadata.workspace_packages() {
            let id = (package.name.to_string(), package.version.to_string(), None);
            let folder = package.manifest_path.parent().unwrap_or(Utf8Path::new("/"));
            let built_from = |kind| kind != DependencyKind::Development;
            let dependencies = package.dependencies.iter().filter(|d| built_from(d.kind));
            let names = dependencies.flat_map(|d| d.rename.iter().chain([&d.name]).cloned());
            graph.declared.insert(id.clone(), names.collect());
            graph.members.insert(folder.to_owned(), id);
        }
        for package in &lock.packages {
            let id = id(package);
            let declared = graph.declared.get(&id);
            let dependencies = package.dependencies.iter().filter(|dependency| {
                declared.is_none_or(|names| names.contains(dependency.name.as_str()))
            });
            let dependencies = dependencies.map(|dependency| {
                let (name, version) = (dependency.name.to_string(), dependency.version.to_string());
                (name, version, dependency.source.clone())
            });
            let dependencies = dependencies.collect();
            graph.built_from.insert(id, dependencies);
        }
        Ok(graph)
    }

    /// The workspace's package whose folder holds this file: the innermost, where there are
    /// several. The path is absolute.
    pub(crate) fn holding(&self, file: &Utf8Path) -> Option<(&Utf8Path, &Id)> {
        let mut folders = file.ancestors().skip(1);
        folders.find_map(|folder| {
            let (folder, id) = self.members.get_key_value(folder)?;
            Some((folder.as_path(), id))
        })
    }

    /// The workspace's package in this folder, absolute.
    pub(crate) fn member(&self, folder: &Utf8Path) -> Option<&Id> {
        self.members.get(folder)
    }

    /// Packages of this name, wherever they are from.
    pub(crate) fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Id> {
        self.built_from.keys().filter(move |id| id.0 == name)
    }

    /// The workspace's packages that ask for a dependency of this name.
    pub(crate) fn asking_for<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Id> {
        let asks = move |(_, names): &(&Id, &BTreeSet<String>)| names.contains(name);
        self.declared.iter().filter(asks).map(|(id, _)| id)
    }

    /// All that a package is built from, itself included.
    pub(crate) fn closure<'a>(&'a self, of: &'a Id) -> BTreeSet<&'a Id> {
        let mut found = BTreeSet::new();
        let mut open = vec![of];
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(self.built_from.get(id).into_iter().flatten());
            }
        }
        found
    }
}

/// The packages from elsewhere that a lock file has otherwise than another had them, with what they
/// are now. The workspace's own say in their own files what has become of them.
pub(crate) fn differing(before: &str, now: &str) -> Result<Vec<Id>> {
    let now: Lockfile = now.parse().context("cannot read Cargo.lock")?;
    // One that cannot be read says nothing, so that everything is new.
    let before = before.parse().map(|lock: Lockfile| lock.packages).unwrap_or_default();
    let before: BTreeSet<_> = before.iter().map(content).collect();
    let elsewhere = now.packages.iter().filter(|package| package.source.is_some());
    Ok(elsewhere.filter(|package| !before.contains(&content(package))).map(id).collect())
}

/// What a package is. Of those it is built from only the names count here: when they are others,
/// they differ themselves.
fn content(package: &Package) -> (Id, Option<String>, Vec<String>) {
    let checksum = package.checksum.as_ref().map(ToString::to_string);
    (id(package), checksum, package.dependencies.iter().map(|d| d.name.to_string()).collect())
}

fn id(package: &Package) -> Id {
    (package.name.to_string(), package.version.to_string(), package.source.clone())
}
