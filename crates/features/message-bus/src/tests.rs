//! Tests: what gets in, what is refused, and what was acknowledged is there.

use domi::prelude::*;
use domi::{TEST_CERTIFICATE, TEST_KEY};

use self::client::{CLIENT, HASH, bus, stream};
use crate::options::*;

mod client;
mod cluster;

pub(crate) fn all(cfg: &Expr<MessageBus>, tests: &mut Tests) {
    users(cfg, tests);
    secrets(cfg, tests);
    streams(cfg, tests);
    cluster::tests(cfg, tests);
    refusals(cfg, tests);
}

/// A command that asks the server how it is.
fn monitor(page: &str) -> String {
    format!(
        "python3 -I -c 'import urllib.request as http; \
         print(http.urlopen(\"http://127.0.0.1:8222/{page}\").read().decode())'"
    )
}

fn users(cfg: &Expr<MessageBus>, tests: &mut Tests) {
    let (web, shop) = (cfg.users().at("web-1"), cfg.users().at("shop"));
    let other = cfg.users().at("other");
    tests
        .it("lets users in by their passwords, each to their own")
        .package("python3")
        .secret_file("/run/web", "it's a \"pass\\word\"\n")
        .secret_file("/run/other", HASH)
        .set(cfg.accounts(), attrs! { "main": { "maxStreams": 1, "maxFile": "1MiB" }, "others": {} })
        .set(web.password(), attrs! { "file": "/run/web" })
        .set(web.publish(), ["orders.>"])
        .set(web.subscribe(), ["_INBOX.>"])
        .set(shop.password(), attrs! { "hash": HASH })
        .set(other.password(), attrs! { "file": "/run/other" })
        .set(other.account(), "others")
        .set(cfg.monitor_port(), 8222)
        .set(cfg.settings(), attrs! { "max_subscriptions": 10, "port": 1 })
        .write("/etc/bus.py", CLIENT)
        .wait_for_port(4222)
        .succeeds(&monitor("healthz"))
        .prints_part(&monitor("varz"), "\"max_connections\": 8192")
        .prints_part(&monitor("varz"), "\"max_subscriptions\": 10")
        .prints_match(
            "(python3 -I /etc/bus.py shop:secret@localhost listen 'orders.>' >/run/heard) & sleep 2; \
             python3 -I /etc/bus.py \"web-1:it's a \\\"pass\\\\word\\\"@localhost\" publish orders.1 \
             'a book'; wait; cat /run/heard",
            "^a book$",
        )
        .fails(&bus("\"web-1:it's a \\\"pass\\\\word\\\"@localhost\"", "publish bills.1 'a book'"))
        .fails(&bus("web-1:wrong@localhost", "publish orders.1 x"))
        .fails(&bus("localhost", "publish orders.1 x"))
        .succeeds(&bus("shop:secret@localhost", &stream("one", 1)))
        .fails(&bus("shop:secret@localhost", &stream("two", 1)))
        .succeeds(&bus("other:secret@localhost", &stream("one", 1)))
        .prints_part(&bus("shop:secret@localhost", "request one x"), "\"seq\":1")
        .prints_part(&bus("other:secret@localhost", "api STREAM.INFO.one"), "\"messages\": 0")
        // The limit of the account.
        .prints_part(
            &format!(
                "for i in $(seq 13); do {}; done",
                bus(
                    "shop:secret@localhost",
                    "request one \"$(head --bytes=100000 /dev/zero | tr '\\0' x)\"",
                )
            ),
            "resource limits exceeded for account",
        )
        .succeeds("test $(stat --format %U /proc/$(cat /run/message-bus/nats.pid)) = message-bus")
        .fails("grep --recursive --silent pass.word /etc/systemd /proc/$(cat /run/message-bus/nats.pid)/cmdline")
        .succeeds("systemd-analyze security --threshold=30 message-bus.service");
}

fn secrets(cfg: &Expr<MessageBus>, tests: &mut Tests) {
    let tls = attrs! { "certificate": "/run/tests.crt", "key": "/run/tests.key" };
    tests
        .it("speaks TLS, and nothing else then")
        .package("python3")
        .file("/run/tests.crt", TEST_CERTIFICATE)
        .secret_file("/run/tests.key", TEST_KEY)
        .set(cfg.tls(), tls)
        .set(cfg.users().at("shop").password(), attrs! { "hash": HASH })
        .write("/etc/bus.py", CLIENT)
        .wait_for_port(4222)
        .succeeds(&bus("--ca /run/tests.crt shop:secret@localhost", "publish orders.1 x"))
        .fails(&bus("--ca /run/tests.crt shop:wrong@localhost", "publish orders.1 x"))
        .fails(&bus("shop:secret@localhost", "publish orders.1 x"));

    tests
        .it("does not start with a password that is none")
        .package("python3")
        .secret_file("/run/empty", "\n")
        .set(cfg.users().at("shop").password(), attrs! { "file": "/run/empty" })
        .eventually("journalctl --unit=message-bus | grep 'shop.password does not hold one line'")
        .fails("systemctl is-active message-bus");
}

fn streams(cfg: &Expr<MessageBus>, tests: &mut Tests) {
    let user = "shop:secret@localhost";
    let write = |from: u32, to: u32| {
        format!(
            "timeout 100 {} >>/root/acknowledged",
            bus(user, &format!("write orders {from} {to}"))
        )
    };
    let check = bus(user, "check orders /root/acknowledged");
    let kill = "systemctl kill --signal=KILL message-bus";
    tests
        .it("keeps what it has acknowledged, restarted or killed")
        .package("python3")
        .set(cfg.users().at("shop").password(), attrs! { "hash": HASH })
        .write("/etc/bus.py", CLIENT)
        .wait_for_port(4222)
        .succeeds(&bus(user, &stream("orders", 1)))
        .succeeds(&write(1, 20))
        .restart("message-bus")
        .wait_for_port(4222)
        .prints(&check, "20")
        // Killed in the middle of it.
        .succeeds(&format!("({}; touch /run/written) >/dev/null 2>&1 &", write(21, 60)))
        .eventually("test $(wc --lines </root/acknowledged) -ge 25")
        .succeeds(kill)
        .wait_for_file("/run/written")
        .succeeds(kill)
        .eventually(&format!("{check} | grep '^60$'"))
        .reboot()
        .wait_for_port(4222)
        .prints(&check, "60");

    tests
        .it("keeps its streams when it is given other settings")
        .package("python3")
        .set(cfg.users().at("shop").password(), attrs! { "hash": HASH })
        .write("/etc/bus.py", CLIENT)
        .wait_for_port(4222)
        .succeeds(&bus(user, &stream("orders", 1)))
        .succeeds(&write(1, 20))
        .switch(|to| {
            to.set(cfg.port(), 4223)
                .set(cfg.users().at("report").password(), attrs! { "hash": HASH })
        })
        .wait_for_port(4223)
        .fails("bash -c '</dev/tcp/127.0.0.1/4222'")
        .prints(&bus("shop:secret@localhost:4223", "check orders /root/acknowledged"), "20")
        .succeeds(&bus("report:secret@localhost:4223", &stream("reports", 1)))
        // Whom no settings name any more does not come in.
        .switch(|to| to)
        .wait_for_port(4222)
        .fails(&bus("report:secret@localhost", "api INFO"))
        .prints(&check, "20");

    tests
        .it("keeps what it has acknowledged when the power is cut")
        .package("python3")
        .set(cfg.users().at("shop").password(), attrs! { "hash": HASH })
        .set(cfg.jetstream().store_folder(), "/var/bus")
        .write("/etc/bus.py", CLIENT)
        .wait_for_port(4222)
        .succeeds(&bus(user, &stream("orders", 1)))
        // So that nothing but the messages is still to be written.
        .succeeds("sync")
        .succeeds(&write(1, 20))
        .succeeds("sync /root/acknowledged")
        .crash()
        .wait_for_port(4222)
        .prints(&check, "20");
}

fn refusals(cfg: &Expr<MessageBus>, tests: &mut Tests) {
    let user = cfg.users().at("shop");
    tests.it_refuses("a bus for nobody").because("nobody may use the bus");
    tests
        .it_refuses("users beside an open door")
        .set(cfg.anonymous(), true)
        .set(user.password(), attrs! { "hash": HASH })
        .because("nobody is anonymous");
    tests
        .it_refuses("a user without a password")
        .set(user.publish(), ["orders"])
        .because("password");
    tests
        .it_refuses("a password in the open")
        .set(user.password(), attrs! { "hash": "secret" })
        .because("no bcrypt hash");
    tests
        .it_refuses("an account that is not there")
        .set(user.password(), attrs! { "hash": HASH })
        .set(user.account(), "shop")
        .because("an account that is not there");
    tests
        .it_refuses("a name that would be more than one")
        .set(cfg.users().at("a b").password(), attrs! { "hash": HASH })
        .because("name");
    tests
        .it_refuses("a password file that everyone can read")
        .set(
            user.password(),
            attrs! { "file": "/nix/store/00000000000000000000000000000000-password" },
        )
        .because("password");
    tests
        .it_refuses("a cluster that anyone could join")
        .set(cfg.anonymous(), true)
        .set(cfg.cluster().value().routes(), ["a:6222"])
        .because("anyone could join");
    tests
        .it_refuses("certificates of clients that nobody checks")
        .set(cfg.anonymous(), true)
        .set(cfg.tls(), attrs! { "certificate": "/run/a", "key": "/run/b", "verifyClients": true })
        .because("authority");
    tests
        .it_refuses("one port for two things")
        .set(cfg.anonymous(), true)
        .set(cfg.monitor_port(), 4222)
        .because("differ");
}
