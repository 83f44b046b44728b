//! Several real machines at once.

use crate::common::{machines_wanted, restore};
use domi_guest::{Drive, Network};
use domi_machine_tests::{ASK, SERVE, fetch_much};

const IDENTITY: &str = "head -c 16 /dev/urandom | base64; cat /proc/sys/kernel/random/uuid \
                        /etc/machine-id; hostname";

#[test]
fn clones_have_nothing_in_common_that_should_differ() {
    if !machines_wanted() {
        return;
    }
    let mut one = restore("one", None);
    let mut two = restore("two", None);
    one.run("echo one >/root/whose");
    assert_eq!(two.output("cat /root/whose").status, 1);
    let (one, two) = (one.run(IDENTITY), two.run(IDENTITY));
    for (line, (one, two)) in one.lines().zip(two.lines()).enumerate() {
        assert_ne!(one, two, "line {line} of: {IDENTITY}");
    }
}

#[test]
fn machines_of_a_network_reach_each_other_unless_it_is_cut() {
    if !machines_wanted() {
        return;
    }
    let network = Network::new(["client", "server"]).unwrap();
    let mut client = restore("client", Some(&network));
    let mut server = restore("server", Some(&network));
    assert_eq!(server.run("ip -4 -o address show eth1 | awk '{ print $4 }'"), "192.168.1.2/24");
    assert_eq!(
        server.run("ip -6 -o address show eth1 scope global | awk '{ print $4 }'"),
        "2001:db8:1::2/64"
    );
    server.run(SERVE);
    assert_eq!(client.run(ASK), "served");
    network.cut("server").unwrap();
    assert_ne!(client.output("timeout 2 bash -c 'cat </dev/tcp/server/9000'").status, 0);
    network.heal("server").unwrap();
    assert_eq!(client.run(ASK), "served");
    fetch_much(&mut client, &mut server);
    server.machine.reboot().unwrap();
    server.run(SERVE);
    assert_eq!(client.run(ASK), "served");
}

#[test]
fn machines_without_a_network_need_none() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("alone", None);
    assert_eq!(guest.run("ls /sys/class/net; cat /sys/class/net/eth0/operstate"), "eth0\nlo\ndown");
}
