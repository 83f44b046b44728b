//! Three machines: what one of them has acknowledged, all of them have.

use std::time::Duration;

use domi::prelude::*;

use super::client::{CLIENT, HASH, bus, stream};
use crate::options::*;

const NAMES: [&str; 3] = ["a", "b", "c"];

/// Three machines with a cluster, each of which sees the others.
fn three<'a>(cfg: &Expr<MessageBus>, tests: &'a mut Tests, does: &str) -> domi::Machines<'a> {
    let mut machines = tests.it(does);
    for name in NAMES {
        machines = machines
            .machine(name)
            .package("python3")
            .secret_file("/run/cluster", "a password: \"of\" the\\cluster\n")
            .set(cfg.open_firewall(), true)
            .set(cfg.users().at("shop").password(), attrs! { "hash": HASH })
            .set(
                cfg.cluster(),
                attrs! {
                    "routes": ["a:6222", "b:6222", "c:6222"],
                    "passwordFile": "/run/cluster",
                },
            );
    }
    for name in NAMES {
        machines = machines.on(name).write("/etc/bus.py", CLIENT).wait_for_port(4222);
    }
    let make = bus("shop:secret@localhost", &stream("orders", 3));
    machines.on("a").eventually(&make)
}

/// A machine becomes the leader of the stream. Servers that have only just found each other may be
/// choosing a leader for all streams, and each try leads to one of two.
fn leads<'a>(machines: domi::Machines<'a>, machine: &str) -> domi::Machines<'a> {
    machines
        .on(machine)
        .eventually(&bus("shop:secret@localhost", &format!("lead orders {machine}")))
        .with_limit(Duration::from_secs(180))
}

/// On a machine, everything that another one has written down as acknowledged is in the stream, as
/// this machine has it.
fn all_there<'a>(machines: domi::Machines<'a>, on: &str, number: u32) -> domi::Machines<'a> {
    let check = bus("shop:secret@localhost", "check orders /run/numbers");
    leads(machines, on)
        .succeeds(&format!("seq {number} >/run/numbers"))
        .eventually(&format!("{check} | grep '^{number}$'"))
}

pub(super) fn tests(cfg: &Expr<MessageBus>, tests: &mut Tests) {
    let write = |from: u32, to: u32| {
        let write = bus("shop:secret@localhost", &format!("write orders {from} {to}"));
        format!("timeout 200 {write} >>/run/acknowledged")
    };
    let in_background =
        |command: &str| format!("({command}; touch /run/written) >/dev/null 2>&1 &");

    let machines = three(cfg, tests, "loses nothing when the leader of a stream is killed")
        .on("c")
        .fails("python3 -I /etc/bus.py shop:wrong@a publish orders x");
    let mut machines = leads(machines, "a")
        .on("b")
        .succeeds(&in_background(&write(1, 40)))
        .eventually("test $(wc --lines </run/acknowledged) -ge 5")
        .on("a")
        .succeeds("systemctl kill --signal=KILL message-bus && systemctl stop message-bus")
        .on("b")
        .wait_for_file("/run/written")
        .prints("wc --lines </run/acknowledged", "40")
        .on("a")
        .start("message-bus")
        .wait_for_port(4222);
    for name in NAMES {
        machines = all_there(machines, name, 40);
    }

    let machines = three(cfg, tests, "loses nothing when the leader of a stream is cut off");
    let machines = leads(machines, "a")
        .on("b")
        .succeeds(&write(1, 20))
        .on("a")
        .cut_network()
        // Alone, it acknowledges nothing.
        .succeeds(&format!(
            "(timeout 30 {} >/run/alone) || true; test ! -s /run/alone",
            bus("shop:secret@localhost", "write orders 1000 1000")
        ))
        .on("b")
        .succeeds(&write(21, 40))
        .on("a")
        .heal_network()
        .on("b")
        .succeeds(&write(41, 60))
        .prints("wc --lines </run/acknowledged", "60");
    let machines = all_there(machines, "a", 60);
    all_there(machines, "c", 60);
}
