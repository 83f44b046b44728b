//! What a feature takes for itself on a machine, and what it wants of others there.

use std::collections::BTreeSet;

use domi_realise::{Realised, compose};
use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised, settings};

fn parts() -> Json {
    let each = json!({ "over": { "option": ["folders"] }, "name": "n", "value": "path" });
    json!({
        "options": [
            option("port", json!("port"), Some(json!({ "literal": 80 }))),
            option("strict", json!("bool"), Some(json!({ "literal": false }))),
            option("words", json!({ "listOf": "str" }), Some(json!({ "literal": [] }))),
            option("folders", json!({ "attrsOf": { "path": "any" } }), Some(json!({ "literal": {} }))),
        ],
        "requires": [{ "feature": "store", "when": { "option": ["strict"] } }],
        "conflicts": [{ "feature": "other" }],
        "system": { "claims": [
            { "kind": "tcp", "values": { "list": [{ "option": ["port"] }] } },
            { "kind": "path", "values": { "list": [{ "variable": { "name": "path" } }] },
              "scope": { "each": each } },
            { "kind": "path", "values": { "mapList": { "over": { "option": ["words"] }, "item": "it",
              "body": { "text": [{ "literal": "/srv/" }, { "variable": { "name": "it" } }] } } } },
        ] },
    })
}

/// What is claimed with these settings, by what decides on it.
#[track_caller]
fn check(given: Json, expected: &[(&str, &str)]) {
    let system = realised(&manifest(parts()), &given).unwrap().system;
    let claims: Vec<_> = system
        .together
        .claims
        .iter()
        .map(|(what, options)| {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            (what.clone(), options.join(" "))
        })
        .collect();
    let expected: Vec<_> =
        expected.iter().map(|(what, by)| ((*what).to_owned(), (*by).to_owned())).collect();
    assert_eq!(claims, expected, "{given}");
}

#[test]
fn what_is_claimed_follows_the_settings() {
    let port = "domi.services.copy.port";
    check(json!({}), &[("TCP port 80", port)]);
    check(json!({ "port": 0 }), &[]);
    let folders = "domi.services.copy.folders.<name>";
    let given = json!({ "folders": { "a": "/srv//x/", "b": "/srv/./y" }, "words": ["y", "z"] });
    let words = "domi.services.copy.words";
    let both = format!("{folders} {words}");
    check(
        given,
        &[
            ("TCP port 80", port),
            ("path /srv/x", folders),
            ("path /srv/y", &both),
            ("path /srv/z", words),
        ],
    );
    check(json!({ "enable": false }), &[]);
}

#[test]
fn features_on_one_machine_are_asked_for_together() {
    let named = |name: &str, parts: Json, given: &Json| -> Realised {
        let mut manifest = manifest(parts);
        manifest.feature.name = name.to_owned();
        realised(&manifest, given).unwrap()
    };
    let told = |all: Vec<Realised>| lines(&compose(all).err().unwrap_or_default());
    let copy = |given: Json| named("copy", parts(), &given);
    let store = || named("store", json!({}), &json!({}));
    assert_eq!(told(vec![copy(json!({}))]), [""; 0]);
    let missing = "D0221 copy: it requires store, which is not enabled";
    assert_eq!(told(vec![copy(json!({ "strict": true }))]), [missing]);
    assert_eq!(told(vec![copy(json!({ "strict": true })), store()]), [""; 0]);
    let other = || named("other", json!({}), &json!({}));
    let excluded = "D0222 copy: it conflicts with other, which is enabled too";
    assert_eq!(told(vec![other(), copy(json!({}))]), [excluded]);
    assert_eq!(told(vec![other(), copy(json!({ "enable": false }))]), [""; 0]);
    let twin = named("twin", parts(), &json!({ "port": 81 }));
    assert_eq!(told(vec![copy(json!({})), twin.clone()]), [""; 0]);
    let clash = "D0220 TCP port 81: claimed by copy (domi.services.copy.port) and by twin \
                 (domi.services.twin.port)";
    assert_eq!(told(vec![twin, copy(json!({ "port": 81 }))]), [clash]);
}

#[test]
fn the_least_settings_are_those_of_a_test_or_an_example() {
    let mut parts = parts();
    let options = parts["options"].as_array_mut().unwrap();
    options.push(option("a", json!("str"), None));
    let mut b = option("b", json!("str"), None);
    b["example"] = json!("from the example");
    options.push(b);
    parts["tests"] = json!([{ "name": "t", "body": { "run": {
        "machines": { "off": { "enable": false }, "on": { "settings": { "a": "x", "port": 1 } } },
        "steps": [],
    } } }]);
    let least = manifest(parts.clone()).least_settings();
    let little = json!({ "a": "x", "b": "from the example" });
    assert_eq!(least, settings(&little));
    // A test shows that they say too little.
    let refusal = json!({ "settings": little, "because": "a" });
    parts["tests"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "r", "body": { "refuse": refusal } }));
    let least = manifest(parts).least_settings();
    assert_eq!(least, settings(&json!({ "a": "x", "port": 1 })));
    let required: BTreeSet<_> = manifest(json!({ "requires": [
        { "feature": "a" }, { "feature": "b", "when": { "literal": true } },
    ] }))
    .always_requires()
    .map(str::to_owned)
    .collect();
    assert_eq!(required, ["a".to_owned()].into());
}
