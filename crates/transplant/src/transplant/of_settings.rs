//! What NixOS makes itself from settings that are carried over, or refused, in another way.

use domi_evaluate::Unit;

use super::{ABSENT, Carrier, GONE, OF_SETTINGS};

impl Carrier<'_> {
    /// Whether a unit, or a file below `/etc`, is one of them.
    pub(super) fn is_of_settings(name: &str) -> bool {
        OF_SETTINGS.contains(&name)
    }

    /// A unit that the settings change. What else a module adds to it has no place.
    pub(super) fn of_settings(&mut self, name: &str, unit: &Unit) {
        if !unit.enable {
            if !ABSENT.contains(&name) {
                self.not_carried(name, GONE);
            }
            return;
        }
        let added = unit.added().unwrap_or_default();
        for (section, line) in added.lines.iter().filter(|it| !comes_of_settings(name, it)) {
            let what = format!("it adds {line} in [{section}] to a unit that only NixOS makes");
            self.not_carried(name, &what);
        }
        for (_, key) in added.gone.iter().filter(|it| !comes_of_settings(name, it)) {
            self.not_carried(name, &format!("it removes {key} from a unit that only NixOS makes"));
        }
        for by in added.wanted_by.iter().filter(|by| *by != ONLINE) {
            let what = format!("it lets {by} start a unit that only NixOS makes");
            self.not_carried(name, &what);
        }
    }
}

/// What wants the network's unit where there is a gateway.
const ONLINE: &str = "network-online.target";

/// Whether settings come to a line, or a key, of such a unit: to scripts and the programs for them, and to
/// interfaces.
fn comes_of_settings(name: &str, (section, line): &(String, String)) -> bool {
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    match (section.as_str(), key) {
        ("Service", "Environment" | "ExecStart") => true,
        ("Service", "ExecReload" | "ExecStop") => {
            ["firewall.service", "nftables.service"].contains(&name)
        }
        ("Unit", "PartOf") => {
            name == "network-setup.service" && value.starts_with("network-addresses-")
        }
        _ => false,
    }
}
