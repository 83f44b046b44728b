//! Features to put on one machine.

use domi_model::{Expr, Manifest};

/// Copies of a feature under another name, to be put beside it. A unit or file of a fixed name
/// cannot be there twice, so that a copy has none of these; `-bare` has no kernel parameters either,
/// of which the same holds.
pub fn copies(manifest: &Manifest) -> Vec<Manifest> {
    let mut copy = named(manifest, "copy");
    let is_fixed = |name: &Expr| matches!(name, Expr::Literal(_));
    copy.system.units.retain(|unit| !is_fixed(&unit.name));
    copy.system.etc.retain(|file| !is_fixed(&file.path));
    if copy.system.sysctl.is_empty() {
        return vec![copy];
    }
    let mut bare = Manifest { system: copy.system.clone(), ..named(manifest, "bare") };
    bare.system.sysctl.clear();
    vec![bare, copy]
}

fn named(manifest: &Manifest, suffix: &str) -> Manifest {
    let mut copy = manifest.clone();
    copy.feature.name = format!("{}-{suffix}", manifest.feature.name);
    copy.tests.clear();
    copy
}
