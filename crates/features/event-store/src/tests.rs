//! Tests: who may do what, and that what was acknowledged is there.

use domi::Machines;
use domi::prelude::*;
use domi::{TEST_CERTIFICATE, TEST_KEY};

use self::client::{COUNT, UNIT, WaitForStore as _, append, append_many, by, refused, user};
use crate::options::*;

mod client;

pub(crate) fn all(cfg: &Expr<EventStore>, tests: &mut Tests) {
    access(cfg, tests);
    order(cfg, tests);
    crashes(cfg, tests);
    models(cfg, tests);
    archive(cfg, tests);
    backup(cfg, tests);
    network(cfg, tests);
    refusals(cfg, tests);
}

/// A machine with someone who appends and someone who reads.
fn store<'a>(cfg: &Expr<EventStore>, tests: &'a mut Tests, does: &str) -> Machines<'a> {
    let (shop, report) = (cfg.roles().at("shop"), cfg.roles().at("report"));
    tests
        .it(does)
        .package("postgresql")
        .secret_file("/run/secrets/shop", "it's a \"pass\\word\"\n")
        .secret_file("/run/secrets/report", "another\n")
        .set(shop.access(), [Access::Append])
        .set(shop.password_file(), "/run/secrets/shop")
        .set(report.password_file(), "/run/secrets/report")
}

fn access(cfg: &Expr<EventStore>, tests: &mut Tests) {
    let change = "update events.event set type = 'other'";
    let machines = store(cfg, tests, "appends for some, reads for others, and changes for nobody")
        .set(cfg.roles().at("nobody").access(), [Access::Read])
        .wait_for_store()
        .eventually("journalctl --unit=event-store | grep 'first initialisation'")
        .prints(
            "stat -c '%U %a' /var/lib/event-store /var/lib/event-store/cluster",
            "event-store 700\nevent-store 700",
        )
        // A cluster that the distribution may have made does not run.
        .fails("ls /run/postgresql/.s.PGSQL.*")
        .succeeds("systemd-analyze security --no-pager --threshold=20 event-store.service")
        .prints(&by("shop", &append("a", "0", 5)), "1")
        .prints_part(
            &refused(&by("shop", &append("a", "0", 5))),
            "stream \"a\" is at version 1, and 0 was expected",
        )
        .prints(&by("shop", &append("a", "1", 7)), "2")
        .prints(&by("shop", &append("b", "null", 1)), "3")
        .prints(&by("shop", "select events.stream_version('a')"), "2")
        .prints(
            &by("report", "select position, stream, version, type, data from events.read(1)"),
            "2|a|2|added|{\"amount\": 7}\n3|b|1|added|{\"amount\": 1}",
        )
        .prints(&user("nobody", "select position from events.read_stream('a', 1)"), "2")
        // Who appends does not read, and the other way round.
        .prints_part(&refused(&by("shop", "select events.read(0)")), "permission denied")
        .prints_part(&refused(&by("report", &append("a", "2", 1))), "permission denied")
        .prints_part(&refused(&by("shop", "insert into events.head values (false, 9)")), "denied")
        .fails(&by("report", "select 1").replace("$(cat /run/secrets/report)", "wrong"))
        .fails(&user("nobody", "select 1").replace("psql", "psql -U report -w"))
        .fails(&user("nobody", "select 1").replace("psql", "psql -U event-store"));
    let mut machines = machines;
    for role in ["shop", "report"] {
        for sql in [change, "delete from events.event", "truncate events.event"] {
            machines = machines.prints_part(&refused(&by(role, sql)), "permission denied");
        }
    }
    for sql in [change, "delete from events.event where position = 1", "truncate events.event"] {
        machines = machines.prints_part(&refused(&user("event-store", sql)), "is refused");
    }
    machines
        .prints(&by("report", COUNT), "3|3|2")
        // Whatever a client sets: an event is acknowledged when it is on the disk.
        .prints(
            &by(
                "shop",
                &format!(
                    "set synchronous_commit = off; begin; {}; show synchronous_commit; rollback",
                    append("a", "2", 1),
                ),
            ),
            "4\non",
        )
        .fails("bash -c '</dev/tcp/127.0.0.1/5432'");
}

fn order(cfg: &Expr<EventStore>, tests: &mut Tests) {
    store(cfg, tests, "puts two writers in one order, so that no reader skips an event")
        .write("/run/order.sh", include_str!("tests/order.sh"))
        .wait_for_store()
        .prints(
            "bash /run/order.sh",
            "the first has 1\n\
             meanwhile there is nothing\n\
             the second has 2\n\
             then there is 1 first, 2 second\n\
             behind 2 there is 3 third",
        );
}

fn crashes(cfg: &Expr<EventStore>, tests: &mut Tests) {
    store(cfg, tests, "keeps what it has acknowledged when it is killed, and over a restart")
        .wait_for_store()
        .prints(&format!("{} | wc --lines", append_many(1, 20)), "20")
        .succeeds("systemctl kill --signal=KILL event-store")
        .eventually(&format!("{} | grep --line-regexp '20|20|20'", by("report", COUNT)))
        .wait_for_unit(UNIT)
        .prints(&format!("{} | wc --lines", append_many(21, 25)), "5")
        .restart(UNIT)
        .prints(&by("report", COUNT), "25|25|25")
        // There was one first initialisation.
        .prints("journalctl --unit=event-store | grep --count 'first initialisation'", "1")
        .succeeds("echo >/run/secrets/report")
        .fails("systemctl restart event-store")
        .eventually(
            "journalctl --unit=event-store | grep 'passwordFile of role \"report\" is empty'",
        )
        .fails(&by("shop", "select 1"));

    store(cfg, tests, "keeps its events when it is given other settings")
        .wait_for_store()
        .prints(&format!("{} | wc --lines", append_many(1, 5)), "5")
        .switch(|to| {
            to.set(cfg.max_connections(), 30).set(cfg.roles().at("nobody").access(), [Access::Read])
        })
        .wait_for_store()
        .prints(&by("report", COUNT), "5|5|5")
        .prints(&by("report", "show max_connections"), "30")
        .prints(&user("nobody", COUNT), "5|5|5")
        .prints(&format!("{} | wc --lines", append_many(6, 7)), "2")
        // Whom no settings name any more does not come in.
        .switch(|to| to)
        .wait_for_store()
        .prints_part(&refused(&user("nobody", COUNT)), "FATAL")
        .prints(&by("report", COUNT), "7|7|7");

    store(cfg, tests, "keeps what it has acknowledged when the power is cut")
        .wait_for_store()
        // So that nothing but the events is still to be written.
        .succeeds("sync")
        .prints(&format!("{} | wc --lines", append_many(1, 20)), "20")
        .crash()
        .wait_for_store()
        .prints(&user("event-store", COUNT), "20|20|20");
}

fn models(cfg: &Expr<EventStore>, tests: &mut Tests) {
    let balances = cfg.read_models().at("balances");
    let shown = "select string_agg(account || ' ' || amount, ', ' order by account) from \
                 balances.balance";
    let refresh = format!("select read_models.refresh('balances'); {shown}");
    let rebuild = format!("select read_models.rebuild('balances'); {shown}");
    store(cfg, tests, "throws a read model away, and makes it again from the log")
        .set(
            balances.tables(),
            "create table balance (account text primary key, amount bigint not null);",
        )
        .set(
            balances.apply(),
            "insert into balance as b values (event.stream, (event.data ->> 'amount')::bigint)\n\
             on conflict (account) do update set amount = b.amount + excluded.amount;",
        )
        .wait_for_store()
        .succeeds(&by("shop", &append("a", "0", 5)))
        .succeeds(&by("shop", &append("b", "0", 1)))
        .prints(&by("report", &refresh), "2\na 5, b 1")
        .succeeds(&by("shop", &append("a", "1", 7)))
        .prints(&by("report", &refresh), "3\na 12, b 1")
        // Each event counts once.
        .prints(&by("report", &refresh), "3\na 12, b 1")
        .succeeds(&user("event-store", "update balances.balance set amount = 0"))
        .prints(&format!("{} 2>/dev/null", by("report", &rebuild)), "3\na 12, b 1")
        .succeeds(&user("event-store", "drop schema balances cascade"))
        .prints(&format!("{} 2>/dev/null", by("report", &rebuild)), "3\na 12, b 1")
        .restart(UNIT)
        .prints(&by("report", shown), "a 12, b 1")
        .prints_part(&refused(&by("report", "delete from balances.balance")), "denied");
}

fn archive(cfg: &Expr<EventStore>, tests: &mut Tests) {
    store(cfg, tests, "archives old events before it removes them, and says so to readers")
        .set(cfg.retention(), attrs! { "keepDays": 0, "folder": "/srv/archive" })
        .wait_for_store()
        .prints(&format!("{} | wc --lines", append_many(1, 3)), "3")
        // Nothing goes without a file that has it.
        .prints_part(
            &refused(&user("event-store", "select events.discard(1, 3, 'x', 'y')")),
            "none is removed",
        )
        .prints(&by("report", COUNT), "3|3|3")
        // Nothing is left for a file that cannot be written.
        .succeeds("mkdir /srv/archive/1-3.jsonl.new")
        .fails("systemctl start event-store-archive")
        .prints(&by("report", COUNT), "3|3|3")
        .succeeds("rmdir /srv/archive/1-3.jsonl.new")
        .start("event-store-archive.service")
        .prints("wc --lines </srv/archive/1-3.jsonl", "3")
        .prints_part("head --lines=1 /srv/archive/1-3.jsonl", "{\"position\" : 1,")
        .prints_part(
            &refused(&by("report", COUNT)),
            "events up to position 3 are archived, and 1 was asked for",
        )
        .prints(
            &by("report", "select first, last, file from events.archive"),
            "1|3|/srv/archive/1-3.jsonl",
        )
        .succeeds(&format!(
            "test $({}) = $(sha256sum </srv/archive/1-3.jsonl | head --bytes=64)",
            by("report", "select digest from events.archive"),
        ))
        // Streams and positions continue where they were.
        .prints_part(&refused(&by("shop", &append("many", "0", 1))), "is at version 3")
        .prints(&by("shop", &append("many", "3", 1)), "4")
        .prints(&by("report", "select position, version from events.read(3)"), "4|4")
        .prints_part(&refused(&user("event-store", "delete from events.event")), "is refused")
        .start("event-store-archive.service")
        .prints("ls /srv/archive", "1-3.jsonl\n4-4.jsonl")
        .succeeds("systemd-analyze security --no-pager --threshold=20 event-store-archive.service");
}

fn backup(cfg: &Expr<EventStore>, tests: &mut Tests) {
    let said = |what: &str| format!("journalctl --unit='event-store-restore@*' | grep '{what}'");
    let restore = "systemctl start event-store-restore@latest.service";
    store(cfg, tests, "is restored from a backup after its cluster was destroyed")
        .set(cfg.backup(), attrs! { "folder": "/srv/backup", "keep": 1 })
        .wait_for_store()
        .succeeds("test ! -e /srv/backup/*.dump")
        .fails(restore)
        .eventually(&said("there is no backup in"))
        .prints(&format!("{} | wc --lines", append_many(1, 3)), "3")
        .succeeds("touch /srv/backup/20200101T000000Z.dump")
        .start("event-store-backup.service")
        // The oldest one went, as one is kept.
        .prints("ls /srv/backup | grep --count --invert-match 20200101", "1")
        .fails("test -e /srv/backup/20200101T000000Z.dump")
        .prints("stat -c '%U %a' /srv/backup", "event-store 700")
        // What is there is not replaced.
        .fails(restore)
        .eventually(&said("a restore would lose"))
        .prints(&by("report", COUNT), "3|3|3")
        .stop(UNIT)
        .succeeds("rm --recursive /var/lib/event-store/*")
        .start(UNIT)
        .prints(&by("report", COUNT), "0||")
        .succeeds(restore)
        .prints(&by("report", COUNT), "3|3|3")
        .prints_part(&refused(&by("shop", &append("many", "0", 1))), "is at version 3")
        .prints(&by("shop", &append("many", "3", 1)), "4")
        .prints_part(&refused(&user("event-store", "truncate events.event")), "is refused")
        .prints_part(&refused(&by("report", &append("many", "4", 1))), "permission denied")
        .restart(UNIT)
        .prints(&by("report", COUNT), "4|4|4");
}

fn network(cfg: &Expr<EventStore>, tests: &mut Tests) {
    let (shop, report) = (cfg.roles().at("shop"), cfg.roles().at("report"));
    let ask = |role: &str, password: &str, more: &str| {
        format!(
            "PGPASSWORD={password} psql -X -q -A -t -w -c 'select ssl from pg_stat_ssl where pid = \
             pg_backend_pid()' 'host=store user={role} dbname=events connect_timeout=5 {more}'"
        )
    };
    let checked = "sslmode=verify-full sslrootcert=/run/store.crt";
    tests
        .it("lets other machines in with TLS and a password")
        .machine("store")
        .file("/run/tests.crt", TEST_CERTIFICATE)
        .secret_file("/run/tests.key", TEST_KEY)
        .secret_file("/run/secrets/shop", "secret\n")
        .set(shop.access(), [Access::Append, Access::Read])
        .set(shop.password_file(), "/run/secrets/shop")
        .set(report.access(), [Access::Read])
        .set(cfg.listen_addresses(), ["*"])
        .set(cfg.open_firewall(), true)
        .set(cfg.tls(), attrs! { "certificate": "/run/tests.crt", "key": "/run/tests.key" })
        .machine("client")
        .without_feature()
        .package("postgresql")
        .file("/run/store.crt", TEST_CERTIFICATE)
        .on("store")
        .wait_for_store()
        .on("client")
        .prints(&ask("shop", "secret", checked), "t")
        .prints_part(&refused(&ask("shop", "wrong", checked)), "password authentication failed")
        .prints_part(&refused(&ask("shop", "secret", "sslmode=disable")), "no encryption")
        // A role without a password, and the administrator.
        .prints_part(&refused(&ask("report", "secret", checked)), "no pg_hba.conf entry")
        .prints_part(&refused(&ask("event-store", "secret", checked)), "no pg_hba.conf entry");
}

fn refusals(cfg: &Expr<EventStore>, tests: &mut Tests) {
    tests
        .it_refuses("events that go over the network in the clear")
        .set(cfg.listen_addresses(), ["*"])
        .set(cfg.open_firewall(), true)
        .because("in the clear");
    tests
        .it_refuses("an open firewall before nobody")
        .set(cfg.open_firewall(), true)
        .set(cfg.tls(), attrs! { "certificate": "/run/a", "key": "/run/b" })
        .because("listens to this machine alone");
    tests
        .it_refuses("a setting that what is promised rests on")
        .set(cfg.settings().at("FSYNC"), false)
        .because("decides");
    tests
        .it_refuses("a role that the feature has itself")
        .set(cfg.roles().at("event_owner").access(), [Access::Append])
        .because("a role has a name");
    tests
        .it_refuses("a role whose name would be more than one")
        .set(cfg.roles().at("a b").access(), [Access::Append])
        .because("name");
    tests
        .it_refuses("a password that everyone can read")
        .set(
            cfg.roles().at("shop").password_file(),
            "/nix/store/00000000000000000000000000000000-password",
        )
        .because("passwordFile");
    tests
        .it_refuses("a read model of a log without its beginning")
        .set(cfg.retention(), attrs! { "keepDays": 30, "folder": "/srv/archive" })
        .set(cfg.read_models(), attrs! { "seen": { "tables": "", "apply": "" } })
        .because("the whole log");
    tests
        .it_refuses("a read model in the place of the log")
        .set(cfg.read_models(), attrs! { "events": { "tables": "", "apply": "" } })
        .because("a schema that is there already");
    tests
        .it_refuses("backups in a folder that is everybody's")
        .set(cfg.backup(), attrs! { "folder": "/" })
        .because("would belong");
    tests
        .it_refuses("to keep no backup")
        .set(cfg.backup(), attrs! { "folder": "/srv/backup", "keep": 0 })
        .because("keep");
    tests.it_refuses("a port that it has no right to").set(cfg.port(), 79).because("below 1024");
}
