//! With a real Nix, and the nixpkgs named by the environment.

#![expect(clippy::unwrap_used, reason = "a failure of the tools ends the test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_evaluate::{Content, Evaluation, Evaluations, Nixpkgs, OptionGroup, Setting};
use domi_host::Interrupt;
use domi_model::{Value, reserved};
use domi_nix_command::Nix;
use serde_json::{Value as Json, json};

/// If this computer lacks something for these tests, a message says so, and they end.
fn given() -> Option<(Nix, Nixpkgs)> {
    let Some(nixpkgs) = std::env::var("DOMI_NIXPKGS").ok().filter(|name| !name.is_empty()) else {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no nixpkgs");
        return None;
    };
    match Nix::find(&Interrupt::default()).unwrap() {
        Ok(nix) => Some((nix, Nixpkgs::named(&nixpkgs).unwrap())),
        Err(problem) => {
            eprintln!("SKIPPED: {problem}");
            None
        }
    }
}

fn evaluated(cases: &[Json]) -> Option<Evaluations> {
    let (nix, nixpkgs) = given()?;
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/module.nix");
    let evaluation = Evaluation {
        nixpkgs: &nixpkgs,
        system: "x86_64-linux",
        trunk: &[],
        modules: &[module],
        flakes: &[],
        special_args: None,
        groups: &[of_example(&["unused"], "")],
        programs: &NO_PROGRAMS,
        packages: &[vec!["nginx".to_owned()], vec!["no-such-package".to_owned()]],
        changed: false,
        limit: Duration::from_secs(300),
    };
    let placed = |case: &Json| {
        Setting::Plain(Value::from_json(case.clone()).unwrap()).at(&["services", "example"])
    };
    let cases: Vec<_> = cases.iter().map(placed).collect();
    Some(evaluation.run(&nix, &cases, &Interrupt::default()).unwrap())
}

/// Options of the module that the tests have.
fn of_example(force: &[&str], label: &str) -> OptionGroup {
    OptionGroup {
        prefix: vec!["services".to_owned(), "example".to_owned()],
        force: force.iter().map(|name| (*name).to_owned()).collect(),
        label: label.to_owned(),
    }
}

#[test]
fn what_several_modules_say_is_merged_and_options_have_their_groups() {
    let Some((nix, nixpkgs)) = given() else { return };
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/module.nix");
    let evaluation = Evaluation {
        modules: &[module],
        flakes: &[],
        special_args: None,
        groups: &[of_example(&["unused", "port"], "example: ")],
        limit: Duration::from_secs(300),
        ..of_nothing(&nixpkgs)
    };
    let port = |number: i64| Setting::Plain(Value::Int(number));
    let said = |port: Setting| {
        let on = Setting::Plain(Value::Bool(true));
        let options = Setting::Attrs([("enable".to_owned(), on), ("port".to_owned(), port)].into());
        let services = Setting::Attrs([("example".to_owned(), options)].into());
        Setting::Attrs([("services".to_owned(), services)].into())
    };
    let forced = Setting::Override(50, Box::new(Setting::Order(7, Box::new(port(82)))));
    let cases = [
        Setting::Modules(vec![said(port(81)), said(forced)]),
        Setting::Modules(vec![said(port(81)), said(port(82))]),
    ];
    let told = evaluation.run(&nix, &cases, &Interrupt::default()).unwrap();
    let text = &told.cases[0].as_ref().unwrap().units["example.service"].text;
    assert!(text.contains("Description=On 82\n"), "{text}");
    let refused = told.cases[1].as_ref().unwrap_err().options.clone().unwrap();
    assert_eq!(refused, ["example: port".to_owned()].into());
}

#[test]
fn what_a_module_adds_is_told_with_the_content_of_its_files() {
    let Some(told) = evaluated(&[json!({ "enable": true, "unused": "$ %" })]) else { return };
    let case = told.cases[0].as_ref().unwrap();
    assert_eq!(case.units.keys().collect::<Vec<_>>(), ["example.service"]);
    let unit = &case.units["example.service"];
    assert!(unit.text.contains("Description=On 80\n"), "{}", unit.text);
    assert_eq!(unit.wanted_by, ["multi-user.target"]);
    assert_eq!(case.etc["example/x"].text.as_deref(), Some("x"));
    assert_eq!(case.users["example"].group, "example");
    assert_eq!(case.groups.keys().collect::<Vec<_>>(), ["example"]);
    assert_eq!((&*case.tcp, &*case.sysctl), (&[80][..], &["net.core.somaxconn=99".to_owned()][..]));

    let by_name = |name: &str| {
        let found = told.store.iter().find(|(_, stored)| stored.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {:#?}", told.store))
    };
    let (more, stored) = by_name("more.txt");
    let Some(Content::Text { text, .. }) = &stored.content else { panic!("{stored:?}") };
    assert_eq!(text, "more: $ %");
    let Some(Content::Settings { format, value }) = &by_name("example.yaml").1.content else {
        panic!("no settings")
    };
    let value: Json = serde_json::from_str(value).unwrap();
    assert_eq!((format.as_str(), value), ("yaml", json!({ "port": 80, "include": more })));
    let rules = &told.store[&case.tmpfiles_packages[0]];
    let Some(Content::Text { text, .. }) = &rules.content else { panic!("{rules:?}") };
    assert!(text.contains("/var/lib/example"), "{text}");
    let nginx = told.store.values().find(|it| it.attribute == Some(vec!["nginx".to_owned()]));
    assert_eq!(nginx.map(|it| &*it.pname), Some("nginx"));
}

#[test]
fn settings_that_are_refused_leave_the_others_as_they_are() {
    let cases = [
        json!({ "enable": true }),
        json!({ "enable": true, "port": 70000 }),
        json!({ "enable": true, "broken": true }),
        json!({ "enable": true, "unused": 1 }),
        json!({ "enable": false, "unused": 1 }),
        json!({ "enable": true, "port": 7 }),
        json!({ "enable": true, "prot": 1 }),
    ];
    let Some(told) = evaluated(&cases) else { return };
    let refused: Vec<_> = told.cases.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, true, true, true, false, false, true]);
    assert_eq!(told.cases[5].as_ref().unwrap().assertions, ["not 7"]);
    assert!(told.cases[4].as_ref().unwrap().units.is_empty());
}

#[test]
fn settings_that_are_refused_alone_say_why() {
    let Some(told) = evaluated(&[json!({ "enable": true, "port": 70000 })]) else { return };
    let reason = told.cases[0].as_ref().unwrap_err().reason.clone().unwrap();
    assert!(reason.contains("services.example.port"), "{reason}");
}

static NO_PROGRAMS: BTreeMap<String, PathBuf> = BTreeMap::new();

/// An evaluation of a system without additional modules.
fn of_nothing(nixpkgs: &Nixpkgs) -> Evaluation<'_> {
    Evaluation {
        nixpkgs,
        system: "x86_64-linux",
        trunk: &[],
        modules: &[],
        flakes: &[],
        special_args: None,
        groups: &[],
        programs: &NO_PROGRAMS,
        packages: &[],
        changed: false,
        limit: Duration::from_secs(300),
    }
}

#[test]
fn a_nixpkgs_that_is_none_is_no_refusal_of_the_settings() {
    let Some((nix, _)) = given() else { return };
    let none = Nixpkgs::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let evaluation = Evaluation { limit: Duration::from_secs(60), ..of_nothing(&none) };
    let case = Setting::Plain(Value::empty_attrs());
    assert!(evaluation.run(&nix, &[case], &Interrupt::default()).is_err());
}

/// Names that every NixOS has are known, so that no feature takes one.
#[test]
fn what_a_system_has_without_features_is_reserved() {
    let Some((nix, nixpkgs)) = given() else { return };
    let evaluation = of_nothing(&nixpkgs);
    let names = evaluation.names(&nix, &Interrupt::default()).unwrap();
    let missing = |names: &[String], known: &dyn Fn(&str) -> bool| -> Vec<String> {
        names.iter().filter(|name| !known(name)).cloned().collect()
    };
    let none: [String; 0] = [];
    assert_eq!(missing(&names.units, &|name| reserved::unit(name).is_some()), none);
    assert_eq!(missing(&names.users, &reserved::user), none);
    assert_eq!(missing(&names.groups, &reserved::group), none);
    assert_eq!(missing(&names.etc, &|path| reserved::etc(path, "other")), none);
    // NixOS has all units that features may add to; dbus has its own.
    let shared: Vec<String> = reserved::shared_units().map(str::to_owned).collect();
    assert_eq!(
        missing(&shared, &|name| name == "dbus.service" || names.units.iter().any(|it| it == name)),
        none
    );
}

#[test]
fn a_hand_written_module_tells_what_it_adds_and_changes_and_brings() {
    let Some((nix, nixpkgs)) = given() else { return };
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/hand.nix");
    let evaluation = Evaluation {
        nixpkgs: &nixpkgs,
        system: "x86_64-linux",
        trunk: &[],
        modules: &[module],
        flakes: &[],
        special_args: None,
        groups: &[],
        programs: &NO_PROGRAMS,
        packages: &[],
        changed: true,
        limit: Duration::from_secs(300),
    };
    let case = Setting::Plain(Value::empty_attrs());
    let told = evaluation.run(&nix, &[case], &Interrupt::default()).unwrap();
    let case = told.cases[0].as_ref().unwrap();
    let mut texts: Vec<_> = told
        .store
        .values()
        .filter_map(|stored| match &stored.content {
            Some(Content::Text { text, executable, .. }) => Some((&**text, *executable)),
            _ => None,
        })
        .filter(|(text, _)| !text.contains("iptables"))
        .collect();
    texts.sort_unstable();
    for brought in [("#!/bin/sh\n", true), ("hello", false), ("<p>hi</p>\n", false)] {
        assert!(texts.contains(&brought), "{brought:?} in {texts:#?}");
    }
    let added = case.changed_units["systemd-journald.service"].added().unwrap();
    assert_eq!(added.text(), "[Service]\nMemoryHigh=100M\n");
    assert_eq!(case.user_changes["root"], ["extraGroups"]);
    let settings = &case.other["settings"];
    assert!(settings.iter().any(|it| it.starts_with("boot.kernelParams = ")), "{settings:?}");
}

/// What NixOS's own modules make of an option that a module sets, which names neither unit nor file.
#[test]
fn what_the_modules_of_nixos_change_and_take_away_is_told() {
    let Some((nix, nixpkgs)) = given() else { return };
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/further.nix");
    let evaluation = Evaluation { modules: &[module], changed: true, ..of_nothing(&nixpkgs) };
    let case = Setting::Plain(Value::empty_attrs());
    let told = evaluation.run(&nix, &[case], &Interrupt::default()).unwrap();
    let case = told.cases[0].as_ref().unwrap();
    let text = case.changed_etc["systemd/journald.conf"].text.clone().unwrap();
    assert!(text.contains("\nStorage=none\n"), "{text}");
    let gone = &case.gone;
    assert_eq!(gone.units, ["systemd-timesyncd.service"]);
    assert_eq!(gone.etc, ["systemd/timesyncd.conf"]);
    assert_eq!(
        (&*gone.users, &*gone.groups),
        (&["systemd-timesync".to_owned()][..], &["systemd-timesync".to_owned()][..])
    );
}
