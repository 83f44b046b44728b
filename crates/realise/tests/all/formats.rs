//! Settings files.

use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

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
        json!({ "a;b": { "x": 1, "k e": true, "n": null, "f": 2.5, "s": "x y" }, "b": {} }),
        "[a;b]\nf=2.500000\nk e=true\nn=null\ns=x y\nx=1\n\n[b]\n",
    );
}

#[test]
fn lines_have_a_key_and_a_value() {
    check(
        "keyvalue",
        json!({ "b-c": ["x y", "", 3], "a": true, "f": 2.5, "n": -1, "none": [], "z": false }),
        "a yes\nb-c x y\nb-c \"\"\nb-c 3\nf 2.500000\nn -1\nz no\n",
    );
}

/// What a value of free settings comes to where a file of a format is made of it.
#[track_caller]
fn check_free(format: &str, value: Json, expected: Result<&str, &str>) {
    let settings = json!({ "settings": { "format": format, "value": { "option": ["free"] } } });
    let manifest = manifest(json!({
        "options": [option("free", json!({ "settings": { "format": "json" } }), Some(json!({ "literal": {} })))],
        "system": { "etc": [{ "path": { "literal": "x" }, "content": settings }] },
    }));
    let realised = realised(&manifest, &json!({ "free": value }));
    let found = realised.map(|it| it.system.etc["x"].text.clone());
    let found = found.map_err(|problems| lines(&problems).join("; "));
    assert_eq!(found.as_deref().map_err(|it| &**it), expected);
}

#[test]
fn names_that_ini_cannot_hold_are_refused() {
    let section = |name: &str| json!({ name: { "k": 1 } });
    let key = |name: &str| json!({ "s": { name: 1 } });
    for name in ["", "a\n[b]", "a]", "[a]", " a", "a ", "a\\", "\r"] {
        let fault = format!("D0214 /etc/x: {name:?} cannot be the name of a section of INI");
        check_free("ini", section(name), Err(&fault));
    }
    for name in ["", "a\nb", "a=b", "=", ";a", "#a", "[a]", " a", "a ", "a\\", "a\t"] {
        let fault = format!("D0214 /etc/x: {name:?} cannot be a key of INI");
        check_free("ini", key(name), Err(&fault));
    }
    check_free("ini", json!({ "a b;#": { "a:b;#]": "=" } }), Ok("[a b;#]\na:b;#]==\n"));
}

#[test]
fn names_in_other_formats_are_quoted() {
    let names = json!({ "a\nb": 1, "": 2, "[x]": 3, "a.b": 4, "a=\"b": 5, "# c": 6, "~": 7, "<<": 8, "1": 9, "\u{7f}": 0 });
    check_free(
        "toml",
        names.clone(),
        Ok(
            "\"\" = 2\n\"# c\" = 6\n1 = 9\n\"<<\" = 8\n\"[x]\" = 3\n\"a\\nb\" = 1\n\"a.b\" = 4\n'a=\"b' = 5\n\"~\" = 7\n\"\\u007F\" = 0\n",
        ),
    );
    check_free(
        "yaml",
        names,
        Ok(
            "\"\": 2\n\"# c\": 6\n\"1\": 9\n\"<<\": 8\n\"[x]\": 3\n\"a\\nb\": 1\na.b: 4\n\"a=\\\"b\": 5\n\"~\": 7\n\"\\u007f\": 0\n",
        ),
    );
    let long = "k".repeat(1100);
    check_free("yaml", json!({ &*long: { "a": 1 } }), Ok(&format!("? {long}\n:\n  a: 1\n")));
}

#[test]
fn values_that_a_format_cannot_hold_are_refused() {
    check_free(
        "toml",
        json!({ "a": [{ "b": null }] }),
        Err("D0214 /etc/x: `a.[0].b` is null, which TOML cannot hold"),
    );
    check_free(
        "ini",
        json!({ "a": 1 }),
        Err("D0214 /etc/x: `a` must be a section, not an integer"),
    );
    check_free(
        "ini",
        json!({ "a": { "b": [] } }),
        Err("D0214 /etc/x: `a.b` is a list, which INI cannot hold"),
    );
    check_free(
        "keyvalue",
        json!({ "a": null }),
        Err("D0214 /etc/x: `a` is null, which no line can hold"),
    );
    check_free(
        "keyvalue",
        json!({ "a": [[1]] }),
        Err("D0214 /etc/x: `a` is a list, which no line can hold"),
    );
    check_free(
        "keyvalue",
        json!({ "a": " x" }),
        Err("D0214 /etc/x: `a` begins or ends with a blank"),
    );
    check_free(
        "keyvalue",
        json!({ "a b": 1 }),
        Err("D0214 /etc/x: \"a b\" cannot be the key of a line"),
    );
    check_free("json", json!({ "a": null }), Ok("{\n  \"a\": null\n}\n"));
}
