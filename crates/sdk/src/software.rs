use std::collections::BTreeMap;

use domi_model::{Package, Place};

use crate::fault::{self, Said};
use crate::place::here;

/// A piece of software that a feature uses, by its names in nixpkgs and in Debian.
#[derive(Debug)]
pub struct Software {
    name: String,
    package: Package,
    place: Option<Place>,
    said: Said,
}

impl Software {
    /// Software that has the same name everywhere.
    #[track_caller]
    pub fn new(name: &str) -> Self {
        let package = Package {
            nixpkgs: vec![name.to_owned()],
            debian: vec![name.to_owned()],
            debian_paths: BTreeMap::new(),
        };
        Self { name: name.to_owned(), package, place: here(), said: Said::default() }
    }

    #[track_caller]
    fn once(&mut self, thing: &str) -> bool {
        self.said.once(&format!("software `{}`", self.name), thing, here())
    }

    /// Its attribute path in nixpkgs: `python3Packages.httpbin`.
    #[must_use]
    #[track_caller]
    pub fn nixpkgs(mut self, path: &str) -> Self {
        if self.once("its path in nixpkgs") {
            self.package.nixpkgs = path.split('.').map(str::to_owned).collect();
        }
        self
    }

    /// The Debian packages that together hold the same.
    #[must_use]
    #[track_caller]
    pub fn debian<const N: usize>(mut self, packages: [&str; N]) -> Self {
        if self.once("its packages in Debian") {
            self.package.debian = packages.map(str::to_owned).to_vec();
        }
        self
    }

    /// Where Debian has a file of it, if that is not below `/usr`:
    /// `.debian_path("bin/nginx", "/usr/sbin/nginx")`.
    #[must_use]
    #[track_caller]
    pub fn debian_path(mut self, path: &str, debian: &str) -> Self {
        if self.once(&format!("the place of its `{path}` in Debian")) {
            self.package.debian_paths.insert(path.to_owned(), debian.to_owned());
        }
        self
    }
}

/// Software by its names.
pub(crate) fn packages(software: Vec<Software>) -> BTreeMap<String, Package> {
    let mut packages: BTreeMap<String, (Package, Option<Place>)> = BTreeMap::new();
    for one in software {
        match packages.get(&one.name) {
            Some((_, first)) => {
                let thing = format!("the software `{}`", one.name);
                fault::note(fault::twice("software", &thing, first.as_ref(), one.place));
            }
            None => drop(packages.insert(one.name, (one.package, one.place))),
        }
    }
    packages.into_iter().map(|(name, (package, _))| (name, package)).collect()
}
