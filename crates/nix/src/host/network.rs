//! What the module of a host says of networks: its name, addresses, firewall and zones.

use super::{Host, Names, at};
use crate::ast::{Binding, Key, Nix};
use crate::value;

/// `networking = { … }`.
pub(crate) fn networking(host: &Host<'_>) -> Binding {
    let mut lines = vec![Binding::new("hostName", value::string(host.name))];
    if !host.domain.is_empty() {
        lines.push(Binding::new("domain", value::string(host.domain)));
    }
    let cards = host.interfaces.iter().filter(|(_, addresses)| !addresses.is_empty());
    lines.extend(cards.map(|(card, addresses)| {
        let versions = [("ipv4", false), ("ipv6", true)].into_iter().filter_map(|(key, is_six)| {
            let own = addresses.iter().filter(|it| it.contains(':') == is_six);
            let own: Vec<Nix> = own.filter_map(|it| address(it)).collect();
            (!own.is_empty()).then(|| at(&[key, "addresses"], Nix::List(own)))
        });
        let card: Vec<Key> = ["interfaces", card].into_iter().map(Key::from).collect();
        Binding::at(card, Nix::attrs(versions)).flattened().gap()
    }));
    lines.extend(host.gateways.iter().map(|(gateway, card)| {
        let option = if gateway.contains(':') { "defaultGateway6" } else { "defaultGateway" };
        let parts = [("address", gateway), ("interface", card)];
        let parts = parts.map(|(key, text)| Binding::new(key, value::string(text)));
        Binding::new(option, Nix::attrs(parts)).gap()
    }));
    if !host.admits.is_empty() {
        lines.push(at(&["nftables", "enable"], Nix::ident("true")).gap());
        let rules: String = host.admits.iter().map(|rule| format!("{rule}\n")).collect();
        lines.push(at(&["firewall", "extraInputRules"], value::string(&rules)));
    }
    Binding::new("networking", Nix::attrs(lines)).flattened()
}

/// An address with the length of its prefix, as options of NixOS take it.
fn address(text: &str) -> Option<Nix> {
    let (address, length) = text.split_once('/')?;
    Some(Nix::attrs([
        Binding::new("address", value::string(address)),
        Binding::new("prefixLength", Nix::Int(length.parse().ok()?)),
    ]))
}

/// `services.nsd = { … }`, where the host answers for zones, at those of its addresses that are in a
/// network with a domain: they have a full name. It may start before it has its addresses.
pub(crate) fn name_server(host: &Host<'_>, names: &Names) -> Option<Binding> {
    if host.zones.is_empty() {
        return None;
    }
    let zones = host.zones.iter().map(|(domain, text)| {
        let path = [Key::from(format!("{domain}.").as_str()), Key::from("data")];
        Binding::at(path.into(), value::string(text))
    });
    let has_full_name =
        |it: &&&str| names.get(**it).is_some_and(|names| names.iter().any(|it| it.contains('.')));
    let addresses = host.addresses.iter().filter(has_full_name);
    let addresses = addresses.map(|it| value::string(it)).collect();
    let lines = [
        Binding::new("enable", Nix::ident("true")),
        Binding::new("interfaces", Nix::List(addresses)),
        Binding::new("ipFreebind", Nix::ident("true")),
        Binding::new("zones", Nix::attrs(zones)).flattened(),
    ];
    Some(at(&["services", "nsd"], Nix::attrs(lines)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domi_model::Platform;

    use super::*;
    use crate::print;

    #[test]
    fn names_are_answered_for_where_the_host_has_a_full_one_and_no_port_is_open_to_all() {
        let zones = BTreeMap::from([("example.org".to_owned(), "text\n".to_owned())]);
        let names = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        let names: Names = BTreeMap::from([
            ("192.0.2.1".to_owned(), names(&["ns.example.org", "ns"])),
            ("198.51.100.1".to_owned(), names(&["ns"])),
        ]);
        let host = Host {
            name: "ns",
            file: "hosts/ns.toml",
            target: String::new(),
            tags: Vec::new(),
            system: Platform::X86_64Linux,
            features: Vec::new(),
            domain: "example.org",
            interfaces: &BTreeMap::new(),
            gateways: &BTreeMap::new(),
            admits: vec!["rule".to_owned()],
            zones: &zones,
            addresses: vec!["192.0.2.1", "198.51.100.1"],
            users: Vec::new(),
            secrets: Vec::new(),
        };
        let lines = [networking(&host)].into_iter().chain(name_server(&host, &names));
        let text = print::file("", &Nix::attrs(lines));
        assert!(text.contains("interfaces = [ \"192.0.2.1\" ];"), "{text}");
        assert!(text.contains("extraInputRules") && !text.contains("Ports"), "{text}");
    }
}
