//! What of a feature both worlds can be asked about.

use domi_model::Manifest;

/// A feature without what only NixOS knows: its `extra.nix`, and the options of NixOS's own modules that
/// it sets. Both are asked about the rest of it.
#[must_use]
pub fn comparable(manifest: &Manifest) -> Manifest {
    let mut manifest = Manifest { extra_nix: false, ..manifest.clone() };
    manifest.system.nixos.clear();
    manifest
}
