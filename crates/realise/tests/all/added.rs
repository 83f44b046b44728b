//! What is added to services that settings name.

use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

fn added(given: &Json) -> Result<domi_realise::System, Vec<String>> {
    let service = json!({ "attrsOf": { "submodule": { "options": [
        option("paths", json!({ "listOf": "str" }), Some(json!({ "literal": [] }))),
        option("alone", json!("bool"), Some(json!({ "literal": true }))),
    ] } } });
    let of_value = |name: &str| json!({ "variable": { "name": "service", "path": [name] } });
    let manifest = manifest(json!({
        "options": [option("services", service, Some(json!({ "literal": {} })))],
        "system": { "units": [{
            "kind": "service", "name": { "variable": { "name": "name" } }, "dropIn": true,
            "scope": { "each": {
                "over": { "option": ["services"] }, "name": "name", "value": "service",
            } },
            "config": {
                "NoNewPrivileges": { "value": { "literal": true } },
                "ReadWritePaths": { "value": of_value("paths") },
                "PrivateNetwork": { "value": { "literal": true }, "when": of_value("alone") },
            },
        }] },
    }));
    let realised = realised(&manifest, &json!({ "services": given }));
    realised.map(|realised| realised.system).map_err(|problems| lines(&problems))
}

#[test]
fn each_service_gets_a_file_that_is_read_after_others() {
    let system = added(&json!({
        "web": { "paths": ["/srv/a", "/srv/b c%"], "alone": false },
        "worker@1": {},
    }))
    .unwrap();
    let files = system.files();
    let text = |service: &str| {
        let path = format!("/etc/systemd/system/{service}.service.d/zz-domi-copy.conf");
        let file = files.iter().find(|file| file.path == path).unwrap();
        match &file.content {
            domi_realise::Content::Text(text) => text.clone(),
            domi_realise::Content::Symlink(to) => to.clone(),
            other @ domi_realise::Content::Copy { .. } => panic!("{other:?} is no text"),
        }
    };
    assert_eq!(
        text("web"),
        "[Service]\nNoNewPrivileges=true\nReadWritePaths=/srv/a\nReadWritePaths=\"/srv/b c%%\"\n"
    );
    assert_eq!(text("worker@1"), "[Service]\nNoNewPrivileges=true\nPrivateNetwork=true\n");
    assert!(system.units.is_empty());
    // They are restarted where they run, and nothing has to boot for it.
    let restarted = system.units_to_restart().unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(restarted, ["web.service", "worker@1.service"]);
}

#[test]
fn no_service_of_the_machine_is_added_to() {
    for (name, message) in [
        ("dbus", "machines have a unit of this name"),
        ("systemd-journald", "machines have a unit of this name"),
        ("a b", "cannot be a unit's name"),
        ("worker@", "cannot be made a unit's name"),
        ("../x", "cannot be a unit's name"),
    ] {
        let faults = added(&json!({ name: {} })).unwrap_err();
        let all = faults.concat();
        assert!(all.contains("D0212") && all.contains(message), "{name}: {faults:?}");
    }
}
