//! Constants: values that settings take by a name.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod told;

use domi_fleet::{Chosen, replay};
use domi_model::Value;

const MANIFEST: &str = r#"{
  "schema": "domi.feature/3",
  "feature": {"name": "site", "kind": "services", "summary": "A site", "maturity": "dev",
              "version": "0.1.0", "platforms": ["x86_64-linux"]},
  "options": [
    {"name": "port", "type": "port", "description": "A port.", "default": {"literal": 80}},
    {"name": "words", "type": {"listOf": "str"}, "description": "Words.", "default": {"literal": []}},
    {"name": "word", "type": {"nullOr": "str"}, "description": "A word.", "default": {"literal": null}},
    {"name": "jobs", "type": {"attrsOf": {"submodule": {"options": [
      {"name": "port", "type": "port", "description": "A port.", "default": {"literal": 1}}
    ]}}}, "description": "Jobs.", "default": {"literal": {}}},
    {"name": "names", "type": {"attrsOf": "str"}, "description": "Names.", "default": {"literal": {}}},
    {"name": "keys", "type": {"listOf": {"path": "external"}}, "description": "Secrets.",
     "default": {"literal": []}},
    {"name": "free", "type": {"settings": {"format": "toml"}}, "description": "Free.",
     "default": {"literal": {}}}
  ]
}"#;

const PORT: (&str, &str) = ("domain/procedures/constants/port.toml", "type = 'port'\nvalue = 8080");
const WORDS: (&str, &str) = ("domain/procedures/constants/words.toml", "value = ['a', 'b']");

/// What the host `h` gets, and all that is wrong.
fn of(files: &[(&str, &str)]) -> (Option<Chosen>, Vec<String>) {
    let (mut hosts, said) = told::of(MANIFEST, files);
    (hosts.remove("h"), said)
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    told::check(MANIFEST, files, expected);
}

/// The same with a host that has these settings on its first line.
#[track_caller]
fn set(constants: &[(&str, &str)], settings: &str, expected: &[&str]) {
    let host = format!("features = ['site']\nsettings.site = {{ {settings} }}");
    check(&[constants, &[("hosts/h.toml", &host)]].concat(), expected);
}

/// What the options of the host come to with both constants.
#[track_caller]
fn comes_to(settings: &str, option: &str, expected: &str) {
    let host = format!("features = ['site']\nsettings.site = {{ {settings} }}");
    let (chosen, _) = of(&[PORT, WORDS, ("hosts/h.toml", &host)]);
    let chosen = chosen.unwrap();
    let merged = &chosen.settings["site"];
    assert_eq!(replay(&merged.steps), merged.settings);
    let expected: toml::Value =
        toml::from_str::<toml::Table>(&format!("x = {expected}")).unwrap()["x"].clone();
    let expected: Value = serde_json::from_value(serde_json::to_value(expected).unwrap()).unwrap();
    assert_eq!(merged.settings.get(option), Some(&expected));
}

#[test]
fn a_constant_has_a_value_of_its_type() {
    let file = "domain/procedures/constants/c.toml";
    let unused = format!("D2022 {file}:1 c: nothing takes it");
    let fine = |text: &str| check(&[(file, text)], &[&unused]);
    fine("value = 'a'\ntype = 'text'");
    fine("value = -5\ntype = 'integer'");
    fine("value = 1.5\ntype = 'decimal'");
    fine("value = false\ntype = 'flag'");
    fine("value = []\ntype = 'texts'");
    fine("value = '2001:db8::1'\ntype = 'address'");
    let wrong = format!("D2106 {file}:1 value");
    for text in [
        "value = 5\ntype = 'text'",
        "value = 'a'\ntype = 'integer'",
        "value = 5\ntype = 'decimal'",
        "value = 0\ntype = 'port'",
        "value = 65536\ntype = 'port'",
        "value = '192.0.2.300'\ntype = 'address'",
        "value = 'a'\ntype = 'texts'",
    ] {
        check(&[(file, text)], &[&wrong, &unused]);
    }
    check(&[(file, "")], &[&format!("D2004 {file}:1 value: is not there"), &unused]);
    for text in ["value = { a = 1 }", "value = [1]", "value = 1979-05-27"] {
        check(&[(file, text)], &[&format!("D2003 {file}:1 value"), &unused]);
    }
    check(
        &[(file, "value = 5\nresponsible = 'ada'")],
        &[&format!("D2008 {file}:2 responsible: there is no person"), &unused],
    );
}

#[test]
fn settings_take_constants_where_no_set_stands() {
    comes_to("port = { constant = 'port' }", "port", "8080");
    comes_to("words = { constant = 'words' }", "words", "['a', 'b']");
    comes_to("jobs = { a = { port = { constant = 'port' } } }", "jobs", "{ a = { port = 8080 } }");
    // Where any name may stand, this one may, too.
    comes_to("names = { constant = 'port' }", "names", "{ constant = 'port' }");
    comes_to("free = { a = { constant = 'port' } }", "free", "{ a = { constant = 'port' } }");
}

#[test]
fn a_constant_that_is_not_there_or_does_not_fit_is_said_once() {
    set(&[PORT], "port = { constant = 'port' }", &[]);
    set(
        &[PORT],
        "port = { constant = 'prot' }",
        &[
            "D2008 hosts/h.toml:2 site.port: there is no constant `prot` | did you mean `port`?",
            "D2022 domain/procedures/constants/port.toml:1 port: nothing takes it",
        ],
    );
    set(&[WORDS], "port = { constant = 'words' }", &["D0201 hosts/h.toml:2 site.port"]);
    set(&[PORT], "word = { constant = 'port' }", &["D0201 hosts/h.toml:2 site.word"]);
    // What stands in a constant is no secret.
    set(
        &[WORDS],
        "keys = { constant = 'words' }",
        &["D2070 hosts/h.toml:2 site.keys", "D2070 hosts/h.toml:2 site.keys"],
    );
    let gone = ("domain/procedures/constants/port.toml", "value = 80\nstatus = 'retired'");
    set(
        &[gone],
        "port = { constant = 'port' }",
        &["D2015 hosts/h.toml:2 site.port: `port` is retired"],
    );
    let wrong = ("domain/procedures/constants/port.toml", "value = 'a'\ntype = 'port'");
    set(
        &[wrong],
        "port = { constant = 'port' }",
        &["D2106 domain/procedures/constants/port.toml:1 value"],
    );
}

#[test]
fn steps_and_hosts_know_the_constants_that_count() {
    let role = ("nodes/web.toml", "settings.site = { port = { constant = 'port' } }");
    let host = |text: &'static str| ("hosts/h.toml", text);
    let (chosen, _) = of(&[PORT, role, host("features = ['site']\nroles = ['web']")]);
    let chosen = chosen.unwrap();
    assert_eq!(chosen.settings["site"].steps[0].constants, ["port"]);
    assert_eq!(chosen.constants["port"], "site.port");
    let text = "features = ['site']\nroles = ['web']\noverride.site.port = 81";
    let (chosen, _) = of(&[PORT, role, host(text)]);
    assert!(chosen.unwrap().constants.is_empty());
}
