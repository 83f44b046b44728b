//! What follows from addresses: names, zones, and what firewalls let in; and what is wrong with it.

use domi_fleet::{Admitted, Fleet, Piece, gateways, names, zones};

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

/// The rules of a host's firewall, as NixOS gets them.
fn admitted(fleet: &Fleet, host: &str) -> Vec<String> {
    Admitted::of(fleet).rules(&fleet.hosts[host]).iter().map(ToString::to_string).collect()
}

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
    let unserved =
        [LAN, LAB].map(|(path, text)| (path, text.split_once("name_server").map_or("", |it| it.0)));
    let rules = |reach: &str, host: &str| {
        let fleet = fleet(&[unserved[0], unserved[1], A, B, GONE, ("nodes/r.toml", reach)]);
        admitted(&fleet, host)
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

#[test]
fn who_answers_for_names_lets_in_the_networks_that_have_a_domain() {
    let other = ("domain/networks/equipment/other.toml", "ranges = ['203.0.113.0/24']");
    let a = ("hosts/a.toml", "addresses = { lan = '192.0.2.1', other = '203.0.113.1' }\n");
    let fleet = fleet(&[LAN, other, a, GONE]);
    assert_eq!(
        admitted(&fleet, "a"),
        [
            "ip saddr { 192.0.2.0/24 } tcp dport { 53 } accept",
            "ip saddr { 192.0.2.0/24 } udp dport { 53 } accept",
            "ip6 saddr { 2001:db8::/64 } tcp dport { 53 } accept",
            "ip6 saddr { 2001:db8::/64 } udp dport { 53 } accept",
        ]
    );
    assert_eq!(admitted(&fleet, "gone"), [""; 0]);
}

/// What stands in the zones of these files after the first server of each.
fn records(files: &[(&str, &str)]) -> Vec<String> {
    let zones = zones(&fleet(files)).into_iter();
    let after = |text: &str| text.splitn(4, '\n').nth(3).unwrap_or_default().to_owned();
    zones
        .map(|zone| format!("{}: {}", zone.domain, after(&zone.text).replace('\n', "; ")))
        .collect()
}

#[test]
fn a_zone_has_all_names_within_it_that_no_nearer_one_has() {
    let network = |domain: &str, more: &str| {
        format!("ranges = ['198.51.100.0/24']\ndomain = '{domain}'\n{more}")
    };
    let unserved = network("lab.example.org", "");
    let b = ("hosts/b.toml", "addresses.lab = '198.51.100.2'\n");
    let lab = "domain/networks/equipment/lab.toml";
    assert_eq!(
        records(&[LAN, (lab, &unserved), A, b]),
        ["example.org: @ IN NS a.example.org.; a IN A 192.0.2.1; a IN AAAA 2001:db8::1; \
          b.lab IN A 198.51.100.2; "]
    );
    // The server of the domain stands in a part of it that nobody serves, or that another serves.
    let of_b = LAN.1.replace("'a'", "'b'");
    let lan = (LAN.0, of_b.as_str());
    assert_eq!(
        records(&[lan, (lab, &unserved), A, b]),
        ["example.org: @ IN NS b.lab.example.org.; a IN A 192.0.2.1; a IN AAAA 2001:db8::1; \
          b.lab IN A 198.51.100.2; "]
    );
    let served = network("lab.example.org", "name_server = 'a'");
    assert_eq!(
        records(&[lan, (lab, &served), A, b]),
        [
            "example.org: @ IN NS b.lab.example.org.; a IN A 192.0.2.1; a IN AAAA 2001:db8::1; \
             lab IN NS a.example.org.; b.lab IN A 198.51.100.2; ",
            "lab.example.org: @ IN NS a.example.org.; b IN A 198.51.100.2; ",
        ]
    );
    // A domain that only ends with the same letters is another one.
    let other = network("my-example.org", "");
    assert!(!records(&[LAN, (lab, &other), A, b])[0].contains("198.51"));
}

#[test]
fn names_that_no_zone_can_have_are_said() {
    let lab = |text| ("domain/networks/equipment/lab.toml", text);
    let elsewhere = lab("ranges = ['198.51.100.0/24']\ndomain = 'example.net'\n");
    let b = ("hosts/b.toml", "addresses.lab = '198.51.100.2'\n");
    let lan = (LAN.0, "ranges = ['192.0.2.0/24']\ndomain = 'example.org'\nname_server = 'b'\n");
    check(
        &[lan, elsewhere, b],
        &["D2027 domain/networks/equipment/lan.toml:3 name_server: no zone has an address of \
           `b.example.net`"],
    );
    check(
        &[
            LAN,
            LAB,
            A,
            B,
            ("nodes/r.toml", ""),
            ("hosts/lab.toml", "\naddresses.lan = '192.0.2.7'"),
        ],
        &["D2029 hosts/lab.toml:2 addresses.lan: `lab.example.org` is a domain that a host serves"],
    );
    let long = ["a"; 121].join(".");
    let network = |domain: &str| format!("ranges = ['192.0.2.0/24']\ndomain = '{domain}'");
    let text = network(&format!("{long}.a"));
    check(
        &[(LAN.0, &text)],
        &["D2003 domain/networks/equipment/lan.toml:2 domain: `hostmaster.` and the domain"],
    );
    let text = network(&format!("{long}a"));
    let host = |name: &str| format!("hosts/{name}.toml");
    check(&[(LAN.0, &text), (&host("ten-chars0"), "addresses.lan = '192.0.2.7'")], &[]);
    check(
        &[(LAN.0, &text), (&host("ten-chars01"), "addresses.lan = '192.0.2.7'")],
        &["D2029 hosts/ten-chars01.toml:1 addresses.lan: the host's full name has 254"],
    );
}

/// Networks `lan` and `lab` with these gateways, and the host `h` with cards in both.
fn routed<'f>(lan: &'f str, lab: &'f str, host: &'f str) -> [(&'static str, &'f str); 3] {
    [
        ("domain/networks/equipment/lan.toml", lan),
        ("domain/networks/equipment/lab.toml", lab),
        ("hosts/h.toml", host),
    ]
}

const LAN_ROUTED: &str = "ranges = ['192.0.2.0/24', '2001:db8::/64']\n\
                          gateways = ['192.0.2.254', '2001:db8::fe']";
const LAB_ROUTED: &str = "ranges = ['198.51.100.0/24']\ngateways = ['198.51.100.1']";
const BOTH: &str = "addresses = { lan = ['192.0.2.1', '2001:db8::1'], lab = '198.51.100.2' }\n\
                    interfaces = { lan = 'eth0', lab = 'eth1' }\n";

#[test]
fn a_host_has_the_gateways_of_its_network_or_of_the_one_that_it_names() {
    let of = |lan: &str, lab: &str, host: &str| -> Vec<String> {
        let fleet = fleet(&routed(lan, lab, host));
        let all = gateways(&fleet, &fleet.hosts["h"]);
        all.iter().map(|it| format!("{} {}", it.address, it.card)).collect()
    };
    let plain = "ranges = ['198.51.100.0/24']";
    assert_eq!(of(LAN_ROUTED, plain, BOTH), ["192.0.2.254 eth0", "2001:db8::fe eth0"]);
    let chosen = BOTH.to_owned() + "gateway = 'lab'\n";
    assert_eq!(of(LAN_ROUTED, LAB_ROUTED, &chosen), ["198.51.100.1 eth1"]);
    let chosen = BOTH.to_owned() + "gateway = 'lan'\n";
    assert_eq!(of(LAN_ROUTED, LAB_ROUTED, &chosen), ["192.0.2.254 eth0", "2001:db8::fe eth0"]);
    // Where something else gives it addresses, that gives it gateways, too.
    assert_eq!(of(LAN_ROUTED, plain, "addresses.lan = '192.0.2.1'"), [""; 0]);
    let four = "addresses.lan = '192.0.2.1'\ninterfaces.lan = 'eth0'";
    assert_eq!(of(LAN_ROUTED, plain, four), ["192.0.2.254 eth0"]);
}

#[test]
fn gateways_are_in_their_network_and_a_host_has_one_of_a_version() {
    let plain = "ranges = ['198.51.100.0/24']";
    check(&routed(LAN_ROUTED, plain, BOTH), &[]);
    check(
        &routed(LAN_ROUTED, LAB_ROUTED, BOTH),
        &["D2111 hosts/h.toml:1 gateway: has two default gateways: 198.51.100.1 of `lab`, and"],
    );
    let with = |line: &str| BOTH.to_owned() + line;
    check(&routed(LAN_ROUTED, LAB_ROUTED, &with("gateway = 'lab'")), &[]);
    check(
        &routed(LAN_ROUTED, plain, &with("gateway = 'lab'")),
        &["D2112 hosts/h.toml:3 gateway: `lab` has no gateway"],
    );
    check(
        &routed(LAN_ROUTED, plain, &with("gateway = 'lap'")),
        &["D2008 hosts/h.toml:3 gateway: there is no network `lap`"],
    );
    let no_card = "addresses = { lan = '192.0.2.1' }\ngateway = 'lan'";
    check(
        &routed(LAN_ROUTED, plain, no_card),
        &["D2112 hosts/h.toml:2 gateway: no network card of the host is in `lan`"],
    );
    let bad = |gateways: &str| format!("ranges = ['192.0.2.0/24']\ngateways = [{gateways}]");
    let host = "addresses.lan = '192.0.2.1'";
    for (gateways, says) in [
        ("'192.0.3.1'", "D2012 domain/networks/equipment/lan.toml:2 gateways: 192.0.3.1 is not in"),
        (
            "'192.0.2.255'",
            "D2012 domain/networks/equipment/lan.toml:2 gateways: 192.0.2.255 is the",
        ),
        ("'192.0.2.1'", "D2012 domain/networks/equipment/lan.toml:2 gateways: host `h` has"),
        ("'x'", "D2003 domain/networks/equipment/lan.toml:2 gateways: \"x\" is no address"),
        (
            "'192.0.2.8', '192.0.2.9'",
            "D2003 domain/networks/equipment/lan.toml:2 gateways: 192.0.2.9",
        ),
    ] {
        check(&routed(&bad(gateways), plain, host), &[says]);
    }
}
