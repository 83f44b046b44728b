//! What changes of options mean for all that uses them.

use domi_compare::Effect;
use domi_model::Manifest;
use serde_json::{Value, json};

use super::{examples, found};

/// What is found of options alone, each with its effect.
#[track_caller]
fn check(before: Value, after: Value, expected: &[(Effect, &str)]) {
    let [before, after] = [before, after].map(|value| {
        serde_json::from_value::<Manifest>(examples::with(&value)).expect("a manifest")
    });
    let found = found(&before, &after);
    let found: Vec<(Effect, &str)> = found.iter().map(|it| (it.effect, &*it.what)).collect();
    assert_eq!(found, expected);
}

fn option(name: &str, ty: &Value, default: &Value) -> Value {
    json!({ "name": name, "type": ty, "description": "It.", "default": default })
}

#[test]
fn a_former_name_that_is_taken_again_is_one_more() {
    let site = |taken: &str| {
        let formerly = json!([{ "name": "shelf", "taken": taken }]);
        json!({ "feature": { "name": "site", "formerly": formerly } })
    };
    let again = [(Effect::OptionAdded, "options under the old name shelf")];
    check(site("noLonger"), site("silently"), &again);
    check(site("noLonger"), site("withWarning"), &again);
    let warned = [(Effect::FeatureNameWarning, "feature shelf, the old name of site")];
    check(site("withWarning"), site("silently"), &warned);
}

/// A service whose command has these arguments, and that is there under a condition.
fn service(arguments: &Value, when: &Value) -> Value {
    let command = json!({ "argv": { "list": arguments } });
    json!({ "units": [{
        "kind": "service", "name": { "literal": "web" }, "commands": { "ExecStart": [command] },
        "scope": { "when": when }
    }] })
}

#[test]
fn a_new_option_whose_default_changes_nothing_changes_nothing_else() {
    let port = option("port", &json!("port"), &json!({ "literal": 80 }));
    let of = |name: &str| json!({ "option": [name] });
    let quiet = option("quiet", &json!("bool"), &json!({ "literal": false }));
    let text = |text: &str| json!({ "literal": text });
    let old = service(
        &json!([text("web"), of("port")]),
        &json!({ "compare": {
        "op": "notEqual", "left": of("port"), "right": { "literal": 0 }
    } }),
    );
    let flag =
        json!({ "if": { "condition": of("quiet"), "then": text("-q"), "otherwise": text("web") } });
    let wanted =
        json!({ "compare": { "op": "notEqual", "left": of("port"), "right": { "literal": 0 } } });
    let new =
        service(&json!([flag, of("port")]), &json!({ "and": [wanted, { "not": of("quiet") }] }));
    check(
        json!({ "options": [port], "system": old }),
        json!({ "options": [port, quiet], "system": new }),
        &[(Effect::OptionAdded, "option quiet")],
    );
    // One whose default does change something.
    let quiet = option("quiet", &json!("bool"), &json!({ "literal": true }));
    check(
        json!({ "options": [port], "system": old }),
        json!({ "options": [port, quiet], "system": new }),
        &[
            (Effect::ConditionChanged, "unit web.service"),
            (Effect::OptionAdded, "option quiet"),
            (Effect::UnitChanged, "unit web.service"),
        ],
    );
}

#[test]
fn what_a_new_option_asks_for_only_when_it_is_set_is_asked_of_nobody_yet() {
    let quiet = option("quiet", &json!("bool"), &json!({ "literal": false }));
    let (is_quiet, message) = (json!({ "option": ["quiet"] }), json!({ "literal": "no" }));
    let loud = json!({ "condition": { "not": is_quiet }, "message": message });
    let other = json!([{ "feature": "gateway", "when": is_quiet }]);
    let added = (Effect::OptionAdded, "option quiet");
    check(json!({}), json!({ "options": [quiet], "assertions": [loud] }), &[added]);
    for key in ["requires", "wants", "conflicts"] {
        check(json!({}), json!({ "options": [quiet], key: other }), &[added]);
    }
    // Whether it is asked always is no matter of how that is written.
    let when = |when: Value| json!([{ "feature": "gateway", "when": when }]);
    let always = json!([{ "feature": "gateway" }]);
    check(
        json!({ "requires": always }),
        json!({ "requires": when(json!({ "literal": true })) }),
        &[],
    );
    check(
        json!({ "requires": always }),
        json!({ "options": [quiet], "requires": when(json!({ "not": is_quiet })) }),
        &[added],
    );
    // What holds already is asked of everybody.
    let quiet = option("quiet", &json!("bool"), &json!({ "literal": true }));
    check(
        json!({}),
        json!({ "options": [quiet], "assertions": [loud], "requires": other }),
        &[
            (Effect::AssertionAdded, "assertion no"),
            (Effect::RequirementAdded, "requires gateway"),
            added,
        ],
    );
}

#[test]
fn a_rename_is_followed_wherever_the_option_is_used() {
    let of = |path: &[&str]| service(&json!([{ "option": path }]), &json!({ "literal": true }));
    let port =
        |name: &str, default: i64| option(name, &json!("port"), &json!({ "literal": default }));
    let alias = json!([{ "from": ["port"], "to": ["listen"] }]);
    check(
        json!({ "options": [port("port", 80)], "system": of(&["port"]) }),
        json!({ "options": [port("listen", 80)], "system": of(&["listen"]), "renamed": alias }),
        &[(Effect::OptionRenamed, "option port, which is listen now")],
    );
    // What else becomes of it is said as well.
    let narrowed =
        option("listen", &json!({ "int": { "min": 1, "max": 9 } }), &json!({ "literal": 8 }));
    check(
        json!({ "options": [port("port", 80)] }),
        json!({ "options": [narrowed], "renamed": alias }),
        &[
            (Effect::TypeNarrowed, "option listen"),
            (Effect::OptionRenamed, "option port, which is listen now"),
            (Effect::DefaultChanged, "option listen"),
        ],
    );
    // Without the alias, one is gone and another one is new.
    check(
        json!({ "options": [port("port", 80)] }),
        json!({ "options": [port("listen", 80)] }),
        &[(Effect::OptionRemoved, "option port"), (Effect::OptionAdded, "option listen")],
    );
    // An alias that leads elsewhere is none.
    let both = [port("listen", 80), port("other", 80)];
    check(
        json!({ "options": both, "renamed": alias }),
        json!({ "options": both, "renamed": [{ "from": ["port"], "to": ["other"] }] }),
        &[(Effect::AliasRemoved, "option port, the old name of listen")],
    );
}

#[test]
fn a_rename_of_what_is_only_read_is_one_too() {
    let told = |name: &str, value: &str| {
        let mut told = option(name, &json!("str"), &json!({ "literal": value }));
        told["readOnly"] = json!(true);
        json!([told])
    };
    let alias = |silent: bool| json!([{ "from": ["said"], "to": ["told"], "silent": silent }]);
    let renamed = |value: &str, silent: bool| json!({ "options": told("told", value), "renamed": alias(silent) });
    let is_renamed = (Effect::OptionRenamed, "option said, which is told now");
    check(json!({ "options": told("said", "a") }), renamed("a", true), &[is_renamed]);
    check(
        json!({ "options": told("said", "a") }),
        renamed("b", true),
        &[(Effect::ReadOnlyChanged, "option told"), is_renamed],
    );
    check(
        renamed("a", false),
        json!({ "options": told("told", "a") }),
        &[(Effect::AliasRemoved, "option said, the old name of told")],
    );
}

#[test]
fn a_rename_is_followed_into_settings() {
    let of = |path: &[&str]| service(&json!([{ "option": path }]), &json!({ "literal": true }));
    let port = option("port", &json!("port"), &json!({ "literal": 80 }));
    let settings = |options: &[&Value]| {
        let ty = json!({ "settings": { "format": "json", "options": options } });
        option("settings", &ty, &json!({ "attrs": {} }))
    };
    let renamed = json!([{ "from": ["port"], "to": ["settings", "port"] }]);
    check(
        json!({ "options": [port, settings(&[])], "system": of(&["port"]) }),
        json!({
            "options": [settings(&[&port])], "system": of(&["settings", "port"]), "renamed": renamed
        }),
        &[
            (Effect::TypeNarrowed, "option settings.port"),
            (Effect::OptionRenamed, "option port, which is settings.port now"),
        ],
    );
}

#[test]
fn an_older_name_goes_along_with_what_is_around_the_option() {
    let with = |name: &str, to: &str, more: Value| {
        let port = option("port", &json!("port"), &json!({ "literal": 80 }));
        let around = json!({ "submodule": { "options": [port] } });
        let mut renamed = vec![json!({ "from": ["port"], "to": [to, "port"] })];
        renamed.extend(more.as_array().cloned().into_iter().flatten());
        json!({ "options": [option(name, &around, &json!({ "attrs": {} }))], "renamed": renamed })
    };
    check(
        with("server", "server", json!([])),
        with("listen", "listen", json!([{ "from": ["server"], "to": ["listen"] }])),
        &[(Effect::OptionRenamed, "option server, which is listen now")],
    );
}

#[test]
fn a_rename_is_followed_where_the_option_stands_alone_under_a_name_that_others_are_free_under() {
    let text = |text: &str| json!({ "literal": text });
    let of = |name: &str| json!({ "option": [name] });
    let with = |sites: &str, ports: &str| {
        let has = json!({ "hasAttr": { "attrs": of(sites), "name": text("main") } });
        let script = json!({ "script": {
            "name": "run", "text": "true", "values": { "option": has }, "lists": { "option": of(ports) }
        } });
        let mut system = service(&json!([script]), &has);
        system["claims"] = json!([{ "kind": "tcp", "values": of(ports) }]);
        let set = json!({ "attrs": {} });
        json!({
            "options": [
                option(sites, &json!({ "attrsOf": "str" }), &set),
                option(ports, &json!({ "listOf": "port" }), &json!({ "list": [] })),
            ],
            "system": system
        })
    };
    let mut after = with("pages", "listen");
    after["renamed"] =
        json!([{ "from": ["sites"], "to": ["pages"] }, { "from": ["ports"], "to": ["listen"] }]);
    check(
        with("sites", "ports"),
        after,
        &[
            (Effect::OptionRenamed, "option ports, which is listen now"),
            (Effect::OptionRenamed, "option sites, which is pages now"),
        ],
    );
}

#[test]
fn types_are_compared_to_their_innermost_parts() {
    let one =
        |ty: Value| json!({ "options": [{ "name": "it", "type": ty, "description": "It." }] });
    let inner = |ty: Value| json!({ "name": "in", "type": ty, "description": "It.", "default": { "literal": "a" } });
    let submodule = |options: &[Value]| json!({ "submodule": { "options": options } });
    let strings = json!({ "attrsOf": submodule(&[inner(json!("str"))]) });
    let rows = [
        (json!("str"), json!({ "nullOr": "str" }), vec![(Effect::TypeWidened, "option it")]),
        (json!({ "nullOr": "str" }), json!("str"), vec![(Effect::TypeNarrowed, "option it")]),
        (
            json!({ "listOf": "str" }),
            json!({ "nonEmptyListOf": "str" }),
            vec![(Effect::TypeNarrowed, "option it")],
        ),
        (
            json!({ "listOf": "port" }),
            json!({ "listOf": { "int": {} } }),
            vec![(Effect::TypeWidened, "option it.<element>")],
        ),
        (
            json!({ "attrsOf": "str" }),
            json!({ "lazyAttrsOf": "str" }),
            vec![(Effect::TypeChanged, "option it")],
        ),
        (json!({ "oneOf": ["str", "bool"] }), json!({ "oneOf": ["bool", "str"] }), vec![]),
        (
            json!({ "oneOf": ["str", "bool"] }),
            json!("bool"),
            vec![(Effect::TypeNarrowed, "option it")],
        ),
        (
            json!("bool"),
            json!({ "oneOf": ["str", "bool"] }),
            vec![(Effect::TypeWidened, "option it")],
        ),
        (json!("lines"), json!("str"), vec![(Effect::TypeNarrowed, "option it")]),
        (json!("str"), json!("anything"), vec![(Effect::TypeWidened, "option it")]),
        (json!("anything"), json!("str"), vec![(Effect::TypeNarrowed, "option it")]),
        (
            json!({ "attrsOf": { "nullOr": "bool" } }),
            json!("anything"),
            vec![(Effect::TypeWidened, "option it")],
        ),
        (
            strings.clone(),
            json!({ "attrsOf": submodule(&[]) }),
            vec![(Effect::OptionRemoved, "option it.<name>.in")],
        ),
        (
            strings.clone(),
            json!({ "attrsOf": submodule(&[inner(json!({ "enum": ["a"] }))]) }),
            vec![(Effect::TypeNarrowed, "option it.<name>.in")],
        ),
        (
            json!({ "oneOf": ["bool", submodule(&[inner(json!("str"))])] }),
            json!({ "oneOf": ["bool", submodule(&[inner(json!("lines"))])] }),
            vec![(Effect::TypeWidened, "option it.in")],
        ),
        (
            json!({ "settings": { "format": "json" } }),
            json!({ "settings": { "format": "json", "options": [inner(json!("str"))] } }),
            vec![(Effect::TypeNarrowed, "option it.in")],
        ),
        (
            json!({ "settings": { "format": "json" } }),
            json!({ "settings": { "format": "yaml" } }),
            vec![(Effect::TypeChanged, "option it")],
        ),
        (
            json!({ "coerced": { "from": "str", "by": "singleton", "to": { "listOf": "str" } } }),
            json!({ "coerced": { "from": { "int": {} }, "by": "digits", "to": "str" } }),
            vec![(Effect::TypeChanged, "option it")],
        ),
        (
            json!({ "attrTag": [{ "name": "a", "type": "str", "description": "A." }] }),
            json!({ "attrTag": [{ "name": "b", "type": "str", "description": "B." }] }),
            vec![(Effect::OptionRemoved, "option it.a"), (Effect::OptionAdded, "option it.b")],
        ),
    ];
    for (before, after, expected) in rows {
        check(one(before), one(after), &expected);
    }
}

#[test]
fn what_would_be_merged_or_made_in_another_way_is_another_type() {
    let one =
        |ty: Value| json!({ "options": [{ "name": "it", "type": ty, "description": "It." }] });
    for ty in [
        json!("lines"),
        json!({ "separatedStr": "," }),
        json!({ "listOf": "str" }),
        json!({ "coerced": { "from": "str", "by": "singleton", "to": { "listOf": "str" } } }),
        json!({ "submodule": { "options": [option("in", &json!("str"), &json!({ "literal": "" }))] } }),
        json!({ "attrsOf": { "listOf": "str" } }),
        json!({ "nullOr": "lines" }),
        json!({ "oneOf": ["bool", "lines"] }),
    ] {
        let changed = [(Effect::TypeChanged, "option it")];
        check(one(ty.clone()), one(json!("anything")), &changed);
        check(one(json!("anything")), one(ty), &changed);
    }
}

#[test]
fn a_rename_at_the_top_is_none_within_one_of_several_types() {
    let port = |name: &str| option(name, &json!("port"), &json!({ "literal": 80 }));
    let with = |types: &[Value], name: &str| {
        let inner = json!({ "submodule": { "options": [port(name)] } });
        let types = [types, &[inner]].concat();
        json!([port(name), { "name": "it", "type": { "oneOf": types }, "description": "It." }])
    };
    let renamed = json!([{ "from": ["port"], "to": ["listen"] }]);
    check(
        json!({ "options": with(&[json!("bool")], "port") }),
        json!({ "options": with(&[json!("bool"), json!("str")], "listen"), "renamed": renamed }),
        &[
            (Effect::TypeChanged, "option it"),
            (Effect::OptionRenamed, "option port, which is listen now"),
        ],
    );
}

#[test]
fn of_an_option_that_is_read_giving_more_breaks() {
    let of = |ty: Value, value: Value, read_only: bool| {
        let mut option = option("it", &ty, &json!({ "literal": value }));
        option["readOnly"] = json!(read_only);
        json!({ "options": [option] })
    };
    let (port, any) = (json!("port"), json!({ "int": {} }));
    let rows = [
        (any.clone(), json!(1), true, Effect::ReadOnlyWidened),
        (json!({ "int": { "min": 1, "max": 9 } }), json!(1), true, Effect::ReadOnlyNarrowed),
        (json!("str"), json!("1"), true, Effect::ReadOnlyChanged),
        (port.clone(), json!(2), true, Effect::ReadOnlyChanged),
    ];
    for (ty, value, read_only, effect) in rows {
        let before = of(port.clone(), json!(1), true);
        check(before, of(ty, value, read_only), &[(effect, "option it")]);
    }
    // One that can be set now is still read.
    check(
        of(port, json!(1), true),
        of(any, json!(1), false),
        &[(Effect::ReadOnlyWidened, "option it"), (Effect::OptionWritable, "option it")],
    );
}
