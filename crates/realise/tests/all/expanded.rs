//! Variables of commands, and units in numbers that settings decide on.

use serde_json::json;

use crate::common::{lines, manifest, option, realised};

#[test]
fn systemd_expands_a_variable_and_nothing_beside_it() {
    let pid = json!({ "commandVariable": "MAINPID" });
    let argv = json!([
        { "literal": "/bin/sh" }, pid, { "text": [{ "option": ["word"] }, { "literal": "$=" }, pid] },
    ]);
    let start = json!([{ "argv": { "list": [{ "literal": "/bin/sh" }] } }]);
    let manifest = manifest(json!({
        "options": [option("word", json!("str"), None)],
        "system": { "units": [{
            "kind": "service", "name": { "literal": "x" },
            "commands": { "ExecStart": start, "ExecReload": [{ "argv": { "list": argv } }] },
        }] },
    }));
    let system = realised(&manifest, &json!({ "word": "${MAINPID} %i" })).unwrap().system;
    let text = &system.units["x.service"].text;
    let line = r#"ExecReload="/bin/sh" "${MAINPID}" "$${MAINPID} %%i$$=${MAINPID}""#;
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_target_wants_as_many_units_as_a_setting_says() {
    let range = json!({ "int": { "min": -1, "max": 12 } });
    let name = json!({ "text": [
        { "option": ["word"] }, { "literal": "@" }, { "variable": { "name": "n" } },
        { "literal": ".service" },
    ] });
    let names = json!({ "mapList": { "over": { "upTo": { "option": ["n"] } }, "item": "n", "body": name } });
    let manifest = manifest(json!({
        "options": [option("n", range, None), option("word", json!("str"), Some(json!({ "literal": "w" })))],
        "system": { "units": [{
            "kind": "target", "name": { "literal": "x" }, "wantedBy": [names],
            "relations": { "wants": [{ "literal": "a.service" }, names] },
        }] },
    }));
    let check = |n: i64, expected: &[&str]| {
        let system = realised(&manifest, &json!({ "n": n })).unwrap().system;
        let unit = &system.units["x.target"];
        assert_eq!(unit.wanted_by, expected);
        let wants = [&["a.service"], expected].concat().join(" ");
        assert!(unit.text.contains(&format!("Wants={wants}\n")), "{}", unit.text);
    };
    check(2, &["w@1.service", "w@2.service"]);
    check(1, &["w@1.service"]);
    check(0, &[]);
    check(-1, &[]);
    let found = realised(&manifest, &json!({ "n": 1, "word": "a b" })).unwrap_err();
    assert_eq!(lines(&found)[0], "D0212 x.target: \"a b@1.service\" is no unit's name");
}
