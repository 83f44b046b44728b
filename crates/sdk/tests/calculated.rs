//! What is made of options by operators and methods, as the manifest has it.
#![expect(clippy::needless_pass_by_value, reason = "a case is written with `json!`")]

use domi::model::{Expr as Untyped, OptionPath};
use domi::prelude::*;
use serde_json::{Value, json};

/// Options to make something of.
#[derive(Options)]
struct Some {
    /// An amount.
    #[option(default = 1)]
    memory: u32,
    /// A count, which its own half is the default of.
    #[option(default = (cfg.memory() / 2).max(1), range = 1..)]
    workers: u32,
    /// With a sign.
    #[option(default = 1)]
    signed: i64,
    /// A port.
    #[option(default = 80)]
    port: Port,
    /// Some names.
    #[option(default = [])]
    names: Vec<String>,
    /// By name.
    #[option(default = [("a", 1)])]
    sizes: BTreeMap<String, u32>,
    /// A host.
    #[option(default = "a.example.org")]
    host: NonEmptyStr,
    /// A folder.
    #[option(default = "/srv")]
    root: AbsolutePath,
    /// Further settings.
    #[option(default = attrs! {})]
    more: Settings<KeyValue>,
}

fn cfg() -> Expr<Some> {
    Expr::from_model(Untyped::Option(OptionPath::default()))
}

#[track_caller]
fn check<T>(expr: Expr<T>, expected: Value) {
    assert_eq!(serde_json::to_value(expr.into_model()).unwrap_or_default(), expected);
}

fn option(name: &str) -> Value {
    json!({ "option": [name] })
}

fn calculated(left: Value, op: &str, right: Value) -> Value {
    json!({ "arithmetic": { "op": op, "left": left, "right": right } })
}

#[test]
fn operators_calculate_with_literals_and_with_each_other() {
    let cfg = cfg();
    let int = |n: i64| json!({ "literal": n });
    let memory = || option("memory");
    check(
        cfg.memory() * 3 / 4,
        calculated(calculated(memory(), "multiply", int(3)), "divide", int(4)),
    );
    check(cfg.memory() * 3_000_000_000, calculated(memory(), "multiply", int(3_000_000_000)));
    check(100 - cfg.memory(), calculated(int(100), "subtract", memory()));
    check(cfg.memory() % cfg.workers(), calculated(memory(), "remainder", option("workers")));
    check(&cfg.memory() + &cfg.workers(), calculated(memory(), "add", option("workers")));
    check(cfg.port() + 1, calculated(option("port"), "add", int(1)));
    check(
        cfg.memory().min(8).max(2),
        calculated(calculated(memory(), "least", int(8)), "greatest", int(2)),
    );
    check(cfg.signed() - cfg.memory().to_i64(), calculated(option("signed"), "subtract", memory()));
    check(
        text!("{}M", cfg.memory() / 2),
        json!({ "text": [calculated(memory(), "divide", int(2)), { "literal": "M" }] }),
    );
}

#[test]
fn lists_and_sets_are_counted_filtered_and_searched() {
    let cfg = cfg();
    check(cfg.names().len(), json!({ "listLength": option("names") }));
    check(
        cfg.names().is_empty(),
        json!({ "compare": { "op": "equal", "left": { "listLength": option("names") }, "right": { "literal": 0 } } }),
    );
    check(cfg.sizes().len(), json!({ "attrCount": option("sizes") }));
    check(cfg.host().len(), json!({ "stringLength": option("host") }));
    let variable = |name: &str| json!({ "variable": { "name": name } });
    check(
        cfg.names().filter(|it| it.starts_with("x")),
        json!({ "filter": { "over": option("names"), "item": "item", "body": {
            "hasPrefix": { "part": { "literal": "x" }, "text": variable("item") } } } }),
    );
    check(
        cfg.sizes().filter_values(|name, size| size.gt(1).and(name.ne("x"))).len(),
        json!({ "attrCount": { "filterAttrs": { "over": option("sizes"), "name": "name", "value": "size",
            "body": { "and": [
                { "compare": { "op": "greater", "left": variable("size"), "right": { "literal": 1 } } },
                { "compare": { "op": "notEqual", "left": variable("name"), "right": { "literal": "x" } } },
            ] } } } }),
    );
    check(
        cfg.names().contains("x"),
        json!({ "contains": { "list": option("names"), "item": { "literal": "x" } } }),
    );
    check(
        cfg.sizes().contains_key(text!("{}-", cfg.port())),
        json!({ "hasAttr": { "attrs": option("sizes"), "name": { "text": [option("port"), { "literal": "-" }] } } }),
    );
}

#[test]
fn strings_are_looked_at_and_taken_apart() {
    let cfg = cfg();
    let part = |part: Value, text: &str| json!({ "part": part, "text": option(text) });
    let lit = |text: &str| json!({ "literal": text });
    check(cfg.root().starts_with("/srv"), json!({ "hasPrefix": part(lit("/srv"), "root") }));
    check(cfg.host().ends_with(".org"), json!({ "hasSuffix": part(lit(".org"), "host") }));
    check(cfg.host().has_part("."), json!({ "hasInfix": part(lit("."), "host") }));
    check(cfg.root().without_prefix("/"), json!({ "removePrefix": part(lit("/"), "root") }));
    check(cfg.host().without_suffix("."), json!({ "removeSuffix": part(lit("."), "host") }));
    check(
        cfg.host().split(".").join("-"),
        json!({ "join": { "separator": "-", "list": { "split": { "separator": ".", "text": option("host") } } } }),
    );
    check(cfg.host().to_ascii_lowercase(), json!({ "lowercase": option("host") }));
    check(
        cfg.host().replace(".", "-"),
        json!({ "replace": { "from": ".", "to": lit("-"), "text": option("host") } }),
    );
}

/// Types whose definitions are joined, or of which something is made.
#[derive(Options)]
struct Typed {
    /// How much is said.
    #[option(default = Loud::Hardly)]
    level: Loud,
    /// Joined with commas.
    #[option(default = "a")]
    rights: Commas,
    /// Joined with something else.
    #[option(default = "a", separator = "; ")]
    rules: String,
    /// One, or several.
    #[option(default = ["localhost"], example = ["a", "b"])]
    hosts: OneOrMany<String>,
    /// Digits.
    #[option(default = "22")]
    mask: IntOrString,
    /// Lines.
    #[option(default = "a")]
    script: Option<LinesOrList>,
}

/// How loud.
#[derive(Debug, Clone, PartialEq, Options)]
enum Loud {
    /// Not a word.
    Silent = -1,
    /// A word.
    Hardly = 1,
}

#[test]
fn types_become_those_of_the_manifest() {
    let cfg = Expr::<Typed>::from_model(Untyped::Option(OptionPath::default()));
    let options = Typed::options(&cfg);
    let check_type = |name: &str, ty: Value, default: Value| {
        let option =
            options.iter().find(|option| option.name == name).unwrap_or_else(|| panic!("{name}"));
        let found = serde_json::to_value((&option.ty, &option.default)).unwrap_or_default();
        assert_eq!(found, json!([ty, { "literal": default }]), "{name}");
    };
    let strings = json!({ "listOf": "str" });
    check_type("level", json!({ "intEnum": [-1, 1] }), json!(1));
    check_type("rights", json!({ "separatedStr": "," }), json!("a"));
    check_type("rules", json!({ "separatedStr": "; " }), json!("a"));
    check_type(
        "hosts",
        json!({ "coerced": { "from": "str", "by": "singleton", "to": strings } }),
        json!(["localhost"]),
    );
    check_type(
        "mask",
        json!({ "coerced": { "from": { "int": {} }, "by": "digits", "to": "str" } }),
        json!("22"),
    );
    check_type(
        "script",
        json!({ "nullOr": { "coerced": { "from": strings, "by": { "join": "\n" }, "to": "lines" } } }),
        json!("a"),
    );
    let level = options.iter().find(|option| option.name == "level").map(|it| &*it.description);
    assert_eq!(level, Some("How much is said.\n\n- `-1`: Not a word.\n- `1`: A word."));
    check(cfg.hosts().list().len(), json!({ "listLength": option("hosts") }));
    check(
        cfg.level().eq(Loud::Silent),
        json!({ "compare": { "op": "equal", "left": option("level"), "right": { "literal": -1 } } }),
    );
    check(cfg.level().to_i64() + 1, calculated(option("level"), "add", json!({ "literal": 1 })));
    use domi::OptionType as _;
    assert_eq!(Loud::from_value(domi::model::Value::Int(-1)), Some(Loud::Silent));
    assert_eq!(OneOrMany::<String>::from_value("a".into()), Some(OneOrMany(vec!["a".to_owned()])));
}

#[test]
fn free_settings_are_asked_for_their_names() {
    let cfg = cfg();
    let hz = json!({ "literal": "hz" });
    check(
        cfg.more().contains_key("hz"),
        json!({ "hasAttr": { "attrs": option("more"), "name": hz } }),
    );
    check(cfg.more().at("hz"), json!({ "option": ["more", "hz"] }));
    let file = json!({ "name": "x.conf", "format": "keyvalue", "value": option("more") });
    check(settings_file(KeyValue, "x.conf", cfg.more()), json!({ "settingsFile": file }));
}
