use std::collections::BTreeMap;

use domi_model::codes::BAD_METADATA;
use domi_model::{Package, Place, Problem};

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
            of_crate: None,
        };
        Self { name: name.to_owned(), package, place: here(), said: Said::default() }
    }

    /// Programs of a crate of this workspace, by the crate's name and those of its binaries:
    /// `Software::of_crate("domi-wait", ["domi-wait"])`. The feature knows it by the crate's name.
    ///
    /// In Nix it is a package that `rustPlatform.buildRustPackage` builds. For portable machines it is
    /// built before a test, for their system, by the Rust of their Debian release.
    #[track_caller]
    pub fn of_crate<const N: usize>(name: &str, programs: [&str; N]) -> Self {
        let package = Package::of_crate(name, programs);
        Self { name: name.to_owned(), package, place: here(), said: Said::default() }
    }

    #[track_caller]
    fn once(&mut self, thing: &str) -> bool {
        self.said.once(&format!("software `{}`", self.name), thing, here())
    }

    /// Notes that something is said which only software from elsewhere has.
    #[track_caller]
    fn is_from_elsewhere(&self, thing: &str) -> bool {
        let Some(name) = &self.package.of_crate else { return true };
        let message = format!("`{name}` is a crate of this workspace, which has no {thing}");
        let problem = Problem::error(BAD_METADATA, &*self.name, message).at(here());
        fault::note(
            problem.next("leave it out, or use `Software::new` for software from elsewhere"),
        );
        false
    }

    /// Its attribute path in nixpkgs: `python3Packages.httpbin`.
    #[must_use]
    #[track_caller]
    pub fn nixpkgs(mut self, path: &str) -> Self {
        if self.is_from_elsewhere("path in nixpkgs") && self.once("its path in nixpkgs") {
            self.package.nixpkgs = path.split('.').map(str::to_owned).collect();
        }
        self
    }

    /// The Debian packages that together hold the same.
    #[must_use]
    #[track_caller]
    pub fn debian<const N: usize>(mut self, packages: [&str; N]) -> Self {
        if self.is_from_elsewhere("packages in Debian") && self.once("its packages in Debian") {
            self.package.debian = packages.map(str::to_owned).to_vec();
        }
        self
    }

    /// Where Debian has a file of it, if that is not below `/usr`:
    /// `.debian_path("bin/nginx", "/usr/sbin/nginx")`.
    #[must_use]
    #[track_caller]
    pub fn debian_path(mut self, path: &str, debian: &str) -> Self {
        let thing = format!("the place of its `{path}` in Debian");
        if self.is_from_elsewhere("files in Debian") && self.once(&thing) {
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
