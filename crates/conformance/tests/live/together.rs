//! What features on one machine may not have together is refused by the modules and by Rust, in the
//! same words.

use domi_conformance::{Content, Outcome};
use domi_model::{Manifest, Value, validate};
use serde_json::{Value as Json, json};

use crate::asked::ask;

fn manifest(name: &str, parts: Json) -> Manifest {
    let mut manifest = json!({
        "schema": "domi.feature/3",
        "feature": {
            "name": name, "kind": "services", "summary": "Has neighbours", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
    });
    let Json::Object(parts) = parts else { panic!("parts are an object") };
    manifest.as_object_mut().unwrap().extend(parts);
    let manifest: Manifest = serde_json::from_value(manifest).unwrap();
    assert_eq!(validate(&manifest), []);
    manifest
}

fn option(name: &str, ty: &Json, default: &Json) -> Json {
    json!({ "name": name, "type": ty, "description": "D.", "default": { "literal": default } })
}

/// A feature that claims what its settings say, and requires or excludes others by them.
fn feature(name: &str, other: &str) -> Manifest {
    let flag = |name: &str| option(name, &json!("bool"), &json!(false));
    let when = |name: &str| json!([{ "feature": other, "when": { "option": [name] } }]);
    let dash = |name: &str| json!({ "text": [{ "literal": "made-" }, { "option": [name] }] });
    manifest(
        name,
        json!({
            "options": [
                option("port", &json!("port"), &json!(0)),
                option("ports", &json!({ "listOf": "port" }), &json!([])),
                option("path", &json!({ "nullOr": { "path": "any" } }), &json!(null)),
                option("unit", &json!("str"), &json!(name)),
                option("folders", &json!({ "listOf": "str" }), &json!([])),
                flag("requires"), flag("wants"), flag("excludes"),
            ],
            "requires": when("requires"),
            "wants": when("wants"),
            "conflicts": when("excludes"),
            "system": {
                "units": [{
                    "kind": "service", "name": dash("unit"),
                    "config": { "StateDirectory": { "value": { "option": ["folders"] } } },
                    "commands": { "ExecStart": [
                        { "argv": { "list": [{ "literal": "/bin/sh" }] } },
                    ] },
                }],
                "users": [{ "name": dash("unit"), "group": dash("unit") }],
                "groups": [{ "name": dash("unit") }],
                "claims": [
                    { "kind": "tcp", "values": { "list": [{ "option": ["port"] }] } },
                    { "kind": "udp", "values": { "option": ["ports"] } },
                    { "kind": "path", "values": { "list": [{ "option": ["path"] }] },
                      "scope": { "when": { "compare": {
                          "op": "notEqual", "left": { "option": ["path"] },
                          "right": { "literal": null } } } } },
                ],
            },
        }),
    )
}

/// Asks both about settings of the features `a` and `b`; what both say of the last.
#[track_caller]
fn check(rows: &[(Json, &[&str])]) {
    let features = [feature("a", "b"), feature("b", "a")];
    let cases = rows.iter().map(|(case, _)| Value::from_json(case.clone()).unwrap()).collect();
    let Some(report) = ask(&features.each_ref(), cases) else { return };
    for ((_, outcome), (case, expected)) in report.cases.iter().zip(rows) {
        let mut told = match outcome {
            Outcome::Refused { assertions, .. } => assertions.clone(),
            Outcome::System(system) => system.warnings.clone(),
        };
        told.sort();
        assert_eq!(told, *expected, "{case}");
    }
}

#[test]
fn both_worlds_refuse_the_same_neighbours_in_the_same_words() {
    let off = json!({ "enable": false });
    let path = |path: &str| json!({ "path": path });
    check(&[
        (json!({ "a": {}, "b": {} }), &[]),
        (
            json!({ "a": { "port": 80 }, "b": { "port": 80 } }),
            &["TCP port 80: claimed by a (domi.services.a.port) and by b (domi.services.b.port)"],
        ),
        (json!({ "a": { "port": 80 }, "b": { "enable": false, "port": 80 } }), &[]),
        (json!({ "a": { "port": 80 }, "b": { "ports": [80] } }), &[]),
        (
            json!({ "a": { "ports": [1, 2, 0] }, "b": { "ports": [0, 2, 3] } }),
            &["UDP port 2: claimed by a (domi.services.a.ports) and by b (domi.services.b.ports)"],
        ),
        (
            json!({ "a": path("/srv//x/"), "b": path("/srv/./x") }),
            &["path /srv/x: claimed by a (domi.services.a.path) and by b (domi.services.b.path)"],
        ),
        (json!({ "a": path("/srv/x"), "b": path("/srv/x/y") }), &[]),
        (
            json!({ "a": path("/var/lib/x"), "b": { "folders": ["x"] } }),
            &["path /var/lib/x: claimed by a (domi.services.a.path) and by b \
               (domi.services.b.folders)"],
        ),
        (
            json!({ "a": { "folders": ["x", "y"] }, "b": { "folders": ["z", "y"] } }),
            &["path /var/lib/y: claimed by a (domi.services.a.folders) and by b \
               (domi.services.b.folders)"],
        ),
        (
            json!({ "a": { "requires": true }, "b": off }),
            &["a: it requires b, which is not enabled"],
        ),
        (json!({ "a": { "requires": true }, "b": {} }), &[]),
        (
            json!({ "a": { "requires": true }, "b": { "requires": true } }),
            &["a, b: they require each other in a circle"],
        ),
        (
            json!({ "a": { "excludes": true }, "b": {} }),
            &["a: it conflicts with b, which is enabled too"],
        ),
        (json!({ "a": { "excludes": true }, "b": off }), &[]),
        (json!({ "a": { "wants": true }, "b": off }), &["a wants b, which is not enabled"]),
        (json!({ "a": { "wants": true }, "b": {} }), &[]),
    ]);
}

#[test]
fn units_users_and_groups_of_one_name_are_refused() {
    let by = "claimed by a (domi.services.a.unit) and by b (domi.services.b.unit)";
    let told =
        ["group made-x", "unit made-x.service", "user made-x"].map(|what| format!("{what}: {by}"));
    let told = told.each_ref().map(String::as_str);
    check(&[(json!({ "a": { "unit": "x" }, "b": { "unit": "x" } }), &told)]);
}

/// A feature with a file that holds the words of a list, one to a line.
fn with_file(name: &str, words: &Json, parts: Json) -> Manifest {
    let text = json!({ "join": { "separator": "\n", "list": words } });
    let file = json!({ "path": { "literal": name }, "content": { "text": text } });
    let mut manifest = manifest(name, parts);
    manifest.system.etc = serde_json::from_value(json!([file])).unwrap();
    assert_eq!(validate(&manifest), []);
    manifest
}

/// What both make of a feature that sets options of another one and reads one, with a priority.
#[track_caller]
fn check_set(priority: Option<&str>, rows: &[(Json, [&str; 2])]) {
    let of = |name: &str| json!({ "option": [name] });
    let text = |expr: Json| json!({ "text": [expr] });
    let named = json!({ "attrsToList": {
        "over": of("named"), "name": "n", "value": "v", "body": { "variable": { "name": "v" } } } });
    let store = with_file(
        "store",
        &json!({ "concat": [{ "list": [text(of("size"))] }, of("words"), named] }),
        json!({ "options": [
            option("size", &json!("port"), &json!(1)),
            option("words", &json!({ "listOf": "str" }), &json!([])),
            option("named", &json!({ "attrsOf": "nonEmptyStr" }), &json!({})),
        ] }),
    );
    let set = |path: Json, value: Json, when: Json| {
        let mut set = json!({ "feature": "store", "option": path, "value": value, "when": when });
        if let Some(priority) = priority {
            set["priority"] = json!(priority);
        }
        set
    };
    let read = json!({ "neighbour": {
        "feature": "store", "option": ["size"], "otherwise": { "literal": 0 } } });
    let user = with_file(
        "user",
        &json!({ "list": [text(read)] }),
        json!({
            "options": [
                option("port", &json!("port"), &json!(80)),
                option("grows", &json!("bool"), &json!(false)),
                option("label", &json!("str"), &json!("x")),
            ],
            "neighbours": { "store": {
                "kind": "services",
                "sets": [
                    { "option": ["size"], "type": "port" },
                    { "option": ["words"], "type": { "listOf": "str" } },
                    { "option": ["named", "user"], "type": "nonEmptyStr" },
                ],
                "reads": [{ "option": ["size"], "type": "port" }],
            } },
            "system": { "settings": [
                set(json!(["size"]), of("port"), of("grows")),
                set(json!(["words"]), json!({ "list": [text(of("port"))] }), json!({ "literal": true })),
                set(json!(["named", "user"]), of("label"), of("grows")),
            ] },
        }),
    );
    let cases = rows.iter().map(|(case, _)| Value::from_json(case.clone()).unwrap()).collect();
    let Some(report) = ask(&[&user, &store], cases) else { return };
    for ((_, outcome), (case, expected)) in report.cases.iter().zip(rows) {
        let held = |name: &str| match outcome {
            Outcome::Refused { .. } => "refused".to_owned(),
            Outcome::System(system) => match system.etc.get(name).map(|file| &file.content) {
                Some(Content::Text(text)) => text.clone(),
                other => format!("{other:?}"),
            },
        };
        assert_eq!([held("store"), held("user")], *expected, "{case}");
    }
}

#[test]
fn what_features_set_and_read_of_each_other_is_the_same_in_both_worlds() {
    let grows = || json!({ "grows": true, "port": 9 });
    let both = |user: Json, store: Json| json!({ "user": user, "store": store });
    let plain = json!({});
    let own = json!({ "words": ["a", "b"], "named": { "b": "c" }, "size": 7 });
    check_set(
        None,
        &[
            (both(json!({}), plain.clone()), ["1\n80", "1"]),
            (both(grows(), plain.clone()), ["9\n9\nx", "9"]),
            (both(json!({}), own.clone()), ["7\na\nb\n80\nc", "7"]),
            (both(grows(), own.clone()), ["refused", "refused"]),
            (both(grows(), json!({ "enable": false })), ["None", "0"]),
            (both(json!({ "enable": false, "grows": true }), plain.clone()), ["1", "None"]),
            (both(json!({ "grows": true, "label": " " }), plain.clone()), ["refused", "refused"]),
            (
                both(grows(), json!([{ "words": ["a"] }, { "words": ["b"] }])),
                ["9\nb\na\n9\nx", "9"],
            ),
        ],
    );
    let by_default = [(both(grows(), own.clone()), ["7\na\nb\nc\nx", "7"])];
    check_set(Some("default"), &by_default);
    check_set(Some("force"), &[(both(grows(), own), ["9\n9\nc\nx", "9"])]);
}

#[test]
fn what_has_another_name_is_read_under_the_old_one_in_both_worlds() {
    for silent in [true, false] {
        let mut told = option("told", &json!("str"), &json!("bread"));
        told["readOnly"] = json!(true);
        told["default"] =
            json!({ "text": [{ "literal": "bread " }, { "option": ["net", "port"] }] });
        let net =
            json!({ "submodule": { "options": [option("port", &json!("port"), &json!(80))] } });
        let store = manifest(
            "store",
            json!({
                "options": [option("net", &net, &json!({})), told],
                "renamed": [
                    { "from": ["was", "said"], "to": ["told"], "silent": silent },
                    { "from": ["port"], "to": ["net", "port"], "silent": silent },
                ],
            }),
        );
        let read = |path: &[&str], otherwise: Json| {
            json!({ "text": [{ "neighbour": {
                "feature": "store", "option": path, "otherwise": { "literal": otherwise } } }] })
        };
        let reader = with_file(
            "reader",
            &json!({ "list": [read(&["was", "said"], json!("nothing")), read(&["port"], json!(0))] }),
            json!({ "neighbours": { "store": { "kind": "services", "reads": [
                { "option": ["was", "said"], "type": "str" }, { "option": ["port"], "type": "port" },
            ] } } }),
        );
        let rows = [
            (json!({ "reader": {}, "store": {} }), "bread 80\n80"),
            (json!({ "reader": {}, "store": { "net": { "port": 9 } } }), "bread 9\n9"),
            (json!({ "reader": {}, "store": { "enable": false } }), "nothing\n0"),
            (json!({ "reader": {}, "store": { "told": "a" } }), "refused"),
        ];
        let cases = rows.iter().map(|(case, _)| Value::from_json(case.clone()).unwrap()).collect();
        let Some(report) = ask(&[&reader, &store], cases) else { return };
        for ((_, outcome), (case, expected)) in report.cases.iter().zip(rows) {
            let held = match outcome {
                Outcome::Refused { .. } => "refused".to_owned(),
                Outcome::System(system) => match &system.etc["reader"].content {
                    Content::Text(text) => text.clone(),
                    other => format!("{other:?}"),
                },
            };
            assert_eq!(held, expected, "{case}");
        }
    }
}
