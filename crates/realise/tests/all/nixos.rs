//! What NixOS's own modules make of a system, and what this crate makes of it, are the same.

use crate::common::{NixosPaths, settings};
use domi_realise::realise;
use serde_json::{Value as Json, json};

fn read(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

#[test]
fn renders_what_nixos_renders() {
    let expected = read(include_str!("nixos/expected.json"));
    let manifest = serde_json::from_str(include_str!("nixos/manifest.json")).unwrap();
    assert_eq!(domi_model::validate(&manifest), []);
    let realised = realise(&manifest, &settings(&expected["settings"]), &NixosPaths).unwrap();
    let system = realised.system;

    let names: Vec<_> = expected["units"].as_object().unwrap().keys().collect();
    assert_eq!(system.units.keys().collect::<Vec<_>>(), names);
    for (name, unit) in &system.units {
        let expected = &expected["units"][name];
        assert_eq!(unit.text, expected["text"].as_str().unwrap(), "{name}");
        assert_eq!(json!(unit.wanted_by), expected["wantedBy"], "{name}");
        assert_eq!(json!(unit.required_by), expected["requiredBy"], "{name}");
    }
    assert_eq!(system.tmpfiles.concat(), expected["tmpfiles"].as_str().unwrap());
    let sysctl: Vec<_> = system.sysctl.iter().map(|(name, v)| format!("{name}={v}")).collect();
    assert_eq!(json!(sysctl), expected["sysctl"]);
    assert_eq!(json!(system.users["u"]), expected["user"]);
}
