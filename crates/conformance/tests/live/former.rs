//! Settings under a name that a feature had, asked of a real NixOS: what it makes of the same settings
//! under the name that the feature has.

use std::collections::BTreeMap;
use std::time::Duration;

use domi_evaluate::{Evaluated, Evaluation, Refused, Setting};
use domi_host::Interrupt;
use domi_model::{Manifest, Value, validate};
use serde_json::{Value as Json, json};

use crate::asked::{given, modules};

fn manifest(taken: &str) -> Manifest {
    let option = |name: &str, ty: Json, default: &str| json!({ "name": name, "type": ty, "description": "D.", "default": { "literal": default } });
    let mut told = option("told", json!("str"), "told");
    told["readOnly"] = json!(true);
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "rack", "kind": "services", "summary": "Keeps words", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
            "formerly": [{ "name": "shelf", "taken": taken }],
        },
        "options": [option("word", json!("str"), "none"), option("more", json!("lines"), ""), told],
        "renamed": [
            { "from": ["text"], "to": ["word"], "silent": true },
            { "from": ["said"], "to": ["told"], "silent": taken == "silently" },
        ],
        "system": { "etc": [{
            "path": { "literal": "words" },
            "content": { "text": { "text": [{ "option": ["word"] }, { "literal": ": " }, { "option": ["more"] }] } },
        }] },
    });
    let manifest: Manifest = serde_json::from_value(manifest).unwrap();
    assert_eq!(validate(&manifest), []);
    manifest
}

/// What NixOS makes of settings, each of a path; nothing where this computer lacks a Nix.
fn evaluated(taken: &str, cases: &[Setting]) -> Option<Vec<Result<Evaluated, Refused>>> {
    evaluated_with(taken, "{ }", cases)
}

/// The same with one more module.
fn evaluated_with(
    taken: &str,
    module: &str,
    cases: &[Setting],
) -> Option<Vec<Result<Evaluated, Refused>>> {
    let (nix, nixpkgs) = given()?;
    let (folder, mut modules) = modules(&[&manifest(taken)]);
    modules.push(folder.path().join("more.nix"));
    std::fs::write(modules.last().unwrap(), module).unwrap();
    let evaluation = Evaluation {
        nixpkgs: &nixpkgs,
        system: "x86_64-linux",
        trunk: &[],
        modules: &modules,
        flakes: &[],
        special_args: None,
        groups: &[],
        programs: &BTreeMap::new(),
        packages: &[],
        changed: false,
        limit: Duration::from_secs(300),
    };
    Some(evaluation.run(&nix, cases, &Interrupt::default()).unwrap().cases)
}

fn setting(feature: &str, options: Vec<(&str, Setting)>) -> Setting {
    let options = options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Setting::Attrs(options).at(&["domi", "services", feature])
}

fn text(text: &str) -> Setting {
    Setting::Plain(Value::Str(text.to_owned()))
}

fn on() -> (&'static str, Setting) {
    ("enable", Setting::Plain(Value::Bool(true)))
}

/// A module that reads an option under its old name, and says which names documentation has.
const READS: &str = r#"{ config, lib, options, ... }: {
  environment.etc.told.text = config.domi.services.shelf.told;
  environment.etc.said.text = config.domi.services.rack.said + " " + config.domi.services.shelf.said;
  environment.etc.documented.text = lib.concatMapStringsSep " " (option: option.name) (
    lib.filter (option: option.visible) (lib.optionAttrSetToDocList options.domi.services)
  );
}
"#;

fn words(of: &Result<Evaluated, Refused>) -> &str {
    of.as_ref().unwrap().etc["words"].text.as_deref().unwrap()
}

#[test]
fn the_old_name_means_what_the_new_one_does() {
    let forced = Setting::Override(50, Box::new(text("forced")));
    let weak = Setting::Override(1000, Box::new(text("weak")));
    let cases = [
        setting("rack", vec![on(), ("word", text("a"))]),
        setting("shelf", vec![on(), ("word", text("a"))]),
        // An old name within the old name.
        setting("shelf", vec![on(), ("text", text("a"))]),
        // One module knows the new name, and another one the old one: priorities decide, and lines are joined.
        Setting::Modules(vec![
            setting("shelf", vec![on(), ("word", forced), ("more", text("old"))]),
            setting("rack", vec![("word", text("a")), ("more", text("new"))]),
        ]),
        Setting::Modules(vec![
            setting("shelf", vec![("word", weak)]),
            setting("rack", vec![on(), ("word", text("a"))]),
        ]),
        setting("shelf", vec![on(), ("other", text("a"))]),
        setting("shelf", vec![on(), ("word", Setting::Plain(Value::Int(1)))]),
    ];
    let Some(told) = evaluated("silently", &cases) else { return };
    assert_eq!([0, 1, 2, 4].map(|at| words(&told[at])), ["a: "; 4]);
    let both = words(&told[3]);
    assert!(["forced: old\nnew", "forced: new\nold"].contains(&both), "{both}");
    assert!(told[..5].iter().all(|it| it.as_ref().unwrap().warnings.is_empty()));
    assert!(told[5].is_err() && told[6].is_err());
}

#[test]
fn later_it_gives_a_warning_and_then_it_is_refused() {
    let cases = [
        setting("shelf", vec![on(), ("word", text("a"))]),
        setting("rack", vec![on(), ("word", text("a"))]),
    ];
    let Some(told) = evaluated("withWarning", &cases) else { return };
    let [old, new] = &told[..] else { panic!("{told:?}") };
    assert_eq!([words(old), words(new)], ["a: "; 2]);
    let warnings = &old.as_ref().unwrap().warnings;
    assert!(warnings.iter().any(|it| it.contains("`domi.services.rack.word'")), "{warnings:?}");
    assert!(new.as_ref().unwrap().warnings.is_empty(), "{new:?}");
    let told = evaluated("noLonger", &cases).unwrap();
    assert_eq!(words(&told[1]), "a: ");
    let refused = &told[0].as_ref().unwrap().assertions;
    assert!(refused.iter().any(|it| it.contains("`domi.services.rack`")), "{refused:?}");
}

#[test]
fn what_is_only_read_is_read_under_the_old_name_and_set_under_none() {
    let told = |value: &str| [on(), ("told", text(value))].to_vec();
    let cases = [
        setting("rack", vec![on()]),
        setting("rack", told("a")),
        setting("shelf", told("a")),
        // Not even to what it is.
        setting("shelf", told("told")),
        setting("rack", vec![on(), ("said", text("a"))]),
        setting("shelf", vec![on(), ("said", text("told"))]),
    ];
    for taken in ["silently", "withWarning"] {
        let Some(all) = evaluated_with(taken, READS, &cases) else { return };
        let etc = |name: &str| all[0].as_ref().unwrap().etc[name].text.clone().unwrap();
        assert_eq!(etc("told"), "told");
        assert_eq!(etc("said"), "told told");
        let documented = ["enable", "more", "told", "word"];
        let documented = documented.map(|it| format!("domi.services.rack.{it}"));
        assert_eq!(etc("documented").split(' ').collect::<Vec<_>>(), documented);
        assert!(all[1..].iter().all(Result::is_err), "{taken}: {all:?}");
    }
    let gone = evaluated_with("noLonger", READS, &cases[..1]).unwrap();
    assert!(gone[0].is_err(), "{gone:?}");
}
