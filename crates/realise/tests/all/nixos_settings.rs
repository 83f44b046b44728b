//! What a feature sets of NixOS's own modules is known by name, and as no more.

use domi_realise::compose;
use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised, settings};

fn parts() -> Json {
    let to = |value: Json| json!({ "option": ["services", "a.b", "x"], "value": value });
    let mut conditional = to(json!({ "option": ["port"] }));
    conditional["option"][2] = json!("y");
    conditional["when"] = json!({ "option": ["more"] });
    json!({
        "options": [
            option("port", json!("port"), Some(json!({ "literal": 80 }))),
            option("more", json!("bool"), Some(json!({ "literal": false }))),
        ],
        "system": { "nixos": [to(json!({ "literal": "z" })), conditional] },
    })
}

#[track_caller]
fn check(given: Json, expected: &[&str]) {
    let realised = realised(&manifest(parts()), &given).unwrap();
    let together = compose(vec![realised.clone()]).unwrap();
    assert_eq!(realised.system.nixos, together.system.nixos);
    assert_eq!(realised.system.nixos.into_iter().collect::<Vec<_>>(), expected, "{given}");
}

#[test]
fn options_of_nixos_that_are_set_are_named_where_their_condition_holds() {
    check(json!({}), &["services.\"a.b\".x"]);
    check(json!({ "more": true }), &["services.\"a.b\".x", "services.\"a.b\".y"]);
    let refused = realised(&manifest(parts()), &json!({ "port": 65536 })).unwrap_err();
    assert!(lines(&refused)[0].contains("port"), "{refused:?}");
    let off = domi_realise::realise(
        &manifest(parts()),
        &settings(&json!({ "enable": false })),
        &domi_realise::DebianPaths::new(&manifest(parts())),
    );
    assert_eq!(off.unwrap().system.nixos, [].into());
}

#[test]
fn two_features_do_not_set_one_option_to_two_values() {
    let feature = |name: &str, value: Json, more: Json| {
        let mut set = json!({ "option": ["services", "openssh", "enable"], "value": value });
        set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut feature = manifest(json!({
            "options": [option("more", json!("bool"), Some(json!({ "literal": false })))],
            "system": { "nixos": [set] },
        }));
        feature.feature.name = name.to_owned();
        feature
    };
    let check = |more: Json, expected: &[&str]| {
        let one = feature("a", json!({ "option": ["more"] }), json!({}));
        let other = feature("b", json!({ "literal": false }), json!({}));
        let all = [realised(&one, &more).unwrap(), realised(&other, &json!({})).unwrap()];
        assert_eq!(lines(&compose(all.to_vec()).err().unwrap_or_default()), expected);
    };
    check(json!({}), &[]);
    let message =
        "D0228 services.openssh.enable: a sets it to true, and b to false: NixOS takes one value";
    check(json!({ "more": true }), &[message]);
    let strong = feature("b", json!({ "literal": false }), json!({ "priority": "force" }));
    let one = feature("a", json!({ "literal": true }), json!({}));
    let all = [one, strong].map(|it| realised(&it, &json!({})).unwrap());
    assert!(compose(all.to_vec()).is_ok());
}
