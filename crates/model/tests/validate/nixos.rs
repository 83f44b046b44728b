//! What a feature sets of NixOS's own modules.

use domi_model::{Manifest, validate};
use serde_json::{Value, json};

use crate::sound;

/// A sound manifest that sets these options of NixOS, each by its path with dots.
fn with(settings: &[(&str, Value)]) -> Manifest {
    let one = |(path, value): &(&str, Value)| json!({ "option": path.split('.').collect::<Vec<_>>(), "value": value });
    let mut json = sound();
    json["system"]["nixos"] = settings.iter().map(one).collect();
    json["system"]["users"] =
        json!([{ "name": { "literal": "greet" }, "group": { "literal": "greet" } }]);
    json["system"]["groups"] = json!([{ "name": { "literal": "greet" } }]);
    serde_json::from_value(json).unwrap()
}

#[track_caller]
fn check(manifest: &Manifest, expected: &[&str]) {
    let found = validate(manifest);
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

/// Whether an option is left to the call of the SDK that says it everywhere.
#[track_caller]
fn check_said_elsewhere(option: &str, hint: &str) {
    let problems = validate(&with(&[(option, json!({ "literal": true }))]));
    let [problem] = &problems[..] else { panic!("{option}: {problems:#?}") };
    assert_eq!((problem.code.0, &*problem.subject), ("D0106", option));
    assert!(problem.next.contains(hint), "{option}: {problem}");
}

#[test]
fn options_of_nixos_take_any_value_that_there_is() {
    let port = || json!({ "option": ["port"] });
    check(
        &with(&[("services.a.port", port()), ("services.a.enable", json!({ "literal": true }))]),
        &[],
    );
    check(&with(&[("services.a", json!({ "attrs": { "list": { "list": [port()] } } }))]), &[]);
    check(&with(&[("services.a.b", json!({ "option": ["none"] }))]), &["services.a.b"]);
    check(&with(&[("services..b", port())]), &["no path of an option"]);
    check(&with(&[("services._module.b", port())]), &["no path of an option"]);
    check(&with(&[("services.a", port()), ("services.a", port())]), &["it is set twice"]);
    check(
        &with(&[("services.a", port()), ("services.a.b", port())]),
        &["`services.a`, which is set too"],
    );
    let mut manifest = with(&[("services.a.b", port())]);
    manifest.system.nixos[0].when = Some(serde_json::from_value(port()).unwrap());
    check(&manifest, &["services.a.b"]);
}

#[test]
fn what_a_feature_says_everywhere_is_not_said_of_nixos_alone() {
    check_said_elsewhere("environment.etc.motd.text", "system.etc");
    check_said_elsewhere("environment", "system.etc");
    check_said_elsewhere("networking.firewall.allowedTCPPorts", "system.allow_tcp");
    check_said_elsewhere("boot.kernel.sysctl.a", "system.sysctl");
    check_said_elsewhere("systemd.tmpfiles.rules", "system.tmpfiles");
    check_said_elsewhere("assertions", "Feature::rules");
    check_said_elsewhere("domi.services.other.port", "system.neighbour");
    check_said_elsewhere("systemd.services.greeter.script", "system.service");
    check_said_elsewhere("systemd.services", "by its name");
    check_said_elsewhere("users.users.greet.shell", "system.user");
    check_said_elsewhere("users.groups.greet", "system.group");
    let mut by_full_name = with(&[("systemd.units.x.text", json!({ "literal": "" }))]);
    by_full_name.system.nixos[0].option.0[2] = "greeter.service".to_owned();
    check(&by_full_name, &["write it where the unit is added"]);
    // What others have is theirs.
    let yes = || json!({ "literal": true });
    for good in
        ["systemd.services.postgresql.enable", "users.users.nginx.linger", "boot.kernelModules"]
    {
        check(&with(&[(good, yes())]), &[]);
    }
    check(
        &with(&[("networking.firewall.enable", yes()), ("systemd.timers.greeter.enable", yes())]),
        &[],
    );
}
