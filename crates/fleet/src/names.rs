//! Names of addresses: what `/etc/hosts` of every machine has, and the zones of the fleet's domains.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use crate::network::HOSTMASTER;
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

/// The addresses of a host whose networks are there, with those.
pub fn networks_of<'f, 'h>(
    fleet: &'f Fleet,
    host: &'h Host,
) -> impl DoubleEndedIterator<Item = (&'h Address, &'f Network)> {
    host.addresses.iter().filter_map(|it| Some((it, fleet.networks.get(&it.network.name)?)))
}

/// What stands after a host's name: the domain of the first of its networks that has one, in the
/// order of the networks' names. Empty where there is none.
pub fn domain_of<'f>(fleet: &'f Fleet, host: &Host) -> &'f str {
    let mut domains = networks_of(fleet, host).map(|(_, network)| network.domain.as_str());
    domains.find(|it| !it.is_empty()).unwrap_or_default()
}

/// The domain of a host's full name where it answers for a domain: that one, if the host has an
/// address there; else its own.
pub(crate) fn home<'f>(fleet: &'f Fleet, host: &Host, domain: &str) -> &'f str {
    let there = networks_of(fleet, host).find(|(_, network)| network.domain == domain);
    there.map_or_else(|| domain_of(fleet, host), |(_, network)| &network.domain)
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

/// The domains that some host serves, each with the names of those hosts.
pub(crate) type Served<'f> = BTreeMap<&'f str, BTreeSet<&'f str>>;

/// The domains that some host serves.
pub(crate) fn served(fleet: &Fleet) -> Served<'_> {
    let mut served = Served::new();
    for network in fleet.networks.values().filter(|network| network.about.is_current()) {
        let host = network.name_server.as_ref().and_then(|name| fleet.hosts.get(&name.name));
        let serves = |host: &&Host| host.about.is_current() && !domain_of(fleet, host).is_empty();
        if let Some(host) = host.filter(serves).filter(|_| !network.domain.is_empty()) {
            served.entry(&network.domain).or_default().insert(&host.about.name);
        }
    }
    served
}

/// The domain that is served and has a name in it, or is the name: the nearest of them.
pub(crate) fn zone_of<'f>(served: &Served<'f>, name: &str) -> Option<&'f str> {
    let mut rest = Some(name);
    while let Some(name) = rest {
        if let Some((domain, _)) = served.get_key_value(name) {
            return Some(domain);
        }
        rest = name.split_once('.').map(|(_, around)| around);
    }
    None
}

/// The zones of all domains that some host serves.
pub fn zones(fleet: &Fleet) -> Vec<Zone> {
    let named = Named::of(fleet);
    let zone = |(domain, of): (&&str, &BTreeSet<&str>)| Zone {
        domain: (*domain).to_owned(),
        servers: of.iter().map(|name| (*name).to_owned()).collect(),
        text: named.zone(domain, of),
    };
    named.served.iter().map(zone).collect()
}

/// What is read once for all zones.
struct Named<'f> {
    fleet: &'f Fleet,
    served: Served<'f>,
    /// Hosts with their addresses, by the domain of their network.
    hosts: BTreeMap<&'f str, Vec<(&'f str, IpAddr)>>,
    /// The domains of `hosts` that stand in a zone, by the zone.
    domains: BTreeMap<&'f str, Vec<&'f str>>,
    /// The zones right below a zone.
    below: BTreeMap<&'f str, Vec<&'f str>>,
}

impl<'f> Named<'f> {
    fn of(fleet: &'f Fleet) -> Self {
        let served = served(fleet);
        let mut hosts: BTreeMap<&str, Vec<(&str, IpAddr)>> = BTreeMap::new();
        for (host, it, network) in connected(fleet).filter(|(.., it)| !it.domain.is_empty()) {
            hosts.entry(&network.domain).or_default().push((&host.about.name, it.address));
        }
        let mut domains: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for domain in hosts.keys() {
            if let Some(zone) = zone_of(&served, domain) {
                domains.entry(zone).or_default().push(domain);
            }
        }
        let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for domain in served.keys() {
            let around = domain.split_once('.').and_then(|(_, around)| zone_of(&served, around));
            if let Some(zone) = around {
                below.entry(zone).or_default().push(domain);
            }
        }
        Self { fleet, served, hosts, domains, below }
    }

    /// The zone of a domain as a file.
    fn zone(&self, domain: &str, of: &BTreeSet<&'f str>) -> String {
        let mut servers = self.servers(domain, of);
        let mut text = format!("$ORIGIN {domain}.\n$TTL 3600\n");
        let first = servers.first().map_or(String::new(), full);
        // Nobody copies the zone by its serial number: every server has the whole of it.
        text += &format!("@ IN SOA {first}. {HOSTMASTER}{domain}. 1 3600 900 1209600 3600\n");
        text.extend(servers.iter().map(|it| format!("@ IN NS {}.\n", full(it))));
        for other in self.domains.get(domain).into_iter().flatten() {
            for (host, address) in self.hosts.get(other).into_iter().flatten() {
                text += &record(&within(&full(&(*host, *other)), domain), *address);
            }
        }
        // Whoever asks here for a domain within is sent to the servers of that one.
        for other in self.below.get(domain).into_iter().flatten() {
            let label = within(other, domain);
            for server in
                self.served.get(other).map(|of| self.servers(other, of)).into_iter().flatten()
            {
                text += &format!("{label} IN NS {}.\n", full(&server));
                servers.push(server);
            }
        }
        // Names of servers that only those servers could tell.
        servers.sort_unstable();
        servers.dedup();
        for server in servers {
            let (host, other) = server;
            if zone_of(&self.served, other) == Some(domain) || !is_in(other, domain) {
                continue;
            }
            let addresses = self.hosts.get(other).into_iter().flatten();
            for (_, address) in addresses.filter(|(name, _)| *name == host) {
                text += &record(&within(&full(&server), domain), *address);
            }
        }
        text
    }

    /// The servers of a domain, each with the domain of its full name.
    fn servers(&self, domain: &str, of: &BTreeSet<&'f str>) -> Vec<(&'f str, &'f str)> {
        let server =
            |host: &&'f str| Some((*host, home(self.fleet, self.fleet.hosts.get(*host)?, domain)));
        of.iter().filter_map(server).collect()
    }
}

/// A host's full name, from its name and domain.
fn full((host, domain): &(&str, &str)) -> String {
    format!("{host}.{domain}")
}

/// Whether a domain is another one, or within it.
fn is_in(domain: &str, around: &str) -> bool {
    domain.strip_suffix(around).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What stands before a domain in a name within it.
fn within(name: &str, domain: &str) -> String {
    let label = name.strip_suffix(domain).and_then(|it| it.strip_suffix('.'));
    label.unwrap_or(name).to_owned()
}

fn record(name: &str, address: IpAddr) -> String {
    let kind = if address.is_ipv4() { "A" } else { "AAAA" };
    format!("{name} IN {kind} {address}\n")
}

/// Every address of a host that is not retired, with its network.
fn connected(fleet: &Fleet) -> impl Iterator<Item = (&Host, &Address, &Network)> {
    let hosts = fleet.hosts.values().filter(|host| host.about.is_current());
    hosts.flat_map(|host| networks_of(fleet, host).map(move |(it, network)| (host, it, network)))
}
