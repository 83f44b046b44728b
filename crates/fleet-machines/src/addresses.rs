//! Addresses of machines that have none in the fleet.

use core::net::IpAddr;
use std::collections::BTreeMap;

use domi_fleet::{Fleet, Host};
use ipnet::IpNet;

/// Where addresses are taken from that no network of a fleet has: ranges for benchmarks and for
/// documentation, which nobody routes.
const POOLS: [&str; 5] =
    ["198.18.0.0/15", "203.0.113.0/24", "198.51.100.0/24", "2001:2::/48", "2001:db8::/32"];

/// How many addresses of a pool are looked at.
const TRIED: usize = 4096;

/// The addresses of a fleet's machines in its tests: those that the fleet gives them, and for machines
/// that have none in it, some that are in none of its networks.
#[derive(Debug)]
pub struct Addresses {
    given: BTreeMap<String, Vec<IpAddr>>,
    /// For hosts without one, by their names.
    invented: BTreeMap<String, Vec<IpAddr>>,
    outside: Vec<IpAddr>,
}

impl Addresses {
    /// Those of a fleet.
    pub fn of(fleet: &Fleet) -> Self {
        let hosts = || fleet.hosts.values().filter(|host| host.about.is_current());
        let given = hosts().filter(|host| !host.addresses.is_empty()).map(own).collect();
        let mut free = Free::of(fleet);
        let outside = free.next_of_each();
        let without = hosts().filter(|host| host.addresses.is_empty());
        let invented = without.map(|host| (host.about.name.clone(), free.next_of_each())).collect();
        Self { given, invented, outside }
    }

    /// Those of a host.
    pub fn host(&self, name: &str) -> &[IpAddr] {
        self.given.get(name).or(self.invented.get(name)).map_or(&[], Vec::as_slice)
    }

    /// Those of a machine that is in none of the fleet's networks; none where these have them all.
    pub fn outside(&self) -> &[IpAddr] {
        &self.outside
    }

    /// The hosts that have no address in the fleet, with those that they have here.
    pub fn invented(&self) -> &BTreeMap<String, Vec<IpAddr>> {
        &self.invented
    }
}

fn own(host: &Host) -> (String, Vec<IpAddr>) {
    (host.about.name.clone(), host.addresses.iter().map(|it| it.address).collect())
}

/// Addresses that are in no network of a fleet, and that no host has.
struct Free {
    old: Box<dyn Iterator<Item = IpAddr>>,
    new: Box<dyn Iterator<Item = IpAddr>>,
}

impl Free {
    fn of(fleet: &Fleet) -> Self {
        let networks = fleet.networks.values().flat_map(|it| it.ranges.iter().map(|it| it.0));
        let hosts = fleet.hosts.values();
        let hosts = hosts.flat_map(|it| it.addresses.iter().map(|it| IpNet::from(it.address)));
        let taken: Vec<IpNet> = networks.chain(hosts).collect();
        let pools: Vec<IpNet> = POOLS.iter().filter_map(|pool| pool.parse().ok()).collect();
        let of = |is_old: bool| -> Box<dyn Iterator<Item = IpAddr>> {
            let taken = taken.clone();
            let pools = pools.clone().into_iter();
            let pools = pools.filter(move |pool| matches!(pool, IpNet::V4(_)) == is_old);
            let all = pools.flat_map(|pool| pool.hosts().skip(1).take(TRIED));
            Box::new(all.filter(move |address| !taken.iter().any(|range| range.contains(address))))
        };
        Self { old: of(true), new: of(false) }
    }

    /// One of each version, as far as there are any.
    fn next_of_each(&mut self) -> Vec<IpAddr> {
        self.old.next().into_iter().chain(self.new.next()).collect()
    }
}

#[cfg(test)]
mod tests {
    use domi_fleet::Piece;

    use super::*;

    #[track_caller]
    fn check(ranges: &str, outside: &[&str]) {
        let files = [
            ("domain/networks/equipment/n.toml", format!("ranges = [{ranges}]")),
            ("hosts/a.toml", "addresses.n = '198.18.0.2'".to_owned()),
            ("hosts/b.toml", String::new()),
        ];
        let (fleet, _) = Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)));
        let addresses = Addresses::of(&fleet);
        let shown: Vec<String> = addresses.outside().iter().map(ToString::to_string).collect();
        assert_eq!(shown, outside);
        assert_eq!(addresses.host("a"), ["198.18.0.2".parse::<IpAddr>().expect("an address")]);
        assert!(addresses.host("b").iter().all(|it| !addresses.outside().contains(it)));
        assert_eq!(addresses.invented().keys().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn who_is_outside_is_in_no_network_and_has_the_address_of_nobody() {
        check("'192.0.2.0/24'", &["198.18.0.3", "2001:2::1"]);
        check("'198.18.0.0/15', '2001:2::/48'", &["203.0.113.2", "2001:db8::1"]);
        check("'0.0.0.0/0'", &["2001:2::1"]);
        check("'0.0.0.0/0', '::/0'", &[]);
    }
}
