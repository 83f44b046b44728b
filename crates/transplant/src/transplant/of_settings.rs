//! What NixOS makes itself from settings that are carried over, or refused, in another way.

use domi_evaluate::{Content, EtcFile, Unit};

use super::{ABSENT, Carrier, GONE};

impl Carrier<'_> {
    /// A unit that the settings change. What else a module changes of it has no place.
    pub(super) fn unit_of_settings(&mut self, name: &str, unit: &Unit) {
        if !unit.enable {
            if !ABSENT.contains(&name) {
                self.not_carried(name, GONE);
            }
            return;
        }
        let added = unit.added().unwrap_or_default();
        let mut odd = Vec::new();
        for (section, line) in &added.lines {
            if !self.comes_of_settings(name, unit, section, line) {
                odd.push(format!("it adds {line} in [{section}] to"));
            }
        }
        for (section, key) in &added.gone {
            if !self.comes_of_settings(name, unit, section, key) {
                odd.push(format!("it removes {key} from"));
            }
        }
        let starting = added.wanted_by.iter().chain(&added.required_by);
        let starting = starting.filter(|by| (name, by.as_str()) != (NETWORK, ONLINE));
        odd.extend(starting.map(|by| format!("it lets {by} start")));
        odd.extend(added.aliases.iter().map(|alias| format!("it gives the name {alias} to")));
        odd.extend(added.lost.iter().map(|lost| format!("it takes {lost} away from")));
        for what in odd {
            self.not_carried(name, &format!("{what} a unit that only NixOS makes"));
        }
    }

    /// A file that the settings change. Of those that somebody writes whole, nothing is known from the settings.
    pub(super) fn file_of_settings(&mut self, file: &EtcFile) {
        if file.target == ENVIRONMENT && file.text.is_some() {
            let user = format!("/etc/{}", file.target);
            self.not_carried(&user, "its text is written, in place of the one that NixOS makes");
        }
    }

    /// Whether settings come to a line, or a key, of such a unit: to scripts and the programs for them, and to
    /// interfaces.
    fn comes_of_settings(&self, name: &str, unit: &Unit, section: &str, line: &str) -> bool {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        match (section, key) {
            ("Service", "Environment") => value.starts_with("\"PATH="),
            ("Service", "ExecStart") => {
                is_another_of_its_kind(unit, line)
                    && (name != NETWORK || self.is_script_of_network(value))
            }
            ("Service", "ExecReload" | "ExecStop") => {
                ["firewall.service", "nftables.service"].contains(&name)
            }
            ("Unit", "PartOf") => name == NETWORK && value.starts_with("network-addresses-"),
            _ => false,
        }
    }

    /// Whether a script says only what the settings of name servers and gateways come to.
    fn is_script_of_network(&self, program: &str) -> bool {
        let Some(Content::Text { text, .. }) = self.texts.content_at(program.trim()) else {
            return false;
        };
        text.lines().map(str::trim).all(|line| {
            line.is_empty()
                || [
                    "#",
                    "set -e",
                    "EOF",
                    "domain ",
                    "search ",
                    "nameserver ",
                    "ip route ",
                    "ip -6 route ",
                ]
                .iter()
                .any(|start| line.starts_with(start))
                || line.contains("/sbin/resolvconf -m 1 -a static <<EOF")
        })
    }
}

const NETWORK: &str = "network-setup.service";

/// What wants the network's unit where there is a gateway.
const ONLINE: &str = "network-online.target";

const ENVIRONMENT: &str = "set-environment";

/// Whether a line is one that the unit has without the modules, up to the hashes of store paths.
fn is_another_of_its_kind(unit: &Unit, line: &str) -> bool {
    let before = unit.text_before.iter().flat_map(|text| text.lines());
    before.map(without_hashes).any(|old| old == without_hashes(line))
}

/// The text with store paths by their names alone.
fn without_hashes(text: &str) -> String {
    let mut parts = text.split("/nix/store/");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('-').map_or(part, |(_, name)| name))
}
