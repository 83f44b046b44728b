//! What a machine is switched to in a test.

use std::collections::BTreeMap;

use domi_model::{Machine, Manifest, Problem, Switch};
use domi_realise::{File, System};

use super::activation::needs;
use super::system::{Settings, settings};

/// What a machine is switched to.
#[derive(Debug, Clone)]
pub struct Switched {
    /// The step that does it, from 0.
    pub step: usize,
    /// What the feature comes to from then on.
    pub system: System,
    /// The files that the machine then has.
    pub files: Vec<File>,
    /// Ends where the machine has not got what the system needs.
    pub(crate) needs: String,
    /// Whether the machine is in a network with others.
    pub(crate) networked: bool,
}

impl Switched {
    /// A system with its files, and the files of packages that it needs.
    pub(super) fn to(
        step: usize,
        system: System,
        files: Vec<File>,
        needed: &BTreeMap<String, String>,
        networked: bool,
    ) -> Self {
        let needs = needs(&system, &files, needed);
        Self { step, system, files, needs, networked }
    }
}

/// The settings of a machine that is switched; none where the feature has never been on it.
pub(super) fn after(
    manifest: &Manifest,
    set: &[String],
    machine: &Machine,
    switch: &Switch,
) -> Result<Option<Settings>, Vec<Problem>> {
    Ok(switch.over(machine, settings(manifest, set, machine)?))
}
