//! Directives, specifiers and commands of units are those that systemd reads as they are meant.

use domi_model::{Manifest, validate};
use serde_json::{Value, json};

use crate::sound;

/// Puts something into the service of a sound manifest, and expects exactly these messages.
#[track_caller]
fn check_unit(parts: Value, expected: &[&str]) {
    let mut json = sound();
    let unit = json["system"]["units"][0].as_object_mut().unwrap();
    unit.extend(parts.as_object().unwrap().clone());
    let manifest: Manifest = serde_json::from_value(json).unwrap();
    let found: Vec<_> = validate(&manifest).into_iter().map(|p| p.message).collect();
    assert_eq!(found, expected);
}

fn value(value: Value) -> Value {
    json!({ "value": value })
}

fn lit(text: &str) -> Value {
    json!({ "literal": text })
}

#[test]
fn a_directive_is_one_that_systemd_knows() {
    check_unit(
        json!({
            "config": { "execstart": value(lit("/bin/sh")), "RestartMode": value(lit("direct")) },
            "unitConfig": { "Type": value(lit("oneshot")), "X-Mine": value(lit("anything")) },
        }),
        &[
            "systemd knows no `Type` in [Unit]; it belongs into [Service]",
            "systemd knows no `execstart` in [Service]; `ExecStart` is",
        ],
    );
    check_unit(
        json!({ "config": { "ExecReload": value(lit("/bin/sh %h")), "User": value(json!({ "literal": ["a", "b"] })) } }),
        &[
            "`ExecReload` is a command: give it as one, word by word",
            "`User` has one value; of a list the last would win",
        ],
    );
}

#[test]
fn a_fixed_value_is_one_that_systemd_takes() {
    let check = |key: &str, literal: Value, fault: Option<&str>| {
        let expected: Vec<String> = fault.iter().map(|fault| format!("{key}: {fault}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_unit(json!({ "config": { key: value(json!({ "literal": literal })) } }), &expected);
    };
    check("CPUQuota", json!("50%"), None);
    check("CPUQuota", json!("half"), Some("\"half\" is not a percentage such as `50%`"));
    check("RestartSec", json!(5), None);
    check("RestartSec", json!("soon"), Some("\"soon\" is not a time span such as `5min 20s`"));
    check("PrivateTmp", json!(true), None);
    check("PrivateTmp", json!("maybe"), Some("\"maybe\" is not a boolean"));
    check("KillMode", json!("mixed"), None);
    check(
        "KillMode",
        json!("all"),
        Some("\"all\" is not one of control-group, process, mixed, none"),
    );
    check("MemoryMax", json!("100M"), None);
    check("ReadWritePaths", json!("/a -/b \"/c d\""), None);
    check(
        "ReadWritePaths",
        json!(["/a", "/b c"]),
        Some(
            "\"/b c\" is read as several words, of which \"c\" is no absolute path; quote a path that has blanks in it",
        ),
    );
    check("ReadOnlyPaths", json!("srv"), Some("\"srv\" is no absolute path"));
    check("WorkingDirectory", json!("~"), None);
    check("WorkingDirectory", json!("-/srv/a b"), None);
    check("WorkingDirectory", json!("srv"), Some("\"srv\" is no absolute path"));
    check("StateDirectory", json!("a a/b"), None);
    check("StateDirectory", json!("a/../b"), Some("\"a/../b\" is no folder within another"));
    check(
        "StateDirectory",
        json!("/var/lib/a"),
        Some("\"/var/lib/a\" is no folder within another"),
    );
    check("LoadCredential", json!("a:/b"), None);
    check(
        "LoadCredential",
        json!("a:b:/c"),
        Some("\"a:b:/c\" is no name of a credential with a colon and a path"),
    );
    check(
        "SyslogIdentifier",
        json!("a\nb"),
        Some("\"a\\nb\" has a line break in it, which would begin another line"),
    );
    check(
        "SyslogIdentifier",
        json!("a\\"),
        Some("\"a\\\\\" begins or ends with a blank, or ends with a backslash"),
    );
    check("Type", json!("oneshot"), None);
}

#[test]
fn a_specifier_stands_where_systemd_expands_it() {
    let specifier = |letter: &str| json!({ "specifier": letter });
    check_unit(
        json!({
            "description": { "text": [lit("On "), specifier("%H")] },
            "config": { "ReadWritePaths": value(json!({ "list": [{ "text": [specifier("%t"), lit("/x")] }] })) },
            "relations": { "after": [{ "text": [lit("x@"), specifier("%i"), lit(".service")] }] },
            "environment": { "RUN": value(specifier("%t")) },
            "commands": { "ExecStart": [{ "argv": { "list": [lit("/bin/sh"), specifier("%n")] } }] },
        }),
        &[],
    );
    check_unit(
        json!({
            "name": specifier("%n"),
            "config": { "CPUQuota": value(specifier("%h")), "User": value(specifier("%z")) },
            "relations": { "after": [specifier("%t")] },
            "environment": { "RUN": value(json!({ "toJson": specifier("%t") })) },
            "commands": { "ExecStart": [{ "argv": { "list": [{ "text": [specifier("%h"), lit("/x")] }] } }] },
        }),
        &[
            "systemd does not expand `%n` here",
            "systemd expands no `%t` here",
            "RUN: systemd does not expand `%t` here",
            "CPUQuota: systemd does not expand `%h` here",
            "User: systemd expands no `%z` here",
            "ExecStart: a program is found by its path, without a specifier or variable",
        ],
    );
}

#[test]
fn a_program_is_one_that_a_nixos_has() {
    let start = |argv: Value| json!({ "commands": { "ExecStart": [{ "argv": argv }] } });
    let none = |program: &str, name: &str| {
        format!(
            "ExecStart: NixOS has no program `{program}`, only /bin/sh and /usr/bin/env; declare \
             the package that brings it, and run its `bin/{name}`"
        )
    };
    for program in ["sleep", "/bin/sleep", "/usr/bin/sleep", "/usr/local/bin/sleep", "/sbin/sleep"]
    {
        let expected = none(program, "sleep");
        check_unit(start(json!({ "list": [lit(program), lit("1000")] })), &[&expected]);
        let concat = json!({ "concat": [{ "list": [lit(program)] }, { "literal": ["1"] }] });
        check_unit(start(concat), &[&expected]);
    }
    check_unit(start(json!({ "list": [lit("/bin/sh"), lit("-c"), lit("sleep 1")] })), &[]);
    check_unit(
        start(json!({ "list": [lit("/bin/sh"), lit("-c"), lit("exec /usr/bin/sleep 1")] })),
        &[
            "ExecStart: NixOS has no `/usr/bin/sleep`; declare the package that brings it, and name \
           its `bin/sleep`",
        ],
    );
    check_unit(
        json!({ "environment": { "SHELL": value(lit("/bin/bash")) } }),
        &["SHELL: NixOS has no `/bin/bash`; declare the package that brings it, and name its \
           `bin/bash`"],
    );
    check_unit(
        start(json!({ "list": [lit("-/bin/false")] })),
        &["ExecStart: \"-/bin/false\" is no absolute path of a program"],
    );
    check_unit(
        json!({ "commands": { "ExecStart": [{ "prefix": ":", "argv": { "list": [lit("/bin/sh")] } }] } }),
        &["ExecStart: nothing in a command is expanded; leave the `:` out"],
    );
}
