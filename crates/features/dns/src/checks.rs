//! What the DNS server is seen to do.

use domi::prelude::*;

use crate::options::{Dns, DnsOptions as _, ForwardOptions as _, Kind, ZoneOptions as _};

/// A question to the server of this machine, whose answer is printed without what is around it.
fn ask(name: &str) -> String {
    format!("dig +short +tries=1 +time=5 @127.0.0.1 {name}")
}

/// How such a question ends, such as `NXDOMAIN`.
fn status(name: &str) -> String {
    format!("dig +noall +comments +tries=1 +time=5 @127.0.0.1 {name} | grep -o 'status: [A-Z]*'")
}

pub(crate) fn all(cfg: &Expr<Dns>, tests: &mut Tests) {
    answers(cfg, tests);
    guards(cfg, tests);
    stays(cfg, tests);
    refuses(cfg, tests);
}

fn answers(cfg: &Expr<Dns>, tests: &mut Tests) {
    let lan = cfg.zones().at("lan");
    let ads = cfg.zones().at("ads.example");
    tests
        .it("answers for zones of its own")
        .package("dig")
        .set(
            lan.records(),
            ["printer.lan. IN A 192.0.2.7", "printer.lan. IN TXT \"second [floor] $x\""],
        )
        .set(ads.kind(), Kind::Redirect)
        .set(ads.records(), ["ads.example. IN AAAA ::"])
        .set(cfg.zones().at("none.example").kind(), Kind::AlwaysNxdomain)
        .set(cfg.zones().at("none.example").records(), ["a.none.example. IN A 192.0.2.9"])
        .set(cfg.zones().at("closed.example").kind(), Kind::Refuse)
        .set(cfg.zones().at("closed.example").records(), ["a.closed.example. IN A 192.0.2.9"])
        .set(cfg.zones().at("open.example").kind(), Kind::Transparent)
        .set(cfg.zones().at("open.example").records(), ["a.open.example. IN A 192.0.2.9"])
        .wait_for_unit("dns.service")
        .prints(&ask("printer.lan"), "192.0.2.7")
        .prints(&ask("printer.lan txt"), "\"second [floor] $x\"")
        .prints(&format!("{} +tcp", ask("printer.lan")), "192.0.2.7")
        .prints("dig +short +tries=1 @::1 printer.lan", "192.0.2.7")
        .prints(&status("scanner.lan"), "status: NXDOMAIN")
        .prints(&ask("any.name.ads.example aaaa"), "::")
        .prints(&status("a.none.example"), "status: NXDOMAIN")
        .prints(&ask("a.closed.example"), "192.0.2.9")
        .prints(&status("b.closed.example"), "status: REFUSED")
        .prints(&ask("a.open.example"), "192.0.2.9");

    let forward = cfg.forwards().at("shop.example");
    let shop = cfg.zones().at("shop.example");
    tests
        .it("asks others for what it does not know, and believes only what is signed")
        .machine("believing")
        .package("dig")
        .set(forward.servers(), ["192.168.1.3"])
        .set(forward.insecure(), true)
        .machine("checking")
        .package("dig")
        .set(cfg.forwards().at(".").servers(), ["192.168.1.3"])
        .machine("upstream")
        .set(cfg.listen(), ["0.0.0.0"])
        .set(cfg.open_firewall(), true)
        .set(cfg.allow(), ["192.168.1.0/24"])
        // It has nobody to ask, and says so at once.
        .set(cfg.zones().at(".").kind(), Kind::Static)
        .set(
            shop.records(),
            ["www.shop.example. IN A 192.0.2.8", "api.shop.example. IN A 192.0.2.9"],
        )
        .on("upstream")
        .wait_for_unit("dns.service")
        .on("believing")
        .wait_for_unit("dns.service")
        .prints(&ask("www.shop.example"), "192.0.2.8")
        .on("checking")
        .wait_for_unit("dns.service")
        .prints(&status("www.shop.example"), "status: SERVFAIL")
        .prints_part("journalctl --unit dns.service", "failed to prime trust anchor")
        .on("upstream")
        .cut_network()
        .on("believing")
        // It remembers what it was told, and nothing else.
        .prints(&ask("www.shop.example"), "192.0.2.8")
        .fails(&format!("{} +time=1 | grep .", ask("api.shop.example")))
        .on("upstream")
        .heal_network()
        .on("believing")
        .eventually(&format!("{} | grep -x 192.0.2.9", ask("api.shop.example")));
}

fn guards(cfg: &Expr<Dns>, tests: &mut Tests) {
    let lan = || cfg.zones().at("lan");
    // By its name it has an address of IPv6, too.
    let server = "dig -4 +tries=1 +time=2 @server printer.lan";
    tests
        .it("answers those who may ask, and refuses all others")
        .machine("allowed")
        .without_feature()
        .package("dig")
        .machine("server")
        .package("dig")
        .set(cfg.listen(), ["0.0.0.0"])
        .set(cfg.open_firewall(), true)
        // The first machine is the only one of its network.
        .set(cfg.allow(), ["192.168.1.0/31"])
        .set(cfg.refuse(), ["127.0.0.2/32"])
        .set(lan().records(), ["printer.lan. IN A 192.0.2.7"])
        .machine("stranger")
        .without_feature()
        .package("dig")
        .on("server")
        .wait_for_unit("dns.service")
        .prints(&ask("printer.lan"), "192.0.2.7")
        .prints(&status("printer.lan -b 127.0.0.2"), "status: REFUSED")
        .on("allowed")
        .prints(&format!("{server} +short"), "192.0.2.7")
        .on("stranger")
        .prints_part(server, "status: REFUSED");

    tests
        .it("is not reached through a closed firewall")
        .machine("client")
        .without_feature()
        .package("dig")
        .machine("server")
        .package("dig")
        .set(cfg.listen(), ["0.0.0.0"])
        .set(cfg.allow(), ["192.168.1.0/24"])
        .set(lan().records(), ["printer.lan. IN A 192.0.2.7"])
        .on("server")
        .wait_for_unit("dns.service")
        .prints(&ask("printer.lan"), "192.0.2.7")
        .on("client")
        .fails(&format!("{server} +short"))
        .fails(&format!("{server} +short +tcp"));

    tests
        .it("runs confined, as a user of its own")
        .wait_for_unit("dns.service")
        .succeeds("systemd-analyze security --no-pager --threshold=20 dns.service")
        .prints("stat -c '%U %G' \"/proc/$(systemctl show -P MainPID dns.service)\"", "dns dns")
        .prints("stat -c '%U %a' /var/lib/dns /var/lib/dns/root.key", "dns 700\ndns 600");
}

fn stays(cfg: &Expr<Dns>, tests: &mut Tests) {
    let lan = || cfg.zones().at("lan");
    tests
        .it("says that its port is taken, and starts when it is free")
        .package("dig")
        .set(lan().records(), ["printer.lan. IN A 192.0.2.7"])
        .wait_for_unit("dns.service")
        .stop("dns.service")
        .succeeds(
            "systemd-run --unit=other-server systemd-socket-activate --listen=127.0.0.1:53 cat",
        )
        .eventually("ss -ltn | grep 127.0.0.1:53")
        .fails("systemctl start dns.service")
        .prints_part(
            "journalctl --unit dns.service",
            "can't bind socket: Address already in use for 127.0.0.1 port 53",
        )
        .stop("other-server.service")
        .eventually(&format!("{} | grep -x 192.0.2.7", ask("printer.lan")));

    tests
        .it("has other names after a switch, and keeps what it learned of the root's key")
        .package("dig")
        .set(lan().records(), ["printer.lan. IN A 192.0.2.7", "old.lan. IN A 192.0.2.6"])
        .wait_for_unit("dns.service")
        .prints(&ask("old.lan"), "192.0.2.6")
        .succeeds("echo ';; kept' >> /var/lib/dns/root.key")
        .switch(|to| {
            to.set(lan().records(), ["printer.lan. IN A 192.0.2.8", "new.lan. IN A 192.0.2.9"])
        })
        .eventually(&format!("{} | grep -x 192.0.2.8", ask("printer.lan")))
        .prints(&ask("new.lan"), "192.0.2.9")
        .prints(&status("old.lan"), "status: NXDOMAIN")
        .succeeds("grep -x ';; kept' /var/lib/dns/root.key");

    tests
        .it("starts again when it is killed")
        .package("dig")
        .set(lan().records(), ["printer.lan. IN A 192.0.2.7"])
        .wait_for_unit("dns.service")
        .succeeds("systemctl kill --signal=KILL dns.service")
        .eventually(&format!("{} | grep -x 192.0.2.7", ask("printer.lan")));

    tests
        .it("keeps what it learns of the key of the root zone")
        .package("dig")
        .wait_for_unit("dns.service")
        .stop("dns.service")
        .succeeds("echo ';; kept' >> /var/lib/dns/root.key")
        .start("dns.service")
        .reboot()
        .wait_for_unit("dns.service")
        .succeeds("grep -x ';; kept' /var/lib/dns/root.key");
}

fn refuses(cfg: &Expr<Dns>, tests: &mut Tests) {
    tests.it_refuses("a network without a size").set(cfg.allow(), ["192.0.2.1"]);
    tests.it_refuses("a network of too many bits").set(cfg.refuse(), ["192.0.2.0/33"]);
    tests.it_refuses("a name to listen on").set(cfg.listen(), ["localhost"]);
    tests
        .it_refuses("a network that may and may not ask")
        .set(cfg.allow(), ["192.0.2.0/24"])
        .set(cfg.refuse(), ["192.0.2.0/24"])
        .because("in `allow` and in `refuse`");
    tests
        .it_refuses("to believe everything and to check it")
        .set(cfg.forwards().at(".").servers(), ["192.0.2.53"])
        .set(cfg.forwards().at(".").insecure(), true)
        .because("dnssec");
    tests
        .it_refuses("a zone that nobody is asked for")
        .set(cfg.forwards().at("lan").servers(), Vec::<&str>::new())
        .because("servers");
    tests
        .it_refuses("a zone whose name is none")
        .set(cfg.zones().at("lan\" static\nx: \"").records(), ["x. IN A 192.0.2.1"])
        .because("is no name");
    tests
        .it_refuses("a record of two lines")
        .set(cfg.zones().at("lan").records(), ["x.lan. IN A 192.0.2.1\n'"])
        .because("records");
    tests
        .it_refuses("a record that ends its quotes")
        .set(cfg.zones().at("lan").records(), ["x.lan. IN TXT it's"])
        .because("records");
}
