//! Users and groups that both worlds make alike, and what belongs to them.

use domi_model::validate;
use serde_json::{Value, json};

use crate::sound;

/// The faults of parts of a system.
#[track_caller]
fn check(system: Value, expected: &[&str]) {
    let mut json = sound();
    for (part, value) in system.as_object().unwrap() {
        json["system"][part] = value.clone();
    }
    let problems = validate(&serde_json::from_value(json).unwrap());
    let found: Vec<_> = problems.iter().map(|it| format!("{} {}", it.code.0, it.message)).collect();
    assert_eq!(found.len(), expected.len(), "{system} {found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

fn with(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

fn named(name: &str, more: Value) -> Value {
    with(json!({ "name": { "literal": name } }), more)
}

fn user(more: Value) -> Value {
    with(named("u", json!({ "group": { "literal": "users" } })), more)
}

#[test]
fn a_user_is_one_that_both_worlds_make_alike() {
    let of = |more: Value| json!({ "users": [user(more)] });
    let shell =
        json!({ "packagePath": { "package": { "package": "rsync" }, "path": "bin/rsync" } });
    check(of(json!({ "uid": 450, "home": { "literal": "/srv" }, "createHome": true })), &[]);
    check(of(json!({ "normal": true, "uid": 1001, "shell": shell })), &[]);
    check(of(json!({ "uid": 12 })), &["D0106 the uid 12 may be taken"]);
    check(of(json!({ "uid": 999 })), &["D0106 the uid 999 may be taken"]);
    check(of(json!({ "uid": 1001 })), &["and this is a system user"]);
    check(of(json!({ "uid": 450, "normal": true })), &["and this one is for people"]);
    check(of(json!({ "normal": true })), &["a user for people has a fixed uid"]);
    check(of(json!({ "createHome": true })), &["its home is to be made, but it has none"]);
    let fixed = json!({ "literal": "/bin/sh" });
    check(of(json!({ "shell": fixed })), &["its shell is no program of a package"]);
    let each = json!({ "over": { "option": ["jobs"] }, "name": "n", "value": "j" });
    check(of(json!({ "uid": 450, "scope": { "each": each } })), &["each of several would have"]);
}

#[test]
fn a_number_is_that_of_one_name() {
    let (a, b) = (json!({ "uid": 450 }), json!({ "name": { "literal": "v" }, "uid": 450 }));
    check(json!({ "users": [user(a.clone()), user(a.clone())] }), &[]);
    check(json!({ "users": [user(a), user(b)] }), &["another one has the uid 450 too"]);
    let group = |name: &str| named(name, json!({ "gid": 450 }));
    check(json!({ "groups": [group("a"), group("b")] }), &["another one has the gid 450 too"]);
    check(json!({ "groups": [named("a", json!({ "gid": 100 }))] }), &["the gid 100 may be taken"]);
}

#[test]
fn a_group_of_a_user_and_the_owner_of_a_file_are_there_when_they_are() {
    let when = |literal: bool| json!({ "when": { "literal": literal } });
    let in_group = |name: &str, its: Value, group: Value| {
        json!({ "users": [user(json!({ "extraGroups": [{ "literal": name }], "scope": its }))],
                "groups": [named("g", json!({ "scope": group }))] })
    };
    check(in_group("g", json!({}), json!({})), &[]);
    check(in_group("g", when(true), json!({})), &[]);
    check(in_group("g", when(true), when(true)), &[]);
    check(in_group("video", json!({}), json!({})), &[]);
    check(in_group("g", json!({}), when(true)), &["it is in a group that is neither"]);
    check(in_group("wheel", json!({}), json!({})), &["it is in a group that is neither"]);
    let file = |more: Value| {
        let file = json!({ "path": { "literal": "x" }, "content": { "text": { "literal": "" } } });
        json!({ "users": [user(json!({}))], "etc": [with(file, more)] })
    };
    let (own, root) = (json!({ "literal": "u" }), json!({ "literal": "root" }));
    check(file(json!({ "mode": "0440", "user": own, "group": { "literal": "adm" } })), &[]);
    check(file(json!({ "mode": "0440", "user": root, "group": root })), &[]);
    check(file(json!({ "user": own })), &["it has an owner, but no mode"]);
    check(file(json!({ "mode": "0440", "user": { "literal": "v" } })), &["its owner is none of"]);
    check(file(json!({ "mode": "0440", "group": { "literal": "u" } })), &["its group is none of"]);
}
