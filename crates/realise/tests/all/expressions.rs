//! What expressions evaluate to. The expected texts are those of Nix 2.26 for the same expression.

use serde_json::{Value as Json, json};

use crate::common::{manifest, option, realised};

/// The text of an expression, over options of many types.
fn check(expr: Json, expected: &str) {
    let manifest = manifest(json!({
        "options": [
            option("port", json!("port"), Some(json!({ "literal": 80 }))),
            option("flag", json!("bool"), Some(json!({ "literal": true }))),
            option("name", json!("str"), Some(json!({ "literal": "a\"b\\" }))),
            option("none", json!({ "nullOr": "str" }), Some(json!({ "literal": null }))),
            option("ports", json!({ "listOf": "port" }), Some(json!({ "literal": [3, 1] }))),
            option("empty", json!({ "listOf": "port" }), Some(json!({ "literal": [] }))),
            option("sizes", json!({ "attrsOf": { "int": {} } }),
                Some(json!({ "literal": { "b": 2, "a": 1 } }))),
            option("any", json!("anything"), Some(json!({ "literal": {
                "float": 1.0, "tiny": 1e-7, "huge": 1e15, "list": [1, 1.5, null], "x": { "é": "\u{1}\t" }
            } }))),
            option("tool", json!("package"), Some(json!({ "package": "web" }))),
            option("how", json!({ "attrTag": [
                { "name": "file", "description": "A file.", "type": { "path": "any" } },
                { "name": "count", "description": "A count.", "type": { "int": {} } },
            ] }), Some(json!({ "literal": { "count": 3 } }))),
        ],
        "system": { "etc": [{ "path": { "literal": "x" }, "content": { "text": expr } }] },
    }));
    let realised = realised(&manifest, &json!({})).unwrap();
    assert_eq!(realised.system.etc["x"].text, expected, "{expr}");
}

fn opt(name: &str) -> Json {
    json!({ "option": [name] })
}

fn lit(value: Json) -> Json {
    json!({ "literal": value })
}

fn var(name: &str) -> Json {
    json!({ "variable": { "name": name } })
}

#[test]
fn texts_hold_integers_booleans_and_paths() {
    check(
        json!({ "text": [opt("port"), lit(json!("/")), opt("flag"), opt("name")] }),
        "80/truea\"b\\",
    );
    check(json!({ "text": [opt("tool"), lit(json!(-5))] }), "/usr-5");
}

#[test]
fn nulls_are_left_out_of_sets_but_not_of_lists() {
    let value = json!({ "attrs": {
        "a": opt("none"), "b": opt("port"), "t": opt("tool"),
        "c": { "attrs": { "d": opt("none") } },
        "l": { "list": [opt("none"), { "attrs": { "e": opt("none"), "f": lit(json!(1)) } }] },
    } });
    check(
        json!({ "toJson": { "withoutNulls": value } }),
        r#"{"b":80,"c":{},"l":[null,{"f":1}],"t":"/usr"}"#,
    );
}

#[test]
fn package_paths_follow_debian() {
    let path = |path: &str| json!({ "packagePath": { "package": opt("tool"), "path": path } });
    check(path("bin/nginx"), "/usr/sbin/nginx");
    check(path("share/nginx"), "/usr/share/nginx");
}

#[test]
fn json_is_what_nix_writes() {
    check(
        json!({ "toJson": opt("any") }),
        r#"{"float":1.0,"huge":1e+15,"list":[1,1.5,null],"tiny":1e-07,"x":{"é":"\u0001\t"}}"#,
    );
    check(json!({ "toJson": opt("tool") }), "\"/usr\"");
    for (float, text) in [
        (1e14, "100000000000000.0"),
        (1e300, "1e+300"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (123_456_789.125, "123456789.125"),
        (1.234_567_890_123_456_8e17, "1.2345678901234568e+17"),
        (-0.5, "-0.5"),
    ] {
        check(json!({ "toJson": lit(json!(float)) }), text);
    }
    check(
        json!({ "toJson": lit(json!("\u{7f}\u{8}\u{c}\u{1b}\u{2028}😀/")) }),
        "\"\u{7f}\\b\\f\\u001b\u{2028}😀/\"",
    );
}

#[test]
fn comparisons_are_those_of_nix() {
    let check = |op: &str, left: Json, right: Json, expected: bool| {
        let compare = json!({ "compare": { "op": op, "left": left, "right": right } });
        check(json!({ "toJson": compare }), if expected { "true" } else { "false" });
    };
    check("equal", lit(json!(1)), lit(json!(1.0)), true);
    check("equal", lit(json!([1, { "a": 1 }])), lit(json!([1.0, { "a": 1.0 }])), true);
    check("equal", lit(json!("1")), lit(json!(1)), false);
    check("notEqual", opt("none"), lit(json!(null)), false);
    check("equal", lit(json!(null)), opt("port"), false);
    check("less", lit(json!("b")), lit(json!("é")), true);
    check("less", lit(json!(1)), lit(json!(1.5)), true);
    check("lessOrEqual", lit(json!(2)), opt("port"), true);
    check("greater", lit(json!("a")), lit(json!("B")), true);
    check("greaterOrEqual", lit(json!(80)), opt("port"), true);
    check("equal", opt("tool"), json!({ "package": "web" }), true);
    check("equal", opt("tool"), json!({ "package": "rsync" }), false);
}

#[test]
fn conditions_stop_where_they_are_decided() {
    let set =
        json!({ "compare": { "op": "notEqual", "left": opt("none"), "right": lit(json!(null)) } });
    let used =
        json!({ "compare": { "op": "greater", "left": opt("none"), "right": lit(json!("a")) } });
    check(json!({ "toJson": { "and": [set, used] } }), "false");
    check(json!({ "toJson": { "or": [opt("flag"), { "not": opt("flag") }] } }), "true");
    check(
        json!({ "if": { "condition": set, "then": opt("none"), "otherwise": lit(json!("unset")) } }),
        "unset",
    );
}

#[test]
fn lists_and_sets_are_built() {
    check(json!({ "toJson": { "concat": [opt("ports"), { "list": [opt("port")] }] } }), "[3,1,80]");
    check(
        json!({ "toJson": { "merge": [
            lit(json!({ "a": { "x": 1, "y": [1] }, "b": 1 })),
            { "attrs": { "a": lit(json!({ "y": [2] })), "b": lit(json!({})) } },
        ] } }),
        r#"{"a":{"x":1,"y":[2]},"b":{}}"#,
    );
    check(
        json!({ "toJson": { "mapList": { "over": opt("ports"), "item": "p", "body":
            { "text": [lit(json!(":")), var("p")] } } } }),
        r#"[":3",":1"]"#,
    );
    check(
        json!({ "toJson": { "mapAttrs": { "over": opt("sizes"), "name": "n", "value": "v", "body":
            { "list": [var("v"), var("n")] } } } }),
        r#"{"a":[1,"a"],"b":[2,"b"]}"#,
    );
    check(
        json!({ "join": { "separator": ", ", "list": { "attrsToList": { "over": opt("sizes"),
            "name": "n", "value": "v", "body": { "text": [var("n"), var("v")] } } } } }),
        "a1, b2",
    );
}

#[test]
fn folds_ask_any_or_all() {
    let fold = |all: bool, over: Json| {
        json!({ "toJson": { "fold": { "all": all, "over": over, "item": "p", "condition":
            { "compare": { "op": "greater", "left": var("p"), "right": lit(json!(1)) } } } } })
    };
    check(fold(true, opt("ports")), "false");
    check(fold(false, opt("ports")), "true");
    check(fold(true, opt("empty")), "true");
    check(fold(false, opt("empty")), "false");
}

#[test]
fn matches_follow_the_tag() {
    check(
        json!({ "match": { "on": opt("how"), "arms": [
            { "tag": "file", "item": "f", "body": var("f") },
            { "tag": "count", "item": "c", "body": { "text": [lit(json!("n=")), var("c")] } },
        ] } }),
        "n=3",
    );
}

#[test]
fn integers_are_calculated_with_as_nix_does() {
    let calculated = |left: i64, op: &str, right: i64| json!({ "text": [{ "arithmetic": { "op": op, "left": lit(json!(left)), "right": lit(json!(right)) } }] });
    check(calculated(-7, "divide", 2), "-3");
    check(calculated(7, "divide", -2), "-3");
    check(calculated(-7, "remainder", 2), "-1");
    check(calculated(7, "remainder", -2), "1");
    check(calculated(5, "subtract", -3), "8");
    check(calculated(i64::MAX, "least", i64::MIN), "-9223372036854775808");
    check(calculated(3, "greatest", 2), "3");
}

#[test]
fn lists_sets_and_strings_are_taken_apart_as_nix_does() {
    let whole = |value: Json| json!({ "toJson": value });
    let part =
        |part: &str, text: &str| json!({ "part": lit(json!(part)), "text": lit(json!(text)) });
    let split = |separator: &str, text: &str| {
        whole(json!({ "split": { "separator": separator, "text": lit(json!(text)) } }))
    };
    check(whole(json!({ "stringLength": lit(json!("é")) })), "2");
    check(whole(json!({ "listLength": opt("ports") })), "2");
    check(whole(json!({ "attrCount": opt("sizes") })), "2");
    check(split(",", ""), r#"[""]"#);
    check(split(",", "a,,b,"), r#"["a","","b",""]"#);
    check(split("\n", "a\nb"), r#"["a","b"]"#);
    check(whole(json!({ "lowercase": lit(json!("ÀBÇ")) })), "\"ÀbÇ\"");
    check(whole(json!({ "hasInfix": part("", "") })), "true");
    check(whole(json!({ "hasInfix": part("\n", "a\nb") })), "true");
    check(whole(json!({ "hasSuffix": part("é", "aé") })), "true");
    check(whole(json!({ "removePrefix": part("a", "aab") })), "\"ab\"");
    check(whole(json!({ "removeSuffix": part("x", "aab") })), "\"aab\"");
    let replaced =
        json!({ "replace": { "from": "aa", "to": lit(json!("b")), "text": lit(json!("aaa")) } });
    check(whole(replaced), "\"ba\"");
    check(whole(json!({ "contains": { "list": opt("ports"), "item": lit(json!(1.0)) } })), "true");
    check(whole(json!({ "hasAttr": { "attrs": opt("sizes"), "name": opt("name") } })), "false");
    let above = |name: &str| json!({ "compare": { "op": "greater", "left": var(name), "right": lit(json!(1)) } });
    check(
        whole(json!({ "filter": { "over": opt("ports"), "item": "it", "body": above("it") } })),
        "[3]",
    );
    let attrs = json!({ "over": opt("sizes"), "name": "n", "value": "v", "body": above("v") });
    check(whole(json!({ "filterAttrs": attrs })), r#"{"b":2}"#);
}
