//! What is added to units that a machine has anyway.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::UnitKind;

use super::System;
use super::section::Section;
use super::unit::variables;

/// A drop-in: the sections that have something.
pub(super) fn render(
    kind: UnitKind,
    unit: &Section,
    environment: &BTreeMap<String, String>,
    own: &Section,
) -> String {
    let own_text = variables(environment) + &own.render();
    let mut sections = Vec::new();
    for (name, text) in [(Some("Unit"), unit.render()), (kind.section(), own_text)] {
        if let (Some(name), false) = (name, text.is_empty()) {
            sections.push(format!("[{name}]\n{text}"));
        }
    }
    sections.join("\n")
}

impl System {
    /// The units of a running machine to restart once it has got this system, so that they are as
    /// after a boot; `None` where only a boot makes them so.
    pub fn units_to_restart(&self) -> Option<BTreeSet<String>> {
        let mut units = BTreeSet::new();
        for name in self.drop_ins.keys() {
            match name.rsplit('.').next() {
                Some("timer" | "path") => {}
                _ if RESTARTABLE.contains(&&**name) => {}
                // Limits of a slice are in force as soon as systemd has read them.
                Some("slice") => continue,
                // A socket cannot be restarted below its service, and a target takes everything
                // with it that requires it.
                _ => return None,
            }
            units.insert(name.clone());
        }
        for path in self.etc.keys() {
            let Some(settings) = path.strip_prefix("systemd/") else { continue };
            let Some((program, rest)) = settings.split_once(".conf") else { continue };
            let service = format!("systemd-{program}.service");
            if !(rest.is_empty() || rest.starts_with(".d/")) {
                continue;
            }
            if program == "system" {
                return None;
            }
            if RESTARTABLE.contains(&&*service) {
                units.insert(service);
            }
        }
        Some(units)
    }
}

/// Services that may be restarted at any time. Others run once while a machine boots, or take
/// what uses them down with them.
const RESTARTABLE: [&str; 6] = [
    "systemd-hostnamed.service",
    "systemd-journald.service",
    "systemd-localed.service",
    "systemd-logind.service",
    "systemd-timedated.service",
    "systemd-udevd.service",
];
