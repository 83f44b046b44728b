//! Steps that switch a running machine to other settings.

use domi_model::Manifest;
use serde_json::{Value, json};

use crate::{check, sound};

#[track_caller]
fn steps(steps: Value, expected: &[(&str, &str)]) {
    check(|m| m["tests"][0]["body"]["run"]["steps"] = steps, expected);
}

fn switch(to: Value) -> Value {
    json!({ "action": { "switch": to } })
}

#[test]
fn what_a_machine_is_switched_to_is_checked_as_what_it_starts_with_is() {
    steps(json!([switch(json!({}))]), &[]);
    steps(json!([switch(json!({ "enable": false, "settings": { "port": 82 } }))]), &[]);
    steps(json!([switch(json!({ "settings": { "prot": 82 } }))]), &[("D0202", "prot")]);
    steps(json!([switch(json!({ "settings": { "port": "82" } }))]), &[("D0201", "port")]);
    steps(json!([switch(json!({ "settings": { "enable": true } }))]), &[("D0107", "works")]);
    let mut json = sound();
    json["tests"][0]["body"]["run"]["steps"] = json!([switch(json!({ "files": [] }))]);
    let read = serde_json::from_value::<Manifest>(json);
    assert!(read.unwrap_err().to_string().contains("unknown field `files`"));
}

#[test]
fn a_switch_is_between_two_systems_of_the_feature() {
    let without = |to: &[Value], expected: &[(&str, &str)]| {
        check(
            |m| {
                let run = &mut m["tests"][0]["body"]["run"];
                run["machines"]["machine"] = json!({ "enable": false });
                run["steps"] = to.iter().cloned().map(switch).collect();
            },
            expected,
        );
    };
    let (with, off) = (json!({ "settings": { "port": 82 } }), json!({ "enable": false }));
    without(&[with.clone(), off.clone()], &[]);
    without(std::slice::from_ref(&off), &[("D0107", "works")]);
    without(&[with, off.clone(), off], &[("D0107", "works")]);
}

#[test]
fn options_of_a_machine_that_is_switched_have_their_names_of_today() {
    let renamed = |from: &str, to: &str, expected: &[(&str, &str)]| {
        check(
            |m| {
                m["renamed"] = json!([{ "from": ["oldPort"], "to": ["port"] }]);
                let run = &mut m["tests"][0]["body"]["run"];
                run["machines"]["machine"]["settings"] = json!({ from: 81 });
                run["steps"] = json!([switch(json!({ "settings": { to: 82 } }))]);
            },
            expected,
        );
    };
    renamed("port", "port", &[]);
    renamed("port", "oldPort", &[("D0107", "works")]);
    renamed("oldPort", "port", &[("D0107", "works")]);
}

#[test]
fn a_machine_starts_again_only_before_it_was_switched() {
    let switch = switch(json!({}));
    for again in ["reboot", "crash"] {
        let again = json!({ "action": again });
        steps(json!([again, switch]), &[]);
        steps(json!([switch, again]), &[("D0107", "works")]);
    }
    check(
        |m| {
            let run = &mut m["tests"][0]["body"]["run"];
            run["machines"]["other"] = json!({});
            run["steps"] = json!([
                { "machine": "machine", "action": { "switch": {} } },
                { "machine": "other", "action": "reboot" },
            ]);
        },
        &[],
    );
}

#[test]
fn a_machine_that_begins_with_the_previous_release_is_switched_to_the_present_one() {
    let update = |machine: Value, more: Value, expected: &[(&str, &str)]| {
        check(
            |m| {
                let run = &mut m["tests"][0]["body"]["run"];
                run["machines"]["machine"] = machine;
                for (key, value) in more.as_object().into_iter().flatten() {
                    run[key] = value.clone();
                }
            },
            expected,
        );
    };
    let switched = json!({ "steps": [switch(json!({}))] });
    update(json!({ "previous": true, "settings": { "port": 82 } }), switched.clone(), &[]);
    let fault = [("D0107", "works")];
    update(json!({ "previous": true }), json!({ "steps": [] }), &fault);
    update(json!({ "previous": true, "enable": false }), switched, &fault);
    let beside = json!({ "steps": [switch(json!({}))], "beside": ["other"] });
    update(json!({ "previous": true }), beside, &fault);
}

#[test]
fn units_that_a_test_writes_run_what_a_nixos_has() {
    let unit = |path: &str, line: &str, wrong: bool| {
        let content = format!("[Service]\n{line}\n");
        let file = json!({ "path": path, "content": content, "mode": "644" });
        let expected: &[(&str, &str)] = if wrong { &[("D0107", "works")] } else { &[] };
        steps(json!([{ "action": { "write": file } }]), expected);
        check(
            |m| m["tests"][0]["body"]["run"]["machines"]["machine"] = json!({ "files": [file] }),
            expected,
        );
    };
    let (service, other) = ("/run/systemd/system/a.service", "/etc/a.service");
    unit(service, "ExecStart=touch /run/told", true);
    unit(service, "ExecStartPre=-/usr/bin/touch /run/told", true);
    unit(other, "ExecStart=touch /run/told", false);
    let told = "ExecSearchPath=/run/current-system/sw/bin:/usr/bin\nExecStart=touch /run/told";
    unit(service, told, false);
    // What is wrong elsewhere too may be what the test is about.
    for right in ["/srv/run", "", "relative/run", "\"/srv/a b\""] {
        unit(service, &format!("ExecStart={right}"), false);
    }
    // What a shell finds depends on the unit's PATH.
    for searching in ["/bin/sh -c 'touch /run/told'", "-/usr/bin/env touch /run/told"] {
        let line = format!("ExecStart={searching}");
        unit(service, &line, true);
        unit("/run/systemd/system/a.service.d/more.conf", &line, false);
        for path in ["Environment=PATH=/srv/bin", "EnvironmentFile=/run/environment"] {
            unit(service, &format!("{path}\n{line}"), false);
        }
    }
}
