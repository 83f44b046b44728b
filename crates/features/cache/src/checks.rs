//! What the cache is seen to do.

use domi::prelude::*;

use crate::options::{Cache, CacheOptions as _, Persistence, Policy};

/// A password with all that a quoted word has to cope with.
const PASSWORD: &str = "a \"quoted\" \\ #word";

/// The same as an argument.
const AUTH: &str = "--no-auth-warning -a 'a \"quoted\" \\ #word'";

pub(crate) fn all(cfg: &Expr<Cache>, tests: &mut Tests) {
    serves(cfg, tests);
    forgets(cfg, tests);
    keeps(cfg, tests);
    refuses(cfg, tests);
}

fn serves(cfg: &Expr<Cache>, tests: &mut Tests) {
    tests
        .it("gives values back until they expire")
        .package("valkey")
        .wait_for_port(6379)
        .prints("valkey-cli set greeting hello", "OK")
        .prints("valkey-cli get greeting", "hello")
        .prints("valkey-cli -s /run/cache/valkey.sock get greeting", "hello")
        .prints("valkey-cli set short-lived x px 200", "OK")
        .eventually("test \"$(valkey-cli exists short-lived)\" = 0")
        .prints("valkey-cli exists greeting", "1");

    tests
        .it("runs confined, as a user of its own")
        .wait_for_unit("cache.service")
        .succeeds("systemd-analyze security --no-pager --threshold=20 cache.service")
        .prints(
            "stat -c '%U %G' \"/proc/$(systemctl show -P MainPID cache.service)\"",
            "cache cache",
        )
        .prints("stat -c '%U %a' /var/lib/cache /run/cache", "cache 700\ncache 750")
        .fails("setpriv --reuid=nobody --clear-groups test -w /run/cache/valkey.sock");

    tests
        .it("asks for the password, whatever is in it")
        .package("valkey")
        .secret_file("/run/secrets/cache", PASSWORD)
        .set(cfg.password_file(), "/run/secrets/cache")
        .wait_for_port(6379)
        .prints_part("valkey-cli ping", "NOAUTH")
        .prints_part("valkey-cli -s /run/cache/valkey.sock ping", "NOAUTH")
        .prints_part("valkey-cli --no-auth-warning -a wrong ping 2>&1", "WRONGPASS")
        .prints(&format!("valkey-cli {AUTH} ping"), "PONG")
        .prints("stat -c '%U %a' /run/cache/password.conf", "cache 600")
        .succeeds("echo > /run/secrets/cache")
        .fails("systemctl restart cache.service")
        .prints_part("journalctl --unit cache.service", "the first line of passwordFile is empty")
        .fails("valkey-cli ping");

    tests
        .it("is reached by other machines only through an open firewall")
        .machine("open")
        .secret_file("/run/secrets/cache", PASSWORD)
        .set(cfg.password_file(), "/run/secrets/cache")
        .set(cfg.bind(), ["*"])
        .set(cfg.open_firewall(), true)
        .machine("closed")
        .secret_file("/run/secrets/cache", PASSWORD)
        .set(cfg.password_file(), "/run/secrets/cache")
        .set(cfg.bind(), ["*"])
        .machine("client")
        .without_feature()
        .package("valkey")
        .on("closed")
        .wait_for_port(6379)
        .on("open")
        .wait_for_port(6379)
        .on("client")
        .prints_part("valkey-cli -h open ping", "NOAUTH")
        .prints(&format!("valkey-cli -h open {AUTH} ping"), "PONG")
        .fails(&format!("timeout 2 valkey-cli -h closed {AUTH} ping"));

    tests
        .it("takes settings that it knows nothing of")
        .package("valkey")
        .set(cfg.settings().at("databases"), 4)
        .set(cfg.settings().at("activerehashing"), false)
        .set(cfg.settings().at("client-output-buffer-limit"), limits())
        .wait_for_port(6379)
        .prints("valkey-cli config get databases", "databases\n4")
        .prints("valkey-cli config get activerehashing", "activerehashing\nno")
        .prints_part(
            "valkey-cli config get client-output-buffer-limit",
            "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 524288 30",
        );
}

/// Two lines of one setting.
fn limits() -> Anything {
    let lines = ["normal 0 0 0", "pubsub 1mb 512kb 30"];
    Anything(lines.into_iter().map(domi::model::Value::from).collect())
}

fn forgets(cfg: &Expr<Cache>, tests: &mut Tests) {
    let write =
        |name: &str, bytes: u32| format!("head -c {bytes} /dev/zero | valkey-cli -x set {name}");
    // A value is there twice while it is written, as Valkey reads it and as it keeps it.
    tests
        .it("throws out what was not used for long when the memory is full")
        .package("valkey")
        .set(cfg.max_memory(), 6)
        .wait_for_port(6379)
        .prints(&write("first", 1_000_000), "OK")
        .prints(&write("second", 1_000_000), "OK")
        .prints(&write("third", 1_000_000), "OK")
        .prints(&write("fourth", 1_000_000), "OK")
        .succeeds("sleep 2")
        .prints("valkey-cli touch first", "1")
        .prints(&write("fifth", 1_000_000), "OK")
        .succeeds("valkey-cli info stats | grep '^evicted_keys:[1-9]'")
        .prints("valkey-cli exists first", "1")
        .prints("valkey-cli exists fifth", "1");

    tests
        .it("writes nothing more when the memory is full and nothing may go")
        .package("valkey")
        .set(cfg.max_memory(), 8)
        .set(cfg.eviction_policy(), Policy::Noeviction)
        .wait_for_port(6379)
        .prints(&write("first", 3_000_000), "OK")
        .prints_part(&write("second", 3_000_000), "OOM command not allowed")
        .prints("valkey-cli exists first", "1")
        .prints("valkey-cli exists second", "0");

    tests
        .it("keeps nothing when it is told so")
        .package("valkey")
        .set(cfg.persistence(), Persistence::None)
        .wait_for_port(6379)
        .prints("valkey-cli set greeting hello", "OK")
        .restart("cache.service")
        .prints("valkey-cli exists greeting", "0")
        .prints("ls -A /var/lib/cache", "");
}

fn keeps(cfg: &Expr<Cache>, tests: &mut Tests) {
    tests
        .it("keeps its values over a restart, of the machine too")
        .package("valkey")
        .wait_for_port(6379)
        .prints("valkey-cli set greeting hello", "OK")
        .restart("cache.service")
        .prints("valkey-cli get greeting", "hello")
        .prints("valkey-cli set greeting again", "OK")
        .reboot()
        .wait_for_port(6379)
        .prints("valkey-cli get greeting", "again");

    let process = "systemctl show --property=MainPID cache.service";
    tests
        .it("keeps its values when a setting changes, and restarts only then")
        .package("valkey")
        .wait_for_port(6379)
        .prints("valkey-cli set greeting hello", "OK")
        .succeeds(&format!("{process} >/run/before"))
        .switch(|to| to)
        .succeeds(&format!("{process} | cmp - /run/before"))
        .switch(|to| to.set(cfg.max_memory(), 64).set(cfg.port(), 6380))
        .wait_for_port(6380)
        .fails(&format!("{process} | cmp - /run/before"))
        .prints("valkey-cli -p 6380 config get maxmemory", "maxmemory\n67108864")
        .prints("valkey-cli -p 6380 get greeting", "hello");

    tests
        .it("starts again when it is killed, with all that it has acknowledged")
        .package("valkey")
        .set(cfg.persistence(), Persistence::Log)
        .wait_for_port(6379)
        .prints("valkey-cli set greeting hello", "OK")
        .succeeds("systemctl kill --signal=KILL cache.service")
        .eventually("valkey-cli get greeting | grep -x hello");

    tests
        .it("keeps what it has acknowledged when the power is cut")
        .package("valkey")
        .set(cfg.persistence(), Persistence::EveryWrite)
        .wait_for_port(6379)
        .succeeds("for n in $(seq 50); do valkey-cli incr counter; done")
        .crash()
        .wait_for_port(6379)
        .prints("valkey-cli get counter", "50");
}

fn refuses(cfg: &Expr<Cache>, tests: &mut Tests) {
    tests
        .it_refuses("a password that everyone can read")
        .set(cfg.settings().at("requirepass"), "secret")
        .because("passwordFile");
    tests
        .it_refuses("a setting that an option decides, however it is written")
        .set(cfg.settings().at("MaxMemory"), "1gb")
        .because("decides");
    tests
        .it_refuses("to be open to everyone")
        .set(cfg.open_firewall(), true)
        .because("everyone could read and write");
    tests.it_refuses("a port that it has no right to").set(cfg.port(), 79).because("below 1024");
    tests
        .it_refuses("a secret in the store")
        .set(cfg.password_file(), "/nix/store/00000000000000000000000000000000-password");
    tests
        .it_refuses("a setting of two lines")
        .set(cfg.settings().at("loglevel"), "debug\nrequirepass x")
        .because("loglevel");
    tests.it_refuses("a null among settings").set(cfg.settings().at("databases"), None::<i64>);
    tests.it_refuses("memory for nothing").set(cfg.max_memory(), 0);
}
