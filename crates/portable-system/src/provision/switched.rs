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
    /// The command that does it, where the machine has that system already, as one of NixOS.
    pub(crate) by: Option<String>,
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
        Self { step, system, files, needs, networked, by: None }
    }

    /// A system that the machine has already, and the command that switches to it. The system is only what
    /// failures are told from.
    pub fn by_command(step: usize, system: System, command: String) -> Self {
        let (files, needs) = Default::default();
        Self { step, system, files, needs, networked: false, by: Some(command) }
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
