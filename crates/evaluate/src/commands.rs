//! The commands that make what a system refers to, as with `pkgs.runCommand`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domi_host::Interrupt;
use domi_nix_command::{Nix, NixFailed};

use crate::{Evaluated, Evaluations, Stored, store};

impl Evaluations {
    /// Looks up the commands that make what the systems refer to, and what these refer to.
    ///
    /// # Errors
    /// When Nix cannot be run.
    pub fn add_commands(
        &mut self,
        nix: &Nix,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> Result<(), NixFailed> {
        let seen = self.cases.iter().flatten();
        let texts: BTreeSet<&str> = seen.flat_map(Evaluated::may_refer_to_results).collect();
        let texts: Vec<&str> = texts.into_iter().collect();
        add(nix, &texts, &mut self.store, limit, interrupt)
    }
}

impl Evaluated {
    /// What is new in it and may refer to results of commands. What systemd ignores names every reason to
    /// restart a unit.
    pub(crate) fn may_refer_to_results(&self) -> impl Iterator<Item = &str> {
        let units = self.units.values().chain(self.changed_units.values());
        let lines = units.flat_map(|unit| unit.text.lines());
        let lines = lines.filter(|line| !line.starts_with("X-"));
        let etc = self.etc.values().chain(self.changed_etc.values()).map(|file| &*file.source);
        let rules = self.tmpfiles_rules.iter().chain(&self.tmpfiles_packages).map(String::as_str);
        let programs = self.packages.iter().map(String::as_str);
        lines.chain(etc).chain(rules).chain(programs).filter(|text| text.contains("/nix/store/"))
    }
}

/// Looks up the commands that make what texts refer to, and what these refer to.
pub(crate) fn add(
    nix: &Nix,
    texts: &[&str],
    store: &mut BTreeMap<String, Stored>,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<(), NixFailed> {
    let mut known = BTreeSet::new();
    loop {
        let referred = store::referred(store, texts.iter().copied());
        let is_made = |it: &&Stored| it.of_command && it.content.is_none() && !it.is_system();
        let new = referred.values().filter(is_made);
        let new: BTreeSet<_> = new.map(|it| it.derivation.clone()).collect();
        let new = &new - &known;
        if new.is_empty() {
            return Ok(());
        }
        let (commands, inputs) = store::commands(nix, &new, limit, interrupt)?;
        for (path, stored) in store::stored(nix, inputs, limit, interrupt)? {
            store.entry(path).or_insert(stored);
        }
        for stored in store.values_mut() {
            if let Some(command) = commands.get(&stored.derivation) {
                stored.command = Some(command.clone());
            }
        }
        known.extend(new);
    }
}
