//! Options of NixOS's own modules, set by a feature.

use domi::model::{Manifest, Priority, Problem};
use domi::prelude::*;
use serde_json::json;

/// A machine that people log in to.
#[derive(Options)]
struct Login {
    /// Whether they may.
    #[option(default = true)]
    allowed: bool,
    /// Where.
    #[option(default = 22)]
    port: Port,
    /// Keys by user.
    #[option(default = attrs! {})]
    keys: BTreeMap<String, String>,
}

type Write = fn(&Expr<Login>, &mut System);

std::thread_local! {
    static SYSTEM: std::cell::Cell<Write> = const { std::cell::Cell::new(good) };
}

impl Feature for Login {
    fn system(cfg: &Expr<Self>, system: &mut System) {
        SYSTEM.get()(cfg, system);
    }

    fn tests(_: &Expr<Self>, tests: &mut Tests) {
        tests.it("works").wait_for_port(22);
    }
}

fn good(cfg: &Expr<Login>, system: &mut System) {
    system.nixos("services.openssh.ports").set([cfg.port()]).by_default();
    system.when(cfg.allowed(), |system| {
        system.nixos("services.openssh.enable").set(true);
        system.nixos("users.users.\"a.b\".shell").set(attrs! { "x": 1 }).when(cfg.port().ne(0));
    });
}

const CRATE: domi::Crate = domi::Crate {
    name: "login",
    version: "0.1.0",
    description: "A machine that people log in to",
    authors: "",
    folder: "/nowhere",
    cargo_toml: "package.metadata.domi = { kind = 'services' }",
};

fn written(write: Write) -> (Manifest, Vec<Problem>) {
    SYSTEM.set(write);
    domi::manifest::<Login>(&CRATE)
}

#[test]
fn options_of_nixos_are_told_with_their_conditions() {
    let (manifest, problems) = written(good);
    assert_eq!(problems, []);
    let nixos = &manifest.system.nixos;
    let paths: Vec<_> = nixos.iter().map(|it| it.option.to_string()).collect();
    let expected =
        ["services.openssh.ports", "services.openssh.enable", "users.users.\"a.b\".shell"];
    assert_eq!(paths, expected);
    assert_eq!(nixos[0].priority, Some(Priority::Default));
    let all = serde_json::to_value(nixos).unwrap_or_default();
    assert_eq!(all[0]["value"], json!({ "list": [{ "option": ["port"] }] }));
    assert_eq!(all[1]["when"], json!({ "option": ["allowed"] }));
    assert_eq!(all[2]["when"]["and"][0], json!({ "option": ["allowed"] }));
    let place = nixos[1].place.clone().expect("it has a place");
    let line = include_str!("nixos.rs").lines().nth(place.line as usize - 1);
    assert!(line.is_some_and(|line| line.contains("openssh.enable")), "{line:?}");
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
        |_, system| {
            system.nixos("services..openssh").set(true);
        },
        "no path of an option",
    );
    check(
        |_, system| {
            system.nixos("networking.firewall.allowedTCPPorts").set([80]);
        },
        "system.allow_tcp",
    );
    check(
        |cfg, system| {
            system.each(cfg.keys(), |system, _, key| {
                system.nixos("services.openssh.banner").set(key);
            });
        },
        "an option of NixOS is set within `each`",
    );
}
