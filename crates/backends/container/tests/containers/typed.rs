//! What whoever types a command finds: as on NixOS, nothing that only units have.

use domi_event::Verdict;
use domi_model::Manifest;
use serde_json::{Value, json};

use crate::check;

/// Whether `hello` is found, in a command and by the programs that it starts.
fn found(is_found: bool) -> Value {
    let command = "{ hello 2>&1 || true; } | head -n 1 | cut -c 1-24; status=0; \
                   sh -c 'timeout 5 hello' >/dev/null 2>&1 || status=$?; echo $status";
    let expected = if is_found { "Hello, world!\n0" } else { "hello: command not found\n127" };
    json!({ "output": { "command": command, "expect": { "equals": expected } } })
}

fn feature(packages: &[&str], steps: &[Value]) -> Manifest {
    let words = ["/bin/sh", "-c", "hello >/run/said"].map(|word| json!({ "literal": word }));
    let steps: Vec<_> = steps.iter().map(|action| json!({ "action": action })).collect();
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "probe", "kind": "services", "summary": "Says hello", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "options": [{ "name": "everyone", "type": "bool", "description": "x", "default": { "literal": false } }],
        "packages": { "hello": { "nixpkgs": ["hello"], "debian": ["hello"] } },
        "system": {
            "packages": [{ "package": { "package": "hello" }, "scope": { "when": { "option": ["everyone"] } } }],
            "units": [{
                "kind": "service",
                "name": { "literal": "says" },
                "path": [{ "package": "hello" }],
                "commands": { "ExecStart": [{ "argv": { "list": words } }] },
                "config": { "Type": { "value": { "literal": "oneshot" } } },
            }],
        },
        "tests": [{ "name": "it works", "body": { "run": {
            "machines": { "machine": { "packages": packages } },
            "steps": steps,
        } } }],
    });
    serde_json::from_value(manifest).expect("a manifest")
}

#[test]
fn a_program_is_found_by_units_alone_until_it_is_installed_for_everyone() {
    let set = |everyone: bool| json!({ "switch": { "settings": { "everyone": everyone } } });
    let says = json!({ "start": "says.service" });
    let steps = [
        found(false),
        says.clone(),
        json!({ "output": { "command": "cat /run/said", "expect": { "equals": "Hello, world!" } } }),
        set(true),
        found(true),
        set(false),
        found(false),
        json!("reboot"),
        found(false),
        says,
    ];
    check(feature(&[], &steps), Verdict::Passed);
    check(feature(&["hello"], &[found(true)]), Verdict::Passed);
}
