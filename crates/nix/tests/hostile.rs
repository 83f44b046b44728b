//! Whatever stands in a manifest is data: no name and no text of it becomes code.

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use domi_model::Manifest;
use serde_json::Value;

const INJECTED: &str =
    "a\"; ''; } injected ${injected} ''${injected} '' \\\n injected = 1; # */ -->\n'\"\"\"\n";

fn manifest() -> Value {
    serde_json::from_str(include_str!("everything/manifest.json")).expect("JSON")
}

/// A name of an object, or an index of a list.
#[derive(Clone)]
enum Step {
    Name(String),
    Index(usize),
}

/// Something to replace by the injected text: the string that a path leads to, or the last name on it.
struct Place {
    path: Vec<Step>,
    is_name: bool,
}

/// Every string and every name in a document.
fn places(json: &Value, path: &mut Vec<Step>, all: &mut Vec<Place>) {
    let mut within = |step: Step, value: &Value| {
        path.push(step);
        if let Some(Step::Name(_)) = path.last() {
            all.push(Place { path: path.clone(), is_name: true });
        }
        if value.is_string() {
            all.push(Place { path: path.clone(), is_name: false });
        }
        places(value, path, all);
        path.pop();
    };
    match json {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| within(Step::Index(i), item));
        }
        Value::Object(attrs) => {
            attrs.iter().for_each(|(name, value)| within(Step::Name(name.clone()), value));
        }
        _ => {}
    }
}

/// The document with the injected text at a place.
fn injected(mut json: Value, place: &Place) -> Value {
    let (last, above) = place.path.split_last().expect("no string is the whole document");
    let around = above.iter().fold(&mut json, |value, step| match step {
        Step::Name(name) => &mut value[name],
        Step::Index(index) => &mut value[index],
    });
    match (last, place.is_name) {
        (Step::Name(name), true) => {
            let attrs = around.as_object_mut().expect("an object");
            let value = attrs.remove(name).expect("it is there");
            attrs.insert(INJECTED.to_owned(), value);
        }
        (Step::Name(name), false) => around[name] = INJECTED.into(),
        (Step::Index(index), _) => around[index] = INJECTED.into(),
    }
    json
}

/// Nix without errors, that nixfmt would not change, in which nothing is named by the injected
/// text.
fn check(nix: &str) {
    let parsed = rnix::Root::parse(nix);
    assert!(parsed.errors().is_empty(), "{:?} in:\n{nix}", parsed.errors());
    let injected =
        parsed.syntax().descendants_with_tokens().filter_map(rnix::NodeOrToken::into_token).any(
            |token| token.kind() == rnix::SyntaxKind::TOKEN_IDENT && token.text() == "injected",
        );
    assert!(!injected, "code was injected:\n{nix}");
    assert_eq!(nixfmt_rs::format(nix).expect("nixfmt reads it"), nix, "nixfmt would change it");
}

#[test]
fn no_string_or_name_becomes_code() {
    let (original, mut all) = (manifest(), Vec::new());
    places(&original, &mut Vec::new(), &mut all);
    let seen = AtomicU32::new(0);
    let checked = Mutex::new(HashSet::new());
    let replace = |place: &Place| {
        let json = injected(original.clone(), place);
        // Where a string says which kind of thing something is, there is no such manifest.
        let Ok(manifest) = serde_json::from_value::<Manifest>(json) else { return };
        seen.fetch_add(1, Ordering::Relaxed);
        let printed = [
            domi_nix::module(&manifest, "crates/features/everything"),
            domi_nix::tests(&manifest, "crates/features/everything"),
            domi_nix::aggregate([&manifest]),
        ];
        for nix in printed {
            if checked.lock().expect("no other thread panicked").insert(nix.clone()) {
                check(&nix);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads)) {
            scope.spawn(|| part.iter().for_each(&replace));
        }
    });
    let seen = seen.into_inner();
    assert!(seen > 400, "only {seen} manifests were tried");
}

#[test]
fn an_option_may_have_the_name_of_a_keyword() {
    for keyword in [
        "assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with", "null", "true",
    ] {
        let mut json = manifest();
        let option = serde_json::json!({
            "name": keyword, "type": { "int": {} }, "description": "A keyword.",
            "default": { "literal": 1 },
        });
        let file = serde_json::json!({
            "path": { "literal": "keyword" },
            "content": { "text": { "text": [{ "option": [keyword] }] } },
        });
        json["options"].as_array_mut().expect("a list").push(option);
        json["system"]["etc"].as_array_mut().expect("a list").push(file);
        json["tests"][0]["body"]["run"]["machines"]["machine"]["settings"][keyword] = 2.into();
        let manifest: Manifest = serde_json::from_value(json).expect("a manifest");
        assert_eq!(domi_model::validate(&manifest), [], "{keyword}");
        check(&domi_nix::module(&manifest, "crates/features/everything"));
        check(&domi_nix::tests(&manifest, "crates/features/everything"));
    }
}

#[test]
fn no_folder_becomes_code() {
    let manifest: Manifest = serde_json::from_value(manifest()).expect("a manifest");
    check(&domi_nix::module(&manifest, INJECTED));
    check(&domi_nix::tests(&manifest, INJECTED));
    check(&domi_nix::index([(&manifest, INJECTED)]));
}

#[test]
fn files_are_only_planned_for_names_that_are_files() {
    let manifest = |name: &str| {
        let mut manifest: Manifest = serde_json::from_value(manifest()).expect("a manifest");
        manifest.feature.name = name.to_owned();
        manifest.feature.formerly.clear();
        (manifest, format!("crates/features/{name}"))
    };
    let codes = |features: &[(Manifest, String)]| match domi_nix::generate(features) {
        Ok(files) => panic!("{} files are planned", files.len()),
        Err(problems) => problems.into_iter().map(|problem| problem.code).collect::<Vec<_>>(),
    };
    assert_eq!(codes(&[manifest("../../etc/x")]), [domi_nix::BAD_FILE_NAME]);
    assert_eq!(codes(&[manifest("x\ny")]), [domi_nix::BAD_FILE_NAME]);
    assert_eq!(codes(&[manifest("types")]), [domi_nix::SAME_FILE]);
    assert_eq!(codes(&[manifest("a"), manifest("a")]), [domi_nix::SAME_FILE]);
    let (mut twice, folder) = manifest("a");
    twice.tests[1].name = "Answers: with the greeting".to_owned();
    twice.tests[2].name = "!".to_owned();
    assert_eq!(codes(&[(twice, folder)]), [domi_nix::SAME_TEST, domi_nix::SAME_TEST]);
    let (mut of_eval, folder) = manifest("a");
    of_eval.tests[0].name = "eval".to_owned();
    assert_eq!(codes(&[(of_eval, folder)]), [domi_nix::SAME_CHECK]);
    let (mut long, folder) = manifest("a");
    long.tests[0].name = "b c".to_owned();
    let (mut short, other) = manifest("a-b");
    short.tests[0].name = "c".to_owned();
    assert_eq!(codes(&[(long, folder), (short, other)]), [domi_nix::SAME_CHECK]);
}

#[test]
fn every_feature_has_its_files() {
    let manifest: Manifest = serde_json::from_value(manifest()).expect("a manifest");
    let files = domi_nix::generate(&[(manifest, "crates/features/everything".to_owned())]);
    let paths: Vec<String> =
        files.expect("sound names").into_iter().map(|file| file.path).collect();
    assert_eq!(
        paths,
        [
            "docs/reference/everything.json",
            "docs/reference/everything.md",
            "docs/reference/types.md",
            "modules/_lib.nix",
            "modules/_together.nix",
            "modules/default.nix",
            "modules/services/everything.nix",
            "nix/features.nix",
            "tests/everything.nix",
        ]
    );
}
