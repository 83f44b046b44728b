//! Scripts and environment files.

use domi_model::scripts;
use serde_json::{Value, json};

use crate::{all_faults, faults, sound};

fn service(word: Value) -> Value {
    let sh = json!({ "literal": "/bin/sh" });
    json!({ "kind": "service", "name": { "literal": "x" },
            "commands": { "ExecStart": [{ "argv": { "list": [sh, word] } }] } })
}

#[test]
fn a_script_has_a_text_and_variables_of_small_letters() {
    let check = |script: Value, expected: &[&str]| {
        let word = service(json!({ "script": script }));
        let expected: Vec<_> =
            expected.iter().map(|fault| format!("D0104 ExecStart: {fault}")).collect();
        faults(word, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    let port = json!({ "option": ["port"] });
    let list = json!({ "list": [port, { "literal": "a" }] });
    check(json!({ "name": "x", "text": "true", "values": { "port_1": port } }), &[]);
    check(json!({ "name": "x", "text": "true", "lists": { "a": list } }), &[]);
    check(json!({ "name": "x/y", "text": "true" }), &["\"x/y\" is no file name"]);
    check(json!({ "name": "x", "text": " " }), &["a script has a text"]);
    check(json!({ "name": "x", "text": "a\r\nb" }), &["a script has a text"]);
    for name in ["PATH", "a-b", "1a", "_a", ""] {
        check(json!({ "name": "x", "text": "true", "values": { name: port } }), &["\""]);
    }
    check(
        json!({ "name": "x", "text": "true", "values": { "a": port }, "lists": { "a": list } }),
        &["the variable `a` is given twice"],
    );
    check(json!({ "name": "x", "text": "true", "values": { "a": list } }), &["a: this must be a"]);
    check(
        json!({ "name": "x", "text": "true", "lists": { "a": port } }),
        &["a: this must be a list"],
    );
    let flags = json!({ "list": [{ "literal": true }] });
    check(json!({ "name": "x", "text": "true", "lists": { "a": flags } }), &["a: a boolean is no"]);
    let token = json!({ "option": ["token"] });
    check(
        json!({ "name": "x", "text": "true", "values": { "a": token } }),
        &["a: this may be null"],
    );
    check(json!({ "name": "x", "text": "/usr/bin/curl x" }), &["NixOS has no `/usr/bin/curl`"]);
    let specifier = json!({ "specifier": "%i" });
    check(
        json!({ "name": "x", "text": "true", "values": { "a": specifier } }),
        &["a: systemd does not expand `%i` here"],
    );
}

#[test]
fn variables_of_an_environment_file_are_texts_by_their_names() {
    let check = |variables: Value, expected: &[&str]| {
        let word = json!({ "toEnvironment": variables });
        let expected: Vec<_> =
            expected.iter().map(|fault| format!("D0104 ExecStart: {fault}")).collect();
        all_faults(
            json!([service(word)]),
            &expected.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    };
    let token = json!({ "attrs": { "TOKEN": { "option": ["token"] } } });
    check(json!({ "attrs": { "A": { "option": ["port"] }, "B": { "literal": true } } }), &[]);
    check(json!({ "withoutNulls": token }), &[]);
    check(token, &["TOKEN: a variable is a string"]);
    check(
        json!({ "attrs": { "A-B": { "literal": "" } } }),
        &["\"A-B\" is no environment variable"],
    );
    check(json!({ "literal": { "A": 0.5 } }), &["A: a variable is a string"]);
    check(json!({ "option": ["jobs"] }), &["<name>: a variable is a string"]);
    check(json!({ "option": ["port"] }), &["an environment file is made of an attribute set"]);
}

#[test]
fn scripts_are_found_wherever_they_are_made() {
    let script = |name: &str| json!({ "script": { "name": name, "text": "true" } });
    let mut json = sound();
    json["options"].as_array_mut().unwrap().push(json!({
        "name": "tool", "type": "str", "description": "Tool.", "default": script("default"),
    }));
    let units = json["system"]["units"].as_array_mut().unwrap();
    units.extend([
        service(script("word")),
        service(json!({ "textFile": { "name": "fixed.sh", "text": { "literal": "true\n" } } })),
        service(json!({ "textFile": { "name": "other", "text": { "literal": "true\n" } } })),
        service(json!({ "text": [script("part"), script("word")] })),
    ]);
    let found = scripts(&serde_json::from_value(json).unwrap());
    let mut names: Vec<_> = found.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    assert_eq!(names, ["default", "fixed.sh", "part", "word"]);
    assert_eq!(found[0].1, "#!/bin/bash\nset -e\ntrue\n");
}

#[test]
fn a_command_is_one_script_by_a_name_that_nobody_else_has() {
    let check = |packages: Value, expected: &[(&str, &str)]| {
        crate::check(|manifest| manifest["system"]["packages"] = packages, expected);
    };
    let script = |name: &str| json!({ "script": { "name": name, "text": "true" } });
    let one = |name: &str| json!({ "package": script(name) });
    check(json!([one("shop-status"), one("shop2")]), &[]);
    check(json!([{ "package": { "package": "rsync" } }, one("shop")]), &[]);
    for name in ["Shop", "2shop", "shop.sh", "shop_status"] {
        check(json!([one(name)]), &[("D0104", &format!("command {name}"))]);
    }
    check(json!([one("shop"), one("shop")]), &[("D0104", "command shop")]);
    let each = json!({ "over": { "option": ["jobs"] }, "name": "name", "value": "job" });
    let many = json!({ "package": script("shop"), "scope": { "each": each } });
    check(json!([many]), &[("D0104", "command shop")]);
    // No other file is one.
    let file = json!({ "textFile": { "name": "x", "text": { "literal": "" } } });
    check(json!([{ "package": file }]), &[("D0104", "installed package `<…>`")]);
}
