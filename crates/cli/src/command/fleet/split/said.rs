//! What is said of a fleet that is divided: which files are where.

use std::collections::BTreeMap;

use domi_fleet::{Halves, Part};
use serde_json::json;

use crate::failure::Result;
use crate::request::FleetRequest;

/// The two sides, for people and for programs.
pub(super) struct Said<'s> {
    pub(super) part: Part<'s>,
    /// Where the new repository is.
    pub(super) to: &'s str,
    pub(super) halves: &'s Halves,
    /// What changes of the fleet's files here.
    pub(super) rest: &'s BTreeMap<String, Option<String>>,
    /// What changes of the flake here.
    pub(super) flake: &'s BTreeMap<String, Option<String>>,
}

impl Said<'_> {
    pub(super) fn print(&self, request: &FleetRequest, json: bool, written: bool) -> Result<()> {
        let Halves { part, both, lost, hosts, .. } = self.halves;
        let shown = |file: &String| request.shown(file);
        let is_own = |file: &&String| !both.contains(*file);
        let moved: Vec<String> = part.texts.keys().filter(is_own).map(shown).collect();
        let both: Vec<String> = both.iter().map(shown).collect();
        let changed = self.rest.iter().filter(|(_, text)| text.is_some());
        let changed = changed.map(|(file, _)| shown(file)).chain(self.flake.keys().cloned());
        let changed: Vec<String> = changed.collect();
        let lost: Vec<String> = lost.iter().map(shown).collect();
        let name = self.part.name();
        if json {
            let document = json!({
                "schema": "domi.fleet-split/1",
                self.part.noun(): name,
                "to": self.to,
                "written": written,
                "hosts": hosts,
                "moved": moved,
                "both": both,
                "changed": changed,
                "lost": lost,
            });
            data!("{document:#}")?;
            return Ok(());
        }
        let goes = if written { "goes" } else { "would go" };
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let with = match hosts.len() {
            0 => "without hosts".to_owned(),
            1 => format!("with the host {}", hosts[0]),
            _ => format!("with the hosts {}", hosts.join(", ")),
        };
        data!("{name} {goes} to {}, {with}", self.to)?;
        let all = [
            ("goes", '>', moved),
            ("on both sides", '=', both),
            ("changed or new here", '~', changed),
            ("tests that are about both sides, and go", '-', lost),
        ];
        for (title, mark, files) in all.into_iter().filter(|(_, _, files)| !files.is_empty()) {
            let files: String = files.iter().map(|file| format!("  {mark} {file}\n")).collect();
            crate::out::data(format_args!("\n{title}\n{files}"))?;
        }
        Ok(())
    }
}
