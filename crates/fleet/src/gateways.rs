//! Default gateways: which router hosts send to what is in none of their networks.

use core::net::IpAddr;
use std::collections::BTreeSet;

use domi_model::Problem;

use crate::codes::{NO_GATEWAY, TWO_GATEWAYS};
use crate::names::networks_of;
use crate::{Fleet, Host, Network};

/// A default gateway of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway<'f> {
    /// The address of the router.
    pub address: IpAddr,
    /// The network card that leads there.
    pub card: &'f str,
    network: &'f str,
}

/// The default gateways of a host: at most one of each version of addresses.
pub fn gateways<'f>(fleet: &'f Fleet, host: &'f Host) -> Vec<Gateway<'f>> {
    let mut found = candidates(fleet, host);
    let mut versions = BTreeSet::new();
    found.retain(|it| versions.insert(it.address.is_ipv6()));
    found
}

/// Those of the networks that it has a card and an address of the version in; of the network that it
/// names alone, where it names one.
fn candidates<'f>(fleet: &'f Fleet, host: &'f Host) -> Vec<Gateway<'f>> {
    let mut found: Vec<Gateway<'f>> = Vec::new();
    for (at, network) in networks_of(fleet, host) {
        let name = network.about.name.as_str();
        let is_chosen = host.gateway.as_ref().is_none_or(|chosen| chosen.name == name);
        let Some(card) = host.interfaces.get(name).filter(|_| is_chosen) else { continue };
        let of_version = |it: &&(IpAddr, u32)| it.0.is_ipv6() == at.address.is_ipv6();
        let Some((address, _)) = network.gateways.iter().find(of_version) else { continue };
        let it = Gateway { address: *address, card: &card.name, network: name };
        if !found.contains(&it) {
            found.push(it);
        }
    }
    found
}

/// What is wrong with the default gateways of a host.
pub(crate) fn wrong(fleet: &Fleet, host: &Host) -> Option<Problem> {
    let found = candidates(fleet, host);
    if let Some(chosen) = &host.gateway
        && let Some(network) = fleet.networks.get(&chosen.name)
    {
        return found.is_empty().then(|| {
            let message = why_none(network, host);
            let problem = Problem::error(NO_GATEWAY, "gateway", message);
            let next = "name a network that has one and that a card is in, or take the line away";
            problem.at(host.about.at(chosen.line)).next(next)
        });
    }
    let first = |six: bool| found.iter().filter(move |it| it.address.is_ipv6() == six);
    let two = [false, true].into_iter().find_map(|six| {
        let mut all = first(six);
        Some((all.next()?, all.next()?))
    });
    two.map(|(one, other)| {
        let message = format!(
            "has two default gateways: {} of `{}`, and {} of `{}`",
            one.address, one.network, other.address, other.network
        );
        let problem = Problem::error(TWO_GATEWAYS, "gateway", message).at(host.about.at(1));
        let next = "write the network that leads to all others, such as";
        problem.next(format!("{next} `gateway = \"{}\"`", one.network))
    })
}

fn why_none(network: &Network, host: &Host) -> String {
    let name = &network.about.name;
    if network.gateways.is_empty() {
        return format!("`{name}` has no gateway");
    }
    match host.interfaces.contains_key(name) {
        true => format!("the host has no address in `{name}` of the version of its gateways"),
        false => format!("no network card of the host is in `{name}`"),
    }
}
