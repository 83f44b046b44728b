//! What a feature claims, and what it wants of others on its machine.

use domi_model::{Manifest, validate};
use serde_json::{Value, json};

use crate::sound;

fn with(more: Value) -> Manifest {
    let mut json = sound();
    for (part, value) in more.as_object().unwrap() {
        json[part] = value.clone();
    }
    serde_json::from_value(json).unwrap()
}

#[track_caller]
fn check(more: Value, expected: &[&str]) {
    let problems = validate(&with(more.clone()));
    let found: Vec<_> =
        problems.iter().map(|it| format!("{} {}: {}", it.code.0, it.subject, it.message)).collect();
    assert_eq!(found.len(), expected.len(), "{more} {found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

fn claim(kind: &str, values: Value) -> Value {
    let mut system = sound()["system"].clone();
    system["claims"] = json!([{ "kind": kind, "values": values }]);
    json!({ "system": system })
}

#[test]
fn ports_and_absolute_paths_are_claimed() {
    let port = json!({ "option": ["port"] });
    check(claim("tcp", json!({ "list": [port, { "literal": 443 }] })), &[]);
    check(claim("udp", json!({ "literal": [] })), &[]);
    check(claim("tcp", port), &["D0104 claim of TCP ports <port>: this must be a list"]);
    check(claim("udp", json!({ "literal": [65_536] })), &["only 0 to 65535 are ports"]);
    check(claim("tcp", json!({ "literal": ["80"] })), &["a port is an integer"]);
    check(claim("path", json!({ "list": [{ "literal": "/srv" }] })), &[]);
    let token = json!({ "list": [{ "option": ["token"] }] });
    check(claim("path", token), &["D0104 claim of paths <token>"]);
    let relative = json!({ "list": [{ "literal": "srv" }] });
    check(claim("path", relative), &["D0106 claim of paths srv: \"srv\" is no absolute path"]);
    for wrong in ["srv", "/srv/../etc"] {
        let fault = format!("{wrong:?} is no absolute path");
        check(claim("path", json!({ "literal": ["/srv", wrong] })), &[&fault]);
        let both = json!({ "concat": [{ "literal": ["/srv"] }, { "literal": [wrong] }] });
        check(claim("path", both), &[&fault]);
    }
}

#[test]
fn what_is_wanted_of_others_does_not_contradict_itself() {
    let a = json!({ "feature": "a" });
    check(json!({ "requires": [a], "wants": [{ "feature": "b" }] }), &[]);
    let itself = json!([{ "feature": "greeter" }]);
    check(json!({ "requires": itself }), &["D0114 requires greeter: a feature is always there"]);
    check(json!({ "wants": [{ "feature": "A b" }] }), &["D0101 wants A b: \"A b\" is no name"]);
    let twice = json!({ "requires": [a], "conflicts": [a] });
    check(twice, &["D0114 conflicts with a: the feature requires it already"]);
    let when = |port: i64| {
        json!({ "compare": { "op": "equal", "left": { "option": ["port"] },
                             "right": { "literal": port } } })
    };
    let either = json!({ "requires": [{ "feature": "a", "when": when(1) }],
                         "conflicts": [{ "feature": "a", "when": when(2) }] });
    check(either, &[]);
    let number = json!([{ "feature": "a", "when": { "option": ["port"] } }]);
    check(json!({ "wants": number }), &["D0104 wants a: a condition must be a boolean"]);
}

/// What a manifest claims, by kind and options.
fn claimed(system: Value) -> Vec<String> {
    let manifest = with(json!({ "system": system }));
    let all = manifest.claimed().into_iter();
    all.map(|it| {
        let options: Vec<_> = it.options.into_iter().collect();
        let names = serde_json::to_string(&it.names).unwrap();
        format!("{} {}{names}{} {}", it.thing.words(), it.before, it.after, options.join(","))
    })
    .collect()
}

#[test]
fn what_a_machine_has_once_follows_from_the_system() {
    let each = json!({ "over": { "option": ["jobs"] }, "name": "n", "value": "job" });
    let n = json!({ "variable": { "name": "n" } });
    let target = json!({ "variable": { "name": "job", "path": ["target"] } });
    let found = claimed(json!({
        "units": [
            { "kind": "service", "name": n, "scope": { "each": each },
              "config": { "StateDirectory": { "value": { "literal": "a b:c" } },
                          "CacheDirectory": { "value": { "specifier": "%N" } } } },
            { "kind": "target", "name": { "literal": "t" }, "aliases": ["u.target"] },
            { "kind": "service", "name": { "literal": "systemd-journald" }, "dropIn": true,
              "config": { "StateDirectory": { "value": { "literal": "x" } } } },
        ],
        "etc": [{ "path": { "literal": "x" }, "content": { "text": { "literal": "" } } }],
        "users": [{ "name": { "literal": "u" }, "group": { "literal": "g" },
                    "home": { "literal": "/home" }, "createHome": true },
                  { "name": { "literal": "u" }, "group": { "literal": "g" },
                    "home": { "literal": "/not-made" } }],
        "groups": [{ "name": { "literal": "g" } }],
        "tmpfiles": [{ "kind": "d", "path": target, "scope": { "each": each } },
                     { "kind": "z", "path": { "literal": "/changed" } }],
        "claims": [{ "kind": "tcp", "values": { "list": [{ "option": ["port"] }] } }],
    }));
    let expected = [
        r#"TCP port {"option":["port"]} domi.services.greeter.port"#,
        r#"unit {"variable":{"name":"n"}}.service domi.services.greeter.jobs"#,
        r#"path /var/lib/{"literal":"a"} "#,
        r#"path /var/lib/{"literal":"b"} "#,
        r#"unit {"literal":"t.target"} "#,
        r#"unit {"literal":"u.target"} "#,
        r#"drop-in of {"literal":"systemd-journald.service"} "#,
        r#"path /etc/{"literal":"x"} "#,
        r#"user {"literal":"u"} "#,
        r#"path {"literal":"/home"} "#,
        r#"group {"literal":"g"} "#,
        r#"path {"variable":{"name":"job","path":["target"]}} domi.services.greeter.jobs.<name>.target"#,
    ];
    assert_eq!(found, expected);
}
