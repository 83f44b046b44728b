//! What a module refuses in a real NixOS is what Rust refuses: names that are too long, and services
//! that systemd would not load.

use domi_model::{Manifest, validate};
use serde_json::{Value as Json, json};

use crate::asked::check;

fn manifest(options: &Json, system: &Json) -> Manifest {
    let manifest = json!({
        "schema": "domi.feature/3",
        "feature": {
            "name": "limits", "kind": "services", "summary": "Has limits", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "options": options,
        "system": system,
    });
    let manifest: Manifest = serde_json::from_value(manifest).unwrap();
    assert_eq!(validate(&manifest), []);
    manifest
}

fn option(name: &str, ty: &Json, default: &Json) -> Json {
    json!({ "name": name, "type": ty, "description": "D.", "default": { "literal": default } })
}

#[test]
fn names_fit_the_files_that_they_become() {
    let text = |name: &str, default: &str| option(name, &json!("str"), &json!(default));
    let options = json!([text("path", "a"), text("slice", "a"), text("reference", "a.target")]);
    let manifest = manifest(
        &options,
        &json!({
            "etc": [{ "path": { "option": ["path"] }, "content": { "text": { "literal": "" } } }],
            "units": [
                { "kind": "slice", "name": { "option": ["slice"] } },
                {
                    "kind": "target", "name": { "literal": "x" },
                    "wantedBy": [{ "option": ["reference"] }],
                    "relations": { "after": [{ "option": ["reference"] }] },
                },
            ],
        }),
    );
    let name = |length: usize| "a".repeat(length);
    let folders = [&*name(255); 4].join("/");
    let mut rows = vec![
        (json!({ "path": name(255) }), true),
        (json!({ "path": name(256) }), false),
        (json!({ "path": format!("a/{}", name(256)) }), false),
        (json!({ "path": folders }), true),
        (json!({ "path": format!("{folders}/a") }), false),
        (json!({ "slice": name(249) }), true),
        (json!({ "slice": name(250) }), false),
        (json!({ "slice": "a-b.c" }), true),
        (json!({ "slice": "a--b" }), false),
        (json!({ "slice": "a-" }), false),
        (json!({ "slice": "a@b" }), false),
    ];
    for suffix in [
        "automount",
        "device",
        "mount",
        "path",
        "scope",
        "service",
        "slice",
        "socket",
        "swap",
        "target",
        "timer",
    ] {
        let most = 254 - suffix.len();
        for (length, taken) in [(most, true), (most + 1, false)] {
            rows.push((json!({ "reference": format!("{}.{suffix}", name(length)) }), taken));
        }
    }
    check(&manifest, &rows);
}

#[test]
fn a_service_starts_something_and_several_things_only_as_oneshot() {
    let flag = |name: &str| option(name, &json!("bool"), &json!(false));
    let kinds = json!({ "enum": ["exec", "oneshot"] });
    let command = |when: Option<&str>| {
        let mut command = json!({ "argv": { "list": [{ "literal": "/bin/sh" }] } });
        if let Some(option) = when {
            command["when"] = json!({ "option": [option] });
        }
        command
    };
    let manifest = manifest(
        &json!([
            flag("one"),
            flag("other"),
            flag("stop"),
            flag("stay"),
            option("kind", &kinds, &json!("exec"))
        ]),
        &json!({ "units": [{
            "kind": "service", "name": { "literal": "x" },
            "config": {
                "Type": { "value": { "option": ["kind"] } },
                "RemainAfterExit": { "value": { "option": ["stay"] } },
            },
            "commands": {
                "ExecStart": [command(Some("one")), command(Some("other"))],
                "ExecStop": [command(Some("stop"))],
            },
        }] }),
    );
    check(
        &manifest,
        &[
            (json!({}), false),
            (json!({ "one": true }), true),
            (json!({ "other": true }), true),
            (json!({ "one": true, "other": true }), false),
            (json!({ "stop": true, "stay": true }), false),
            (json!({ "kind": "oneshot" }), false),
            (json!({ "kind": "oneshot", "one": true }), true),
            (json!({ "kind": "oneshot", "one": true, "other": true }), true),
            (json!({ "kind": "oneshot", "stop": true }), false),
            (json!({ "kind": "oneshot", "stay": true }), false),
            (json!({ "kind": "oneshot", "stop": true, "stay": true }), true),
        ],
    );
}
