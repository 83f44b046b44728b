use domi_model::Manifest;
use serde_json::{Value as Json, json};

use super::*;
use crate::settings::definition::{AFTER, BEFORE, DEFAULT, FORCE};

fn manifest() -> Manifest {
    let submodule = json!({"submodule": {"options": [
        {"name": "names", "type": {"listOf": "str"}, "description": "x", "default": {"literal": []}},
        {"name": "port", "type": "port", "description": "x", "default": {"literal": 1}},
    ]}});
    let types = json!({
        "text": "str", "lines": "lines", "flag": "bool", "list": {"listOf": "str"},
        "some": {"nonEmptyListOf": "str"}, "maybe": {"nullOr": "str"}, "any": "anything",
        "number": {"number": {}}, "package": "package", "labels": {"attrsOf": "str"},
        "words": {"separatedStr": "; "}, "level": {"intEnum": [1, 2]},
        "hosts": {"coerced": {"from": "str", "by": "singleton", "to": {"listOf": "str"}}},
        "mask": {"coerced": {"from": {"int": {}}, "by": "digits", "to": "str"}},
        "script": {"nullOr": {"coerced": {"from": {"listOf": "str"}, "by": {"join": "\n"}, "to": "lines"}}},
        "lists": {"attrsOf": {"listOf": "str"}}, "either": {"oneOf": ["bool", {"listOf": "str"}]},
        "one": submodule, "jobs": {"attrsOf": submodule}, "free": {"settings": {"format": "json"}},
        "file": {"settings": {"format": "keyvalue"}},
        "tag": {"attrTag": [
            {"name": "port", "description": "x", "type": "port"},
            {"name": "list", "description": "x", "type": {"listOf": "str"}},
        ]},
    });
    let option = |(name, ty): (&String, &Json)| {
        let default =
            if name == "text" { json!({"literal": "d"}) } else { json!({"option": [name]}) };
        json!({"name": name, "type": ty, "description": "x", "default": default})
    };
    let options: Vec<Json> = types.as_object().unwrap().iter().map(option).collect();
    serde_json::from_value(json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "f", "kind": "services", "summary": "F", "maturity": "dev", "version": "0.1.0",
            "platforms": ["x86_64-linux"],
        },
        "packages": {"p": {"nixpkgs": ["p"], "debian": ["p"]}},
        "options": options, "system": {},
    }))
    .unwrap()
}

fn with(kind: &str, number: i64, content: &Json) -> Json {
    json!({"_type": kind, "priority": number, "content": content})
}

fn force(content: &Json) -> Json {
    with("override", FORCE, content)
}

fn default(content: &Json) -> Json {
    with("override", DEFAULT, content)
}

fn modules(json: &Json) -> Vec<Module> {
    let Value::List(all) = Value::from_json(json.clone()).unwrap() else { panic!("a list") };
    let read = |(at, each): (usize, &Value)| match each {
        Value::Attrs(settings) => Module::read(format!("module {at}"), settings),
        _ => panic!("a set"),
    };
    all.iter().enumerate().map(read).collect()
}

#[track_caller]
fn merges(given: &Json, expected: &Json) {
    let merged = merge(&manifest(), &modules(given));
    assert_eq!(merged.problems, [], "{given}");
    assert_eq!(Value::Attrs(merged.settings).to_json(), *expected, "{given}");
}

/// The values of one option, each in a module of its own, and what they come to.
#[track_caller]
fn of(name: &str, values: &[Json], expected: &Json) {
    let given: Json = values.iter().map(|value| json!({ name: value })).collect();
    merges(&given, &json!({ name: expected }));
}

#[track_caller]
fn refuses(name: &str, values: &[Json], subject: &str) {
    let given: Json = values.iter().map(|value| json!({ name: value })).collect();
    let problems = merge(&manifest(), &modules(&given)).problems;
    let subjects: Vec<&str> = problems.iter().map(|problem| problem.subject.as_str()).collect();
    assert!(subjects.contains(&subject), "{given}: {problems:?}");
}

#[test]
fn each_type_merges_as_in_nixos() {
    of("text", &[json!("a"), json!("a")], &json!("a"));
    of("lines", &[json!("a"), json!("b\n"), json!("")], &json!("\nb\n\na"));
    of("flag", &[json!(true), json!(true)], &json!(true));
    of("list", &[json!(["a"]), json!([]), json!(["b", "a"])], &json!(["b", "a", "a"]));
    of("some", &[json!(["a"]), json!(["b"])], &json!(["b", "a"]));
    of("maybe", &[json!(null), json!(null)], &json!(null));
    of("maybe", &[json!("a"), json!("a")], &json!("a"));
    of("number", &[json!(0.0), json!(-0.0)], &json!(-0.0));
    of("any", &[json!({"a": 1}), json!({"a": 1, "b": [1]})], &json!({"a": 1, "b": [1]}));
    of("any", &[json!([1]), json!([1.0])], &json!([1.0]));
    of("labels", &[json!({"a": "1"}), json!({"b": "2"})], &json!({"a": "1", "b": "2"}));
    of("lists", &[json!({"a": ["1"]}), json!({"a": ["2"]})], &json!({"a": ["2", "1"]}));
    of("either", &[json!(["a"]), json!(["b"])], &json!(["b", "a"]));
    of("tag", &[json!({"list": ["a"]}), json!({"list": ["b"]})], &json!({"list": ["b", "a"]}));
    of(
        "free",
        &[json!({"a": {"b": [1]}}), json!({"a": {"b": [2], "c": 1}})],
        &json!({"a": {"b": [1, 2], "c": 1}}),
    );
    of(
        "file",
        &[json!({"a": ["x"], "b": 1}), json!({"a": ["y"]})],
        &json!({"a": ["x", "y"], "b": 1}),
    );
    of("words", &[json!("a"), json!(""), json!("b; ")], &json!("b; ; ; a"));
    of("level", &[json!(1), json!(1)], &json!(1));
    of("hosts", &[json!("a"), json!(["b"]), json!("c")], &json!(["c", "b", "a"]));
    of("mask", &[json!(22), json!("22")], &json!("22"));
    of("script", &[json!(["a", "b"]), json!("c")], &json!("c\na\nb"));
    // The modules of a submodule are turned around again.
    of(
        "one",
        &[json!({"names": ["a"]}), json!({"names": ["b"], "port": 2})],
        &json!({"names": ["a", "b"], "port": 2}),
    );
    of(
        "jobs",
        &[json!({"x": {"names": ["a"]}}), json!({"x": {"names": ["b"]}, "y": {}})],
        &json!({"x": {"names": ["a", "b"]}, "y": {}}),
    );
}

#[test]
fn what_cannot_be_merged_names_the_option() {
    for (name, one, other) in [
        ("text", json!("a"), json!("b")),
        ("text", json!("a"), json!(1)),
        ("flag", json!(true), json!(false)),
        ("some", json!(["a"]), json!([])),
        ("maybe", json!("a"), json!(null)),
        ("level", json!(1), json!(2)),
        ("level", json!(1), json!(1.0)),
        ("mask", json!(22), json!("022")),
        ("hosts", json!("a"), json!(1)),
        ("script", json!(["a"]), json!([1])),
        ("number", json!(1), json!(1.0)),
        ("package", json!("p"), json!("p")),
        ("either", json!(true), json!(["a"])),
        ("any", json!([1]), json!([2])),
        ("any", json!([1]), json!({})),
        ("list", json!(["a"]), json!({"a": 1})),
        ("tag", json!({"port": 1}), json!({"list": []})),
        ("labels", json!({"a": {"_type": "x"}}), json!(null)),
    ] {
        refuses(name, &[one, other], name);
    }
    let ordered = |content| with("order", AFTER, &content);
    refuses("one", &[ordered(json!({"port": 1}))], "one");
    refuses("jobs", &[json!({"x": ordered(json!({}))})], "jobs.x");
    refuses("free", &[ordered(json!({"a": 1}))], "free");
    refuses("labels", &[json!({"a": "1"}), json!({"a": "2"})], "labels.a");
    refuses("one", &[json!({"port": 1}), json!({"port": 2})], "one.port");
    refuses("free", &[json!({"a": [1]}), json!({"a": 1})], "free.a");
    refuses("file", &[json!({"a": [1]}), json!({"a": 1})], "file.a");
    refuses("file", &[json!({"a": 1}), json!({"a": 2})], "file.a");
    refuses("any", &[json!({"a": {"b": 1}}), json!({"a": {"b": 2}})], "any.a.b");
}

#[test]
fn what_cannot_be_merged_of_a_feature_that_is_off_is_a_warning() {
    let odd = [json!({ "flag": true, "list": 1 }), json!({ "flag": false, "list": [] })];
    let said = |enable: &[Json]| {
        let on = enable.iter().map(|it| json!({ "enable": it }));
        let all: Vec<Json> = odd.iter().cloned().chain(on).collect();
        let Merged { problems, warnings, .. } = merge(&manifest(), &modules(&json!(all)));
        let subjects = |them: Vec<Problem>| them.into_iter().map(|it| it.subject).collect();
        (subjects(problems), subjects(warnings))
    };
    let (names, none) = (vec!["flag".to_owned(), "list".to_owned()], Vec::<String>::new());
    assert_eq!(said(&[json!(true)]), (names.clone(), none.clone()));
    assert_eq!(said(&[json!(false)]), (none, names.clone()));
    // Nobody knows then whether it is off.
    let (problems, _) = said(&[json!(true), json!(false)]);
    assert!(problems.contains(&"enable".to_owned()), "{problems:?}");
}

#[test]
fn a_refusal_names_the_definitions() {
    let given = json!([{"text": "a"}, {"text": "b"}]);
    let problem = merge(&manifest(), &modules(&given)).problems.remove(0);
    assert_eq!(problem.code, CONFLICT);
    assert_eq!(problem.message, "is defined as \"b\" in module 1, \"a\" in module 0");
}

#[test]
fn the_lowest_priority_counts_at_any_depth() {
    of("text", &[json!("a"), force(&json!("b"))], &json!("b"));
    of("text", &[json!("a"), default(&json!("b"))], &json!("a"));
    of("text", &[force(&json!("a")), with("override", 10, &json!("b"))], &json!("b"));
    // What does not count is not looked at.
    of("text", &[json!(1), force(&json!("b"))], &json!("b"));
    of("list", &[default(&json!(["a"])), default(&json!(["b"]))], &json!(["b", "a"]));
    of("labels", &[json!({"a": "1", "b": "2"}), force(&json!({"a": "3"}))], &json!({"a": "3"}));
    of(
        "labels",
        &[json!({"a": "1", "b": "2"}), json!({"a": force(&json!("3"))})],
        &json!({"a": "3", "b": "2"}),
    );
    of("one", &[json!({"port": 2}), json!({"port": default(&json!(3))})], &json!({"port": 2}));
    of(
        "free",
        &[json!({"a": {"b": 1}}), json!({"a": {"b": force(&json!("x"))}})],
        &json!({"a": {"b": "x"}}),
    );
    of("tag", &[json!({"port": force(&json!(1))}), json!({"port": 2})], &json!({"port": 1}));
}

#[test]
fn a_default_of_the_option_counts_as_a_definition() {
    let low = |number| with("override", number, &json!("a"));
    merges(&json!([{"text": low(1501)}]), &json!({}));
    of("text", &[with("override", 1500, &json!("d"))], &json!("d"));
    refuses("text", &[low(1500)], "text");
    refuses("lines", &[low(1500)], "lines");
    merges(&json!([{"enable": with("override", 1501, &json!(true))}]), &json!({"enable": false}));
    merges(&json!([{"enable": true}, {"enable": true}]), &json!({"enable": true}));
}

#[test]
fn orders_sort_what_counts() {
    let before = |content| with("order", BEFORE, &content);
    let after = |content| with("order", AFTER, &content);
    of("list", &[before(json!(["a"])), json!(["b"]), after(json!(["c"]))], &json!(["a", "b", "c"]));
    of("lines", &[after(json!("a")), json!("b")], &json!("b\na"));
    of(
        "list",
        &[force(&after(json!(["a"]))), force(&json!(["b"])), json!(["c"])],
        &json!(["b", "a"]),
    );
    of(
        "one",
        &[json!({"names": after(json!(["a"]))}), json!({"names": ["b"]})],
        &json!({"names": ["b", "a"]}),
    );
    of("free", &[json!({"a": [1]}), json!({"a": before(json!([2]))})], &json!({"a": [2, 1]}));
}

#[test]
fn what_is_written_is_read_again() {
    for json in [
        json!({"a": force(&with("order", 7, &json!([1])))}),
        // An order around a priority is none, as the module system would not see it.
        json!({"a": with("order", 7, &force(&json!(1)))}),
        json!({"_type": "override", "priority": 1}),
        json!({"_type": "if", "priority": 1, "content": 1}),
    ] {
        let value = Value::from_json(json).unwrap();
        assert_eq!(Definition::read(&value).write(), value);
    }
}
