//! Names in a manifest that could not be used later are problems of the manifest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "a case is written with `json!`")]

use domi_model::validate;
use serde_json::{Value, json};

/// The problems of a manifest with these parts: `CODE subject: message`, the message cut where
/// the expected one ends.
#[track_caller]
fn check(parts: Value, expected: &[&str]) {
    let mut json = json!({
        "schema": "domi.feature/3",
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
        &["D0104 etc file `x`: the feature declares no package `rsync`"],
    );
}

/// A service that systemd takes, with these keys too.
fn service(name: &str, more: Value) -> Value {
    let argv = json!({ "list": [{ "literal": "/bin/sh" }] });
    let mut unit = json!({
        "kind": "service", "name": { "literal": name }, "commands": { "ExecStart": [{ "argv": argv }] },
    });
    unit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    unit
}

fn units(units: Value) -> Value {
    json!({ "system": { "units": units } })
}

#[test]
fn a_unit_has_a_name_that_systemd_takes() {
    for good in ["copy", "copy@", "copy@a", "a.b", "a\\x2db", "a:b", "x-"] {
        check(units(json!([service(good, json!({}))])), &[]);
    }
    let long = "a".repeat(248);
    for bad in ["", ".", ".a", "@", "@a", "a b", "a/b", "é", "a\n", &long] {
        check(units(json!([service(bad, json!({}))])), &[&format!("D0101 {bad}.service: ")]);
    }
    for suffixed in ["x.service", "x.timer", "x.target"] {
        let message = format!(
            "D0101 {suffixed}.service: {suffixed:?} has a suffix already; the name alone is `x`"
        );
        check(units(json!([service(suffixed, json!({}))])), &[&message]);
    }
    let slice = |name: &str| units(json!([{ "kind": "slice", "name": { "literal": name } }]));
    check(slice("a-b"), &[]);
    for bad in ["a--b", "a-", "-a", "a@b"] {
        check(slice(bad), &[&format!("D0101 {bad}.slice: ")]);
    }
}

#[test]
fn other_units_are_called_by_their_full_names() {
    let after = |name: &str| {
        units(json!([service("a", json!({ "relations": { "after": [{ "literal": name }] } }))]))
    };
    check(after("network.target"), &[]);
    for bad in ["foo", "", ".target", "a b.target", "a.socks"] {
        check(after(bad), &["D0101 a.service: "]);
    }
    for names in [
        json!({ "literal": "multi-user" }),
        json!({ "literal": ["a.target", "multi-user"] }),
        json!({ "list": [{ "literal": "a.target" }, { "literal": "multi-user" }] }),
        json!({ "concat": [{ "literal": ["a.target"] }, { "literal": ["multi-user"] }] }),
    ] {
        let wanted = json!({ "wantedBy": [names] });
        check(units(json!([service("a", wanted)])), &["D0101 a.service: "]);
        let after = json!({ "relations": { "after": [names] } });
        check(units(json!([service("a", after)])), &["D0101 a.service: "]);
    }
}

#[test]
fn variables_have_names_that_systemd_sets() {
    let set = |name: &str| {
        let environment = json!({ "environment": { name: { "value": { "literal": "x" } } } });
        units(json!([service("a", environment)]))
    };
    for good in ["A", "_a1", "http_proxy"] {
        check(set(good), &[]);
    }
    for bad in ["MY-VAR", "1A", "PATH"] {
        check(set(bad), &["D0101 a.service: "]);
    }
}

#[test]
fn a_unit_has_what_systemd_wants_of_its_kind() {
    let set =
        |key: &str, value: Value| json!({ "config": { key: { "value": { "literal": value } } } });
    let bare = |kind: &str, more: Value| {
        let mut unit = json!({ "kind": kind, "name": { "literal": "a" } });
        unit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        units(json!([unit]))
    };
    for kind in ["service", "timer", "socket", "path"] {
        check(bare(kind, json!({})), &[&format!("D0106 a.{kind}: ")]);
    }
    check(bare("timer", set("OnCalendar", json!("daily"))), &[]);
    check(bare("socket", set("ListenStream", json!(80))), &[]);
    check(bare("path", set("PathExists", json!("/run/x"))), &[]);
    check(bare("target", json!({})), &[]);
    check(bare("slice", json!({})), &[]);
    check(bare("service", set("Type", json!("oneshot"))), &["D0106 a.service: "]);
    let argv = || json!({ "argv": { "list": [{ "literal": "/bin/sh" }] } });
    let stops = json!({ "commands": { "ExecStop": [argv()] }, "config": {
        "Type": { "value": { "literal": "oneshot" } },
        "RemainAfterExit": { "value": { "literal": true } },
    } });
    check(bare("service", stops), &[]);
    let twice = json!({ "commands": { "ExecStart": [argv(), argv()] } });
    check(bare("service", twice), &["D0106 a.service: only a service of the type `oneshot`"]);
}

#[test]
fn parts_have_names_of_their_own() {
    let two = json!([service("a", json!({})), service("a", json!({}))]);
    check(units(two), &["D0102 a.service: two units"]);
    let when = |on: bool| json!({ "scope": { "when": { "literal": on } } });
    check(units(json!([service("a", when(true)), service("a", when(false))])), &[]);
    let user = |group: &str| json!({ "name": { "literal": "a" }, "group": { "literal": group } });
    let users = |one: &str, other: &str| json!({ "system": { "users": [user(one), user(other)] } });
    check(users("a", "a"), &[]);
    check(users("a", "b"), &["D0102 user `a`: two parts of the feature give it another `group`"]);
    let part = |field: &str, value: &str| {
        let mut part = user("a");
        part[field] = json!({ "literal": value });
        part
    };
    let parts = |one: Value, other: Value| json!({ "system": { "users": [one, other] } });
    check(parts(part("home", "/srv"), part("description", "A")), &[]);
    check(
        parts(part("home", "/srv"), part("home", "/")),
        &["D0102 user `a`: two parts of the feature give it another `home`"],
    );
    let rule = |field: &str, value: Value| {
        let mut rule = json!({ "kind": "d", "path": { "literal": "/run/x" } });
        rule[field] = value;
        rule
    };
    let rules = |one: Value, other: Value| json!({ "system": { "tmpfiles": [one, other] } });
    check(rules(rule("mode", json!("0750")), rule("age", json!({ "literal": "1d" }))), &[]);
    check(
        rules(rule("mode", json!("0750")), rule("mode", json!("0700"))),
        &["D0102 tmpfiles rule `/run/x`: two rules of type `d` give this path another `mode`"],
    );
}

#[test]
fn a_rule_has_a_path_that_leads_nowhere_else() {
    let rule = |path: Value| json!({ "system": { "tmpfiles": [{ "kind": "d", "path": path }] } });
    let literal = |path: &str| json!({ "literal": path });
    let below = |specifier: &str, rest: &str| json!({ "text": [{ "specifier": specifier }, { "literal": rest }] });
    for path in [literal("/run/x"), literal("/100%"), literal("/a/..b/.c"), below("%t", "/x")] {
        check(rule(path), &[]);
    }
    for path in [
        literal("run"),
        literal("/a/../b"),
        literal("/a/."),
        literal("%t/x"),
        below("%t", "/../x"),
        literal(&format!("/{}", "a".repeat(256))),
    ] {
        check(rule(path), &["D0101 tmpfiles rule `"]);
    }
}

#[test]
fn users_and_groups_have_names_that_both_worlds_take() {
    let user = |name: &str, home: &str| {
        let user = json!({ "name": { "literal": name }, "group": { "literal": "users" },
            "home": { "literal": home } });
        json!({ "system": { "users": [user] } })
    };
    check(user("feature-x", "/var/lib/x"), &[]);
    for bad in ["", ".", "-a", "a:b", "a b", &"a".repeat(32)] {
        check(user(bad, "/var/lib/x"), &[&format!("D0101 user `{bad}`: ")]);
    }
    for bad in ["rel", "/a/..", "/a/./b", "/a:b", "/a\n"] {
        assert!(!validate_system(&user("a", bad)).is_empty(), "{bad:?}");
    }
    check(
        json!({ "system": { "groups": [{ "name": { "literal": "a.b" } }] } }),
        &["D0101 group `a.b`: "],
    );
}

fn validate_system(parts: &Value) -> Vec<domi_model::Problem> {
    let mut json = json!({
        "schema": "domi.feature/3",
        "feature": {
            "name": "greeter", "kind": "services", "summary": "Greets", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
    });
    json.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    validate(&serde_json::from_value(json).unwrap())
}

fn etc(paths: &[&str]) -> Value {
    let file = |path: &&str| json!({ "path": { "literal": path }, "content": { "text": { "literal": "" } } });
    paths.iter().map(file).collect()
}

#[test]
fn files_of_etc_are_below_it_and_each_is_one() {
    check(json!({ "system": { "etc": etc(&["a", "b/c", "b/d", "a.b"]) } }), &[]);
    for bad in ["", "../passwd", "/etc/foo", "a//b", "a/", "a/./b", "a\n", &"a".repeat(256)] {
        check(json!({ "system": { "etc": etc(&[bad]) } }), &[&format!("D0101 etc file `{bad}`: ")]);
    }
    check(
        json!({ "system": { "etc": etc(&["a", "a"]) } }),
        &["D0102 etc file `a`: two parts of the feature write this file"],
    );
    for pair in [["pys", "pys/inner"], ["pys/inner", "pys"]] {
        let second = pair[1];
        let message = format!(
            "D0102 etc file `{second}`: `pys` is a file, and a folder with `pys/inner` in it"
        );
        check(json!({ "system": { "etc": etc(&pair) } }), &[&message]);
    }
}

#[test]
fn rules_of_tmpfiles_leave_files_of_etc_alone() {
    let with = |kind: &str, path: &str| {
        let rule = json!({ "kind": kind, "path": { "literal": path } });
        json!({ "system": { "etc": etc(&["a", "b/c"]), "tmpfiles": [rule] } })
    };
    for (kind, path) in [("d", "/etc/b"), ("d", "/srv/a"), ("f", "/etc/b/d"), ("z", "/etc/b")] {
        check(with(kind, path), &[]);
    }
    for (kind, path) in [("f", "/etc/a"), ("d", "/etc/a/"), ("d", "/etc/a/x"), ("L+", "/etc/b")] {
        check(with(kind, path), &[&format!("D0106 tmpfiles rule `{path}`: ")]);
    }
    for bad in ["rel", "/srv/../etc", "/srv/."] {
        check(with("d", bad), &[&format!("D0101 tmpfiles rule `{bad}`: ")]);
    }
}
