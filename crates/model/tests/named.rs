//! Names in a manifest that could not be used later are problems of the manifest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domi_model::validate;
use serde_json::{Value, json};

/// The problems of a manifest with these parts: `CODE subject: message`, the message cut where
/// the expected one ends.
#[track_caller]
fn check(parts: Value, expected: &[&str]) {
    let mut json = json!({
        "schema": "domi.feature/2",
        "feature": {
            "name": "greeter", "kind": "services", "summary": "Greets", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "options": [
            { "name": "port", "type": "port", "description": "P.", "default": { "literal": 80 } },
            { "name": "tls", "type": { "submodule": { "options": [] } }, "description": "T.",
              "default": { "literal": {} } },
        ],
    });
    json.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    let problems = validate(&serde_json::from_value(json).unwrap());
    let said: Vec<_> = problems
        .iter()
        .map(|problem| format!("{} {}: {}", problem.code, problem.subject, problem.message))
        .collect();
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said:?} is not {expected:?}");
    }
}

#[track_caller]
fn check_old_names(renamed: Value, removed: Value, expected: &[&str]) {
    let renamed = json!([{ "from": renamed, "to": ["port"] }]);
    let removed = json!([{ "option": removed, "reason": "It did nothing." }]);
    check(json!({ "renamed": renamed, "removed": removed }), expected);
}

#[test]
fn an_old_name_is_one_that_was_set() {
    check_old_names(json!(["listen", "port"]), json!(["legacy"]), &[]);
    for none in [json!([]), json!([""]), json!(["a", ""]), json!(["a\n"])] {
        let problems = &["D0108 "];
        check_old_names(none.clone(), json!(["legacy"]), problems);
        check_old_names(json!(["listen"]), none, problems);
    }
    check_old_names(
        json!(["tls", "port"]),
        json!(["legacy"]),
        &["D0108 tls.port: the old name is within the option `tls`"],
    );
    check_old_names(
        json!(["listen", "port"]),
        json!(["listen"]),
        &["D0108 listen.port: the old name is within another old name, `listen`"],
    );
}

fn test(name: &str, machines: Value, steps: Value) -> Value {
    json!({ "name": name, "body": { "run": { "machines": machines, "steps": steps } } })
}

#[test]
fn a_test_has_a_name_that_files_can_have() {
    let named = |names: &[&str]| {
        let tests: Vec<_> = names.iter().map(|n| test(n, json!({ "m": {} }), json!([]))).collect();
        json!({ "tests": tests })
    };
    check(named(&["answers, twice!", &"a".repeat(120)]), &[]);
    let longer = "a".repeat(300);
    check(named(&[&longer]), &[&format!("D0107 {longer}: a test's name has at most 120 bytes")]);
    for none in ["", "!?", "é", "a\nb", "a\u{1b}[31m", "a\tb"] {
        check(named(&[none]), &[&format!("D0107 {none}: a test's name must be a line")]);
    }
    check(
        named(&["a b", "A-b!"]),
        &["D0107 A-b!: another test, \"a b\", is called `a-b` in files too"],
    );
}

#[test]
fn machines_have_names_that_both_worlds_take() {
    let machines = json!({ "machine": {}, "from": {}, "localhost": {}, "a_b": {} });
    check(
        json!({ "tests": [test("works", machines, json!([]))] }),
        &[
            "D0107 works: \"a_b\" is no name for a machine",
            "D0107 works: \"from\" is no name for a machine",
            "D0107 works: \"localhost\" is no name for a machine",
        ],
    );
}

#[test]
fn a_pattern_for_output_is_one_that_both_worlds_read_alike() {
    let matching = |pattern: &str| {
        let output = json!({ "command": "true", "expect": { "matches": pattern } });
        let steps = json!([{ "action": { "output": output } }]);
        json!({ "tests": [test("works", json!({ "m": {} }), steps)] })
    };
    check(matching("^\\d+$"), &[]);
    check(
        matching("(?<port>\\d+)"),
        &["D0107 works: the pattern \"(?<port>\\\\d+)\" is not understood alike"],
    );
}

#[test]
fn a_test_sets_no_option_that_is_gone() {
    check(
        json!({
            "removed": [{ "option": ["legacy"], "reason": "Use `port`." }],
            "tests": [test("works", json!({ "m": { "settings": { "legacy": 1 } } }), json!([]))],
        }),
        &["D0107 works: it sets `legacy`, which is gone: Use `port`."],
    );
}

#[test]
fn a_list_of_what_there_is_is_never_empty() {
    let etc = json!([{ "path": { "literal": "x" }, "content": { "text":
        { "packagePath": { "package": { "package": "rsync" }, "path": "bin/rsync" } } } }]);
    check(
        json!({ "system": { "etc": etc } }),
        &["D0104 etc: the feature declares no package `rsync`"],
    );
}
