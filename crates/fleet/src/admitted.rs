//! Which packets the firewall of a host lets in, by the roles that it has.

use core::net::IpAddr;
use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::{Fleet, Host, Reach};

/// What is let in to hosts, by their roles: rules of nftables for the chain of new connections.
#[derive(Debug)]
pub struct Admitted<'f>(BTreeMap<&'f str, Vec<String>>);

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
            let rules = role.reach.iter().flat_map(|it| rules(it, &sources(fleet, &by_role, it)));
            (role.about.name.as_str(), rules.collect())
        });
        Self(rules.collect())
    }

    /// The rules of a host, each once.
    pub fn rules(&self, host: &Host) -> Vec<String> {
        let mut rules: Vec<String> = Vec::new();
        for role in &host.roles {
            for rule in self.0.get(role.name.as_str()).into_iter().flatten() {
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

/// From where: what is within another range is left out, as sets of nftables may not overlap.
fn sources(fleet: &Fleet, by_role: &BTreeMap<&str, Vec<IpNet>>, reach: &Reach) -> Vec<IpNet> {
    let of_roles = reach.roles.iter().filter_map(|role| by_role.get(role.name.as_str())).flatten();
    let hosts = reach.hosts.iter().filter_map(|host| fleet.hosts.get(&host.name));
    let of_hosts = hosts.filter(|host| host.about.is_current()).flat_map(addresses);
    let networks = reach.networks.iter().filter_map(|it| fleet.networks.get(&it.name));
    let networks = networks.filter(|network| network.about.is_current());
    let of_networks = networks.flat_map(|network| network.ranges.iter().map(|(range, _)| *range));
    let mut all: Vec<IpNet> = of_roles.copied().chain(of_hosts).chain(of_networks).collect();
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

/// The rules of one table: for each version of addresses and each protocol.
fn rules(reach: &Reach, from: &[IpNet]) -> Vec<String> {
    let mut rules = Vec::new();
    for (family, version) in [("ip", 4), ("ip6", 6)] {
        let is_it = |range: &&IpNet| matches!(range, IpNet::V4(_)) == (version == 4);
        let from: Vec<String> = from.iter().filter(is_it).map(|range| shown(*range)).collect();
        for (protocol, ports) in [("tcp", &reach.tcp), ("udp", &reach.udp)] {
            if !from.is_empty() && !ports.is_empty() {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                let (from, ports) = (from.join(", "), ports.join(", "));
                let rule =
                    format!("{family} saddr {{ {from} }} {protocol} dport {{ {ports} }} accept");
                rules.push(rule);
            }
        }
    }
    rules
}

/// A range, or the only address of one.
fn shown(range: IpNet) -> String {
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
    reach.networks.iter().any(has_range)
        || fleet.hosts.values().filter(is_one).any(|host| !host.addresses.is_empty())
}
