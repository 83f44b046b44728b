//! What is wrong with a manifest is found, named by its code, and placed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "a case is written with `json!`")]

mod accounts;
mod changes;
mod expanded;
mod files;
mod machine;
mod mounts;
mod neighbours;
mod nixos;
mod numbers;
mod scripts;
mod software;
mod strings;
mod switches;
mod together;
mod units;

use domi_model::{Manifest, validate};
use serde_json::{Value, json};

fn sound() -> Value {
    json!({
        "schema": "domi.feature/3",
        "feature": {
            "name": "greeter", "kind": "services", "summary": "Greets", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "packages": { "rsync": { "nixpkgs": ["rsync"], "debian": ["rsync"] } },
        "options": [
            { "name": "port", "type": "port", "description": "Port.", "default": { "literal": 80 } },
            { "name": "token", "type": { "nullOr": { "path": "external" } }, "description": "Token.",
              "default": { "literal": null } },
            { "name": "jobs", "description": "Jobs.", "default": { "literal": {} }, "type": {
                "attrsOf": { "submodule": { "options": [
                    { "name": "source", "type": "str", "description": "Source." },
                    { "name": "target", "type": "str", "description": "Target.",
                      "default": { "text": [ { "literal": "/var/" }, { "variable": { "name": "name" } } ] } },
                ] } } } },
        ],
        "system": { "units": [ {
            "kind": "service", "name": { "literal": "greeter" },
            "config": { "LoadCredential": {
                "value": { "text": [ { "literal": "token:" }, { "option": ["token"] } ] },
                "when": { "compare": { "op": "notEqual", "left": { "option": ["token"] },
                          "right": { "literal": null } } },
            } },
            "commands": { "ExecStart": [ { "argv": { "list": [ { "literal": "/bin/sh" }, { "option": ["port"] } ] } } ] },
        } ] },
        "tests": [ { "name": "works", "body": { "run": {
            "machines": { "machine": { "settings": { "port": 81 } } },
            "steps": [ { "action": { "waitForPort": 81 } } ],
        } } } ],
    })
}

/// Changes one thing of a sound manifest, and expects exactly these codes and subjects.
#[track_caller]
fn check(change: impl FnOnce(&mut Value), expected: &[(&str, &str)]) {
    let mut json = sound();
    change(&mut json);
    let manifest: Manifest = serde_json::from_value(json).unwrap();
    let problems = validate(&manifest);
    let found: Vec<_> = problems.iter().map(|p| (p.code.0, &*p.subject)).collect();
    assert_eq!(found, expected, "{problems:#?}");
}

/// The faults of units beside that of the sound manifest.
#[track_caller]
fn all_faults(units: Value, expected: &[&str]) {
    let mut json = sound();
    let all = json["system"]["units"].as_array_mut().unwrap();
    all.extend(units.as_array().unwrap().iter().cloned());
    let problems = validate(&serde_json::from_value(json).unwrap());
    let found: Vec<_> = problems.iter().map(|it| format!("{} {}", it.code.0, it.message)).collect();
    assert_eq!(found.len(), expected.len(), "{units} {found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

/// The same of one unit.
#[track_caller]
fn faults(unit: Value, expected: &[&str]) {
    all_faults(json!([unit]), expected);
}

#[test]
fn a_sound_manifest_has_no_problems() {
    check(|_| (), &[]);
}

#[test]
fn names_must_have_their_form() {
    check(|m| m["feature"]["name"] = json!("Greeter\"; x"), &[("D0101", "Greeter\"; x")]);
    check(
        |m| m["options"][0]["name"] = json!("po${rt}"),
        &[("D0101", "\"po${rt}\""), ("D0104", "greeter.service"), ("D0202", "port")],
    );
    check(
        |m| m["options"][0]["name"] = json!("enable"),
        &[("D0102", "enable"), ("D0104", "greeter.service"), ("D0202", "port")],
    );
}

#[test]
fn types_must_be_expressible() {
    let ty = |ty: Value| {
        move |m: &mut Value| {
            m["options"][1]["type"] = ty;
            m["options"][1].as_object_mut().unwrap().remove("default");
            m["system"] = json!({});
        }
    };
    check(ty(json!({ "strMatching": "\\d+" })), &[("D0103", "token")]);
    check(ty(json!({ "int": { "min": 2, "max": 1 } })), &[("D0103", "token")]);
    check(
        ty(json!({ "oneOf": [{ "listOf": "str" }, { "listOf": "bool" }] })),
        &[("D0103", "token")],
    );
    check(ty(json!({ "oneOf": ["str", { "listOf": "bool" }] })), &[]);
    check(ty(json!({ "enum": [] })), &[("D0103", "token")]);
    check(ty(json!({ "intEnum": [] })), &[("D0103", "token")]);
    check(ty(json!({ "intEnum": [1, 1] })), &[("D0103", "token")]);
    check(ty(json!({ "intEnum": [1, -1] })), &[]);
    let coerced = |from: Value, by: Value, to: Value| json!({ "coerced": { "from": from, "by": by, "to": to } });
    let strings = || json!({ "listOf": "str" });
    let join = || coerced(strings(), json!({ "join": "," }), json!("str"));
    for (from, by, to, expected) in [
        (json!("port"), json!("singleton"), json!({ "nonEmptyListOf": "port" }), &[] as &[_]),
        (
            json!("port"),
            json!("singleton"),
            json!({ "nonEmptyListOf": "str" }),
            &[("D0103", "token")],
        ),
        (
            strings(),
            json!("singleton"),
            json!({ "nonEmptyListOf": strings() }),
            &[("D0103", "token")],
        ),
        (
            json!("package"),
            json!("singleton"),
            json!({ "nonEmptyListOf": "package" }),
            &[("D0103", "token")],
        ),
        (json!("port"), json!("digits"), json!("nonEmptyStr"), &[]),
        (json!("str"), json!("digits"), json!("str"), &[("D0103", "token")]),
        (json!("port"), json!("digits"), json!({ "path": "any" }), &[("D0103", "token")]),
        (json!({ "listOf": "port" }), json!({ "join": "," }), json!("str"), &[("D0103", "token")]),
    ] {
        check(ty(coerced(from, by, to)), expected);
    }
    check(ty(join()), &[]);
    check(ty(json!({ "oneOf": [join(), { "int": {} }] })), &[("D0103", "token")]);
}

#[test]
fn defaults_and_examples_must_be_of_the_type() {
    check(|m| m["options"][0]["default"] = json!({ "literal": 99999 }), &[("D0201", "port")]);
    check(|m| m["options"][0]["example"] = json!("eighty"), &[("D0201", "port")]);
    check(|m| m["options"][0]["default"] = json!({ "option": ["token"] }), &[("D0201", "port")]);
}

#[test]
fn expressions_must_have_a_value_for_every_legal_setting() {
    let argument = |argument: Value| {
        move |m: &mut Value| {
            m["system"]["units"][0]["commands"]["ExecStart"][0]["argv"]["list"][1] = argument;
        }
    };
    check(argument(json!({ "option": ["prot"] })), &[("D0104", "greeter.service")]);
    check(argument(json!({ "text": [{ "option": ["token"] }] })), &[("D0104", "greeter.service")]);
    check(argument(json!({ "variable": { "name": "job" } })), &[("D0104", "greeter.service")]);
    check(argument(json!({ "package": "rsink" })), &[("D0104", "greeter.service")]);
    check(
        argument(json!({ "packagePath": { "package": { "package": "rsync" }, "path": "../x" } })),
        &[("D0104", "greeter.service")],
    );
    check(
        |m| {
            m["system"]["units"][0]["config"]["LoadCredential"]
                .as_object_mut()
                .unwrap()
                .remove("when");
        },
        &[("D0104", "greeter.service")],
    );
}

#[test]
fn an_instance_knows_its_name_and_its_options() {
    check(
        |m| {
            m["system"]["units"][0]["name"] =
                json!({ "text": [{ "literal": "copy-" }, { "variable": { "name": "id" } }] });
            m["system"]["units"][0]["scope"] =
                json!({ "each": { "over": { "option": ["jobs"] }, "name": "id", "value": "job" } });
            m["system"]["units"][0]["commands"]["ExecStart"][0]["argv"]["list"][1] =
                json!({ "variable": { "name": "job", "path": ["source"] } });
        },
        &[],
    );
}

#[test]
fn tests_must_be_sound() {
    check(|m| m["tests"][0]["body"]["run"]["machines"] = json!({}), &[("D0107", "works")]);
    check(
        |m| m["tests"][0]["body"]["run"]["machines"]["machine"]["settings"]["prot"] = json!(1),
        &[("D0202", "prot")],
    );
    check(
        |m| m["tests"][0]["body"]["run"]["steps"][0]["machine"] = json!("other"),
        &[("D0107", "works")],
    );
}

#[test]
fn a_network_is_slow_or_loses_packets_within_bounds_and_between_machines() {
    let on_two = |action: Value, expected: &[(&str, &str)]| {
        check(
            |m| {
                let run = &mut m["tests"][0]["body"]["run"];
                run["machines"]["other"] =
                    json!({ "settings": run["machines"]["machine"]["settings"] });
                run["steps"] = json!([{ "machine": "other", "action": action }]);
            },
            expected,
        );
    };
    let wrong = &[("D0107", "works")];
    for (millis, percent) in [(1, 1), (10_000, 100)] {
        on_two(json!({ "delayNetwork": { "millis": millis } }), &[]);
        on_two(json!({ "losePackets": { "percent": percent } }), &[]);
    }
    for (millis, percent) in [(0, 0), (10_001, 101)] {
        on_two(json!({ "delayNetwork": { "millis": millis } }), wrong);
        on_two(json!({ "losePackets": { "percent": percent } }), wrong);
    }
    for alone in
        [json!({ "delayNetwork": { "millis": 1 } }), json!({ "losePackets": { "percent": 1 } })]
    {
        check(
            |m| m["tests"][0]["body"]["run"]["steps"] = json!([{ "action": alone.clone() }]),
            wrong,
        );
    }
}

#[test]
fn a_file_that_is_there_before_the_feature_is_no_larger_than_systemd_makes_it() {
    let file =
        |length: usize| json!({ "path": "/a", "content": "x".repeat(length), "mode": "0644" });
    let before = |length: usize, expected: &[(&str, &str)]| {
        let files = json!([file(length)]);
        check(|m| m["tests"][0]["body"]["run"]["machines"]["machine"]["files"] = files, expected);
    };
    before(4095, &[]);
    before(4096, &[("D0107", "works")]);
    let write = json!([{ "action": { "write": file(100_000) } }]);
    check(|m| m["tests"][0]["body"]["run"]["steps"] = write, &[]);
}

#[test]
fn why_a_test_needs_a_kernel_is_a_line() {
    let why = |why: &str, expected: &[(&str, &str)]| {
        check(|m| m["tests"][0]["body"]["run"]["needsKernel"] = json!(why), expected);
    };
    why("reads dmesg", &[]);
    why(" ", &[("D0107", "works")]);
    why("reads\ndmesg", &[("D0107", "works")]);
}

#[test]
fn only_what_a_machine_takes_its_time_for_has_a_limit() {
    let step = |action: Value| {
        move |m: &mut Value| {
            let step = json!({ "machine": "machine", "action": action, "limit": 300 });
            m["tests"][0]["body"]["run"]["steps"] = json!([step]);
        }
    };
    check(step(json!({ "waitForPort": 80 })), &[]);
    check(step(json!({ "fail": "false" })), &[]);
    check(step(json!("reboot")), &[("D0107", "works")]);
}

#[test]
fn renames_must_lead_somewhere() {
    check(|m| m["renamed"] = json!([{ "from": ["listen"], "to": ["port"] }]), &[]);
    check(
        |m| m["renamed"] = json!([{ "from": ["port"], "to": ["prot"] }]),
        &[("D0108", "port"), ("D0108", "port")],
    );
    let read_only = |m: &mut Value| {
        m["renamed"] = json!([{ "from": ["listen"], "to": ["port"] }]);
        m["options"][0]["readOnly"] = json!(true);
    };
    check(read_only, &[]);
}

#[test]
fn the_schema_accepts_a_sound_manifest_and_refuses_another() {
    let schema = jsonschema::validator_for(&domi_model::schema()).unwrap();
    assert!(schema.is_valid(&sound()));
    let mut wrong = sound();
    wrong["options"][0]["type"] = json!("prot");
    assert!(!schema.is_valid(&wrong));
}
