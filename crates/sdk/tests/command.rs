//! A script on everyone's PATH.

use domi::model::Manifest;
use domi::prelude::*;
use serde_json::json;

/// A shop.
#[derive(Options)]
struct Shop {
    /// Where it is.
    #[option(default = 80)]
    port: Port,
}

impl Feature for Shop {
    fn system(cfg: &Expr<Self>, system: &mut System) {
        let status = script("shop-status", "echo \"$port\"").value("port", cfg.port());
        system.command(&status).when(cfg.port().ne(0));
    }

    fn tests(_: &Expr<Self>, tests: &mut Tests) {
        tests.it("works").succeeds("shop-status");
    }
}

const CRATE: domi::Crate = domi::Crate {
    name: "shop",
    version: "0.1.0",
    description: "A shop",
    authors: "",
    folder: "/nowhere",
    cargo_toml: "package.metadata.domi = { kind = 'services' }",
};

#[test]
fn a_script_is_a_command_by_its_name() {
    let (manifest, problems): (Manifest, _) = domi::manifest::<Shop>(&CRATE);
    assert_eq!(problems, []);
    let commands = serde_json::to_value(&manifest.system.packages).unwrap_or_default();
    let script = json!({
        "name": "shop-status", "text": "echo \"$port\"", "values": { "port": { "option": ["port"] } },
    });
    assert_eq!(commands[0]["package"], json!({ "script": script }));
    assert!(!commands[0]["scope"]["when"].is_null());
}
