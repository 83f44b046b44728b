//! Addresses: each within its network, and each once.

use core::net::IpAddr;
use std::collections::HashMap;

use domi_model::Problem;
use ipnet::IpNet;

use crate::codes::{BAD_ADDRESS, OVERLAP};
use crate::spelling::instead;
use crate::{Address, Fleet, Host, Network};

/// What is wrong with the networks and addresses of a fleet.
pub(crate) fn addresses(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = overlaps(fleet);
    let mut owners: HashMap<IpAddr, &Host> = HashMap::new();
    for host in fleet.hosts.values().filter(|host| host.about.is_current()) {
        for it in &host.addresses {
            let key = format!("addresses.{}", it.network.name);
            let mut wrong = |message: String, next: String| {
                let problem = Problem::error(BAD_ADDRESS, &key, message);
                problems.push(problem.at(host.about.at(it.network.line)).next(next));
            };
            if let Some(other) = owners.insert(it.address, host) {
                let message = format!("`{}` has {} already", other.about.name, it.address);
                wrong(message, "give one of the two another address".to_owned());
                owners.insert(it.address, other);
            }
            if let Some(network) = fleet.networks.get(&it.network.name)
                && let Some(why) = misfit(network, it.address)
            {
                wrong(why, elsewhere(fleet, it));
            }
        }
    }
    for network in fleet.networks.values().filter(|network| network.about.is_current()) {
        problems.extend(routers(network, &owners));
    }
    problems
}

/// Gateways that are not in their network, or that a host of the fleet is.
fn routers(network: &Network, owners: &HashMap<IpAddr, &Host>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (address, line) in &network.gateways {
        let owner = owners.get(address);
        let has = |host: &&Host| format!("host `{}` has {address}", host.about.name);
        let (message, next) = match (misfit(network, *address), owner) {
            (Some(why), _) => (why, "write another address of the network"),
            (None, Some(host)) => (
                has(host),
                "write the address of the router; what a host needs to be one is not modelled",
            ),
            (None, None) => continue,
        };
        let problem = Problem::error(BAD_ADDRESS, "gateways", message);
        problems.push(problem.at(network.about.at(*line)).next(next));
    }
    problems
}

/// Why an address cannot be that of a machine in a network.
fn misfit(network: &Network, it: IpAddr) -> Option<String> {
    let Some((range, _)) = network.ranges.iter().find(|(range, _)| range.contains(&it)) else {
        let ranges: Vec<_> = network.ranges.iter().map(|(range, _)| range.to_string()).collect();
        let has = if ranges.is_empty() { "no range".to_owned() } else { ranges.join(", ") };
        return Some(format!("{} is not in the network, which has {has}", it));
    };
    let is_single = range.prefix_len() + 1 >= range.max_prefix_len();
    if !is_single && range.network() == it {
        return Some(format!("{it} is the address of the network itself"));
    }
    if !is_single && it.is_ipv4() && range.broadcast() == it {
        return Some(format!("{it} is the address of all hosts of the network"));
    }
    None
}

/// What to do about an address that is not of its network.
fn elsewhere(fleet: &Fleet, it: &Address) -> String {
    let has =
        |network: &&Network| network.ranges.iter().any(|(range, _)| range.contains(&it.address));
    match fleet.networks.values().find(has) {
        Some(network) if network.about.name != it.network.name => {
            format!("it belongs to `{}`", network.about.name)
        }
        _ => "write another address of the network".to_owned(),
    }
}

/// Ranges that share addresses. Sorted, one that begins within another comes after it.
fn overlaps(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let current = fleet.networks.values().filter(|network| network.about.is_current());
    let ranges =
        current.flat_map(|it| it.ranges.iter().map(move |(range, line)| (*range, it, *line)));
    let mut ranges: Vec<(IpNet, &Network, u32)> = ranges.collect();
    ranges.sort_by_key(|(range, ..)| (range.network(), range.prefix_len()));
    let mut widest: Option<(IpNet, &Network)> = None;
    for (range, network, line) in ranges {
        if let Some((wide, other)) = widest.filter(|(wide, _)| wide.contains(&range)) {
            let message = format!("{range} overlaps {wide} of `{}`", other.about.file);
            let problem = Problem::error(OVERLAP, "ranges", message).at(network.about.at(line));
            problems.push(problem.next("give each network a range of its own"));
        } else {
            widest = Some((range, network));
        }
    }
    problems
}

/// What to do about a network that is not there.
pub(crate) fn network_instead(fleet: &Fleet, it: &Address) -> String {
    let has =
        |network: &&Network| network.ranges.iter().any(|(range, _)| range.contains(&it.address));
    match fleet.networks.values().find(has) {
        Some(network) => format!("the address belongs to `{}`", network.about.name),
        None => instead(&it.network.name, fleet.networks.keys().map(String::as_str), "network"),
    }
}
