//! What units do when something has changed.

use domi_model::Manifest;
use serde_json::{Value as Json, json};

use crate::common::{manifest, option, realised};

fn of(name: &str, changes: Json) -> Manifest {
    let command = |word: &str| json!([{ "argv": { "list": [{ "literal": word }] } }]);
    manifest(json!({
        "options": [
            option("word", json!("str"), Some(json!({ "literal": "a" }))),
            option("flag", json!("bool"), Some(json!({ "literal": true }))),
        ],
        "system": { "units": [{
            "kind": "service", "name": { "literal": name }, "changes": changes,
            "commands": { "ExecStart": command("/bin/sh"), "ExecReload": command("/bin/sh") },
        }] },
    }))
}

/// The unit file, and what its file of triggers holds.
fn unit(manifest: &Manifest, name: &str, given: &Json) -> (String, Option<String>) {
    let system = realised(manifest, given).unwrap().system;
    let text = system.units[&format!("{name}.service")].text.clone();
    let line = text.lines().find_map(|line| line.split_once("-Triggers="));
    let file = line.map(|(_, path)| system.files[path].clone());
    (text, file)
}

#[test]
fn triggers_are_a_file_that_differs_when_a_value_does() {
    let file = json!({ "textFile": { "name": "f", "text": { "option": ["word"] } } });
    for key in ["restartTriggers", "reloadTriggers"] {
        let triggers = json!({ key: [{ "option": ["word"] }, { "option": ["flag"] }, file] });
        let manifest = of("x", triggers);
        let (text, held) = unit(&manifest, "x", &json!({}));
        let (same, _) = unit(&manifest, "x", &json!({ "word": "a" }));
        let (other, other_held) = unit(&manifest, "x", &json!({ "word": "b" }));
        assert!(text == same && text != other, "{text}{other}");
        assert!(held.unwrap().starts_with("a true /etc/domi/files/"));
        assert!(other_held.unwrap().starts_with("b true /etc/domi/files/"));
    }
}

#[test]
fn the_file_of_a_template_has_a_name_that_the_store_takes() {
    let (text, _) =
        unit(&of("x@", json!({ "restartTriggers": [{ "literal": "" }] })), "x@", &json!({}));
    let line = text.lines().find(|line| line.starts_with("X-")).unwrap();
    assert!(line.starts_with("X-Restart-Triggers=/etc/domi/files/"), "{line}");
    assert!(line.ends_with("-X-Restart-Triggers-x-"), "{line}");
}

#[test]
fn what_is_done_is_said_as_nixos_says_it() {
    for (word, line) in [
        ("restart", "X-StopIfChanged=false"),
        ("reload", "X-ReloadIfChanged=true"),
        ("stay", "X-RestartIfChanged=false"),
    ] {
        let (text, file) = unit(&of("x", json!({ "ifChanged": word })), "x", &json!({}));
        assert!(text.contains(&format!("\n{line}\nExecReload=")), "{text}");
        assert_eq!(file, None);
    }
}
