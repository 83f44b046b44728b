//! Machines that are switched to other settings while they run.

use domi_event::Verdict;
use domi_model::Manifest;
use serde_json::{Value, json};

use crate::check;

const LOG: &str = "/run/told";

/// A service that runs once and stays active: it writes a word for each start and reload, in which
/// option `a` is, or not.
fn service(name: &str, says_a: bool, changes: &Value) -> Value {
    let a = if says_a { json!({ "option": ["a"] }) } else { json!({ "literal": "" }) };
    let start = json!({ "text": [{ "literal": format!("echo {name} ") }, a,
                                 { "literal": format!(" >>{LOG}") }] });
    let reload = json!({ "literal": format!("echo reload {name} >>{LOG}") });
    let command = |words: Value| json!([{ "argv": { "list": [{ "literal": "/bin/sh" }, { "literal": "-c" }, words] } }]);
    json!({
        "kind": "service",
        "name": { "literal": name },
        "wantedBy": [{ "literal": "multi-user.target" }],
        "commands": { "ExecStart": command(start), "ExecReload": command(reload) },
        "config": { "Type": { "value": { "literal": "oneshot" } },
                    "RemainAfterExit": { "value": { "literal": true } } },
        "changes": changes,
    })
}

/// The same, only where an option is true.
fn only_with(option: &str, mut part: Value) -> Value {
    part["scope"] = json!({ "when": { "option": [option] } });
    part
}

fn feature(steps: &[Value]) -> Manifest {
    let mut fails = service("fails", false, &json!({}));
    fails["commands"]["ExecStart"][0]["argv"]["list"][2] = json!({ "literal": "exit 7" });
    // It has started well by the time at which it fails.
    let mut late = service("late", false, &json!({}));
    late["commands"]["ExecStart"][0]["argv"]["list"][2] = json!({ "literal": "sleep 0.2; exit 7" });
    late["config"] = json!({ "Type": { "value": { "literal": "exec" } } });
    let option = |name: &str, ty: &str, default: Value| json!({ "name": name, "type": ty, "description": "x", "default": { "literal": default } });
    let extra = json!({ "literal": "extra" });
    let steps: Vec<_> = steps.iter().map(|action| json!({ "action": action })).collect();
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "probe", "kind": "services", "summary": "Changes", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "options": [option("a", "str", json!("1")), option("extra", "bool", json!(false)),
                    option("bad", "bool", json!(false)), option("late", "bool", json!(false))],
        "system": {
            "units": [
                service("stops", true, &json!({})),
                service("restarts", true, &json!({ "ifChanged": "restart" })),
                service("stays", true, &json!({ "ifChanged": "stay" })),
                service("reloads", false, &json!({ "reloadTriggers": [{ "option": ["a"] }] })),
                only_with("extra", service("extra", false, &json!({}))),
                only_with("bad", fails),
                only_with("late", late),
            ],
            "etc": [only_with("extra", json!({ "path": { "literal": "probe/extra" },
                                               "content": { "text": { "literal": "x\n" } } }))],
            "users": [only_with("extra", json!({ "name": extra, "group": extra }))],
            "groups": [only_with("extra", json!({ "name": extra }))],
            "tmpfiles": [only_with("extra", json!({ "kind": "d", "path": { "literal": "/var/lib/extra" },
                "mode": "0700", "user": extra, "group": extra }))],
        },
        "tests": [{ "name": "it works", "body": { "run": {
            "machines": { "machine": { "files": [{ "path": "/run/test-file", "content": "first",
                                                   "mode": "0644" }] } },
            "steps": steps,
        } } }],
    });
    serde_json::from_value(manifest).expect("a manifest")
}

fn settings(settings: &Value) -> Value {
    json!({ "switch": { "settings": settings } })
}

fn prints(command: &str, text: &str) -> Value {
    json!({ "output": { "command": command, "expect": { "equals": text } } })
}

#[test]
fn units_of_a_machine_that_is_switched_do_what_nixos_does_with_them() {
    let log = format!("cat {LOG}; rm -f {LOG}");
    let up = ["stops", "restarts", "stays", "reloads"].map(|unit| json!({ "waitForUnit": unit }));
    let mut steps = up.to_vec();
    steps.extend([
        json!({ "succeed": format!("rm {LOG}; echo second >/run/test-file") }),
        settings(&json!({ "a": "2" })),
        prints(&log, "reload reloads\nrestarts 2\nstops 2"),
        // As on NixOS, rules of tmpfiles.d are applied by the first switch of a machine…
        prints("cat /run/test-file", "first"),
        // Nothing has changed since.
        json!({ "succeed": "echo second >/run/test-file" }),
        settings(&json!({ "a": "2" })),
        prints(&format!("cat {LOG} || echo none"), "none"),
        // One that does not run is started, as a target wants it, and does not reload.
        json!({ "stop": "reloads" }),
        settings(&json!({})),
        prints(&format!("sort {LOG}; rm {LOG}"), "reloads\nrestarts 1\nstops 1"),
        prints("cat /run/test-file", "second"),
        settings(&json!({ "extra": true })),
        prints(&log, "extra"),
        prints("cat /etc/probe/extra; stat -c '%U %G %a' /var/lib/extra", "x\nextra extra 700"),
        // … and by one that changes any of them.
        prints("cat /run/test-file", "first"),
        json!({ "succeed": "touch /var/lib/extra/data" }),
        settings(&json!({})),
        json!({ "fail": "systemctl cat extra" }),
        json!({ "fail": "test -e /etc/probe/extra" }),
        json!({ "fail": "id extra" }),
        json!({ "fail": "getent group extra" }),
        // What was written stays.
        json!({ "succeed": "test -e /var/lib/extra/data" }),
        json!({ "switch": { "enable": false } }),
        json!({ "fail": "systemctl cat stops" }),
        prints("systemctl list-units --failed --plain --no-legend", ""),
        settings(&json!({ "a": "3" })),
        prints(&format!("sort {LOG}"), "reloads\nrestarts 3\nstays 3\nstops 3"),
        prints("find /etc -name '*.domi-new'", ""),
    ]);
    check(feature(&steps), Verdict::Passed);
}

#[test]
fn a_unit_that_fails_makes_the_switch_fail() {
    for (option, unit) in [("bad", "fails.service"), ("late", "late.service")] {
        let steps = [
            json!({ "waitForUnit": "stops" }),
            settings(&json!({ option: true })),
            json!({ "succeed": "true" }),
        ];
        let Some(came) = check(feature(&steps), Verdict::Failed) else { return };
        let told = came.diagnostics.expect("something is known");
        let what = format!("switch to other settings: {option}");
        assert_eq!((told.step, told.what), (2, what));
        assert_eq!(told.message, "the machine cannot take its other system, or not all of it");
        assert!(told.said.contains(unit), "{}", told.said);
        assert!(told.said.contains("status=7"), "{}", told.said);
    }
}
