//! A web site with all around it: what serves it, what notices that it is down, and copies of it.

mod neighbours;
mod options;
mod probe;
mod tests;

use domi::prelude::*;

use neighbours::*;
use options::*;

impl Feature for Site {
    fn software() -> Vec<Software> {
        vec![Software::new("curl")]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        rules.requires("web-gateway");
        rules.wants("metrics");
        rules.requires("backup").when(cfg.backup().is_set());
        let names = cfg.aliases().filter(|alias| alias.eq(cfg.domain()));
        rules.assert(names.is_empty(), "`domain` stands in `aliases`, too");
        rules.warn(
            cfg.open_firewall().and(!cfg.tls().is_set()),
            "other machines reach the site without TLS: what is sent can be read and changed on its way",
        );
        rules.warn(
            cfg.tls().is_set().and(!cfg.open_firewall()),
            "the site has a certificate, and no other machine reaches it: see `openFirewall`",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        gateway(cfg, system);
        probe::all(cfg, system);
        copies(cfg, system);
        system
            .nixos("networking.hosts.\"127.0.0.1\"")
            .set([cfg.domain()].into_expr().concat(cfg.aliases()))
            .when(cfg.known_here());
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

/// The site in the gateway.
fn gateway(cfg: &Expr<Site>, system: &mut System) {
    let mut gateway = system.neighbour::<Gateway>();
    let is_server = cfg.content().cases(|_| false.into_expr(), |_| true.into_expr());
    let serve: Expr<Serve> = cfg.content().cases(
        |folder| attrs! { "files": folder }.into_expr(),
        |_| attrs! { "upstream": "site" }.into_expr(),
    );
    let address = cfg.content().cases(|_| "127.0.0.1:80".into_expr(), |address| address);
    gateway.set(|it| it.virtual_hosts().at("site").server_name(), cfg.domain());
    gateway.set(|it| it.virtual_hosts().at("site").aliases(), cfg.aliases());
    gateway.set(|it| it.virtual_hosts().at("site").locations().at("/").serve(), serve);
    gateway
        .set(|it| it.upstreams().at("site").servers(), [attrs! { "address": address }])
        .when(is_server);
    let tls = || cfg.tls().is_set();
    gateway.set(|it| it.virtual_hosts().at("site").tls(), cfg.tls()).when(tls());
    // Whoever has a certificate is not served without it, whatever another module says.
    gateway
        .set(|it| it.virtual_hosts().at("site").without_tls(), WithoutTls::Redirect)
        .forced()
        .when(tls());
    gateway
        .set(|it| it.virtual_hosts().at("site").strict_transport_security(), 31_536_000)
        .by_default()
        .when(tls());
    gateway
        .set(|it| it.virtual_hosts().at("site").headers().at("X-Content-Type-Options"), "nosniff")
        .by_default();
    gateway.set(GatewayOptions::open_firewall, true).when(cfg.open_firewall());
}

/// Its folders among what the machine saves.
fn copies(cfg: &Expr<Site>, system: &mut System) {
    let mut copies = system.neighbour::<Copies>();
    copies
        .set(|it| it.save().value().folders(), cfg.backup().value().folders())
        .when(cfg.backup().is_set());
}

domi::main!(Site);
