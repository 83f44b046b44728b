//! What a feature sets and reads of others becomes the manifest that its author means.

use domi::model::{Manifest, Priority, Problem};
use domi::prelude::*;

const CRATE: domi::Crate = domi::Crate {
    name: "wiki",
    version: "1.2.3",
    description: "Pages that many write",
    authors: "",
    folder: "/nowhere",
    cargo_toml: "package.metadata.domi = { kind = 'services' }",
};

/// A wiki.
#[derive(Options)]
struct Wiki {
    /// Whether others may see it.
    #[option(default = false)]
    public: bool,
    /// Its name.
    #[option(default = "wiki.test")]
    domain: String,
    /// Its port.
    #[option(default = 8080)]
    port: Port,
    /// What it is called here.
    name: Option<String>,
    /// Its parts.
    #[option(default = attrs! {})]
    parts: BTreeMap<String, Port>,
}

/// The gateway.
#[derive(Options)]
struct Gateway {
    /// Its sites.
    sites: BTreeMap<String, Site>,
    /// Its port.
    #[option(default = 80)]
    port: Port,
    /// What it is called.
    label: Option<String>,
    /// Lines.
    extra: Lines,
    /// Its certificate.
    tls: Option<Tls>,
}

impl Neighbour for Gateway {
    const NAME: &str = "gateway";
    const KIND: Kind = Kind::Security;
}

/// A site.
#[derive(Options)]
struct Site {
    /// Its name.
    domain: String,
}

/// A certificate.
#[derive(Options)]
struct Tls {
    /// Its file.
    file: SecretFile,
}

type Write = fn(&Expr<Wiki>, &mut System);

std::thread_local! {
    static SYSTEM: std::cell::Cell<Write> = const { std::cell::Cell::new(good) };
}

impl Feature for Wiki {
    fn system(cfg: &Expr<Self>, system: &mut System) {
        SYSTEM.get()(cfg, system);
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests.it("is seen").beside::<Gateway>().set(cfg.public(), true).wait_for_port(80);
    }
}

fn good(cfg: &Expr<Wiki>, system: &mut System) {
    system.when(cfg.public(), |system| {
        let mut gateway = system.neighbour::<Gateway>();
        gateway.set(|it| it.sites().at("wiki").domain(), cfg.domain()).by_default();
        gateway.set(|it| it.tls().value().file(), "/run/wiki.pem").when(cfg.port().ne(0));
        gateway.set(GatewayOptions::extra, "fast").forced();
    });
    let port = neighbour::<Gateway>().read(GatewayOptions::port).or(cfg.port());
    let again = neighbour::<Gateway>().read(GatewayOptions::port).or(1);
    let label = neighbour::<Gateway>().read(GatewayOptions::label).or(None::<String>);
    let label = cfg.name().and_then(|_| label).or("none");
    system.etc("wiki", text!("{port} {again} {label}"));
}

fn written(write: Write) -> (Manifest, Vec<Problem>) {
    SYSTEM.set(write);
    domi::manifest::<Wiki>(&CRATE)
}

#[test]
fn what_is_used_of_another_feature_is_told_with_its_types() {
    let (manifest, problems) = written(good);
    assert_eq!(problems, []);
    let gateway = &manifest.neighbours["gateway"];
    assert_eq!(gateway.kind, Kind::Security);
    let names = |all: &[domi::model::KnownOption]| {
        let each = all.iter().map(|it| format!("{}: {}", it.option, it.ty.described()));
        each.collect::<Vec<_>>()
    };
    assert_eq!(
        names(&gateway.sets),
        [
            "sites.wiki.domain: a string",
            "tls.file: an absolute path outside the Nix store",
            "extra: a string",
        ]
    );
    let reads = ["port: a port (an integer between 0 and 65535)", "label: null, or a string"];
    assert_eq!(names(&gateway.reads), reads);
    let settings = &manifest.system.settings;
    let priorities: Vec<_> = settings.iter().map(|it| it.priority).collect();
    assert_eq!(priorities, [Some(Priority::Default), None, Some(Priority::Force)]);
    let public = serde_json::json!({ "option": ["public"] });
    let when = |at: usize| serde_json::to_value(&settings[at].when).unwrap_or_default();
    assert_eq!(when(0), public);
    assert_eq!(when(1)["and"][0], public);
    assert_eq!(manifest.tests[0].beside().collect::<Vec<_>>(), ["gateway"]);
    let place = settings[0].place.clone().unwrap_or_else(|| panic!("it has a place"));
    let line = include_str!("neighbours.rs").lines().nth(place.line as usize - 1);
    assert!(line.is_some_and(|line| line.contains("gateway.set(")), "{line:?}");
}

#[track_caller]
fn check(write: Write, expected: &str) {
    let (_, problems) = written(write);
    let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(found.iter().any(|it| it.contains(expected)), "{expected}: {found:#?}");
}

#[test]
fn what_cannot_be_meant_is_a_problem() {
    check(
        |cfg, system| {
            system.neighbour::<Gateway>().set(GatewayOptions::port, cfg.port());
            system.neighbour::<Gateway>().set(GatewayOptions::port, 1);
        },
        "gateway: port: it is set twice",
    );
    check(
        |cfg, system| {
            system.each(cfg.parts(), |system, _, port| {
                system.neighbour::<Gateway>().set(GatewayOptions::port, port);
            });
        },
        "another feature is set within `each`",
    );
    check(
        |cfg, system| {
            let own = cfg.port();
            system.neighbour::<Gateway>().set(move |_| own, 1);
        },
        "only an option of the other feature is meant here",
    );
    check(
        |_, system| {
            let site = neighbour::<Gateway>().read(|it| it.sites().at("wiki").domain()).or("x");
            system.etc("wiki", site);
        },
        "is looked for in an attribute set",
    );
    check(
        |_, system| {
            let mut kept = None;
            let _ = neighbour::<Gateway>().read(|it| {
                kept = Some(it.port());
                it.port()
            });
            system.etc("wiki", text!("{}", kept.unwrap_or_else(|| panic!("it was asked"))));
        },
        "nothing binds `gateway` here",
    );
    check(
        |cfg, system| {
            system
                .neighbour::<Gateway>()
                .set(|it| it.sites().at("wiki"), attrs! { "domian": cfg.domain() });
        },
        "`domain` has no value and no default",
    );
}
