//! What a module sets of NixOS's own.

use domi_model::Manifest;
use serde_json::{Value, json};

/// A setting of an option of NixOS.
fn setting(path: &[&str], value: &Value) -> Value {
    json!({ "option": path, "value": value })
}

/// The same with one more key.
fn with(mut setting: Value, key: &str, value: &Value) -> Value {
    setting[key] = value.clone();
    setting
}

fn manifest(settings: &Value) -> Manifest {
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "login", "kind": "services", "summary": "Lets people in", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "options": [
            { "name": "port", "type": "port", "description": "Port.", "default": { "literal": 22 } },
            { "name": "web", "type": "bool", "description": "Web.", "default": { "literal": true } },
        ],
        "system": {
            "nixos": settings,
            "firewall": [{ "protocol": "tcp", "ports": { "list": [{ "option": ["port"] }] } }],
        },
    });
    serde_json::from_value(manifest).expect("a manifest")
}

/// The module's `config`, without the indentation.
fn config(settings: &Value) -> String {
    let module = domi_nix::module(&manifest(settings), "crates/login");
    let (_, config) = module.split_once("\n  config = ").expect("it has a config");
    config.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn options_stand_once_each_and_conditions_before_names_that_may_be_attributes() {
    let (yes, no) = (json!({ "literal": true }), json!({ "literal": false }));
    let web = |path: &[&str], value: &Value| {
        with(setting(path, value), "when", &json!({ "option": ["web"] }))
    };
    let ports =
        setting(&["services", "openssh", "ports"], &json!({ "list": [{ "option": ["port"] }] }));
    let site = ["services", "nginx", "virtualHosts", "a.org", "root"];
    let printed = config(&json!([
        setting(&["services", "openssh", "enable"], &yes),
        with(ports, "priority", &json!("default")),
        web(&site, &json!({ "literal": "/srv" })),
        web(&["services", "nginx", "enable"], &yes),
        with(setting(&["security", "polkit", "enable"], &no), "priority", &json!("force")),
    ]));
    let expected = "\
lib.mkIf cfg.enable {
networking.firewall.allowedTCPPorts = [ cfg.port ];

services = lib.mkMerge [
{
openssh = {
enable = true;
ports = lib.mkDefault [ cfg.port ];
};
}
(lib.mkIf cfg.web {
nginx = {
virtualHosts.\"a.org\".root = \"/srv\";
enable = true;
};
})
];

security.polkit.enable = lib.mkForce false;
";
    assert!(printed.starts_with(expected), "{printed}");
}
