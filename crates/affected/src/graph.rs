//! Which package is built from which, across the workspace's borders.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_lock::{Lockfile, Package, package::SourceId};
use cargo_metadata::{DependencyKind, Metadata};

/// A package, as `Cargo.lock` identifies it.
pub(crate) type Id = (String, String, Option<SourceId>);

/// Packages, each with those it is built from. Dev-dependencies are left out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Graph {
    built_from: BTreeMap<Id, Locked>,
    /// The workspace's own packages by their folders, absolute.
    members: BTreeMap<Utf8PathBuf, Id>,
    /// The names of dependencies of the workspace's own packages, and the names that they are
    /// renamed to.
    declared: BTreeMap<String, BTreeSet<String>>,
}

/// What `Cargo.lock` says of a package.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Locked {
    checksum: Option<String>,
    built_from: BTreeSet<Id>,
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
            graph.declared.insert(id.0.clone(), names.collect());
            if let Ok(real) = folder.canonicalize_utf8() {
                graph.members.insert(real, id.clone());
            }
            graph.members.insert(folder.to_owned(), id);
        }
        for package in &lock.packages {
            let declared = graph.declared.get(package.name.as_str());
            let declared = declared.filter(|_| package.source.is_none());
            let dependencies = package.dependencies.iter().filter(|dependency| {
                declared.is_none_or(|names| names.contains(dependency.name.as_str()))
            });
            let dependencies = dependencies.map(|dependency| {
                let (name, version) = (dependency.name.to_string(), dependency.version.to_string());
                (name, version, dependency.source.clone())
            });
            let locked = Locked {
                checksum: package.checksum.as_ref().map(ToString::to_string),
                built_from: dependencies.collect(),
            };
            graph.built_from.insert(id(package), locked);
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

    /// The workspace's packages in this folder and below it, absolute.
    pub(crate) fn below<'a>(&'a self, folder: &Utf8Path) -> impl Iterator<Item = &'a Id> {
        self.members.iter().filter(move |(of, _)| of.starts_with(folder)).map(|(_, id)| id)
    }

    /// All packages, wherever they are from.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &Id> {
        self.built_from.keys()
    }

    /// The workspace's packages that ask for a dependency of this name.
    pub(crate) fn asking_for<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Id> {
        let asks = |id: &&Id| self.declared.get(&id.0).is_some_and(|names| names.contains(name));
        self.members.values().filter(asks).collect::<BTreeSet<_>>().into_iter()
    }

    /// All that a package is built from, itself included.
    pub(crate) fn closure<'a>(&'a self, of: &'a Id) -> BTreeSet<&'a Id> {
        let mut found = BTreeSet::new();
        let mut open = vec![of];
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(self.built_from.get(id).into_iter().flat_map(|it| &it.built_from));
            }
        }
        found
    }

    /// Packages that differ from another state of `Cargo.lock`: another version, or built from
    /// something new. Changes of the workspace's own packages are found in their own files instead.
    pub(crate) fn new_in<'a>(
        &'a self,
        packages: &BTreeSet<&'a Id>,
        before: &'a Self,
    ) -> BTreeSet<&'a Id> {
        let mut new = BTreeSet::new();
        for id in packages {
            let Some(now) = self.built_from.get(*id) else { continue };
            let Some(old) = before.same(id) else {
                if id.2.is_some() {
                    new.insert(*id);
                } else {
                    new.extend(&now.built_from);
                }
                continue;
            };
            let more = now.built_from.difference(&old.built_from).count();
            new.extend(now.built_from.difference(&old.built_from));
            // Fewer dependencies make it another package too.
            if now.checksum != old.checksum || (more == 0 && now.built_from != old.built_from) {
                new.insert(*id);
            }
        }
        new
    }

    /// The same package in the other state; the workspace's own may have another version there.
    fn same(&self, id: &Id) -> Option<&Locked> {
        let own = || self.built_from.iter().find(|(other, _)| other.0 == id.0 && other.2.is_none());
        match id.2 {
            Some(_) => self.built_from.get(id),
            None => self.built_from.get(id).or_else(|| own().map(|(_, locked)| locked)),
        }
    }
}

fn id(package: &Package) -> Id {
    (package.name.to_string(), package.version.to_string(), package.source.clone())
}
