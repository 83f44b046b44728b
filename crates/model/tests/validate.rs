//! What is wrong with a manifest is found, named by its code, and placed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "a case is written with `json!`")]

use domi_model::{Manifest, validate};
use serde_json::{Value, json};

fn sound() -> Value {
    json!({
        "schema": "domi.feature/2",
        "feature": {
            "name": "greeter", "kind": "services", "summary": "Greets", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "packages": { "rsync": { "nixpkgs": ["rsync"], "debian": ["rsync"] } },
        "options": [
            { "name": "port", "type": "port", "description": "Port.", "default": { "literal": 80 } },
            { "name": "token", "type": { "nullOr": { "path": "external" } }, "description": "Token.",
              "default": { "literal": null } },
            { "name": "jobs", "description": "Jobs.", "default": { "literal": {} }, "type": {
                "attrsOf": { "submodule": { "options": [
                    { "name": "source", "type": "str", "description": "Source." },
                    { "name": "target", "type": "str", "description": "Target.",
                      "default": { "text": [ { "literal": "/var/" }, { "variable": { "name": "name" } } ] } },
                ] } } } },
        ],
        "system": { "units": [ {
            "kind": "service", "name": { "literal": "greeter" },
            "config": { "LoadCredential": {
                "value": { "text": [ { "literal": "token:" }, { "option": ["token"] } ] },
                "when": { "compare": { "op": "notEqual", "left": { "option": ["token"] },
                          "right": { "literal": null } } },
            } },
            "commands": { "ExecStart": [ { "argv": { "list": [ { "literal": "/bin/sh" }, { "option": ["port"] } ] } } ] },
        } ] },
        "tests": [ { "name": "works", "body": { "run": {
            "machines": { "machine": { "settings": { "port": 81 } } },
            "steps": [ { "action": { "waitForPort": 81 } } ],
        } } } ],
    })
}

/// Changes one thing of a sound manifest, and expects exactly these codes and subjects.
#[track_caller]
fn check(change: impl FnOnce(&mut Value), expected: &[(&str, &str)]) {
    let mut json = sound();
    change(&mut json);
    let manifest: Manifest = serde_json::from_value(json).unwrap();
    let problems = validate(&manifest);
    let found: Vec<_> = problems.iter().map(|p| (p.code.0, &*p.subject)).collect();
    assert_eq!(found, expected, "{problems:#?}");
}

#[test]
fn a_sound_manifest_has_no_problems() {
    check(|_| (), &[]);
}

#[test]
fn names_must_have_their_form() {
    check(|m| m["feature"]["name"] = json!("Greeter\"; x"), &[("D0101", "Greeter\"; x")]);
    check(
        |m| m["options"][0]["name"] = json!("po${rt}"),
        &[("D0101", "\"po${rt}\""), ("D0104", "greeter.service"), ("D0202", "port")],
    );
    check(
        |m| m["options"][0]["name"] = json!("enable"),
        &[("D0102", "enable"), ("D0104", "greeter.service"), ("D0202", "port")],
    );
}

#[test]
fn types_must_be_expressible() {
    let ty = |ty: Value| {
        move |m: &mut Value| {
            m["options"][1]["type"] = ty;
            m["options"][1].as_object_mut().unwrap().remove("default");
            m["system"] = json!({});
        }
    };
    check(ty(json!({ "strMatching": "\\d+" })), &[("D0103", "token")]);
    check(ty(json!({ "int": { "min": 2, "max": 1 } })), &[("D0103", "token")]);
    check(
        ty(json!({ "oneOf": [{ "listOf": "str" }, { "listOf": "bool" }] })),
        &[("D0103", "token")],
    );
    check(ty(json!({ "oneOf": ["str", { "listOf": "bool" }] })), &[]);
    check(ty(json!({ "enum": [] })), &[("D0103", "token")]);
}

#[test]
fn defaults_and_examples_must_be_of_the_type() {
    check(|m| m["options"][0]["default"] = json!({ "literal": 99999 }), &[("D0201", "port")]);
    check(|m| m["options"][0]["example"] = json!("eighty"), &[("D0201", "port")]);
    check(|m| m["options"][0]["default"] = json!({ "option": ["token"] }), &[("D0201", "port")]);
}

#[test]
fn expressions_must_have_a_value_for_every_legal_setting() {
    let argument = |argument: Value| {
        move |m: &mut Value| {
            m["system"]["units"][0]["commands"]["ExecStart"][0]["argv"]["list"][1] = argument;
        }
    };
    check(argument(json!({ "option": ["prot"] })), &[("D0104", "greeter.service")]);
    check(argument(json!({ "text": [{ "option": ["token"] }] })), &[("D0104", "greeter.service")]);
    check(argument(json!({ "variable": { "name": "job" } })), &[("D0104", "greeter.service")]);
    check(argument(json!({ "package": "rsink" })), &[("D0104", "greeter.service")]);
    check(
        argument(json!({ "packagePath": { "package": { "package": "rsync" }, "path": "../x" } })),
        &[("D0104", "greeter.service")],
    );
    check(
        |m| {
            m["system"]["units"][0]["config"]["LoadCredential"]
                .as_object_mut()
                .unwrap()
                .remove("when");
        },
        &[("D0104", "greeter.service")],
    );
}

/// The faults of files of settings, over an option that may be null and a set of them.
#[track_caller]
fn check_written(format: &str, value: Value, expected: Option<&str>) {
    let mut json = sound();
    let options = json["options"].as_array_mut().unwrap();
    options.push(json!({ "name": "free", "description": "F.", "default": { "literal": {} },
        "type": { "settings": { "format": "json", "options": [
            { "name": "level", "type": { "nullOr": "str" }, "description": "L.", "default": { "literal": null } },
        ] } } }));
    options.push(json!({ "name": "any", "description": "A.", "default": { "literal": {} },
        "type": "anything" }));
    let content = json!({ "settings": { "format": format, "value": value } });
    json["system"]["etc"] = json!([{ "path": { "literal": "x" }, "content": content }]);
    let problems = validate(&serde_json::from_value(json).unwrap());
    let found: Vec<_> = problems.iter().map(|p| (p.code.0, &*p.message)).collect();
    assert_eq!(found, expected.map(|fault| ("D0104", fault)).as_slice(), "{value}");
}

#[test]
fn files_of_settings_must_be_writable_in_their_format() {
    let maybe = || json!({ "option": ["token"] });
    let attrs = |value: Value| json!({ "attrs": { "a": value } });
    let without = |value: Value| json!({ "withoutNulls": value });
    let null = |at: &str| {
        format!(
            "`{at}` may be null, which TOML cannot hold; `withoutNulls` (`.without_nulls()` in \
             Rust) around the value leaves out what is null"
        )
    };
    let merged = |value: Value| json!({ "merge": [value, { "option": ["jobs"] }] });
    let chosen = json!({ "if": { "condition": { "literal": true },
        "then": attrs(maybe()), "otherwise": { "literal": 1 } } });
    for (value, at) in [
        (attrs(maybe()), "a"),
        (attrs(attrs(maybe())), "a.a"),
        (attrs(json!({ "list": [maybe()] })), "a[]"),
        (json!({ "literal": { "a": [{ "b": null }] } }), "a[].b"),
        (merged(attrs(maybe())), "<name>"),
        (attrs(chosen), "a"),
        (json!({ "option": ["free"] }), "<name>"),
        (without(attrs(json!({ "list": [maybe()] }))), "a[]"),
    ] {
        check_written("json", value.clone(), None);
        check_written("toml", value, Some(&null(at)).map(|it| &**it));
    }
    for value in [
        attrs(maybe()),
        attrs(attrs(maybe())),
        merged(attrs(maybe())),
        json!({ "option": ["free"] }),
        attrs(json!({ "list": [without(attrs(maybe()))] })),
    ] {
        check_written("toml", without(value), None);
    }
    let set = json!({ "if": { "otherwise": { "literal": "" }, "then": maybe(), "condition": {
        "compare": { "op": "notEqual", "left": maybe(), "right": { "literal": null } } } } });
    check_written("toml", attrs(set), None);
    let fault = "TOML holds an attribute set, but this is something of no fixed type";
    check_written("toml", json!({ "option": ["any"] }), Some(fault));
    check_written(
        "toml",
        json!({ "list": [] }),
        Some("TOML holds an attribute set, but this is a list"),
    );

    check_written("ini", attrs(attrs(maybe())), None);
    check_written("ini", json!({ "option": ["free"] }), None);
    check_written(
        "ini",
        attrs(maybe()),
        Some("`a` must be a section of INI, but is something that may be null"),
    );
    check_written(
        "ini",
        attrs(attrs(json!({ "list": [] }))),
        Some("`a.a` is a list, which INI cannot hold"),
    );
    check_written(
        "ini",
        json!({ "literal": { "a\nb": {} } }),
        Some("\"a\\nb\" cannot be the name of a section of INI"),
    );
    check_written(
        "ini",
        json!({ "literal": { "a": { "b=c": 1 } } }),
        Some("\"b=c\" cannot be a key of INI"),
    );

    for name in domi_model::NIX_NAMES {
        let fault = |at: &str| {
            format!("`{at}`: NixOS means something else by this name; choose another name")
        };
        check_written("json", json!({ "attrs": { name: { "literal": 1 } } }), Some(&fault(name)));
        let deep = format!("a[0].{name}");
        check_written("json", json!({ "literal": { "a": [{ name: 1 }] } }), Some(&fault(&deep)));
    }
    check(
        |m| m["options"][0]["name"] = json!("outPath"),
        &[("D0101", "outPath"), ("D0104", "greeter.service"), ("D0202", "port")],
    );
}

#[test]
fn an_instance_knows_its_name_and_its_options() {
    check(
        |m| {
            m["system"]["units"][0]["name"] =
                json!({ "text": [{ "literal": "copy-" }, { "variable": { "name": "id" } }] });
            m["system"]["units"][0]["scope"] =
                json!({ "each": { "over": { "option": ["jobs"] }, "name": "id", "value": "job" } });
            m["system"]["units"][0]["commands"]["ExecStart"][0]["argv"]["list"][1] =
                json!({ "variable": { "name": "job", "path": ["source"] } });
        },
        &[],
    );
}

#[test]
fn tests_must_be_sound() {
    check(|m| m["tests"][0]["body"]["run"]["machines"] = json!({}), &[("D0107", "works")]);
    check(
        |m| m["tests"][0]["body"]["run"]["machines"]["machine"]["settings"]["prot"] = json!(1),
        &[("D0202", "prot")],
    );
    check(
        |m| m["tests"][0]["body"]["run"]["steps"][0]["machine"] = json!("other"),
        &[("D0107", "works")],
    );
}

#[test]
fn renames_must_lead_somewhere() {
    check(|m| m["renamed"] = json!([{ "from": ["listen"], "to": ["port"] }]), &[]);
    check(
        |m| m["renamed"] = json!([{ "from": ["port"], "to": ["prot"] }]),
        &[("D0108", "port"), ("D0108", "port")],
    );
}

#[test]
fn the_schema_accepts_a_sound_manifest_and_refuses_another() {
    let schema = jsonschema::validator_for(&domi_model::schema()).unwrap();
    assert!(schema.is_valid(&sound()));
    let mut wrong = sound();
    wrong["options"][0]["type"] = json!("prot");
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn a_drop_in_adds_to_a_unit_that_every_machine_has() {
    let unit =
        |unit: Value| move |m: &mut Value| m["system"]["units"].as_array_mut().unwrap().push(unit);
    let added = |kind: &str, name: &str| {
        json!({ "kind": kind, "name": { "literal": name }, "dropIn": true,
                "unitConfig": { "StartLimitBurst": { "value": { "literal": 3 } } } })
    };
    for (kind, name) in [
        ("service", "systemd-journald"),
        ("service", "getty@tty1"),
        ("timer", "systemd-tmpfiles-clean"),
        ("socket", "systemd-rfkill"),
        ("path", "systemd-ask-password-wall"),
        ("target", "multi-user"),
        ("slice", "user"),
    ] {
        check(unit(added(kind, name)), &[]);
    }
    let journald = |key: &str, value: Value| {
        let mut unit = added("service", "systemd-journald");
        unit[key] = value;
        unit
    };
    let subject = "systemd-journald.service";
    let command = json!({ "ExecStart": [{ "argv": { "list": [{ "literal": "/bin/sh" }] } }] });
    check(unit(added("service", "greeter2")), &[("D0109", "greeter2.service")]);
    check(unit(added("service", "nix-daemon")), &[("D0109", "nix-daemon.service")]);
    check(unit(journald("commands", command)), &[("D0106", subject)]);
    check(unit(journald("path", json!([{ "package": "rsync" }]))), &[("D0106", subject)]);
    check(unit(journald("unitConfig", json!({}))), &[("D0106", subject)]);
    let each = json!({ "each": { "over": { "option": ["jobs"] }, "name": "n", "value": "j" } });
    check(unit(journald("scope", each)), &[("D0106", subject)]);
    check(unit(journald("name", json!({ "option": ["port"] }))), &[("D0106", "<port>.service")]);
    check(unit(journald("dropIn", json!(false))), &[("D0109", subject), ("D0106", subject)]);
    let mut given = added("service", "dbus");
    given["environment"] = json!({ "LD_LIBRARY_PATH": { "value": { "literal": "/x" } } });
    check(unit(given), &[("D0109", "dbus.service")]);
}

#[test]
fn names_of_the_machine_are_refused() {
    let part =
        |list: &'static str, part: Value| move |m: &mut Value| m["system"][list] = json!([part]);
    let named = |name: &str| json!({ "name": { "literal": name } });
    let user =
        |name: &str| json!({ "name": { "literal": name }, "group": { "literal": "greeter" } });
    let etc = |path: &str| json!({ "path": { "literal": path }, "content": { "text": { "literal": "" } } });
    let rule = |kind: &str, path: &str| json!({ "kind": kind, "path": { "literal": path } });
    let sysctl = |name: &str, value: Value| json!({ "name": name, "value": { "literal": value } });
    check(part("users", user("nobody")), &[("D0109", "nobody")]);
    check(part("users", user("greeter")), &[]);
    check(part("groups", named("wheel")), &[("D0109", "wheel")]);
    for path in ["hosts", "ssh/ssh_config", "passwd", "systemd/system/x.service"] {
        check(part("etc", etc(path)), &[("D0109", path)]);
    }
    check(part("etc", etc("systemd/journald.conf.d/x.conf")), &[]);
    check(part("tmpfiles", rule("d", "/var/log")), &[("D0109", "/var/log")]);
    check(
        part("tmpfiles", rule("r", "/lib64/ld-linux-x86-64.so.2")),
        &[("D0109", "/lib64/ld-linux-x86-64.so.2")],
    );
    check(part("tmpfiles", rule("a+", "/var/log/journal")), &[]);
    check(
        part("sysctl", sysctl("kernel.poweroff_cmd", json!("/x"))),
        &[("D0109", "kernel.poweroff_cmd")],
    );
    check(
        part("sysctl", sysctl("net.core.rmem_max", json!("1"))),
        &[("D0104", "kernel parameter `net.core.rmem_max`")],
    );
    check(
        part("sysctl", sysctl("net.core.wmem_max", json!(-1))),
        &[("D0104", "kernel parameter `net.core.wmem_max`")],
    );
    check(part("sysctl", sysctl("net.core.rmem_max", json!(1))), &[]);
}

#[test]
fn what_nixos_warns_of_is_refused_where_it_is_written() {
    let changed =
        |key: &'static str, value: Value| move |m: &mut Value| m["system"]["units"][0][key] = value;
    let subject = "greeter.service";
    let online = json!([{ "literal": "network-online.target" }]);
    check(changed("relations", json!({ "after": online })), &[("D0106", subject)]);
    check(changed("relations", json!({ "after": online, "wants": online })), &[]);
    check(changed("relations", json!({ "after": online, "bindsTo": online })), &[]);
    let gone = json!([{ "literal": "network-interfaces.target" }]);
    check(changed("relations", json!({ "wants": gone })), &[("D0106", subject)]);
    let config = |restart: &str| json!({ "Type": { "value": { "literal": "oneshot" } }, "Restart": { "value": { "literal": restart } } });
    check(changed("config", config("always")), &[("D0106", subject)]);
    check(changed("config", config("on-failure")), &[]);
    let limit = json!({ "StartLimitInterval": { "value": { "literal": "5s" } } });
    check(changed("config", limit), &[("D0101", subject)]);
}

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
            "`RestartMode` came with systemd 254, and portable machines have 252, which would pass \
             over it",
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
            "ExecStart: a program is found by its path, without a specifier",
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
