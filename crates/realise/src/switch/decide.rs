//! Which units stop, start, restart and reload.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::reserved::template_of;

use super::compare::{Change, compare};
use super::unit_text::UnitText;
use crate::System;

/// What a switch does with units.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// Those that stop before anything else changes.
    pub stop: BTreeSet<String>,
    /// Those that run on although they have changed.
    pub keep: BTreeSet<String>,
    /// Those that reload; one that is no longer active then starts, if it is in `startable`.
    pub reload: BTreeSet<String>,
    /// Those of `reload` that may be started.
    pub startable: BTreeSet<String>,
    /// Those that restart in one step.
    pub restart: BTreeSet<String>,
    /// Those that start at last; most of them are active and stay so.
    pub start: BTreeSet<String>,
}

/// What a switch from one system to another does, given the units that are not inactive, each with
/// its state as systemd says it: `active`, `activating`, `failed`…
pub fn decide(old: &System, new: &System, states: &BTreeMap<String, String>) -> Decision {
    let mut switch = Switch { old, new, states, decision: Decision::default() };
    for (unit, state) in states {
        if state == "active" || state == "activating" {
            switch.unit(unit);
        }
    }
    let Switch { mut decision, .. } = switch;
    // NixOS starts each target that is active, and with it all that it wants.
    decision.start.extend(new.units_to_start().into_iter().map(str::to_owned));
    // Of an instance of a template, NixOS finds no file, and does not start it.
    let may_start = |unit: &&String| {
        let text = UnitText::of(new, unit, unit);
        new.units.contains_key(*unit)
            && (!text.is("Unit", "RefuseManualStart", false)
                || text.is("Unit", "X-OnlyManualStart", false))
    };
    decision.startable = decision.reload.iter().filter(may_start).cloned().collect();
    decision
}

struct Switch<'a> {
    old: &'a System,
    new: &'a System,
    states: &'a BTreeMap<String, String>,
    decision: Decision,
}

impl Switch<'_> {
    fn unit(&mut self, unit: &str) {
        let base = base(self.old, self.new, unit);
        if !self.old.units.contains_key(&base) {
            return;
        }
        let old = UnitText::of(self.old, unit, &base);
        let new = UnitText::of(self.new, unit, &base);
        let instance_gone = base != unit
            && self.old.drop_ins.contains_key(unit)
            && !self.new.drop_ins.contains_key(unit);
        if instance_gone || !self.new.units.contains_key(&base) {
            if old.is("Unit", "X-StopOnRemoval", true) {
                self.decision.stop.insert(unit.to_owned());
            }
        } else if kind(unit) == "target" {
            if !starts_by_hand(&new) {
                self.decision.start.insert(unit.to_owned());
            }
            if new.is("Unit", "X-StopOnReconfiguration", false) {
                self.decision.stop.insert(unit.to_owned());
            }
        } else {
            match compare(&old, &new) {
                Change::None => {}
                Change::Reload => drop(self.decision.reload.insert(unit.to_owned())),
                Change::Restart => self.changed(unit, &base, &new),
            }
        }
    }

    /// A unit has changed in a way that asks for a new start of it.
    fn changed(&mut self, unit: &str, base: &str, new: &UnitText) {
        let Decision { stop, keep, reload, restart, start, .. } = &mut self.decision;
        match kind(unit) {
            // systemd applies what has changed of these when it reads them; of a socket, nothing.
            "path" | "slice" | "socket" => {}
            "mount" => drop(restart.insert(unit.to_owned())),
            _ if new.is("Service", "X-ReloadIfChanged", false) => {
                reload.insert(unit.to_owned());
            }
            _ if !new.is("Service", "X-RestartIfChanged", true)
                || new.is("Unit", "RefuseManualStop", false)
                || new.is("Unit", "X-OnlyManualStart", false) =>
            {
                keep.insert(unit.to_owned());
            }
            "service" if new.is("Service", "X-StopIfChanged", true) => {
                let mut by_socket = false;
                for socket in sockets(base, new) {
                    let stays = self.new.units.contains_key(&socket);
                    let is_there = self.states.contains_key(&socket);
                    by_socket |= stays;
                    if is_there {
                        if stays {
                            start.insert(socket.clone());
                        }
                        stop.insert(socket);
                    }
                }
                if !by_socket || new.is("Service", "X-NotSocketActivated", false) {
                    start.insert(unit.to_owned());
                }
                stop.insert(unit.to_owned());
            }
            _ => drop(restart.insert(unit.to_owned())),
        }
    }
}

/// Where a unit is described: it itself, or the template of an instance that has no file.
fn base(old: &System, new: &System, unit: &str) -> String {
    let own = |system: &System| system.units.contains_key(unit);
    let template = template_of(unit).filter(|_| !own(old) && !own(new));
    template.unwrap_or_else(|| unit.to_owned())
}

fn kind(unit: &str) -> &str {
    unit.rsplit_once('.').map_or("", |(_, kind)| kind)
}

/// The sockets that start a service.
fn sockets(base: &str, service: &UnitText) -> Vec<String> {
    let named = service.values("Service", "Sockets").join(" ");
    let named: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    if !named.is_empty() {
        return named;
    }
    let name = base.rsplit_once('.').map_or(base, |(name, _)| name);
    vec![format!("{}.socket", name.strip_suffix('@').unwrap_or(name))]
}

/// Whether only a person is to start a unit.
fn starts_by_hand(unit: &UnitText) -> bool {
    unit.is("Unit", "RefuseManualStart", false) || unit.is("Unit", "X-OnlyManualStart", false)
}

#[cfg(test)]
mod tests;
