//! What features set and read of each other on one machine.

use domi_model::{Manifest, Problem, validate};
use domi_realise::definition::Module;
use domi_realise::{DebianPaths, Given, Member, Realised, realise_together};
use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, settings};

fn named(name: &str, parts: Json) -> Manifest {
    let mut manifest = manifest(parts);
    manifest.feature.name = name.to_owned();
    assert_eq!(validate(&manifest), [], "{name}");
    manifest
}

fn literal(value: Json) -> Json {
    json!({ "literal": value })
}

/// A file that holds some texts, one to a line.
fn file(name: &str, texts: Json) -> Json {
    json!([{ "path": literal(json!(name)),
             "content": { "text": { "join": { "separator": "\n", "list": texts } } } }])
}

/// A store with a size, and words in a list and under names.
fn store() -> Manifest {
    let option_of = |name: &str| json!({ "option": [name] });
    let size = json!({ "text": [option_of("size")] });
    let named = json!({ "attrsToList": {
        "over": option_of("named"), "name": "n", "value": "v",
        "body": { "text": [{ "variable": { "name": "n" } }, literal(json!("=")),
                           { "variable": { "name": "v" } }] } } });
    named_store(json!({ "concat": [{ "list": [size] }, option_of("words"), named] }))
}

fn named_store(texts: Json) -> Manifest {
    named(
        "store",
        json!({
            "options": [
                option("size", json!("port"), Some(literal(json!(1)))),
                option("words", json!({ "listOf": "str" }), Some(literal(json!([])))),
                option("named", json!({ "attrsOf": "nonEmptyStr" }), Some(literal(json!({})))),
            ],
            "system": { "etc": file("store", texts) },
        }),
    )
}

/// A feature that sets options of the store by its own, and reads its size.
fn user(priority: Option<&str>) -> Manifest {
    let port = || json!({ "option": ["port"] });
    let mut size = json!({ "feature": "store", "option": ["size"], "value": port(),
                           "when": { "option": ["grows"] } });
    if let Some(priority) = priority {
        size["priority"] = json!(priority);
    }
    let read = json!({ "neighbour": {
        "feature": "store", "option": ["size"], "otherwise": literal(json!(0)) } });
    named(
        "user",
        json!({
            "options": [
                option("port", json!("port"), Some(literal(json!(80)))),
                option("grows", json!("bool"), Some(literal(json!(false)))),
                option("label", json!("str"), Some(literal(json!("x")))),
            ],
            "neighbours": { "store": {
                "kind": "services",
                "sets": [
                    { "option": ["size"], "type": "port" },
                    { "option": ["words"], "type": { "listOf": "str" } },
                    { "option": ["named", "user"], "type": "nonEmptyStr" },
                ],
                "reads": [{ "option": ["size"], "type": "port" }],
            } },
            "system": {
                "etc": file("user", json!({ "list": [{ "text": [read] }] })),
                "settings": [
                    size,
                    { "feature": "store", "option": ["words"],
                      "value": { "list": [{ "text": [port()] }] } },
                    { "feature": "store", "option": ["named", "user"],
                      "value": { "option": ["label"] } },
                ],
            },
        }),
    )
}

type Each = Vec<Result<Realised, Vec<String>>>;

fn together(features: &[(&Manifest, Json)]) -> Result<Each, Vec<String>> {
    let given: Vec<_> = features.iter().map(|(_, given)| settings(given)).collect();
    let paths: Vec<_> = features.iter().map(|(manifest, _)| DebianPaths::new(manifest)).collect();
    let members: Vec<_> = (0..features.len())
        .map(|at| Member {
            manifest: features[at].0,
            given: Given::Settings(&given[at]),
            paths: &paths[at],
        })
        .collect();
    let told = |problems: Vec<Problem>| lines(&problems);
    let all = realise_together(&members).map_err(told)?.into_iter();
    Ok(all.map(|it| it.map_err(told)).collect())
}

/// What the files of the features hold.
#[track_caller]
fn check(priority: Option<&str>, user_given: Json, store_given: Json, expected: [&str; 2]) {
    let (user, store) = (user(priority), store());
    let given = [(&store, store_given), (&user, user_given)];
    let held =
        together(&given).unwrap().into_iter().zip(["store", "user"]).map(|(realised, name)| {
            let system = realised.unwrap().system;
            system.etc.get(name).map(|file| file.text.clone()).unwrap_or_default()
        });
    assert_eq!(held.collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_set_of_another_feature_is_merged_with_its_own_settings() {
    let off = || json!({ "enable": false });
    check(None, json!({}), json!({}), ["1\n80\nuser=x", "1"]);
    check(None, json!({ "grows": true, "port": 9 }), json!({}), ["9\n9\nuser=x", "9"]);
    // The machine's own words come first.
    let own = json!({ "words": ["a"], "named": { "b": "c" } });
    check(None, json!({}), own, ["1\na\n80\nb=c\nuser=x", "1"]);
    // Nothing is set by a feature that is off, nor read of one.
    check(None, off(), json!({}), ["1", ""]);
    check(None, json!({ "grows": true }), off(), ["", "0"]);
    let grows = || json!({ "grows": true });
    check(Some("default"), grows(), json!({}), ["80\n80\nuser=x", "80"]);
    check(Some("default"), grows(), json!({ "size": 7 }), ["7\n80\nuser=x", "7"]);
    check(Some("force"), grows(), json!({ "size": 7 }), ["80\n80\nuser=x", "80"]);
}

#[test]
fn what_has_another_name_is_read_under_the_old_one() {
    let mut told = option("told", json!("str"), Some(literal(json!("bread"))));
    told["readOnly"] = json!(true);
    let port = option("port", json!("port"), Some(literal(json!(80))));
    let store = named(
        "store",
        json!({
            "options": [told, port],
            "renamed": [
                { "from": ["said"], "to": ["told"] }, { "from": ["net", "port"], "to": ["port"] },
            ],
        }),
    );
    let read = |path: &[&str], otherwise: Json| {
        json!({ "text": [{ "neighbour": {
            "feature": "store", "option": path, "otherwise": literal(otherwise) } }] })
    };
    let reader = named(
        "reader",
        json!({
            "neighbours": { "store": { "kind": "services", "reads": [
                { "option": ["said"], "type": "str" },
                { "option": ["net", "port"], "type": "port" },
            ] } },
            "system": { "etc": file("read", json!({ "list": [
                read(&["said"], json!("nothing")), read(&["net", "port"], json!(0)),
            ] })) },
        }),
    );
    let held = |given: Json| {
        let all = together(&[(&reader, json!({})), (&store, given)]).unwrap();
        all[0].as_ref().unwrap().system.etc["read"].text.clone()
    };
    assert_eq!(held(json!({})), "bread\n80");
    assert_eq!(held(json!({ "net": { "port": 9 } })), "bread\n9");
    assert_eq!(held(json!({ "enable": false })), "nothing\n0");
}

#[test]
fn what_cannot_be_set_names_who_sets_it() {
    let (user, store) = (user(None), store());
    let told = |user_given: Json, store_given: Json| {
        let mut all = together(&[(&user, user_given), (&store, store_given)]).unwrap();
        all.remove(1).unwrap_err()
    };
    assert_eq!(
        told(json!({ "grows": true }), json!({ "size": 7 })),
        ["D0217 size: is defined as 7 in the machine's settings, 80 in user (user sets it too)"]
    );
    let [blank] = &told(json!({ "label": " " }), json!({}))[..] else { panic!("one problem") };
    assert!(blank.starts_with("D0201 named.user: "), "{blank}");
    assert!(blank.ends_with("(user sets it too)"), "{blank}");
}

#[test]
fn features_that_take_each_other_for_something_else_are_refused_together() {
    let user = user(None);
    let mut store = store();
    store.options.remove(0);
    store.system.etc.clear();
    // Each is told once for all of them.
    let problems = together(&[(&user, json!({})), (&store, json!({}))]).unwrap_err();
    let [sets, reads] = &problems[..] else { panic!("{problems:?}") };
    assert!(sets.starts_with("D0115 user: it sets `size` of store"), "{problems:?}");
    assert!(reads.starts_with("D0115 user: it reads `size` of store"), "{problems:?}");
    let back = named(
        "store",
        json!({
            "options": [
                option("size", json!("port"), Some(literal(json!(1)))),
                option("words", json!({ "listOf": "str" }), Some(literal(json!([])))),
                option("named", json!({ "attrsOf": "nonEmptyStr" }), Some(literal(json!({})))),
            ],
            "neighbours": { "user": {
                "kind": "services", "sets": [{ "option": ["port"], "type": "port" }] } },
            "system": { "settings": [
                { "feature": "user", "option": ["port"], "value": { "option": ["size"] } }] },
        }),
    );
    let problems = together(&[(&user, json!({})), (&back, json!({}))]).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("D0116 "), "{problems:?}");
    assert!(problems[0].contains("user → store → user"), "{problems:?}");
}

#[test]
fn several_modules_of_a_feature_are_merged_with_what_is_set() {
    let (user, store) = (user(None), store());
    let modules = [
        Module::read("one", &settings(&json!({ "words": ["a"] }))),
        Module::read("two", &settings(&json!({ "words": ["b"] }))),
    ];
    let none = settings(&json!({}));
    let (user_paths, store_paths) = (DebianPaths::new(&user), DebianPaths::new(&store));
    let realised = realise_together(&[
        Member { manifest: &user, given: Given::Settings(&none), paths: &user_paths },
        Member { manifest: &store, given: Given::Modules(&modules), paths: &store_paths },
    ])
    .unwrap();
    let system = &realised[1].as_ref().unwrap().system;
    assert_eq!(system.etc["store"].text, "1\nb\na\n80\nuser=x");
}
