//! Files that still name a feature by a name that it had.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

#[expect(dead_code, reason = "other tests use more of it")]
mod told;

use std::collections::BTreeSet;

use domi_model::Value;

/// The feature `rack`, which was called `shelf`.
fn manifest(taken: &str) -> String {
    let former = format!("[{{ \"name\": \"shelf\", \"taken\": {taken:?} }}]");
    r#"{
      "schema": "domi.feature/5",
      "feature": {"name": "rack", "kind": "services", "summary": "Keeps words", "maturity": "dev",
                  "version": "0.1.0", "platforms": ["x86_64-linux"], "formerly": FORMER},
      "options": [{"name": "word", "type": "str", "description": "D.", "default": {"literal": "none"}}]
    }"#
    .replace("FORMER", &former)
}

/// Every place where files name features.
const FILES: [(&str, &str); 7] = [
    ("domain/people/ada.toml", ""),
    ("nodes/store.toml", "features = ['shelf']\n[settings.shelf]\nword = 'role'"),
    ("hosts/a.toml", "roles = ['store']"),
    ("hosts/b.toml", "roles = ['store']\n[override.rack]\nword = 'own'"),
    ("hosts/c.toml", "roles = ['store']\nwithout = ['shelf']"),
    ("environments/page.toml", "features = ['shelf']\nresponsible = 'ada'\non = { hosts = ['a'] }"),
    ("shells/page.toml", "features = ['shelf']"),
];

fn word(of: &domi_fleet::Chosen) -> Option<&Value> {
    of.settings.get("rack")?.settings.get("word")
}

#[test]
fn what_is_said_of_a_former_name_is_said_of_the_feature() {
    let (hosts, said) = told::of(&manifest("silently"), &FILES);
    assert_eq!(said, [""; 0]);
    assert_eq!(hosts["a"].names(), ["rack"]);
    assert_eq!(word(&hosts["a"]), Some(&"role".into()));
    // A file that knows the new name wins as it would with one name.
    assert_eq!(word(&hosts["b"]), Some(&"own".into()));
    assert_eq!(hosts["c"].names(), [""; 0]);
}

#[test]
fn later_each_place_is_warned_of_and_then_refused() {
    let (hosts, said) = told::of(&manifest("withWarning"), &FILES);
    let all = [
        "nodes/store.toml:1",
        "nodes/store.toml:2",
        "hosts/c.toml:2",
        "environments/page.toml:1",
        "shells/page.toml:1",
    ];
    let expected = |code: &str, text: &str| {
        all.iter().map(|at| format!("{code} {at} shelf: {text}")).collect::<BTreeSet<_>>()
    };
    let renamed = "the feature has been renamed to `rack` | write `rack`";
    assert_eq!(said.into_iter().collect::<BTreeSet<_>>(), expected("D0204", renamed));
    assert_eq!(word(&hosts["a"]), Some(&"role".into()));
    let (hosts, mut said) = told::of(&manifest("noLonger"), &FILES);
    // What is set for a host that has no `rack` any more.
    said.retain(|it| !it.starts_with("D2022 hosts/b.toml:2"));
    let gone = "is no feature | it is called `rack` now";
    assert_eq!(said.into_iter().collect::<BTreeSet<_>>(), expected("D2008", gone));
    assert_eq!(hosts["a"].names(), ["shelf"]);
}
