//! Variables of commands, and lists of names.

use serde_json::{Value, json};

use crate::faults;

fn command(key: &str, words: Value) -> Value {
    let start = json!([{ "argv": { "list": [{ "literal": "/bin/sh" }] } }]);
    let mut commands = json!({ "ExecStart": start });
    commands[key] = json!([{ "argv": { "list": words } }]);
    json!({ "kind": "service", "name": { "literal": "x@" }, "commands": commands })
}

#[test]
fn a_variable_stands_in_arguments_of_commands_that_have_it() {
    let pid = json!({ "commandVariable": "MAINPID" });
    let with = |word: Value| json!([{ "literal": "/bin/sh" }, word]);
    faults(command("ExecReload", with(pid.clone())), &[]);
    let within = json!({ "text": [{ "literal": "--pid=" }, pid] });
    faults(command("ExecStop", with(within)), &[]);
    let early = "D0104 ExecStart: `$MAINPID` is there once the service has a main process";
    faults(command("ExecStart", with(pid.clone())), &[early]);
    faults(
        command("ExecReload", json!([pid])),
        &["D0106 ExecReload: a program is found by its path, without a specifier or variable"],
    );
    let home = json!({ "commandVariable": "HOME" });
    faults(
        command("ExecReload", with(home)),
        &["D0104 ExecReload: systemd gives commands no variable `HOME`"],
    );
    let elsewhere = "D0104 Slice: systemd expands `$MAINPID` in arguments of commands only";
    let mut unit = command("ExecReload", with(pid.clone()));
    unit["config"] = json!({ "Slice": { "value": pid } });
    faults(unit, &[elsewhere]);
}

#[test]
fn a_relation_may_be_a_list_of_names() {
    let counted = |most: Value, body: Value| json!({ "mapList": { "over": { "upTo": most }, "item": "n", "body": body } });
    let name = json!({ "text": [
        { "literal": "x@" }, { "variable": { "name": "n" } }, { "literal": ".service" },
    ] });
    let target = |names: Value| {
        json!({ "kind": "target", "name": { "literal": "x" }, "wantedBy": [names],
                "relations": { "wants": [names, { "literal": "y.service" }] } })
    };
    let least = json!({ "arithmetic": {
        "op": "least", "left": { "option": ["port"] }, "right": { "literal": 9 },
    } });
    faults(target(counted(least.clone(), name.clone())), &[]);
    let many = "D0104 this may be up to 65535, and at most 1000 are counted";
    faults(target(counted(json!({ "option": ["port"] }), name.clone())), &[many, many]);
    let numbers = "D0104 these must be strings, but each is an integer";
    faults(target(json!({ "upTo": least })), &[numbers, numbers]);
    let none = "D0104 only integers are counted, not a boolean";
    faults(target(counted(json!({ "literal": true }), name)), &[none, none]);
}
