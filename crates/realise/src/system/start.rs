//! What a running machine starts and restarts once it has got a system.

use std::collections::BTreeSet;

use domi_model::reserved;

use super::realised::{System, Unit};

impl System {
    /// The units to start on a running machine that has just got this system: those that a boot
    /// would start too.
    pub fn units_to_start(&self) -> Vec<&str> {
        let all = self.units.keys().chain(self.drop_ins.keys()).map(String::as_str);
        all.filter(|name| self.is_wanted_by(name, &BOOT_TARGETS) && !name.contains("@.")).collect()
    }

    /// Whether one of these targets starts the unit.
    pub fn is_wanted_by(&self, unit: &str, targets: &[&str]) -> bool {
        let wanted = |unit: &Unit| {
            let mut by = unit.wanted_by.iter().chain(&unit.required_by);
            by.any(|name| targets.contains(&&**name))
        };
        [&self.units, &self.drop_ins].into_iter().filter_map(|all| all.get(unit)).any(wanted)
    }

    /// The units of a running machine to restart once it has got this system, so that they are as
    /// after a boot; `None` where only a boot makes them so.
    pub fn units_to_restart(&self) -> Option<BTreeSet<String>> {
        let mut units = BTreeSet::new();
        for name in self.drop_ins.keys() {
            match name.rsplit('.').next() {
                Some("timer" | "path") => {}
                _ if RESTARTABLE.contains(&&**name) => {}
                // What is not the machine's own is the service of a feature or of a package.
                Some("service") if reserved::unit(name).is_none() => {}
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

/// Targets that are active once a machine is up.
const BOOT_TARGETS: [&str; 14] = [
    "basic.target",
    "default.target",
    "getty.target",
    "graphical.target",
    "local-fs.target",
    "multi-user.target",
    "network-online.target",
    "network.target",
    "paths.target",
    "remote-fs.target",
    "slices.target",
    "sockets.target",
    "sysinit.target",
    "timers.target",
];
