//! The concrete system that a feature comes to.

mod build;
mod changes;
mod compose;
mod fields;
mod files;
mod neighbours;
mod of_nixos;
mod parts;
mod realised;
mod section;
mod start;
mod together;
mod unit;
mod unit_file;
mod warned;

use std::collections::BTreeMap;

use domi_model::{Manifest, Problem, Value};

use crate::definition::Module;
use crate::{PackagePaths, resolve, resolve_modules};

pub use compose::compose;
pub use files::{COMMANDS, Content, File, test_file_rule};
pub use neighbours::{Given, Member, realise_together};
pub use of_nixos::SetOfNixos;
pub use realised::{EtcFile, Firewall, Realised, System, Together, Unit, User};

/// Gives a manifest its meaning for certain settings. A feature that is not enabled
/// (`enable` is `false`) comes to a system of nothing. Of other features it is told that they are not
/// there; [`realise_together`] knows better.
///
/// # Errors
/// Everything that is wrong with the settings, all at once: values that are illegal, assertions
/// that fail, names that cannot be used.
pub fn realise(
    manifest: &Manifest,
    settings: &BTreeMap<String, Value>,
    paths: &dyn PackagePaths,
) -> Result<Realised, Vec<Problem>> {
    let resolved = resolve(manifest, settings, paths)?;
    build::alone(manifest, resolved, paths)
}

/// Gives a manifest its meaning for what several modules set, as [`realise`] does for one.
///
/// # Errors
/// As [`realise`]; also definitions of one option that cannot be merged.
pub fn realise_modules(
    manifest: &Manifest,
    modules: &[Module],
    paths: &dyn PackagePaths,
) -> Result<Realised, Vec<Problem>> {
    let resolved = resolve_modules(manifest, modules, paths)?;
    build::alone(manifest, resolved, paths)
}
