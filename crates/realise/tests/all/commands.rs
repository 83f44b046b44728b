//! Services whose commands settings decide on.

use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

const NOTHING: &str =
    "x.service: a service needs an `ExecStart`, or to be of the type `oneshot`: systemd refuses it";
const NEITHER: &str =
    "x.service: a service needs an `ExecStart` or an `ExecStop`: systemd refuses it";
const ENDS: &str =
    "x.service: a service without an `ExecStart` needs `RemainAfterExit`: systemd refuses it";
const SEVERAL: &str =
    "x.service: only a service of the type `oneshot` has several commands in `ExecStart`";

/// The problems of a service with these parts, for settings of `one`, `other`, `kind`, `stay`.
#[track_caller]
fn check(service: &Json, given: &Json, expected: &[&str]) {
    let kinds = json!({ "nullOr": { "enum": ["exec", "oneshot"] } });
    let flag = |name: &str| option(name, json!("bool"), Some(json!({ "literal": false })));
    let kind = option("kind", kinds, Some(json!({ "literal": null })));
    let word = option("word", json!("str"), Some(json!({ "literal": "" })));
    let either = json!({ "oneOf": ["bool", "str"] });
    let either = option("either", either, Some(json!({ "literal": "a" })));
    let mut unit = json!({ "kind": "service", "name": { "literal": "x" } });
    unit.as_object_mut().unwrap().extend(service.as_object().unwrap().clone());
    let manifest = manifest(json!({
        "options": [flag("one"), flag("other"), flag("stay"), kind, word, either],
        "system": { "units": [unit] },
    }));
    let found = realised(&manifest, given).map_err(|problems| lines(&problems)).err();
    let expected: Vec<_> = expected.iter().map(|line| format!("D0214 {line}")).collect();
    assert_eq!(found.unwrap_or_default(), expected, "{given}");
}

fn command(when: Option<&str>) -> Json {
    let mut command = json!({ "argv": { "list": [{ "literal": "/bin/sh" }] } });
    if let Some(option) = when {
        command["when"] = json!({ "option": [option] });
    }
    command
}

fn kind() -> Json {
    let given =
        json!({ "op": "notEqual", "left": { "option": ["kind"] }, "right": { "literal": null } });
    json!({ "value": { "option": ["kind"] }, "when": { "compare": given } })
}

#[test]
fn a_service_starts_one_thing_unless_it_is_oneshot() {
    let two = json!({
        "commands": { "ExecStart": [command(Some("one")), command(Some("other"))] },
        "config": { "Type": kind() },
    });
    check(&two, &json!({}), &[NOTHING]);
    check(&two, &json!({ "kind": "exec" }), &[NOTHING]);
    check(&two, &json!({ "kind": "oneshot" }), &[NEITHER]);
    check(&two, &json!({ "one": true }), &[]);
    check(&two, &json!({ "one": true, "other": true }), &[SEVERAL]);
    check(&two, &json!({ "one": true, "other": true, "kind": "oneshot" }), &[]);
    let stops = json!({
        "commands": { "ExecStart": [command(Some("one"))], "ExecStop": [command(None)] },
        "config": {
            "Type": { "value": { "literal": "oneshot" } },
            "RemainAfterExit": { "value": { "option": ["stay"] } },
        },
    });
    check(&stops, &json!({}), &[ENDS]);
    check(&stops, &json!({ "stay": true }), &[]);
    check(&stops, &json!({ "one": true }), &[]);
}

#[test]
fn a_variable_is_no_longer_than_a_line_that_systemd_reads() {
    let service = json!({
        "commands": { "ExecStart": [command(None)] },
        "environment": { "X": { "value": { "option": ["word"] } } },
    });
    // `Environment="X="` and the line break around it.
    let most = (1 << 20) - "Environment=\"X=\"\n".len() - 1;
    check(&service, &json!({ "word": "a".repeat(most) }), &[]);
    check(
        &service,
        &json!({ "word": "a".repeat(most + 1) }),
        &["x.service: the line that sets X is too long: systemd reads 1 MiB"],
    );
}

#[test]
fn a_boolean_is_no_word_of_a_command() {
    let service = |word: Json| {
        let argv = json!({ "list": [{ "literal": "/bin/sh" }, word] });
        json!({ "commands": { "ExecStart": [{ "argv": argv }] } })
    };
    let either = json!({ "option": ["either"] });
    check(&service(either.clone()), &json!({}), &[]);
    check(
        &service(either.clone()),
        &json!({ "either": true }),
        &["x.service: a boolean is no word of a command"],
    );
    let text = json!({ "text": [{ "literal": "--x=" }, either] });
    check(&service(text), &json!({ "either": true }), &[]);
}
