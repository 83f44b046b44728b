//! Network cards, ports that are let in, and servers of names.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::admitted::admits;
use crate::codes::{BAD_NAME, NO_EFFECT, NO_NAME_SERVER, UNCONNECTED};
use crate::names::{Served, domain_of, home, networks_of, served, zone_of};
use crate::network::LONGEST;
use crate::{Fleet, Host, Network, Ref, Role};

pub(super) fn networks(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let served = served(fleet);
    for host in fleet.hosts.values().filter(|host| host.about.is_current()) {
        problems.extend(cards(fleet, host));
        problems.extend(crate::gateways::wrong(fleet, host));
        problems.extend(full_names(fleet, &served, host));
    }
    for role in fleet.roles.values().filter(|role| role.about.is_current()) {
        problems.extend(reach(fleet, role));
    }
    for network in fleet.networks.values().filter(|network| network.about.is_current()) {
        problems.extend(server(fleet, &served, network));
    }
    problems
}

/// Network cards that are of no network where the host has an address.
fn cards<'h>(fleet: &'h Fleet, host: &'h Host) -> impl Iterator<Item = Problem> {
    let unused = host.interfaces.iter().filter(|(network, _)| {
        fleet.networks.contains_key(*network)
            && !host.addresses.iter().any(|it| it.network.name == **network)
    });
    unused.map(|(network, card)| {
        let message = format!("the host has no address in `{network}`");
        let key = format!("interfaces.{network}");
        let problem = Problem::error(UNCONNECTED, key, message).at(host.about.at(card.line));
        problem.next("give it one under `addresses`, or take the line away")
    })
}

/// Full names that no zone can have.
fn full_names<'h>(
    fleet: &'h Fleet,
    served: &'h Served<'_>,
    host: &'h Host,
) -> impl Iterator<Item = Problem> {
    let networks = networks_of(fleet, host).filter(|(_, network)| !network.domain.is_empty());
    let domains = networks.map(|(it, network)| (network.domain.as_str(), &it.network));
    // One host may have several addresses in a network.
    let domains: BTreeMap<&str, &Ref> = domains.rev().collect();
    domains.into_iter().filter_map(|(domain, network)| {
        let name = format!("{}.{domain}", host.about.name);
        let message = if name.len() > LONGEST {
            format!(
                "the host's full name has {} characters, and {LONGEST} are the most",
                name.len()
            )
        } else if served.contains_key(name.as_str()) {
            format!("`{name}` is a domain that a host serves, and so no host")
        } else {
            return None;
        };
        let key = format!("addresses.{}", network.name);
        let problem = Problem::error(BAD_NAME, key, message).at(host.about.at(network.line));
        Some(problem.next("give the host another name, or the network another domain"))
    })
}

fn reach(fleet: &Fleet, role: &Role) -> Vec<Problem> {
    let mut problems = Vec::new();
    for it in &role.reach {
        let missing = |key: &str, next: &str| role.about.missing(key, it.line, next);
        let lacks = |keys: &[&str]| keys.iter().all(|key| role.about.lacks(key));
        let nobody = it.roles.is_empty() && it.hosts.is_empty() && it.networks.is_empty();
        if it.tcp.is_empty() && it.udp.is_empty() && lacks(&["reach.tcp", "reach.udp"]) {
            problems.push(missing("reach.tcp", "say which ports, under `tcp` or `udp`"));
        } else if nobody && lacks(&["reach.roles", "reach.hosts", "reach.networks"]) {
            let next = "say from where, under `roles`, `hosts` or `networks`";
            problems.push(missing("reach.roles", next));
        } else if !nobody && !admits(fleet, it) {
            let message = "lets nothing in: nothing that it names has an address";
            let problem = Problem::warning(NO_EFFECT, "reach", message);
            let problem = problem.at(role.about.at(it.line));
            problems.push(problem.next("give those hosts `addresses`, or the networks `ranges`"));
        }
    }
    problems
}

/// Why a host cannot answer for the names of a network.
fn server(fleet: &Fleet, served: &Served<'_>, network: &Network) -> Option<Problem> {
    let name = network.name_server.as_ref()?;
    let host = fleet.hosts.get(&name.name)?;
    let (message, next) = if network.domain.is_empty() {
        ("the network has no domain".to_owned(), "write `domain = \"…\"`")
    } else if domain_of(fleet, host).is_empty() {
        let next = "give it an address in a network with a domain, or name another host";
        (format!("`{}` has no address in a network with a domain", name.name), next)
    } else {
        let home = home(fleet, host, &network.domain);
        if zone_of(served, home).is_some() || !host.about.is_current() {
            return None;
        }
        let next = "give it an address in the network, or write a `name_server` for that domain";
        (format!("no zone has an address of `{}.{home}`", name.name), next)
    };
    let problem = Problem::error(NO_NAME_SERVER, "name_server", message);
    Some(problem.at(network.about.at(name.line)).next(next))
}
