//! Settings files.

use serde_json::{Value as Json, json};

use crate::common::{manifest, realised};

fn check(format: &str, value: Json, expected: &str) {
    let settings = json!({ "settings": { "format": format, "value": { "literal": value } } });
    let manifest = manifest(json!({
        "system": { "etc": [{ "path": { "literal": "x" }, "content": settings }] },
    }));
    let realised = realised(&manifest, &json!({})).unwrap();
    assert_eq!(realised.system.etc["x"].text, expected);
}

fn everything() -> Json {
    json!({
        "text": "no", "lines": "a\n b: \"c\"\n", "number": "1e3", "empty": "",
        "int": 5, "float": 1.0, "big": 1e20, "yes": true,
        "list": [1, ["x"], { "a": 1 }, [], {}],
        "set": { "on": 1, "a b": { "c": 2 }, "none": {} },
    })
}

#[test]
fn json_is_sorted_and_indented() {
    check(
        "json",
        everything(),
        r#"{
  "big": 1e+20,
  "empty": "",
  "float": 1.0,
  "int": 5,
  "lines": "a\n b: \"c\"\n",
  "list": [
    1,
    [
      "x"
    ],
    {
      "a": 1
    },
    [],
    {}
  ],
  "number": "1e3",
  "set": {
    "a b": {
      "c": 2
    },
    "none": {},
    "on": 1
  },
  "text": "no",
  "yes": true
}
"#,
    );
    check("json", json!([]), "[]\n");
}

#[test]
fn yaml_quotes_every_string() {
    check(
        "yaml",
        everything(),
        r#"big: 1.0e+20
empty: ""
float: 1.0
int: 5
lines: "a\n b: \"c\"\n"
list:
  - 1
  -
    - "x"
  -
    a: 1
  - []
  - {}
number: "1e3"
set:
  "a b":
    c: 2
  none: {}
  "on": 1
text: "no"
yes: true
"#
        .replace("\nyes: true", "\n\"yes\": true")
        .as_str(),
    );
    check("yaml", json!({ "a": null, "b": "\u{7f}\u{85}é" }), "a: null\nb: \"\\u007f\\u0085é\"\n");
    check("yaml", json!({}), "{}\n");
    check("yaml", json!([1]), "- 1\n");
}

#[test]
fn toml_puts_tables_last() {
    check(
        "toml",
        json!({ "z": 1, "a": { "x": [1.5, 2.5], "t": { "u": "v\"" } }, "l": [{ "n": 1 }, { "n": 2 }] }),
        r#"z = 1

[a]
x = [
    1.5,
    2.5,
]

[a.t]
u = 'v"'

[[l]]
n = 1

[[l]]
n = 2
"#,
    );
}

#[test]
fn ini_is_what_nixpkgs_writes() {
    check(
        "ini",
        json!({ "a]b": { "x": 1, "k=e": true, "n": null, "f": 2.5, "s": "x y" }, "b": {} }),
        "[a\\]b]\nf=2.500000\nk\\=e=true\nn=null\ns=x y\nx=1\n\n[b]\n",
    );
}
