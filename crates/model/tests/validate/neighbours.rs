//! What a feature sets and reads of others, alone and beside them.

use domi_model::{Manifest, Type, misfits, order, validate};
use serde_json::{Value, json};

use crate::sound;

/// A feature that knows another one, `store`.
fn with(known: Value, settings: Value) -> Value {
    let mut json = sound();
    json["neighbours"] = json!({ "store": known });
    json["system"]["settings"] = settings;
    json
}

fn read(json: &Value) -> Manifest {
    serde_json::from_value(json.clone()).unwrap()
}

#[track_caller]
fn check(json: Value, expected: &[&str]) {
    let found: Vec<_> = validate(&read(&json))
        .iter()
        .map(|it| format!("{} {}: {}", it.code.0, it.subject, it.message))
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

fn option(name: &str, ty: Value) -> Value {
    json!({ "option": [name], "type": ty })
}

fn setting(name: &str, value: Value) -> Value {
    json!({ "feature": "store", "option": [name], "value": value })
}

#[test]
fn what_is_set_is_known_and_of_the_type() {
    let port = || json!({ "kind": "services", "sets": [option("port", json!("port"))] });
    let literal = |value: Value| json!({ "literal": value });
    check(with(port(), json!([setting("port", json!({ "option": ["port"] }))])), &[]);
    check(with(port(), json!([setting("port", literal(json!(70_000)))])), &["D0104 store: port: "]);
    check(
        with(port(), json!([setting("port", json!({ "option": ["token"] }))])),
        &["D0104 store: port: this is something that may be null, not a port"],
    );
    check(
        with(port(), json!([setting("name", literal(json!("x")))])),
        &["D0114 store: name: `neighbours` does not say that it is set"],
    );
    let twice = json!([setting("port", literal(json!(1))), setting("port", literal(json!(2)))]);
    check(with(port(), twice), &["D0102 store: port: it is set twice"]);
    let text = || json!({ "kind": "services", "sets": [option("text", json!("str"))] });
    let file = json!({ "textFile": { "name": "a", "text": { "literal": "" } } });
    check(
        with(text(), json!([setting("text", file)])),
        &["D0104 store: text: a path of the store"],
    );
    let package = json!({ "kind": "services", "reads": [option("package", json!("package"))] });
    check(with(package, json!([])), &["D0103 store: package: packages of another feature"]);
    for ty in [
        json!({ "oneOf": ["bool", "package"] }),
        json!({ "settings": { "format": "json", "options": [
            { "name": "a", "type": "package", "description": "A." }] } }),
    ] {
        let known = json!({ "kind": "services", "sets": [option("it", ty)] });
        check(with(known, json!([])), &["D0103 store: it: packages of another feature"]);
    }
    let mut own = sound();
    own["neighbours"] = json!({ "greeter": port() });
    check(own, &["D0114 greeter: a feature is no neighbour of its own"]);
}

#[test]
fn parts_of_a_set_value_are_of_the_types_of_its_options() {
    let site = json!({ "submodule": { "options": [
        { "name": "domain", "type": "str", "description": "D." },
        { "name": "ports", "type": { "listOf": "port" }, "description": "P.",
          "default": { "literal": [] } },
    ] } });
    let known =
        || json!({ "kind": "services", "sets": [option("sites", json!({ "attrsOf": site }))] });
    let own = |site: Value| json!([setting("sites", json!({ "attrs": { "own": site } }))]);
    let port = || json!({ "option": ["port"] });
    let domain = || json!({ "text": [port()] });
    let site = json!({ "attrs": { "domain": domain(), "ports": { "list": [port()] } } });
    check(with(known(), own(site)), &[]);
    check(
        with(known(), own(json!({ "attrs": { "ports": { "list": [port()] } } }))),
        &["D0104 store: sites: `domain` has no value and no default"],
    );
    check(
        with(known(), own(json!({ "attrs": { "domain": port() } }))),
        &["D0104 store: sites: `domain`: this is an integer, not a string"],
    );
    check(
        with(known(), own(json!({ "attrs": { "domain": domain(), "port": port() } }))),
        &["D0104 store: sites: there is no option `port`"],
    );
}

#[test]
fn what_is_read_has_a_value_of_its_type_where_nobody_is_there() {
    let reading = |otherwise: Value| {
        let read = json!({ "neighbour": {
            "feature": "store", "option": ["port"], "otherwise": otherwise } });
        let known = json!({ "kind": "services", "reads": [option("port", json!("port"))] });
        let mut json = with(known, json!([]));
        json["system"]["units"][0]["description"] = json!({ "text": [read] });
        json
    };
    check(reading(json!({ "option": ["port"] })), &[]);
    check(reading(json!({ "literal": "80" })), &["D0104"]);
    check(reading(json!({ "option": ["token"] })), &["D0104"]);
    let mut unknown = reading(json!({ "literal": 1 }));
    unknown["neighbours"] = json!({});
    check(unknown, &["`neighbours` does not say that `port` of store is read"]);
    let mut default = reading(json!({ "literal": 1 }));
    default["options"][0]["default"] = json!({ "neighbour": {
        "feature": "store", "option": ["port"], "otherwise": { "literal": 1 } } });
    check(default, &["D0114 port: a default does not read options of other features"]);
}

/// What a feature takes an option of another one for, and what that is.
#[track_caller]
fn fitting(uses: &str, known: Value, real: Value, expected: Option<&str>) {
    let mut known_feature = json!({ "kind": "services" });
    known_feature[uses] = json!([option("it", known.clone())]);
    let json = with(known_feature, json!([]));
    let mut store = sound();
    store["feature"]["name"] = json!("store");
    store["options"] = json!([{ "name": "it", "type": real, "description": "It." }]);
    let (manifest, store) = (read(&json), read(&store));
    let found = misfits(&manifest, &[&manifest, &store]);
    let found: Vec<_> = found.iter().map(|it| it.message.as_str()).collect();
    match expected {
        None => assert_eq!(found, [""; 0], "{known} {real}"),
        Some(part) => assert!(found.len() == 1 && found[0].contains(part), "{known} {found:?}"),
    }
}

#[test]
fn what_is_set_is_accepted_whatever_it_is() {
    let fits = |known: Value, real: Value| fitting("sets", known, real, None);
    let misfits = |known: Value, real: Value, why: &str| fitting("sets", known, real, Some(why));
    fits(json!("port"), json!({ "int": { "min": 0 } }));
    fits(json!("port"), json!({ "nullOr": "port" }));
    fits(json!({ "enum": ["a"] }), json!({ "enum": ["a", "b"] }));
    fits(json!({ "nonEmptyListOf": "str" }), json!({ "listOf": "lines" }));
    fits(json!("str"), json!({ "oneOf": ["bool", "str"] }));
    fits(
        json!({ "attrTag": [{ "name": "a", "description": "A.", "type": "str" }] }),
        json!({ "attrTag": [{ "name": "a", "description": "A.", "type": "str" },
                            { "name": "b", "description": "B.", "type": { "int": {} } }] }),
    );
    misfits(json!({ "int": {} }), json!("port"), "it sets `it` of store: it takes a port");
    misfits(json!({ "enum": ["a", "c"] }), json!({ "enum": ["a", "b"] }), "not one of");
    misfits(json!({ "nullOr": "str" }), json!("str"), "it takes a string");
    misfits(json!("str"), json!("nonEmptyStr"), "it takes a string that is not blank");
    let site = |name: &str| {
        json!({ "submodule": { "options": [
            { "name": name, "type": "str", "description": "D." } ] } })
    };
    fits(json!({ "attrsOf": site("a") }), json!({ "attrsOf": site("a") }));
    misfits(site("a"), site("b"), "there is no option `a`, only `b`");
}

#[test]
fn what_is_set_is_joined_with_others_where_the_feature_expects_it() {
    let fits = |known: Value, real: Value| fitting("sets", known, real, None);
    let misfits = |known: Value, real: Value, why: &str| fitting("sets", known, real, Some(why));
    let strings = || json!({ "listOf": "str" });
    let one_or_many = || {
        json!({ "coerced": { "from": "str", "by": "singleton",
                                              "to": { "nonEmptyListOf": "str" } } })
    };
    let either = || json!({ "oneOf": ["bool", strings()] });
    for joined in [one_or_many(), json!({ "nullOr": one_or_many() }), json!("lines"), strings()] {
        let ty: Type = serde_json::from_value(joined.clone()).unwrap();
        assert!(ty.is_joined(), "{joined}");
        fits(joined.clone(), joined);
    }
    fits(json!({ "nonEmptyListOf": "str" }), one_or_many());
    fits(json!("lines"), json!({ "separatedStr": "," }));
    fits(strings(), either());
    fits(json!("bool"), either());
    misfits(json!("str"), json!("lines"), "several settings of it are joined there");
    misfits(json!("str"), json!({ "nullOr": { "separatedStr": "," } }), "are joined there");
    misfits(json!("str"), one_or_many(), "are joined there");
    misfits(either(), either(), "are joined there");
    misfits(json!("lines"), json!("str"), "of it they are not");
    misfits(strings(), json!("anything"), "of it they are not");
}

#[test]
fn what_is_read_is_what_is_expected_whatever_it_is() {
    let fits = |known: Value, real: Value| fitting("reads", known, real, None);
    let misfits = |known: Value, real: Value, why: &str| fitting("reads", known, real, Some(why));
    fits(json!({ "int": {} }), json!("port"));
    fits(json!("str"), json!({ "enum": ["a"] }));
    fits(json!({ "nullOr": "port" }), json!("port"));
    misfits(json!("port"), json!({ "int": {} }), "it reads `it` of store: it is an integer");
    misfits(json!("port"), json!({ "nullOr": "port" }), "it is null, or a port");
    misfits(json!("str"), json!("package"), "a path of the store");
}

#[test]
fn another_kind_and_no_option_are_told() {
    let json = with(json!({ "kind": "ui", "reads": [option("it", json!("str"))] }), json!([]));
    let mut store = sound();
    store["feature"]["name"] = json!("store");
    let (manifest, mut store) = (read(&json), read(&store));
    let told = |manifest: &Manifest, store: &Manifest| {
        let found = misfits(manifest, &[store]);
        found.iter().map(|it| it.message.clone()).collect::<Vec<_>>().join("\n")
    };
    assert!(told(&manifest, &store).contains("it takes store for one of the ui"));
    store.feature.kind = domi_model::Kind::Ui;
    assert!(told(&manifest, &store).contains("there is no option `it`, only `port`"));
    store.feature.name = "other".to_owned();
    assert_eq!(told(&manifest, &store), "");
}

/// A feature that sets the port of others, each to a value.
fn setter(name: &str, set: &[(&str, Value)]) -> Manifest {
    let mut json = sound();
    json["feature"]["name"] = json!(name);
    let settings = set
        .iter()
        .map(|(feature, value)| json!({ "feature": feature, "option": ["port"], "value": value }));
    json["system"]["settings"] = settings.collect();
    read(&json)
}

#[test]
fn options_are_known_in_an_order_or_not_at_all() {
    let own = || json!({ "option": ["port"] });
    let of = |feature: &str| {
        json!({ "neighbour": {
            "feature": feature, "option": ["port"], "otherwise": { "literal": 1 } } })
    };
    let check = |features: &[Manifest], expected: &Result<Vec<usize>, &str>| {
        let found = order(&features.iter().collect::<Vec<_>>());
        match (found, expected) {
            (Ok(order), Ok(expected)) => assert_eq!(order, *expected),
            (Err(problems), Err(part)) => {
                let [problem] = &problems[..] else { panic!("{problems:?}") };
                assert!(problem.to_string().contains(part), "{problem}");
            }
            (found, _) => panic!("{found:?}"),
        }
    };
    let none = |name: &str| setter(name, &[]);
    check(&[none("b"), setter("a", &[("b", own())])], &Ok(vec![1, 0]));
    // What is read for it is known before, too.
    check(&[none("b"), setter("a", &[("b", of("c"))]), none("c")], &Ok(vec![1, 2, 0]));
    check(&[setter("a", &[("b", own())]), setter("b", &[("a", own())])], &Err("a → b → a"));
    check(&[setter("a", &[("b", of("b"))]), none("b")], &Err("b → b"));
    check(&[setter("a", &[("gone", own())])], &Ok(vec![0]));
}
