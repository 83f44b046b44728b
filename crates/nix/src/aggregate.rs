//! The one place that imports every module.

use domi_model::Manifest;

use crate::ast::{Binding, Nix};
use crate::{header, print};

/// The text of `modules/default.nix`: a module that imports the module of every feature, by
/// kind and name.
pub fn aggregate<'m>(manifests: impl IntoIterator<Item = &'m Manifest>) -> String {
    let mut paths: Vec<String> = manifests.into_iter().map(import).collect();
    paths.sort();
    paths.dedup();
    let imports = Nix::List(paths.into_iter().map(Nix::Path).collect());
    let module = Nix::attrs([
        Binding::new("_class", Nix::str("nixos")),
        Binding::new("imports", imports).gap(),
    ]);
    print::file(&header::of_all(), &module)
}

fn import(manifest: &Manifest) -> String {
    format!("./{}/{}.nix", manifest.feature.kind.as_str(), manifest.feature.name)
}
