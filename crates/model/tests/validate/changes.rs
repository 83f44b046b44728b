//! What a unit does when something has changed.

use serde_json::{Value, json};

use crate::faults;

fn service(more: Value) -> Value {
    let mut unit = json!({
        "kind": "service", "name": { "literal": "x" },
        "commands": { "ExecStart": [{ "argv": { "list": [{ "literal": "/bin/sh" }] } }] },
    });
    unit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    unit
}

fn reloading(command: Value) -> Value {
    let start = json!([{ "argv": { "list": [{ "literal": "/bin/sh" }] } }]);
    json!({ "ExecStart": start, "ExecReload": [command] })
}

#[test]
fn only_what_nixos_knows_restarts_or_reloads() {
    let restart = json!({ "restartTriggers": [{ "option": ["port"] }] });
    let reload = json!({ "reloadTriggers": [{ "option": ["port"] }] });
    let plain = json!({ "argv": { "list": [{ "literal": "/bin/sh" }] } });
    let mut conditional = plain.clone();
    conditional["when"] = json!({ "literal": true });
    faults(service(json!({ "changes": restart })), &[]);
    faults(service(json!({ "changes": { "ifChanged": "stay" } })), &[]);
    faults(service(json!({ "changes": reload, "commands": reloading(plain.clone()) })), &[]);
    let cannot = ["D0106 nothing says how it reloads"];
    faults(service(json!({ "changes": reload })), &cannot);
    faults(service(json!({ "changes": { "ifChanged": "reload" } })), &cannot);
    faults(service(json!({ "changes": reload, "commands": reloading(conditional) })), &cannot);
    let both = json!({ "reloadTriggers": [{ "literal": "" }], "ifChanged": "stay" });
    faults(
        service(json!({ "changes": both, "commands": reloading(plain) })),
        &["D0106 triggers of a reload are for"],
    );
    let list = json!({ "restartTriggers": [{ "list": [] }] });
    faults(service(json!({ "changes": list })), &["D0104 restartTriggers: this must be a string"]);
    let name = json!({ "literal": "x" });
    faults(json!({ "kind": "target", "name": name, "changes": restart }), &[]);
    faults(
        json!({ "kind": "target", "name": name, "changes": reload }),
        &["D0106 only a service reloads"],
    );
    faults(
        json!({ "kind": "automount", "name": { "literal": "/srv/x" }, "changes": restart }),
        &["D0106 a mount has no triggers"],
    );
    faults(
        json!({ "kind": "service", "name": { "literal": "systemd-journald" }, "dropIn": true,
                "config": { "Nice": { "value": { "literal": 1 } } }, "changes": restart }),
        &["D0106 a drop-in says nothing of changes"],
    );
}
