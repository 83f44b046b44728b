//! Who may reach what, in words.

use domi_fleet::{Reach, Ref};
use domi_fleet_files::HostFacts;

/// The ports of a name server.
pub(crate) const NAME_SERVER: &str = "tcp 53 and udp 53";

/// Whether networks may ask a host for names: a rule that no role says.
pub(crate) fn answers(host: &HostFacts) -> bool {
    host.admits.iter().any(|rule| rule.because.is_none())
}

/// Which ports a rule is about: `tcp 80, 443 and udp 53`.
pub(crate) fn ports(tcp: &[u16], udp: &[u16]) -> String {
    let both = [listed("tcp", tcp), listed("udp", udp)];
    both.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// Which ports features of a host open to everybody, by protocol: `tcp 80, 443`.
pub(crate) fn opened(host: &HostFacts) -> Vec<String> {
    let open = host.open.ports();
    open.iter().filter_map(|(protocol, ports)| listed(protocol.as_str(), *ports)).collect()
}

fn listed<'p>(protocol: &str, ports: impl IntoIterator<Item = &'p u16>) -> Option<String> {
    let ports: Vec<String> = ports.into_iter().map(u16::to_string).collect();
    (!ports.is_empty()).then(|| format!("{protocol} {}", ports.join(", ")))
}

/// From where a rule lets in: each with its kind, as an item of the page is called.
pub(crate) fn sources(reach: &Reach) -> impl Iterator<Item = (&'static str, &Ref)> {
    let roles = reach.roles.iter().map(|it| ("role", it));
    let hosts = reach.hosts.iter().map(|it| ("host", it));
    let networks = reach.networks.iter().map(|it| ("network", it));
    roles.chain(hosts).chain(networks)
}
