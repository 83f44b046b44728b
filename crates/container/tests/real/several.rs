//! Several real containers at once.

use domi_machine_tests::{ASK, SERVE, fetch_much};

use crate::common::{Guest, boot, containers, containers_with_cards, image, options};
use domi_container::{Drive, Network, Spares};

#[test]
fn containers_of_a_network_reach_each_other_unless_it_is_cut() {
    let Some(containers) = containers_with_cards() else { return };
    let network = Network::new(["client", "server"]).unwrap();
    let mut client = boot(containers, "client", Some(&network));
    let mut server = boot(containers, "server", Some(&network));
    assert_eq!(server.run("ip -4 -o address show eth1 | awk '{ print $4 }'"), "192.168.1.2/24");
    assert_eq!(
        server.run("ip -6 -o address show eth1 scope global | awk '{ print $4 }'"),
        "2001:db8:1::2/64"
    );
    server.run(SERVE);
    assert_eq!(client.run(ASK), "served");
    network.cut("server").unwrap();
    assert_ne!(client.output("timeout 1 bash -c 'cat </dev/tcp/server/9000'").status, 0);
    network.heal("server").unwrap();
    assert_eq!(client.run(ASK), "served");
    fetch_much(&mut client, &mut server);
    // A firewall of its own, which refuses.
    server.run("nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }; add rule inet t i tcp dport 9000 reject'");
    assert_ne!(client.output(ASK).status, 0);
    server.machine.reboot().unwrap();
    server.run(SERVE);
    assert_eq!(client.run(ASK), "served");
}

const IDENTITY: &str = "cat /proc/sys/kernel/random/boot_id /etc/machine-id; hostname";

#[test]
fn containers_have_nothing_in_common_that_should_differ() {
    let Some(containers) = containers() else { return };
    let mut one = boot(containers, "one", None);
    let mut two = boot(containers, "two", None);
    one.run("echo one >/root/whose");
    assert_eq!(two.output("cat /root/whose").status, 1);
    let (one_is, two_is) = (one.run(IDENTITY), two.run(IDENTITY));
    for (one, two) in one_is.lines().zip(two_is.lines()) {
        assert_ne!(one, two);
    }
    if containers.probes().has_cards() {
        let cards = "ls /sys/class/net; cat /sys/class/net/eth0/operstate";
        assert_eq!(one.run(cards), "eth0\nlo\ndown");
    }
}

#[test]
fn a_spare_becomes_what_is_asked_for_and_another_one_waits() {
    let Some(containers) = containers_with_cards() else { return };
    let spares = Spares::boot(containers, &image(containers), 2).unwrap();
    let network = Network::new(["client", "server"]).unwrap();
    let mut guests = ["client", "server"].map(|name| {
        let logs = tempfile::tempdir().unwrap();
        let options = options(name, &logs, Some(&network));
        let machine = spares.take(&options).unwrap();
        assert!(machine.console_tail(50).contains("systemd"), "{}", machine.console_tail(50));
        Guest::new(machine, logs)
    });
    let [client, server] = &mut guests;
    assert_eq!(
        server.run("hostname; cat /etc/hostname; systemctl is-system-running"),
        "server\nserver\nrunning"
    );
    server.run(SERVE);
    assert_eq!(client.run(ASK), "served");
    client.machine.reboot().unwrap();
    assert_eq!(client.run(&format!("hostname; {ASK}")), "client\nserved");
    let logs = tempfile::tempdir().unwrap();
    let third = spares.take(&options("third", &logs, None)).unwrap();
    assert_eq!(Guest::new(third, logs).run("hostname"), "third");
}
