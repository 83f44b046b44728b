//! Packages of crates of the workspace, where a file uses them.

use std::collections::BTreeSet;

use domi_model::Manifest;

use crate::ast::{Binding, Nix};
use crate::names::of_crate;

/// The folder of their files, from the root of the repository.
pub(crate) const FOLDER: &str = "nix/programs";

/// What binds the packages that are used; `root` leads from the file to the repository's root.
pub(crate) fn bindings(manifest: &Manifest, used: &BTreeSet<String>, root: &str) -> Vec<Binding> {
    let used = manifest.crates().filter(|name| used.contains(&of_crate(name)));
    let bound = used.map(|name| {
        let file = Nix::Path(format!("{root}/{FOLDER}/{name}.nix"));
        let package = Nix::ident("pkgs").dot("callPackage").call(file).call(Nix::attrs([]));
        Binding::new(of_crate(name).as_str(), package)
    });
    bound.collect()
}

/// An expression with the packages bound around it that it uses.
pub(crate) fn with_packages(manifest: &Manifest, nix: Nix, root: &str) -> Nix {
    Nix::let_in(bindings(manifest, &nix.free(), root), nix)
}

/// The files of the crates whose programs a feature uses, as its entry of the index has them.
pub(crate) fn files(manifest: &Manifest) -> Option<Binding> {
    let file = |name| Binding::new(name, Nix::Path(format!("./programs/{name}.nix")));
    let files: Vec<Binding> = manifest.crates().map(file).collect();
    (!files.is_empty()).then(|| Binding::new("programs", Nix::Attrs(files)))
}
