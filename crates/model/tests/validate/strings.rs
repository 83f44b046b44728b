//! What is made of lists, sets and strings is the same everywhere, or the manifest is refused.

use domi_model::validate;
use serde_json::{Value, json};

use crate::sound;

/// What is wrong with a value of a file of JSON, over some options to make it of.
#[track_caller]
fn check(value: Value, fault: Option<&str>) {
    let mut json = sound();
    let options = json["options"].as_array_mut().unwrap();
    let option = |name: &str, ty: Value, default: Value| json!({ "name": name, "type": ty, "description": "N.", "default": default });
    let program =
        json!({ "packagePath": { "package": { "package": "rsync" }, "path": "bin/rsync" } });
    let fields = json!([
        option("own", json!("str"), json!({ "literal": "x" })),
        option("program", json!("str"), program.clone()),
        option(
            "line",
            json!("str"),
            json!({ "text": [{ "literal": "-" }, { "variable": { "name": "config", "path": ["program"] } }] })
        ),
    ]);
    options.extend([
        option("word", json!("str"), json!({ "literal": "x" })),
        option("words", json!({ "listOf": "str" }), json!({ "literal": [] })),
        option("numbers", json!({ "listOf": { "number": {} } }), json!({ "literal": [] })),
        option("tool", json!("package"), json!({ "package": "rsync" })),
        option("program", json!("str"), program),
        option(
            "line",
            json!("str"),
            json!({ "text": [{ "option": ["program"] }, { "literal": " -a" }] }),
        ),
        option("path", json!({ "path": "any" }), json!({ "literal": "/x" })),
        option("part", json!({ "submodule": { "options": fields } }), json!({ "literal": {} })),
        option("set", json!({ "attrsOf": "str" }), json!({ "literal": {} })),
    ]);
    let content = json!({ "settings": { "format": "json", "value": { "attrs": { "a": value } } } });
    json["system"]["etc"] = json!([{ "path": { "literal": "x" }, "content": content }]);
    let problems = validate(&serde_json::from_value(json).unwrap());
    let found: Vec<_> = problems.iter().map(|problem| &*problem.message).collect();
    assert_eq!(found, fault.as_slice(), "{value}");
}

fn option(path: &str) -> Value {
    json!({ "option": path.split('.').collect::<Vec<_>>() })
}

const STORED: &str = "this may have a path of the store in it, which is another one on portable \
                      machines; nothing can depend on it";

#[test]
fn nothing_depends_on_what_a_path_of_the_store_is_made_of() {
    let length = |text: Value| json!({ "stringLength": text });
    for good in ["word", "path", "part.own"] {
        check(length(option(good)), None);
        check(json!({ "hasPrefix": { "part": option(good), "text": option("word") } }), None);
    }
    for stored in ["tool", "program", "line", "part.program", "part.line"] {
        check(length(option(stored)), Some(STORED));
        check(
            json!({ "hasInfix": { "part": option(stored), "text": option("word") } }),
            Some(STORED),
        );
        check(
            json!({ "removePrefix": { "part": { "literal": "/" }, "text": option(stored) } }),
            Some(STORED),
        );
        check(length(json!({ "text": [option("word"), option(stored)] })), Some(STORED));
        check(length(json!({ "toJson": { "list": [option(stored)] } })), Some(STORED));
        let replaced =
            json!({ "replace": { "from": "x", "to": option(stored), "text": option("word") } });
        check(replaced.clone(), None);
        check(length(replaced), Some(STORED));
        let each = json!({ "mapList": { "over": { "list": [option(stored)] }, "item": "it", "body": length(json!({ "variable": { "name": "it" } })) } });
        check(each, Some(STORED));
    }
    check(length(json!({ "toJson": option("words") })), None);
    check(json!({ "split": { "separator": ":", "text": option("line") } }), Some(STORED));
    check(json!({ "lowercase": option("line") }), Some(STORED));
}

#[test]
fn each_is_made_of_what_it_is_for() {
    check(json!({ "listLength": option("words") }), None);
    check(json!({ "listLength": option("word") }), Some("this must be a list, but is a string"));
    check(json!({ "attrCount": option("set") }), None);
    check(
        json!({ "attrCount": option("part") }),
        Some("this has the same names whatever the settings"),
    );
    check(
        json!({ "stringLength": option("port") }),
        Some("this must be a string, but is an integer"),
    );
    check(
        json!({ "stringLength": option("token") }),
        Some("this must be a string, but is something that may be null"),
    );
    check(
        json!({ "split": { "separator": "", "text": option("word") } }),
        Some("a separator is not empty"),
    );
    let replace =
        json!({ "replace": { "from": "", "to": option("word"), "text": option("word") } });
    check(replace, Some("what is replaced is not empty"));
    let filter =
        |body: Value| json!({ "filter": { "over": option("words"), "item": "it", "body": body } });
    check(filter(json!({ "literal": true })), None);
    check(
        filter(json!({ "variable": { "name": "it" } })),
        Some("a condition must be a boolean, but this is a string"),
    );
}

#[test]
fn a_list_contains_what_is_of_the_kind_of_its_elements() {
    let contains =
        |list: &str, item: Value| json!({ "contains": { "list": option(list), "item": item } });
    check(contains("words", option("path")), None);
    check(contains("numbers", option("port")), None);
    for (list, item, is, of) in [
        ("words", option("port"), "an integer", "a string"),
        ("words", option("program"), "a text with a path of the store in it", "a string"),
        ("numbers", option("word"), "a string", "a number"),
        ("numbers", option("token"), "something that may be null", "a number"),
    ] {
        let fault = format!(
            "a list of booleans, numbers or strings may contain one of its kind; {is} is looked for \
             in one of {of}"
        );
        check(contains(list, item), Some(&fault));
    }
    let has =
        |attrs: &str| json!({ "hasAttr": { "attrs": option(attrs), "name": option("word") } });
    check(has("set"), None);
    check(has("part"), Some("this has the same names whatever the settings"));
}
