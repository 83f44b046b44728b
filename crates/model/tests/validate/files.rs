//! Files of settings hold what their format can hold.

use domi_model::validate;
use serde_json::{Value, json};

use crate::{check, sound};

/// The faults of files of settings, over an option that may be null and a set of them.
#[track_caller]
fn check_written(format: &str, value: Value, expected: Option<&str>) {
    let mut json = sound();
    let options = json["options"].as_array_mut().unwrap();
    options.push(json!({ "name": "free", "description": "F.", "default": { "literal": {} },
        "type": { "settings": { "format": "json", "options": [
            { "name": "level", "type": { "nullOr": "str" }, "description": "L.", "default": { "literal": null } },
        ] } } }));
    options.push(json!({ "name": "any", "description": "A.", "default": { "literal": {} },
        "type": "anything" }));
    let content = json!({ "settings": { "format": format, "value": value } });
    json["system"]["etc"] = json!([{ "path": { "literal": "x" }, "content": content }]);
    let problems = validate(&serde_json::from_value(json).unwrap());
    let found: Vec<_> = problems.iter().map(|p| (p.code.0, &*p.message)).collect();
    assert_eq!(found, expected.map(|fault| ("D0104", fault)).as_slice(), "{value}");
}

#[test]
fn files_of_settings_must_be_writable_in_their_format() {
    let maybe = || json!({ "option": ["token"] });
    let attrs = |value: Value| json!({ "attrs": { "a": value } });
    let without = |value: Value| json!({ "withoutNulls": value });
    let null = |at: &str| {
        format!(
            "`{at}` may be null, which TOML cannot hold; `withoutNulls` (`.without_nulls()` in \
             Rust) around the value leaves out what is null"
        )
    };
    let merged = |value: Value| json!({ "merge": [value, { "option": ["jobs"] }] });
    let chosen = json!({ "if": { "condition": { "literal": true },
        "then": attrs(maybe()), "otherwise": { "literal": 1 } } });
    for (value, at) in [
        (attrs(maybe()), "a"),
        (attrs(attrs(maybe())), "a.a"),
        (attrs(json!({ "list": [maybe()] })), "a[]"),
        (json!({ "literal": { "a": [{ "b": null }] } }), "a[].b"),
        (merged(attrs(maybe())), "<name>"),
        (attrs(chosen), "a"),
        (json!({ "option": ["free"] }), "<name>"),
        (without(attrs(json!({ "list": [maybe()] }))), "a[]"),
    ] {
        check_written("json", value.clone(), None);
        check_written("toml", value, Some(&null(at)).map(|it| &**it));
    }
    for value in [
        attrs(maybe()),
        attrs(attrs(maybe())),
        merged(attrs(maybe())),
        json!({ "option": ["free"] }),
        attrs(json!({ "list": [without(attrs(maybe()))] })),
    ] {
        check_written("toml", without(value), None);
    }
    let set = json!({ "if": { "otherwise": { "literal": "" }, "then": maybe(), "condition": {
        "compare": { "op": "notEqual", "left": maybe(), "right": { "literal": null } } } } });
    check_written("toml", attrs(set), None);
    let fault = "TOML holds an attribute set, but this is something of no fixed type";
    check_written("toml", json!({ "option": ["any"] }), Some(fault));
    check_written(
        "toml",
        json!({ "list": [] }),
        Some("TOML holds an attribute set, but this is a list"),
    );

    check_written("ini", attrs(attrs(maybe())), None);
    check_written("ini", json!({ "option": ["free"] }), None);
    check_written(
        "ini",
        attrs(maybe()),
        Some("`a` must be a section of INI, but is something that may be null"),
    );
    check_written(
        "ini",
        attrs(attrs(json!({ "list": [] }))),
        Some("`a.a` is a list, which INI cannot hold"),
    );
    check_written(
        "ini",
        json!({ "literal": { "a\nb": {} } }),
        Some("\"a\\nb\" cannot be the name of a section of INI"),
    );
    check_written(
        "ini",
        json!({ "literal": { "a": { "b=c": 1 } } }),
        Some("\"b=c\" cannot be a key of INI"),
    );

    check_written("keyvalue", attrs(json!({ "list": [{ "literal": 1 }] })), None);
    check_written("keyvalue", without(attrs(maybe())), None);
    check_written(
        "keyvalue",
        attrs(maybe()),
        Some(
            "`a` may be null, which no line can hold; `withoutNulls` (`.without_nulls()` in Rust) \
             around the value leaves out what is null",
        ),
    );
    check_written(
        "keyvalue",
        attrs(attrs(maybe())),
        Some("`a` is an attribute set, which no line can hold"),
    );
    check_written(
        "keyvalue",
        json!({ "literal": { "a b": 1 } }),
        Some("\"a b\" cannot be the key of a line"),
    );
    check_written("keyvalue", json!({ "list": [] }), Some("lines have keys, but this is a list"));

    for name in domi_model::NIX_NAMES {
        let fault = |at: &str| {
            format!("`{at}`: NixOS means something else by this name; choose another name")
        };
        check_written("json", json!({ "attrs": { name: { "literal": 1 } } }), Some(&fault(name)));
        let deep = format!("a[0].{name}");
        check_written("json", json!({ "literal": { "a": [{ name: 1 }] } }), Some(&fault(&deep)));
    }
    check(
        |m| m["options"][0]["name"] = json!("outPath"),
        &[("D0101", "outPath"), ("D0104", "greeter.service"), ("D0202", "port")],
    );
}
