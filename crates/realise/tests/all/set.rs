//! `--set option=value`.

use std::collections::BTreeMap;

use domi_realise::set;
use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, settings};

/// What several `--set` come to, or the problem of the first that cannot be read.
fn check(texts: &[&str], expected: Result<Json, &str>) {
    let job = json!({ "submodule": { "options": [
        option("schedule", json!("str"), None),
        option("keep", json!({ "nullOr": { "int": {} } }), Some(json!({ "literal": null }))),
    ] } });
    let manifest = manifest(json!({
        "options": [
            option("port", json!("port"), None),
            option("greeting", json!("str"), None),
            option("ratio", json!("float"), None),
            option("load", json!({ "number": {} }), None),
            option("level", json!({ "enum": ["info", "5"] }), None),
            option("key", json!({ "nullOr": { "path": "external" } }), Some(json!({ "literal": null }))),
            option("either", json!({ "oneOf": ["str", { "int": {} }, { "listOf": "port" }] }), None),
            option("hosts", json!({ "coerced": { "from": "str", "by": "singleton", "to": { "listOf": "str" } } }), Some(json!({ "literal": [] }))),
            option("mask", json!({ "coerced": { "from": { "int": {} }, "by": "digits", "to": "str" } }), None),
            option("words", json!({ "separatedStr": "," }), None),
            option("loud", json!({ "intEnum": [1, 2] }), None),
            option("open", json!("bool"), None),
            option("jobs", json!({ "attrsOf": job }), None),
            option("how", json!({ "attrTag": [{ "name": "file", "description": "A.", "type": "str" }] }), None),
            option("settings", json!({ "settings": { "format": "yaml", "options": [option("name", json!("str"), None)] } }), None),
        ],
        "renamed": [{ "from": ["text"], "to": ["greeting"] }],
    }));
    let mut all = BTreeMap::new();
    for text in texts {
        if let Err(problems) = set::apply(text, &manifest, &mut all) {
            assert_eq!(lines(&problems), [expected.expect_err("this cannot be read")]);
            return;
        }
    }
    assert_eq!(all, settings(&expected.expect("this can be read")), "{texts:?}");
}

#[test]
fn values_are_read_by_the_type_of_the_option() {
    check(&["port=9090", "open=true"], Ok(json!({ "port": 9090, "open": true })));
    check(&["greeting=9090"], Ok(json!({ "greeting": "9090" })));
    check(&["greeting=a=b \"c\"\n"], Ok(json!({ "greeting": "a=b \"c\"\n" })));
    check(&["greeting="], Ok(json!({ "greeting": "" })));
    check(&["ratio=1", "load=1"], Ok(json!({ "ratio": 1.0, "load": 1 })));
    check(&["level=5"], Ok(json!({ "level": "5" })));
    check(&["key=/run/key"], Ok(json!({ "key": "/run/key" })));
    check(&["key=null"], Ok(json!({ "key": null })));
    check(&["either=5"], Ok(json!({ "either": 5 })));
    check(&["either=five"], Ok(json!({ "either": "five" })));
    check(&["either=[1,2]"], Ok(json!({ "either": [1, 2] })));
    check(&["hosts=a", "mask=22"], Ok(json!({ "hosts": "a", "mask": "22" })));
    check(
        &["hosts=[\"a\",\"b\"]", "words=1,2"],
        Ok(json!({ "hosts": ["a", "b"], "words": "1,2" })),
    );
    check(&["loud=2"], Ok(json!({ "loud": 2 })));
    check(&["text=old name"], Ok(json!({ "text": "old name" })));
    check(&["enable=false"], Ok(json!({ "enable": false })));
}

#[test]
fn names_lead_into_values() {
    check(
        &["jobs.docs.schedule=daily", "jobs.docs.keep=3", "jobs.\"my docs.x\".schedule=weekly"],
        Ok(
            json!({ "jobs": { "docs": { "schedule": "daily", "keep": 3 }, "my docs.x": { "schedule": "weekly" } } }),
        ),
    );
    check(
        &["settings.a.b=[1,2]", "settings.a.c=plain words", "settings.name=5"],
        Ok(json!({ "settings": { "a": { "b": [1, 2], "c": "plain words" }, "name": "5" } })),
    );
    check(&["how.file=x"], Ok(json!({ "how": { "file": "x" } })));
    check(&["port=1", "port=2"], Ok(json!({ "port": 2 })));
    check(
        &["jobs={\"a\":{\"schedule\":\"x\"}}"],
        Ok(json!({ "jobs": { "a": { "schedule": "x" } } })),
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    check(&["port"], Err("D0210 port: there is no `=`"));
    check(&["=1"], Err("D0210 =1: a name is empty"));
    check(&["jobs.\"a=1"], Err("D0210 jobs.\"a=1: a quote is not closed"));
    check(
        &["port=http"],
        Err("D0210 port: \"http\" is not a port (an integer between 0 and 65535)"),
    );
    check(&["open=yes"], Err("D0210 open: \"yes\" is not a boolean (true or false)"));
    check(&["prot=1"], Err("D0202 prot: is not an option"));
    check(&["jobs.docs.shedule=x"], Err("D0202 jobs.docs.shedule: is not an option"));
    check(&["how.fil=x"], Err("D0202 how.fil: is not an option"));
    let lost = |option: &str, number: &str, column: usize| {
        format!(
            "D0210 {option}: the number {number} (line 1, column {column}) does not fit 64 signed bits; \
             a float is written with a point"
        )
    };
    for (text, option, number, column) in [
        ("load=18446744073709551616", "load", "18446744073709551616", 1),
        ("ratio=9223372036854775808", "ratio", "9223372036854775808", 1),
        ("settings.a=-9223372036854775809", "settings.a", "-9223372036854775809", 1),
        (r#"settings.a={"b":[18446744073709551616]}"#, "settings.a", "18446744073709551616", 7),
    ] {
        check(&[text], Err(&lost(option, number, column)));
    }
    let twice = r#"settings.a={"b":[{"c":1,"c":2}]}"#;
    check(
        &[twice],
        Err(r#"D0210 settings.a: `b[0].c` stands twice in "{\"b\":[{\"c\":1,\"c\":2}]}""#),
    );
    check(
        &["settings.a=-0"],
        Err(
            "D0210 settings.a: the number -0 (line 1, column 1) is no integer; write 0, or -0.0 for the float",
        ),
    );
    check(
        &["ratio=1e400"],
        Err("D0210 ratio: the number 1e400 (line 1, column 1) is too large for a float"),
    );
    check(
        &["port.x=1"],
        Err(
            "D0202 port.x: `port` is a port (an integer between 0 and 65535), which has no names in it",
        ),
    );
}
