use domi_model::Manifest;
use serde_json::{Value as Json, json};

use super::*;

fn manifest(name: &str) -> Manifest {
    let option = |name: &str, default: Json| json!({"name": name, "type": "str", "description": "x", "default": default});
    serde_json::from_value(json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": name, "kind": "services", "summary": "F", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "options": [option("a", json!({"literal": "x"})), option("b", json!({"option": ["a"]}))],
        "removed": [{"option": ["old"], "reason": "x"}],
        "system": {},
    }))
    .unwrap()
}

fn outcome(json: &Json) -> Outcome {
    serde_json::from_value(json.clone()).unwrap()
}

/// A machine that has something of every kind.
fn system() -> Json {
    json!({
        "units": {"a.service": {"text": "[Service]\nA=1\nB=2\n", "wantedBy": ["x.target"]}},
        "dropIns": {"b.service": {"lines": ["[Service] C=1"], "wantedBy": ["y.target"]}},
        "etc": {
            "a": {"content": {"text": "x"}, "mode": "0440"},
            "b": {"content": {"settings": {"format": "json", "value": {"k": [1, 1.0, null]}}}},
        },
        "files": {"/nix/store/=1-a": {"text": "x"}},
        "users": {"u": {"group": "g", "description": "d", "home": "/h"}},
        "groups": ["g"],
        "tmpfiles": "'d' '/a'\n'd' '/b'\n",
        "sysctl": "a.b=1\n",
        "tcp": [80],
        "udp": [53],
        "packages": ["/nix/store/-a"],
        "warnings": ["careful"],
    })
}

/// What is told where one of both sides has another value at a place.
fn changed(at: &str, value: Json) -> Vec<Vec<String>> {
    let (manifest, base) = (manifest("f"), json!({"system": system()}));
    let mut other = base.clone();
    let (around, name) = at.rsplit_once('/').unwrap();
    match other.pointer_mut(&format!("/system{around}")).unwrap() {
        Json::Object(map) => drop(map.insert(name.replace("~1", "/"), value)),
        Json::Array(items) if name == "-" => items.push(value),
        Json::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{at}"),
    }
    let (base, other) = (outcome(&base), outcome(&other));
    let both = [(&base, &other), (&other, &base)];
    both.map(|(rust, nixos)| differences(&[&manifest], rust, nixos)).into()
}

#[test]
fn a_difference_of_every_kind_is_seen() {
    let unit = json!({"text": ""});
    for (at, value, place) in [
        ("/units/a.service/text", json!("[Service]\nA=1\nB=3\n"), "units a.service text"),
        ("/units/a.service/text", json!("[Service]\nB=2\nA=1\n"), "units a.service text"),
        ("/units/a.service/text", json!("[Service]\nA=1\nB=2\nB=2\n"), "units a.service text"),
        ("/units/a.service/wantedBy", json!([]), "units a.service wantedBy"),
        ("/units/a.service/requiredBy", json!(["x"]), "units a.service requiredBy"),
        ("/units/c.service", unit.clone(), "units c.service"),
        ("/dropIns/b.service/lines/0", json!("[Service] C=2"), "dropIns b.service lines"),
        ("/dropIns/b.service/lines/-", json!("[Unit] C=2"), "dropIns b.service lines"),
        ("/dropIns/b.service/wantedBy", json!([]), "dropIns b.service wantedBy"),
        ("/dropIns/c.service", json!({}), "dropIns c.service"),
        ("/etc/a/content", json!({"text": "y"}), "etc a content text"),
        ("/etc/a/content", json!({"text": "x\n"}), "etc a content text"),
        ("/etc/a/mode", json!("0444"), "etc a mode"),
        ("/etc/a/mode", json!(null), "etc a mode"),
        ("/etc/b/content/settings/value/k/0", json!(2), "etc b content settings value k"),
        ("/etc/b/content/settings/value/k/1", json!(1), "etc b content settings value k"),
        ("/etc/b/content/settings/value/k/2", json!(""), "etc b content settings value k"),
        ("/etc/c", json!({"content": {"text": ""}}), "etc c"),
        ("/files/~1nix~1store~1=2-a", json!({"text": "y"}), "files /nix/store/=2-a"),
        ("/users/u/group", json!("h"), "users u group"),
        ("/users/u/description", json!(""), "users u description"),
        ("/users/u/home", json!("/"), "users u home"),
        ("/users/v", json!({"group": "g", "description": "", "home": "/"}), "users v"),
        ("/groups/-", json!("h"), "groups"),
        ("/tmpfiles", json!("'d' '/a'\n"), "tmpfiles"),
        ("/tmpfiles", json!("'d' '/b'\n'd' '/a'\n"), "tmpfiles"),
        ("/sysctl", json!("a.b=2\n"), "sysctl"),
        ("/tcp/-", json!(81), "tcp"),
        ("/udp/0", json!(54), "udp"),
        ("/packages/-", json!("/nix/store/-b"), "packages"),
        ("/warnings/-", json!("careful"), "warnings"),
        ("/warnings/0", json!("care"), "warnings"),
    ] {
        for told in changed(at, value.clone()) {
            let is_there = told.len() == 1 && told[0].starts_with(&format!("{place}: Rust "));
            assert!(is_there, "{at} as {value}: {told:?}");
        }
    }
}

#[test]
fn what_is_equal_is_not_told() {
    let refused = json!({"refused": {"options": ["a"], "assertions": []}});
    let failed = |first: &str, second: &str| json!({"refused": {"options": [], "assertions": [first, second]}});
    let with_packages = |packages: Json, again: Json| json!({"system": {"packages": packages, "packagesAgain": again}});
    let etc = |content: Json| json!({"system": {"etc": {"a": {"content": content}}}});
    let manifest = manifest("f");
    for (rust, nixos) in [
        (json!({"system": system()}), json!({"system": system()})),
        (json!({"system": {}}), json!({"system": {}})),
        (refused.clone(), refused.clone()),
        // Which option it is, Nix did not say.
        (refused.clone(), json!({"refused": {}})),
        // `b` follows from `a`.
        (refused, json!({"refused": {"options": ["a", "b"]}})),
        (failed("x", "y"), failed("y", "x")),
        // A removed option is an assertion of NixOS, which is not reached.
        (json!({"refused": {"options": ["old", "a"]}}), json!({"refused": {"options": ["a"]}})),
        // A package that every system has too may be told or not.
        (with_packages(json!(["a"]), json!([])), with_packages(json!([]), json!(["a"]))),
        // A file of settings is told as a text, or as its value.
        (
            etc(json!({"text": "{ \"k\":\n 1 }"})),
            etc(json!({"settings": {"format": "json", "value": {"k": 1}}})),
        ),
    ] {
        let told = differences(&[&manifest], &outcome(&rust), &outcome(&nixos));
        assert_eq!(told, Vec::<String>::new(), "{rust} and {nixos}");
    }
}

#[test]
fn a_refusal_is_compared_by_what_it_names() {
    let options = |names: &[&str]| json!({"refused": {"options": names}});
    let fails = |message: &str| json!({"refused": {"options": [], "assertions": [message]}});
    let (one, other) = (manifest("f"), manifest("g"));
    for (rust, nixos, expected) in [
        (
            options(&["a"]),
            json!({"system": {}}),
            "refusal: Rust refuses it for {\"a\"}, NixOS takes",
        ),
        (
            json!({"system": {}}),
            options(&["a"]),
            "refusal: NixOS refuses it for {\"a\"}, Rust takes",
        ),
        (json!({"system": {}}), fails("x"), "refusal: NixOS refuses it by [\"x\"], Rust takes it"),
        (fails("x"), fails("y"), "assertions: Rust [\"x\"], NixOS [\"y\"]"),
        (options(&["a"]), options(&["b"]), "refusal: Rust refuses the value of [\"a\"]"),
        (options(&["b"]), options(&["b", "a"]), "refusal: NixOS refuses the value of {\"a\"}"),
        (options(&["a"]), options(&[]), "refusal: Rust refuses the value of [\"a\"]"),
        (options(&["a"]), fails("x"), "refusal: Rust refuses the value of [\"a\"], NixOS fails"),
    ] {
        let told = differences(&[&one], &outcome(&rust), &outcome(&nixos));
        let first = told.first().map_or("", String::as_str);
        assert!(first.starts_with(expected), "{rust} and {nixos}: {told:?}");
    }
    // Of several features each option is told with its feature.
    let both = [&one, &other];
    let told = differences(&both, &outcome(&options(&["f: a"])), &outcome(&options(&["g: a"])));
    assert_eq!(told.len(), 2, "{told:?}");
    let follows = outcome(&options(&["f: a", "f: b"]));
    assert_eq!(differences(&both, &outcome(&options(&["f: a"])), &follows), Vec::<String>::new());
    let told =
        differences(&both, &outcome(&options(&["f: a"])), &outcome(&options(&["f: a", "g: b"])));
    assert_eq!(told.len(), 1, "{told:?}");
}
