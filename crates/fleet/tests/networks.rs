//! What follows from addresses: names, zones, and what firewalls let in; and what is wrong with it.

use domi_fleet::{Admitted, Fleet, Piece, names, zones};

fn fleet(files: &[(&str, &str)]) -> Fleet {
    let (fleet, problems) = Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)));
    assert!(problems.is_empty(), "{problems:#?}");
    fleet
}

/// The beginnings of what is said of these files.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let (fleet, mut problems) = Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)));
    problems.extend(fleet.check());
    let said: Vec<String> = problems
        .iter()
        .map(|it| {
            let place = it.place.as_ref().map_or(String::new(), ToString::to_string);
            format!("{} {place} {}: {}", it.code, it.subject, it.message)
        })
        .collect();
    let fits = said.iter().zip(expected).all(|(said, expected)| said.starts_with(expected));
    assert!(fits && said.len() == expected.len(), "{said:#?}");
}

const LAN: (&str, &str) = (
    "domain/networks/equipment/lan.toml",
    "ranges = ['192.0.2.0/24', '2001:db8::/64']\ndomain = 'example.org'\nname_server = 'a'\n",
);
const LAB: (&str, &str) = (
    "domain/networks/equipment/lab.toml",
    "ranges = ['198.51.100.0/24']\ndomain = 'lab.example.org'\nname_server = 'b'\n",
);
const A: (&str, &str) = ("hosts/a.toml", "addresses.lan = ['192.0.2.1', '2001:db8::1']\n");
const B: (&str, &str) =
    ("hosts/b.toml", "addresses = { lab = '198.51.100.2', lan = '192.0.2.2' }\nroles = ['r']\n");
const GONE: (&str, &str) = ("hosts/gone.toml", "addresses.lan = '192.0.2.9'\nstatus = 'retired'\n");

#[test]
fn every_address_has_its_names_and_a_domain_its_zone() {
    let fleet = fleet(&[LAN, LAB, A, B, GONE, ("nodes/r.toml", "")]);
    let names: Vec<String> = names(&fleet)
        .iter()
        .map(|(address, names)| format!("{address} {}", names.join(" ")))
        .collect();
    assert_eq!(
        names,
        [
            "192.0.2.1 a.example.org a",
            "192.0.2.2 b.example.org b",
            "198.51.100.2 b.lab.example.org b",
            "2001:db8::1 a.example.org a",
        ]
    );
    let zones = zones(&fleet);
    let texts: Vec<&str> = zones.iter().map(|zone| zone.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "$ORIGIN example.org.\n$TTL 3600\n\
             @ IN SOA a.example.org. hostmaster.example.org. 1 3600 900 1209600 3600\n\
             @ IN NS a.example.org.\n\
             a IN A 192.0.2.1\na IN AAAA 2001:db8::1\nb IN A 192.0.2.2\n\
             lab IN NS b.lab.example.org.\nb.lab IN A 198.51.100.2\n",
            "$ORIGIN lab.example.org.\n$TTL 3600\n\
             @ IN SOA b.lab.example.org. hostmaster.lab.example.org. 1 3600 900 1209600 3600\n\
             @ IN NS b.lab.example.org.\nb IN A 198.51.100.2\n",
        ]
    );
}

#[test]
fn what_a_role_says_is_let_in_and_no_range_stands_within_another() {
    let rules = |reach: &str, host: &str| {
        let fleet = fleet(&[LAN, LAB, A, B, GONE, ("nodes/r.toml", reach)]);
        Admitted::of(&fleet).rules(&fleet.hosts[host])
    };
    let of_hosts = "[[reach]]\ntcp = [80, 443]\nudp = [53]\nhosts = ['a', 'gone']\nroles = ['r']\n";
    assert_eq!(
        rules(of_hosts, "b"),
        [
            "ip saddr { 192.0.2.1, 192.0.2.2, 198.51.100.2 } tcp dport { 80, 443 } accept",
            "ip saddr { 192.0.2.1, 192.0.2.2, 198.51.100.2 } udp dport { 53 } accept",
            "ip6 saddr { 2001:db8::1 } tcp dport { 80, 443 } accept",
            "ip6 saddr { 2001:db8::1 } udp dport { 53 } accept",
        ]
    );
    assert_eq!(rules(of_hosts, "a"), [""; 0]);
    let both = "[[reach]]\ntcp = [1]\nhosts = ['a', 'b']\nnetworks = ['lan']\n";
    assert_eq!(
        rules(both, "b"),
        [
            "ip saddr { 192.0.2.0/24, 198.51.100.2 } tcp dport { 1 } accept",
            "ip6 saddr { 2001:db8::/64 } tcp dport { 1 } accept",
        ]
    );
}

#[test]
fn what_is_wrong_with_cards_ports_and_name_servers_is_said_where_it_is() {
    let host = |text| [LAN, ("hosts/a.toml", text)];
    check(&[LAN, A], &[]);
    check(
        &host("addresses.lan = '192.0.2.1'\ninterfaces = { lan = 'a/b' }\n"),
        &["D2003 hosts/a.toml:2 interfaces.lan: is no name of a network card"],
    );
    check(
        &[LAN, A, ("hosts/b.toml", "interfaces.lan = 'eth0'")],
        &["D2026 hosts/b.toml:1 interfaces.lan: the host has no address in `lan`"],
    );
    check(
        &[("hosts/b.toml", "interfaces.lan = 'eth0'")],
        &["D2008 hosts/b.toml:1 interfaces: there is no network `lan`"],
    );
    check(
        &host(""),
        &["D2027 domain/networks/equipment/lan.toml:3 name_server: `a` has no address"],
    );
    let nameless =
        ("domain/networks/equipment/lan.toml", "ranges = ['192.0.2.0/24']\nname_server = 'a'");
    check(
        &[nameless, ("hosts/a.toml", "addresses.lan = '192.0.2.1'")],
        &["D2027 domain/networks/equipment/lan.toml:2 name_server: the network has no domain"],
    );
    check(
        &[LAN],
        &["D2008 domain/networks/equipment/lan.toml:3 name_server: there is no host `a`"],
    );
    let role = |text| [LAN, A, ("nodes/r.toml", text)];
    check(&role("[[reach]]\ntcp = [22]\nhosts = ['a']"), &[]);
    check(&role("\n[[reach]]\nhosts = ['a']"), &["D2004 nodes/r.toml:2 reach.tcp"]);
    check(&role("[[reach]]\ntcp = [22]"), &["D2004 nodes/r.toml:1 reach.roles"]);
    check(
        &role("[[reach]]\ntcp = [22]\nroles = ['r']"),
        &["D2022 nodes/r.toml:1 reach: lets nothing"],
    );
    check(
        &role("[[reach]]\ntcp = [0]\nhosts = ['a']"),
        &["D2003 nodes/r.toml:2 reach.tcp: 0 is not"],
    );
    check(
        &role("[[reach]]\ntcp = [1, 1]\nhosts = ['a']"),
        &["D2003 nodes/r.toml:2 reach.tcp: 1 is not"],
    );
    check(
        &role("[[reach]]\ntcp = [22]\nhosts = ['x']\nport = 1"),
        &[
            "D2002 nodes/r.toml:4 reach.port",
            "D2008 nodes/r.toml:3 reach.hosts",
            "D2022 nodes/r.toml:1",
        ],
    );
    check(&[("hosts/localhost.toml", "")], &["D2006  hosts/localhost.toml: every machine calls"]);
}
