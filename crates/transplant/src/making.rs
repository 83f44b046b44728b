//! What a command makes, as `pkgs.runCommand` has it, for machines that are no NixOS.

use std::collections::{BTreeMap, BTreeSet};

use domi_evaluate::{Command, Stored};

use crate::text::{FILES, Texts};

/// Something that is made by a command, once for all machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// Its name in the store, without the hash.
    pub name: String,
    /// The path that it is to have, there and on all machines.
    pub path: String,
    /// What makes it: lines of bash.
    pub command: String,
    /// The variables that are set for it, by their names.
    pub environment: BTreeMap<String, String>,
    /// The packages of Debian that it takes.
    pub debian: BTreeSet<String>,
}

impl Texts<'_> {
    /// The path of what a command makes.
    pub(crate) fn made(&mut self, stored: &Stored, command: &Command, within: &str) -> String {
        let hash = blake3::hash(stored.derivation.as_bytes()).to_hex();
        let path = format!("{FILES}/{}-{}", &hash[..32], stored.name);
        if !self.making.iter().any(|making| making.path == path) {
            let others = std::mem::take(&mut self.debian);
            let mut environment = BTreeMap::new();
            for (name, value) in &command.environment {
                environment.insert(name.clone(), self.text(value, &stored.name));
            }
            let command = self.text(&command.text, &stored.name);
            let debian = std::mem::replace(&mut self.debian, others);
            let (name, path) = (stored.name.clone(), path.clone());
            self.making.push(Making { name, path, command, environment, debian });
        }
        format!("{path}{within}")
    }
}
