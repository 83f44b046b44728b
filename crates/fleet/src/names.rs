//! Names of addresses: what `/etc/hosts` of every machine has, and the zones of the fleet's domains.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Address, Fleet, Host, Network};

/// The names of every address of a host, the full one first.
pub fn names(fleet: &Fleet) -> BTreeMap<IpAddr, Vec<String>> {
    let mut names: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    for (host, it, network) in connected(fleet) {
        let names = names.entry(it.address).or_default();
        if !network.domain.is_empty() {
            names.push(format!("{}.{}", host.about.name, network.domain));
        }
        names.push(host.about.name.clone());
    }
    names
}

/// What stands after a host's name: the domain of the first of its networks that has one, in the
/// order of the networks' names. Empty where there is none.
pub fn domain_of<'f>(fleet: &'f Fleet, host: &Host) -> &'f str {
    let networks = host.addresses.iter().filter_map(|it| fleet.networks.get(&it.network.name));
    networks.map(|network| network.domain.as_str()).find(|it| !it.is_empty()).unwrap_or_default()
}

/// The full name of a host as one of a domain's, if it has an address there; else its own.
fn full_name(fleet: &Fleet, host: &Host, domain: &str) -> Option<String> {
    let mut networks = host.addresses.iter().filter_map(|it| fleet.networks.get(&it.network.name));
    let domain = match networks.any(|network| network.domain == domain) {
        true => domain,
        false => domain_of(fleet, host),
    };
    (!domain.is_empty()).then(|| format!("{}.{domain}", host.about.name))
}

/// A domain with the hosts that answer for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The domain.
    pub domain: String,
    /// The names of the hosts that serve it, sorted.
    pub servers: Vec<String>,
    /// The zone as a file.
    pub text: String,
}

/// The zones of all domains that some host serves.
pub fn zones(fleet: &Fleet) -> Vec<Zone> {
    let mut servers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for network in fleet.networks.values().filter(|network| network.about.is_current()) {
        let host = network.name_server.as_ref().and_then(|name| fleet.hosts.get(&name.name));
        let serves = |host: &&Host| host.about.is_current() && !domain_of(fleet, host).is_empty();
        if let Some(host) = host.filter(serves).filter(|_| !network.domain.is_empty()) {
            servers.entry(&network.domain).or_default().insert(&host.about.name);
        }
    }
    let zone = |(domain, of): (&&str, &BTreeSet<&str>)| Zone {
        domain: (*domain).to_owned(),
        servers: of.iter().map(|name| (*name).to_owned()).collect(),
        text: text(fleet, domain, of, &servers),
    };
    servers.iter().map(zone).collect()
}

fn text(
    fleet: &Fleet,
    domain: &str,
    of: &BTreeSet<&str>,
    all: &BTreeMap<&str, BTreeSet<&str>>,
) -> String {
    let full = |host: &str, domain: &str| full_name(fleet, fleet.hosts.get(host)?, domain);
    let names: Vec<String> = of.iter().filter_map(|host| full(host, domain)).collect();
    let first = names.first().map_or("", String::as_str);
    let mut text = format!("$ORIGIN {domain}.\n$TTL 3600\n");
    // Nobody copies the zone by its serial number: every server has the whole of it.
    text += &format!("@ IN SOA {first}. hostmaster.{domain}. 1 3600 900 1209600 3600\n");
    text.extend(names.iter().map(|name| format!("@ IN NS {name}.\n")));
    for (host, Address { address, .. }, _) in
        connected(fleet).filter(|(_, _, network)| network.domain == domain)
    {
        text += &record(&host.about.name, *address);
    }
    // Whoever asks here for a domain within is sent to the servers of that one.
    let within = |other: &str| other.strip_suffix(domain)?.strip_suffix('.').map(str::to_owned);
    for (other, servers) in all {
        let Some(label) = within(other) else { continue };
        let between = |it: &&&str| it.len() < other.len() && other.ends_with(&format!(".{it}"));
        if all.keys().filter(between).any(|it| it.len() > domain.len()) {
            continue;
        }
        for name in servers.iter().filter_map(|host| full(host, other)) {
            text += &format!("{label} IN NS {name}.\n");
        }
        for (host, it, _) in connected(fleet).filter(|(_, _, network)| network.domain == *other) {
            if servers.contains(host.about.name.as_str()) {
                text += &record(&format!("{}.{label}", host.about.name), it.address);
            }
        }
    }
    text
}

fn record(name: &str, address: IpAddr) -> String {
    let kind = if address.is_ipv4() { "A" } else { "AAAA" };
    format!("{name} IN {kind} {address}\n")
}

/// Every address of a host that is not retired, with its network.
fn connected(fleet: &Fleet) -> impl Iterator<Item = (&Host, &Address, &Network)> {
    let hosts = fleet.hosts.values().filter(|host| host.about.is_current());
    let addresses = hosts.flat_map(|host| host.addresses.iter().map(move |it| (host, it)));
    addresses.filter_map(|(host, it)| Some((host, it, fleet.networks.get(&it.network.name)?)))
}
