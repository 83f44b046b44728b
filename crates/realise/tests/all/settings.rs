//! Defaults, old names, and what the settings come to.

use domi_model::{Manifest, Severity};
use domi_realise::{DebianPaths, resolve};
use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, settings};

/// What every option comes to.
fn check(manifest: &Manifest, given: Json, expected: Json) {
    let faults = domi_model::validate(manifest);
    assert!(faults.is_empty(), "the test's manifest is not sound: {faults:#?}");
    let resolved = resolve(manifest, &settings(&given), &DebianPaths::new(manifest)).unwrap();
    let all: Json =
        resolved.options.iter().map(|(k, v)| (k.clone(), v.to_value().to_json())).collect();
    assert_eq!(all, expected);
}

/// The problems of settings, and nothing else.
fn refuse(manifest: &Manifest, given: Json, expected: &[&str]) {
    let faults = domi_model::validate(manifest);
    assert!(faults.is_empty(), "the test's manifest is not sound: {faults:#?}");
    let problems = resolve(manifest, &settings(&given), &DebianPaths::new(manifest)).unwrap_err();
    assert_eq!(lines(&problems), expected);
}

fn opt(path: &[&str]) -> Json {
    json!({ "option": path })
}

fn neighbour(path: &[&str]) -> Json {
    json!({ "variable": { "name": "config", "path": path } })
}

#[test]
fn defaults_follow_other_options() {
    let manifest = manifest(json!({ "options": [
        option("url", json!("str"), Some(json!({ "text": [{ "literal": ":" }, opt(&["port"])] }))),
        option("port", json!("port"), Some(json!({ "literal": 80 }))),
    ] }));
    check(&manifest, json!({}), json!({ "url": ":80", "port": 80 }));
    check(&manifest, json!({ "port": 81 }), json!({ "url": ":81", "port": 81 }));
    check(&manifest, json!({ "url": "u" }), json!({ "url": "u", "port": 80 }));
}

fn jobs() -> Manifest {
    let job = json!({ "submodule": { "options": [
        option("source", json!("str"), None),
        option("target", json!("str"), Some(json!({ "text":
            [neighbour(&["source"]), { "literal": ".copy." }, { "variable": { "name": "name" } }] }))),
        option("limits", json!({ "submodule": { "options": [
            option("min", json!({ "int": {} }), Some(neighbour(&["max"]))),
            option("max", json!({ "int": {} }), Some(opt(&["max"]))),
        ] } }), Some(json!({ "literal": {} }))),
    ] } });
    manifest(json!({ "options": [
        option("jobs", json!({ "attrsOf": { "nullOr": job } }), Some(json!({ "literal": {} }))),
        option("max", json!({ "int": {} }), Some(json!({ "literal": 9 }))),
    ] }))
}

#[test]
fn defaults_are_filled_in_at_any_depth() {
    check(
        &jobs(),
        json!({ "jobs": { "a b": { "source": "s" }, "c": { "source": "t", "limits": { "max": 5 } }, "d": null } }),
        json!({ "max": 9, "jobs": {
            "a b": { "source": "s", "target": "s.copy.a b", "limits": { "min": 9, "max": 9 } },
            "c": { "source": "t", "target": "t.copy.c", "limits": { "min": 5, "max": 5 } },
            "d": null,
        } }),
    );
}

#[test]
fn a_part_may_follow_another_part_of_the_same_option() {
    let manifest = manifest(json!({ "options": [
        option("tls", json!({ "nullOr": { "submodule": { "options": [
            option("dir", json!("str"), Some(json!({ "literal": "/d" }))),
            option("key", json!("str"), Some(json!({ "if": {
                "condition": { "compare": { "op": "equal", "left": opt(&["tls"]), "right": { "literal": null } } },
                "then": { "literal": "none" },
                "otherwise": { "text": [neighbour(&["dir"]), { "literal": "/key" }] },
            } }))),
        ] } } }), Some(json!({ "literal": {} }))),
    ] }));
    check(&manifest, json!({}), json!({ "tls": { "dir": "/d", "key": "/d/key" } }));
    check(
        &manifest,
        json!({ "tls": { "dir": "/e" } }),
        json!({ "tls": { "dir": "/e", "key": "/e/key" } }),
    );
    check(&manifest, json!({ "tls": null }), json!({ "tls": null }));
}

#[test]
fn every_kind_of_container_is_filled() {
    let inner = json!({ "submodule": { "options": [option("n", json!({ "int": {} }), Some(json!({ "literal": 1 })))] } });
    let manifest = manifest(json!({ "options": [
        option("list", json!({ "listOf": inner }), Some(json!({ "list": [{ "attrs": {} }] }))),
        option("either", json!({ "oneOf": ["str", inner] }), Some(json!({ "literal": "s" }))),
        option("tag", json!({ "attrTag": [{ "name": "t", "description": "T.", "type": inner }] }),
            Some(json!({ "literal": { "t": {} } }))),
        option("free", json!({ "settings": { "format": "json", "options": [
            option("n", json!({ "int": {} }), Some(json!({ "literal": 2 }))) ] } }),
            Some(json!({ "literal": { "other": [{}] } }))),
        option("line", json!("singleLineStr"), Some(json!({ "literal": "x\n" }))),
    ] }));
    check(
        &manifest,
        json!({}),
        json!({
            "list": [{ "n": 1 }], "either": "s", "tag": { "t": { "n": 1 } },
            "free": { "other": [{}], "n": 2 }, "line": "x",
        }),
    );
    check(
        &manifest,
        json!({ "list": [{}, { "n": 5 }], "either": {}, "free": { "n": 3, "x": null }, "line": "y\n" }),
        json!({
            "list": [{ "n": 1 }, { "n": 5 }], "either": { "n": 1 }, "tag": { "t": { "n": 1 } },
            "free": { "n": 3, "x": null }, "line": "y",
        }),
    );
}

#[test]
fn a_circle_of_defaults_is_named() {
    let manifest = manifest(json!({ "options": [
        option("a", json!("str"), Some(opt(&["b"]))),
        option("b", json!("str"), Some(json!({ "text": [opt(&["c"])] }))),
        option("c", json!("str"), Some(opt(&["a"]))),
        option("d", json!("str"), Some(opt(&["a"]))),
    ] }));
    refuse(&manifest, json!({}), &["D0207 c: the default depends on itself: a → b → c"]);
    check(&manifest, json!({ "b": "x" }), json!({ "a": "x", "b": "x", "c": "x", "d": "x" }));
}

#[test]
fn a_default_must_be_legal_too() {
    let manifest = manifest(json!({ "options": [
        option("low", json!({ "int": {} }), Some(json!({ "literal": 5 }))),
        option("port", json!({ "int": { "max": 9 } }), Some(opt(&["low"]))),
    ] }));
    check(&manifest, json!({}), json!({ "low": 5, "port": 5 }));
    refuse(
        &manifest,
        json!({ "low": 10 }),
        &["D0201 port: the default is wrong: 10 is not an integer, 9 or less"],
    );
}

#[test]
fn everything_wrong_is_said_at_once() {
    let mut read_only = option("version", json!("str"), Some(json!({ "literal": "1" })));
    read_only["readOnly"] = json!(true);
    let manifest = manifest(json!({
        "options": [option("port", json!("port"), None), option("name", json!("nonEmptyStr"), None), read_only],
        "removed": [{ "option": ["old", "part"], "reason": "nothing reads it" }],
    }));
    refuse(
        &manifest,
        json!({ "port": 70000, "prt": 1, "version": "2", "old": { "part": 1 }, "enable": "yes" }),
        &[
            "D0205 old.part: is gone: nothing reads it",
            "D0201 enable: \"yes\" is not a boolean",
            "D0202 prt: is not an option",
            "D0201 port: 70000 is not a port (an integer between 0 and 65535)",
            "D0206 version: may only be read, not set",
            "D0203 name: has no value and no default",
        ],
    );
}

#[test]
fn old_names_work_and_warn() {
    let tls = json!({ "submodule": { "options": [option("key", json!("str"), Some(json!({ "literal": "k" })))] } });
    let manifest = manifest(json!({
        "options": [option("port", json!("port"), Some(json!({ "literal": 1 }))), option("tls", tls, Some(json!({ "literal": {} })))],
        "renamed": [{ "from": ["net", "port"], "to": ["port"] }, { "from": ["keyFile"], "to": ["tls", "key"] }],
    }));
    check(
        &manifest,
        json!({ "net": { "port": 5 }, "keyFile": "f" }),
        json!({ "port": 5, "tls": { "key": "f" } }),
    );
    let given = settings(&json!({ "net": { "port": 5 } }));
    let resolved = resolve(&manifest, &given, &DebianPaths::new(&manifest)).unwrap();
    assert_eq!(lines(&resolved.warnings), ["D0204 net.port: has been renamed to `port`"]);
    let mut read_only = manifest.clone();
    read_only.options.iter_mut().for_each(|it| it.read_only = it.name == "port");
    let refused = resolve(&read_only, &given, &DebianPaths::new(&read_only)).unwrap_err();
    assert!(
        lines(&refused)[0].starts_with("D0206 net.port: may only be read, as `port`"),
        "{refused:?}"
    );
    let mut silent = manifest.clone();
    silent.renamed[0].silent = true;
    let resolved = resolve(&silent, &given, &DebianPaths::new(&silent)).unwrap();
    assert_eq!(lines(&resolved.warnings), [""; 0]);
    refuse(
        &manifest,
        json!({ "net": { "port": 5 }, "port": 5 }),
        &["D0211 net.port: is set, and so is `port`"],
    );
}

#[test]
fn a_feature_that_is_off_asks_for_nothing() {
    let store = json!({ "submodule": { "options": [option("folder", json!("str"), None)] } });
    let none = json!({ "literal": null });
    let store = option("store", json!({ "nullOr": store }), Some(none));
    let options = [option("port", json!("port"), None), store];
    let manifest = manifest(json!({ "options": options }));
    check(&manifest, json!({ "enable": false }), json!({}));
    check(&manifest, json!({ "enable": false, "store": {} }), json!({}));
    refuse(
        &manifest,
        json!({ "port": 1, "store": {} }),
        &["D0203 store.folder: has no value and no default"],
    );
}

/// NixOS looks only at whether there are such options.
#[test]
fn what_is_wrong_with_values_of_a_feature_that_is_off_is_a_warning() {
    let part = json!({ "submodule": { "options": [option("word", json!("str"), None)] } });
    let none = Some(json!({ "literal": null }));
    let part = option("part", json!({ "nullOr": part }), none);
    let mut fixed = option("fixed", json!("str"), Some(json!({ "literal": "1" })));
    fixed["readOnly"] = json!(true);
    let manifest = manifest(json!({
        "options": [option("port", json!("port"), None), part, fixed],
        "removed": [{ "option": ["gone"], "reason": "nothing reads it" }],
        "renamed": [{ "from": ["door"], "to": ["port"] }, { "from": ["still"], "to": ["fixed"] }],
    }));
    let warned = |given: Json, expected: &[&str]| {
        check(&manifest, given.clone(), json!({}));
        let resolved = resolve(&manifest, &settings(&given), &DebianPaths::new(&manifest)).unwrap();
        assert!(resolved.warnings.iter().all(|it| it.severity == Severity::Warning));
        let said = lines(&resolved.warnings);
        let ends = "; nothing looks at it while the feature is off";
        let said: Vec<_> = said.iter().filter_map(|line| line.strip_suffix(ends)).collect();
        assert_eq!(said, expected);
    };
    warned(
        json!({ "enable": false, "port": "x", "fixed": "2" }),
        &[
            "D0206 fixed: may only be read, not set",
            "D0201 port: \"x\" is not a port (an integer between 0 and 65535)",
        ],
    );
    warned(
        json!({ "enable": false, "part": { "wrd": "x", "word": 1 } }),
        &["D0201 part.word: 1 is not a string", "D0202 part.wrd: is not an option"],
    );
    warned(
        json!({ "enable": false, "part": { "word": { "_type": "if" } } }),
        &[
            "D0201 part.word._type: NixOS means something else by this name",
            "D0201 part.word: {\"_type\":\"if\"} is not a string",
        ],
    );
    warned(
        json!({ "enable": false, "door": 1, "port": 2, "still": "2" }),
        &[
            "D0211 door: is set, and so is `port`",
            "D0206 still: may only be read, as `fixed`, and not set",
        ],
    );
    refuse(&manifest, json!({ "enable": false, "prt": 1 }), &["D0202 prt: is not an option"]);
    refuse(
        &manifest,
        json!({ "enable": false, "gone": 1, "port": "x" }),
        &["D0205 gone: is gone: nothing reads it"],
    );
}
