//! What the features of a host say together: what each of them claims, requires and excludes.

use domi_fleet::{Features, Fleet, Piece, Settings, Standing, Together};
use domi_model::Manifest;
use serde_json::{Value as Json, json};

/// A feature that claims the port of its option, and what else `more` says.
fn feature(name: &str, more: &Json) -> Manifest {
    let mut manifest = json!({
        "schema": "domi.feature/3",
        "feature": {"name": name, "kind": "services", "summary": "A feature", "maturity": "dev",
                    "version": "0.1.0", "platforms": ["x86_64-linux"]},
        "options": [{"name": "port", "type": "port", "description": "A port.",
                     "default": {"literal": 80}}],
        "system": {"claims": [{"kind": "tcp", "values": {"list": [{"option": ["port"]}]}}]},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        manifest[key] = value.clone();
    }
    serde_json::from_value(manifest).expect("it is a manifest")
}

/// What is wrong with hosts that say this, each in a file of its own.
#[track_caller]
fn check(more: &Json, hosts: &[&str], expected: &[&str]) {
    let name = |at: usize| format!("hosts/h-{at}.toml");
    let files: Vec<_> = hosts.iter().enumerate().map(|(at, text)| (name(at), *text)).collect();
    let (fleet, problems) = Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)));
    assert!(problems.is_empty(), "{problems:#?}");
    let features: Features = [feature("a", more), feature("b", &Json::Null)].into_iter().collect();
    let (settings, problems) = Settings::prepare(&fleet, &features);
    assert!(problems.is_empty(), "{problems:#?}");
    let mut together = Together::default();
    for host in fleet.hosts.values() {
        together.add(&host.about, &settings.of(&Standing::of(&fleet, host)), &features);
    }
    let said = together.problems().into_iter().map(|it| {
        let place = it.place.as_ref().map_or(String::new(), ToString::to_string);
        format!("{} {place} {}: {}", it.code, it.subject, it.message)
    });
    assert_eq!(said.collect::<Vec<_>>(), expected);
}

#[test]
fn what_two_features_of_a_host_claim_is_a_problem_of_that_host() {
    let by = "claimed by a (domi.services.a.port) and by b (domi.services.b.port)";
    let both = "features = ['a', 'b']";
    check(
        &Json::Null,
        &[both, "features = ['a']", "features = ['a', 'b']\n[settings.a]\nport = 81"],
        &[&format!("D0220 hosts/h-0.toml:1 TCP port 80: {by}")],
    );
    check(
        &Json::Null,
        &[both, "", both],
        &[&format!("D0220 hosts/h-0.toml:1 TCP port 80: {by} (on 2 hosts, such as `h-0`)")],
    );
}

#[test]
fn what_a_feature_requires_and_excludes_is_looked_for_on_the_same_host() {
    let requires = json!({"requires": [{"feature": "b"}], "system": {}});
    check(
        &requires,
        &["features = ['a']", "features = ['a', 'b']"],
        &["D0221 hosts/h-0.toml:1 a: it requires b, which is not enabled"],
    );
    let conflicts = json!({"conflicts": [{"feature": "b"}], "system": {}});
    check(
        &conflicts,
        &["features = ['a']", "features = ['a', 'b']"],
        &["D0222 hosts/h-1.toml:1 a: it conflicts with b, which is enabled too"],
    );
}

#[test]
fn features_that_take_each_other_for_something_else_are_refused_once_for_a_host() {
    let size = json!({"option": ["size"], "type": "str"});
    let takes = json!({"neighbours": {"b": {"kind": "services", "reads": [size]}}});
    let said = "it reads `size` of b: there is no option `size`, only `port`";
    check(
        &takes,
        &["features = ['a', 'b']", "features = ['a']"],
        &[&format!("D0115 hosts/h-0.toml:1 a: {said}")],
    );
}
