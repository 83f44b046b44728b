//! What the program does on a machine, and the services that wait by it.

use domi::prelude::*;

use crate::options::*;

/// A unit that somebody has beside the feature.
const SHOP: &str = "\
[Service]
Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin
ExecStart=/bin/sh -c 'exec sleep 1000'
";

/// Starts somebody who takes connections.
const SERVER: &str = "systemd-run --quiet --unit=server \
                      \"$(command -v python3)\" -m http.server --bind 127.0.0.1 7000";

pub(crate) fn all(cfg: &Expr<DomiTools>, tests: &mut Tests) {
    is_there(tests);
    waits(cfg, tests);
    keeps_back(cfg, tests);
    refuses(cfg, tests);
}

fn is_there(tests: &mut Tests) {
    tests
        .it("waits for units, ports and files, and says what is missing")
        .package("python3")
        .succeeds("domi-wait --unit basic.target --file /etc/os-release")
        .fails("domi-wait --timeout 0 --file /run/late")
        .prints(
            "domi-wait --timeout 1 --unit late.service --tcp 127.0.0.1:7000 --file /run/late \
             --file /etc/os-release 2>&1 || echo $?",
            "domi-wait: after 1 s, not all is there:\n  \
             unit late.service: inactive\n  \
             tcp 127.0.0.1:7000: Connection refused (os error 111)\n  \
             file /run/late: not there\n\
             1",
        )
        .prints_part("domi-wait --tcp 7000 2>&1 || echo $?", "is no host with a port")
        .prints("domi-wait --unit late >/dev/null 2>&1 || echo $?", "2")
        .succeeds("systemd-run --quiet --unit=late --on-active=2 touch /run/late")
        .succeeds(SERVER)
        .prints_match(
            "domi-wait --verbose --tcp 127.0.0.1:7000 --file /run/late --unit server.service",
            "all is there after [0-9.]+ s",
        );
}

fn waits(cfg: &Expr<DomiTools>, tests: &mut Tests) {
    let wait = cfg.waits().at("all");
    tests
        .it("has a service wait, which does nothing else")
        .package("python3")
        .set(wait.files(), ["/run/some where/100 %"])
        .set(wait.units(), ["server.service"])
        .set(wait.ports(), ["localhost:7000"])
        .set(wait.timeout(), 20)
        // Where a boot is over before the first step, it has given up before that.
        .succeeds("systemctl restart --no-block domi-wait-all.service")
        .fails("systemctl is-active domi-wait-all.service")
        .succeeds("mkdir '/run/some where' && touch '/run/some where/100 %'")
        .succeeds(SERVER)
        .wait_for_unit("domi-wait-all.service")
        .succeeds("systemd-analyze security --no-pager --threshold=20 domi-wait-all.service");

    tests
        .it("waits again after a switch to something else")
        .file("/srv/first", "")
        .file("/srv/second", "")
        .set(wait.files(), ["/srv/first"])
        .wait_for_unit("domi-wait-all.service")
        .switch(|to| to.set(wait.files(), ["/srv/second"]))
        .wait_for_unit("domi-wait-all.service")
        .prints_part("systemctl show -P ExecStart domi-wait-all.service", "--file=/srv/second")
        .switch(domi::Switched::without_feature)
        .fails("systemctl cat domi-wait-all.service")
        .fails("domi-wait --version");
}

fn keeps_back(cfg: &Expr<DomiTools>, tests: &mut Tests) {
    let wait = cfg.waits().at("database");
    tests
        .it("keeps a unit from starting before all is there, or when it does not come")
        .set(wait.files(), ["/run/database"])
        .set(wait.timeout(), 2)
        .set(wait.before(), ["shop.service"])
        .succeeds("mkdir -p /run/systemd/system")
        .write("/run/systemd/system/shop.service", SHOP)
        .succeeds("systemctl daemon-reload")
        .fails("systemctl start shop.service")
        .fails("systemctl is-active shop.service")
        .prints_part(
            "journalctl --unit domi-wait-database.service",
            "file /run/database: not there",
        )
        .succeeds("systemctl start --no-block shop.service")
        .fails("systemctl is-active shop.service")
        .succeeds("touch /run/database")
        .wait_for_unit("shop.service");
}

fn refuses(cfg: &Expr<DomiTools>, tests: &mut Tests) {
    let wait = cfg.waits().at("all");
    tests
        .it_refuses("a wait for nothing")
        .set(wait.timeout(), 5)
        .because("nothing is waited for: all");
    tests.it_refuses("a port without a host").set(wait.ports(), ["5432"]).because("waits");
    tests.it_refuses("a unit that is no full name").set(wait.units(), ["shop"]).because("waits");
    tests.it_refuses("a relative file").set(wait.files(), ["run/late"]).because("waits");
    tests
        .it_refuses("more time than a day has")
        .set(wait.files(), ["/run/late"])
        .set(wait.timeout(), 86_401)
        .because("waits");
}
