//! Secrets: which hosts hold them, where they are, and how settings refer to them.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod told;

use domi_fleet::{Chosen, Date};
use domi_model::Value;

const MANIFEST: &str = r#"{
  "schema": "domi.feature/3",
  "feature": {"name": "site", "kind": "services", "summary": "A site", "maturity": "dev",
              "version": "0.1.0", "platforms": ["x86_64-linux"]},
  "options": [
    {"name": "password", "type": {"nullOr": {"path": "external"}}, "description": "A secret.",
     "default": {"literal": null}},
    {"name": "keys", "type": {"listOf": {"path": "external"}}, "description": "Secrets.",
     "default": {"literal": []}},
    {"name": "jobs", "type": {"attrsOf": {"submodule": {"options": [
      {"name": "key", "type": {"path": "external"}, "description": "A secret."}
    ]}}}, "description": "Jobs.", "default": {"literal": {}}},
    {"name": "either", "type": {"oneOf": ["bool", {"path": "external"}]},
     "description": "A secret, or not.", "default": {"literal": false}}
  ]
}"#;

const ADA: (&str, &str) = ("domain/people/ada.toml", "");
const BANK: &str = "domain/inventory/secrets/bank.toml";
const HELD: &str = "responsible = 'ada'\non = { hosts = ['h'] }\n";

/// What the one host gets, and all that is wrong.
fn of(files: &[(&str, &str)]) -> (Option<Chosen>, Vec<String>) {
    let (mut hosts, said) = told::of(MANIFEST, &[files, &[ADA]].concat());
    let chosen = hosts.pop_first().map(|(_, chosen)| chosen);
    assert!(hosts.is_empty());
    (chosen, said)
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    told::check(MANIFEST, &[files, &[ADA]].concat(), expected);
}

/// What is wrong with a host of these settings.
#[track_caller]
fn check_settings(secret: &str, settings: &str, expected: &[&str]) {
    let host = format!("features = ['site']\n[settings.site]\n{settings}");
    check(&[(BANK, secret), ("hosts/h.toml", &host)], expected);
}

#[test]
fn a_reference_is_the_path_of_the_secret_at_every_depth() {
    let host = "features = ['site']\n[settings.site]\npassword = { ref = 'bank' }\n\
                keys = [{ ref = 'bank' }, { file = '/run/other' }]\njobs.a.key = { ref = 'bank' }\n\
                either = { ref = 'bank' }\n";
    let secret = format!("{HELD}path = '/var/lib/bank'\n");
    let (chosen, problems) = of(&[(BANK, &secret), ("hosts/h.toml", host)]);
    assert_eq!(problems, [""; 0]);
    let chosen = chosen.unwrap();
    let path = || Value::from("/var/lib/bank");
    let settings = &chosen.settings["site"].settings;
    assert_eq!(settings["password"], path());
    assert_eq!(settings["keys"], Value::List(vec![path(), Value::from("/run/other")]));
    assert_eq!(settings["either"], path());
    let Value::Attrs(jobs) = &settings["jobs"] else { panic!("{settings:?}") };
    assert_eq!(jobs["a"], Value::Attrs([("key".to_owned(), path())].into()));
    assert_eq!(chosen.secrets.keys().collect::<Vec<_>>(), ["bank"]);
    let steps = &chosen.settings["site"].steps;
    assert_eq!(steps.iter().filter(|step| step.secrets == ["bank"]).count(), 4);
}

#[test]
fn a_secret_in_settings_is_never_a_text_and_is_not_shown() {
    for settings in ["password = 'hunter2'", "keys = ['hunter2']", "jobs.a.key = 'hunter2'"] {
        let host = format!("features = ['site']\n[settings.site]\n{settings}\n");
        let (_, found) = of(&[("hosts/h.toml", &host)]);
        assert!(
            found.len() == 1 && found[0].starts_with("D2070 hosts/h.toml:3 site."),
            "{found:#?}"
        );
        assert!(!found[0].contains("hunter2"), "{found:#?}");
    }
    let both = "password = { ref = 'bank', file = '/x' }";
    check_settings(HELD, both, &["D2070 hosts/h.toml:3 site.password: takes a secret"]);
    check_settings(HELD, "password = { ref = 5 }", &["D2070 hosts/h.toml:3 site.password"]);
    let relative = "password = { file = 'x' }";
    check_settings(HELD, relative, &["D0201 hosts/h.toml:3 site.password"]);
}

#[test]
fn a_reference_leads_to_a_secret_that_the_host_holds() {
    let uses = "password = { ref = 'bank' }";
    check_settings(HELD, uses, &[]);
    check_settings(
        HELD,
        "password = { ref = 'bnak' }",
        &["D2008 hosts/h.toml:3 site.password: there is no secret `bnak` | did you mean `bank`?"],
    );
    check_settings(
        "responsible = 'ada'",
        uses,
        &[
            "D2022 domain/inventory/secrets/bank.toml:1 on: no host holds it",
            "D2071 hosts/h.toml:3 site.password: uses the secret `bank`, which is not held there",
        ],
    );
    let retired = format!("{HELD}status = 'retired'\n");
    check_settings(&retired, uses, &["D2015 hosts/h.toml:3 site.password: `bank` is retired"]);
}

#[test]
fn what_is_taken_away_again_is_not_used() {
    let role = "features = ['site']\n[settings.site]\nkeys = [{ ref = 'bank' }]\n\
                password = { ref = 'bank' }\n";
    let host = "roles = ['r']\n[override.site]\npassword = { file = '/run/x' }\n\
                [remove.site]\nkeys = [{ ref = 'bank' }]\n";
    let secret = "responsible = 'ada'\nstatus = 'planned'\n";
    let files = [(BANK, secret), ("nodes/r.toml", role), ("hosts/h.toml", host)];
    let (chosen, problems) = of(&files);
    assert!(problems.len() == 1 && problems[0].starts_with("D2022"), "{problems:#?}");
    assert!(chosen.unwrap().secrets.is_empty());
}

#[test]
fn the_file_of_a_secret_is_one_and_somebody_has_it() {
    let host = ("hosts/h.toml", "");
    check(
        &[(BANK, "")],
        &["D2016 domain/inventory/secrets/bank.toml:1 responsible: nobody answers"],
    );
    check(&[(BANK, HELD), host], &[]);
    for wrong in
        ["path = 'x'", "path = '/a/../b'", "mode = '0444'", "mode = '400'", "owner = 'a b'"]
    {
        let text = format!("{HELD}{wrong}\n");
        check(&[(BANK, &text), host], &["D2003 domain/inventory/secrets/bank.toml:3"]);
    }
    let other = format!("{HELD}path = '/run/secrets/bank'\n");
    check(
        &[(BANK, HELD), ("domain/inventory/secrets/other.toml", &other), host],
        &["D2073 domain/inventory/secrets/other.toml:3 path: host `h` has the secret `bank` in"],
    );
    let owned = format!("{HELD}owner = 'ada'\n");
    let user = ("users/ada.toml", "uid = 1000");
    check(
        &[(BANK, &owned), host, user],
        &["D2074 domain/inventory/secrets/bank.toml:3 owner: `ada` is no user of host `h`"],
    );
    let login = ("domain/policies/authorization/p.toml", "who = ['ada']\nmay = ['login']");
    check(&[(BANK, &owned), host, user, login], &[]);
    check(&[(BANK, "value = 'hunter2'\nresponsible = 'ada'")], &["D2002"]);
}

#[test]
fn a_secret_is_changed_in_time() {
    let rotated = |text: &str| {
        let text = format!("responsible = 'ada'\n{text}");
        let (fleet, problems) = told::fleet(&[(BANK, &text), ADA]);
        let wrong = problems.len() + fleet.check().len();
        let overdue = |day: &str| fleet.overdue(day.parse::<Date>().unwrap()).len();
        (wrong, overdue("2026-01-31"), overdue("2026-02-01"))
    };
    assert_eq!(rotated("rotate = '30d'\nrotated = '2026-01-01'"), (0, 0, 1));
    assert_eq!(rotated("rotate = '30d'\nrotated = '2026-01-02'"), (0, 0, 0));
    assert_eq!(rotated("rotate = '99999999999d'\nrotated = '2026-01-01'"), (0, 0, 0));
    assert_eq!(rotated("rotated = '2020-01-01'"), (0, 0, 0));
    assert_eq!(rotated("rotate = '30d'"), (1, 0, 0));
    assert_eq!(rotated("rotate = '30d'\nrotated = 2026-01-01"), (1, 0, 0));
}
