//! Settings that are refused before anything starts.

use domi::prelude::*;

use crate::options::*;

pub(super) fn all(cfg: &Expr<Metrics>, tests: &mut Tests) {
    parts(cfg, tests);
    jobs(cfg, tests);
    alerts(cfg, tests);
}

fn parts(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let (server, exporter, part) = (cfg.server(), cfg.exporter(), cfg.alertmanager());
    tests
        .it_refuses("to do nothing")
        .set(server.enable(), false)
        .set(exporter.enable(), false)
        .because("no part is enabled");
    tests
        .it_refuses("to show everyone all figures")
        .set(server.open_firewall(), true)
        .because("server.webConfigFile");
    tests
        .it_refuses("to let everyone silence alerts")
        .set(part.enable(), true)
        .set(part.open_firewall(), true)
        .because("alertmanager.webConfigFile");
    tests.it_refuses("one port for two parts").set(exporter.port(), 9090).because("the same port");
    tests
        .it_refuses("a port that it has no right to")
        .set(exporter.port(), 80)
        .because("below 1024");
    tests
        .it_refuses("a collector that is on and off")
        .set(exporter.collectors(), ["wifi"])
        .set(exporter.disabled_collectors(), ["wifi"])
        .because("disabledCollectors");
    tests.it_refuses("a name to listen on").set(exporter.listen_address(), "localhost");
}

fn jobs(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let server = cfg.server();
    let shop = server.jobs().at("shop");
    tests.it_refuses("a target without a port").set(shop.targets(), ["web1"]).because("targets");
    tests.it_refuses("a job that reads nothing").set(shop.path(), "/").because("has no `targets`");
    tests
        .it_refuses("an interval that is none")
        .set(shop.targets(), ["web1:80"])
        .set(shop.interval(), "0s")
        .because("interval");
    tests
        .it_refuses("a job that would hide the machine's own")
        .set(server.jobs().at("self").targets(), ["web1:80"])
        .because("called `self`");
    tests
        .it_refuses("a password that everyone can read")
        .set(shop.targets(), ["web1:80"])
        .set(shop.token_file(), "/nix/store/00000000000000000000000000000000-token")
        .because("tokenFile");
    tests
        .it_refuses("settings that another option decides")
        .set(server.settings().at("scrape_configs"), attrs! {})
        .because("decide");
}

fn alerts(cfg: &Expr<Metrics>, tests: &mut Tests) {
    let part = cfg.alertmanager();
    tests
        .it_refuses("an alert without an expression")
        .set(cfg.server().alerts().at("Down").hold(), "1m")
        .because("expression");
    tests
        .it_refuses("a record whose name is none")
        .set(cfg.server().records().at("up-sum").expression(), "sum(up)")
        .because("name");
    tests
        .it_refuses("a route to nobody")
        .set(part.enable(), true)
        .set(part.route().receiver(), "chat")
        .because("`route.receiver` is not there");
    tests
        .it_refuses("routes to nobody")
        .set(part.enable(), true)
        .set(part.route().routes(), [attrs! { "receiver": "chat", "matchers": ["a=\"b\""] }])
        .because("one of `routes`");
}
