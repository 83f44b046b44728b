use std::collections::BTreeMap;

use domi_model::Package;

/// A piece of software that a feature uses, by its names in nixpkgs and in Debian.
#[derive(Debug, Clone)]
pub struct Software {
    pub(crate) name: String,
    pub(crate) package: Package,
}

impl Software {
    /// Software that has the same name everywhere.
    pub fn new(name: &str) -> Self {
        let package = Package {
            nixpkgs: vec![name.to_owned()],
            debian: vec![name.to_owned()],
            debian_paths: BTreeMap::new(),
        };
        Self { name: name.to_owned(), package }
    }

    /// Its attribute path in nixpkgs: `python3Packages.httpbin`.
    #[must_use]
    pub fn nixpkgs(mut self, path: &str) -> Self {
        self.package.nixpkgs = path.split('.').map(str::to_owned).collect();
        self
    }

    /// The Debian packages that together hold the same.
    #[must_use]
    pub fn debian<const N: usize>(mut self, packages: [&str; N]) -> Self {
        self.package.debian = packages.map(str::to_owned).to_vec();
        self
    }

    /// Where Debian has a file of it, if that is not below `/usr`:
    /// `.debian_path("bin/nginx", "/usr/sbin/nginx")`.
    #[must_use]
    pub fn debian_path(mut self, path: &str, debian: &str) -> Self {
        self.package.debian_paths.insert(path.to_owned(), debian.to_owned());
        self
    }
}
