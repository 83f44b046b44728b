//! Features to put on one machine.

use domi_model::{Expr, Manifest};

/// Copies of a feature under another name, to be put beside it. What has a fixed name cannot be there
/// twice, so that a copy has none of that; `-bare` has nothing that is the same in both with most
/// settings: no kernel parameters, no ports, no name that a single option decides on.
pub fn copies(manifest: &Manifest) -> Vec<Manifest> {
    let mut copy = named(manifest, "copy");
    let is_fixed = |name: &Expr| name.fixed_text().is_some();
    copy.system.packages.retain(|it| !matches!(it.package, Expr::Script(_)));
    copy.system.units.retain(|unit| !is_fixed(&unit.name));
    copy.system.etc.retain(|file| !is_fixed(&file.path));
    copy.system.users.retain(|user| !is_fixed(&user.name));
    copy.system.groups.retain(|group| !is_fixed(&group.name));
    copy.system.tmpfiles.retain(|rule| !is_fixed(&rule.path));
    if copy.system.sysctl.is_empty() && copy.system.claims.is_empty() {
        return vec![copy];
    }
    let mut bare = Manifest { system: copy.system.clone(), ..named(manifest, "bare") };
    bare.system.sysctl.clear();
    bare.system.claims.clear();
    bare.system.units.retain(|unit| unit.scope.each.is_some());
    bare.system.etc.retain(|file| file.scope.each.is_some());
    bare.system.users.retain(|user| user.scope.each.is_some());
    bare.system.groups.retain(|group| group.scope.each.is_some());
    bare.system.tmpfiles.retain(|rule| rule.scope.each.is_some());
    vec![bare, copy]
}

fn named(manifest: &Manifest, suffix: &str) -> Manifest {
    let mut copy = manifest.clone();
    copy.feature.name = format!("{}-{suffix}", manifest.feature.name);
    // The names that it had are those of one feature.
    copy.feature.formerly.clear();
    copy.tests.clear();
    copy
}
