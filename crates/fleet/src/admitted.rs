//! Which packets the firewall of a host lets in, by the roles that it has.

use core::fmt;
use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Place, Protocol};
use ipnet::IpNet;
use serde::{Serialize, Serializer};

use crate::names::served;
use crate::{Fleet, Host, Kind, Reach, Status};

/// The port of name servers.
const DNS: u16 = 53;

/// New connections that a host lets in. Displayed as a rule of nftables for the chain that they go
/// through. Two that let the same in are equal, whoever says so.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What they are made with.
    pub protocol: Protocol,
    /// To these ports.
    pub ports: Vec<u16>,
    /// From these addresses, all of one version; none is within another.
    pub from: Vec<IpNet>,
    /// Where a role says so; none where it follows from the host being a name server.
    pub because: Option<Place>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        let Self { protocol, ports, from, because: _ } = self;
        (protocol, ports, from) == (&other.protocol, &other.ports, &other.from)
    }
}

impl Rule {
    /// Whether it lets a connection in.
    pub fn lets_in(&self, from: IpAddr, protocol: Protocol, port: u16) -> bool {
        self.protocol == protocol
            && self.ports.contains(&port)
            && self.from.iter().any(|range| range.contains(&from))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_old = self.from.iter().all(|range| matches!(range, IpNet::V4(_)));
        let family = if is_old { "ip" } else { "ip6" };
        let from: Vec<String> = self.from.iter().map(|range| range_shown(*range)).collect();
        let ports: Vec<String> = self.ports.iter().map(u16::to_string).collect();
        let (from, ports, protocol) = (from.join(", "), ports.join(", "), self.protocol.as_str());
        write!(f, "{family} saddr {{ {from} }} {protocol} dport {{ {ports} }} accept")
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What is let in to hosts.
#[derive(Debug)]
pub struct Admitted<'f> {
    /// By role.
    roles: BTreeMap<&'f str, Vec<Rule>>,
    /// To hosts that answer for names.
    names: Vec<Rule>,
    /// Those hosts.
    servers: BTreeSet<&'f str>,
}

impl<'f> Admitted<'f> {
    /// Reads the roles of a fleet.
    pub fn of(fleet: &'f Fleet) -> Self {
        let mut by_role: BTreeMap<&str, Vec<IpNet>> = BTreeMap::new();
        for host in fleet.hosts.values().filter(|host| host.about.is_current()) {
            for role in &host.roles {
                by_role.entry(&role.name).or_default().extend(addresses(host));
            }
        }
        let rules = fleet.roles.values().filter(|role| !role.reach.is_empty()).map(|role| {
            let rules = role.reach.iter().flat_map(|it| {
                let because = role.about.at(it.line);
                rules(&it.tcp, &it.udp, &sources(fleet, &by_role, it), because.as_ref())
            });
            (role.about.name.as_str(), rules.collect())
        });
        // Names are those of the networks that have a domain, and whoever is there asks for them.
        let named = fleet.networks.values().filter(|it| it.about.is_current());
        let named = named.filter(|network| !network.domain.is_empty());
        let named = named.flat_map(|network| network.ranges.iter().map(|(range, _)| *range));
        Self {
            roles: rules.collect(),
            names: self::rules(&[DNS], &[DNS], &disjoint(named.collect()), None),
            servers: served(fleet).into_values().flatten().collect(),
        }
    }

    /// The rules of a host, each once.
    pub fn rules(&self, host: &Host) -> Vec<Rule> {
        let is_server = self.servers.contains(host.about.name.as_str());
        let mut rules = if is_server { self.names.clone() } else { Vec::new() };
        for role in &host.roles {
            for rule in self.roles.get(role.name.as_str()).into_iter().flatten() {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
        rules
    }
}

fn addresses(host: &Host) -> impl Iterator<Item = IpNet> {
    host.addresses.iter().map(|it| IpNet::from(it.address))
}

/// From where.
fn sources(fleet: &Fleet, by_role: &BTreeMap<&str, Vec<IpNet>>, reach: &Reach) -> Vec<IpNet> {
    let of_roles = reach.roles.iter().filter_map(|role| by_role.get(role.name.as_str())).flatten();
    let hosts = reach.hosts.iter().filter_map(|host| fleet.hosts.get(&host.name));
    let of_hosts = hosts.filter(|host| host.about.is_current()).flat_map(addresses);
    let of_others = reach.hosts.iter().filter_map(|it| fleet.foreign(Kind::Host, &it.name));
    let of_others = of_others.filter(|it| it.status != Status::Retired);
    let of_others = of_others.flat_map(|it| it.addresses.iter().map(|it| IpNet::from(*it)));
    let theirs = reach.networks.iter().filter_map(|it| fleet.foreign(Kind::Network, &it.name));
    let theirs = theirs.filter(|it| it.status != Status::Retired);
    let theirs = theirs.flat_map(|it| it.ranges.iter().copied()).chain(of_others);
    let networks = reach.networks.iter().filter_map(|it| fleet.networks.get(&it.name));
    let networks = networks.filter(|network| network.about.is_current());
    let of_networks = networks.flat_map(|network| network.ranges.iter().map(|(range, _)| *range));
    disjoint(of_roles.copied().chain(of_hosts).chain(of_networks).chain(theirs).collect())
}

/// What is within another range is left out, as sets of nftables may not overlap.
fn disjoint(mut all: Vec<IpNet>) -> Vec<IpNet> {
    all.sort_by_key(|range| (range.network(), range.prefix_len()));
    all.dedup();
    let mut kept: Vec<IpNet> = Vec::new();
    for range in all {
        if !kept.last().is_some_and(|wide| wide.contains(&range)) {
            kept.push(range);
        }
    }
    kept
}

/// Rules for ports: for each version of addresses and each protocol.
fn rules(tcp: &[u16], udp: &[u16], from: &[IpNet], because: Option<&Place>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for is_old in [true, false] {
        let is_it = |range: &&IpNet| matches!(range, IpNet::V4(_)) == is_old;
        let from: Vec<IpNet> = from.iter().filter(is_it).copied().collect();
        for (protocol, ports) in [(Protocol::Tcp, tcp), (Protocol::Udp, udp)] {
            if !from.is_empty() && !ports.is_empty() {
                let (ports, because) = (ports.to_vec(), because.cloned());
                rules.push(Rule { protocol, ports, from: from.clone(), because });
            }
        }
    }
    rules
}

/// A range, or the only address of one.
pub fn range_shown(range: IpNet) -> String {
    match range.prefix_len() == range.max_prefix_len() {
        true => IpAddr::to_string(&range.addr()),
        false => range.to_string(),
    }
}

/// Whether a table lets anything in, as the fleet is.
pub(crate) fn admits(fleet: &Fleet, reach: &Reach) -> bool {
    let is_one = |host: &&Host| {
        let has = |names: &[crate::Ref], name: &str| names.iter().any(|it| it.name == name);
        host.about.is_current()
            && (has(&reach.hosts, &host.about.name)
                || host.roles.iter().any(|role| has(&reach.roles, &role.name)))
    };
    let has_range =
        |name: &crate::Ref| fleet.networks.get(&name.name).is_some_and(|it| !it.ranges.is_empty());
    let theirs = |kind, names: &[crate::Ref]| {
        let mut all = names.iter().filter_map(|it| fleet.foreign(kind, &it.name));
        all.any(|it| !it.ranges.is_empty() || !it.addresses.is_empty())
    };
    reach.networks.iter().any(has_range)
        || theirs(Kind::Network, &reach.networks)
        || theirs(Kind::Host, &reach.hosts)
        || fleet.hosts.values().filter(is_one).any(|host| !host.addresses.is_empty())
}
