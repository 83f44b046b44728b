//! A feature neither takes what every machine has, nor does what NixOS warns of.

use serde_json::{Value, json};

use crate::check;

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
fn services_that_are_set_are_added_to_by_keys_alone_and_once() {
    let added = |change: &dyn Fn(&mut Value)| {
        let mut unit = json!({
            "kind": "service", "name": { "variable": { "name": "n" } }, "dropIn": true,
            "scope": { "each": { "over": { "option": ["jobs"] }, "name": "n", "value": "j" } },
            "config": { "ReadWritePaths": { "value": { "variable": { "name": "j", "path": ["target"] } } } },
        });
        change(&mut unit);
        unit
    };
    let with = |units: Vec<Value>| {
        move |m: &mut Value| m["system"]["units"].as_array_mut().unwrap().extend(units)
    };
    let subject = "<n>.service";
    let faulty = |key: &'static str, value: Value| {
        let unit = added(&|unit| unit[key] = value.clone());
        check(with(vec![unit]), &[("D0106", subject)]);
    };
    let command = json!([{ "argv": { "list": [{ "literal": "/bin/sh" }] } }]);
    check(with(vec![added(&|_| ())]), &[]);
    faulty("config", json!({}));
    let start = json!({ "ExecStart": { "value": { "literal": "/bin/sh" } } });
    let start = added(&|unit| unit["config"] = start.clone());
    check(with(vec![start]), &[("D0106", subject); 2]);
    faulty("description", json!({ "literal": "x" }));
    let aliased = added(&|unit| unit["aliases"] = json!(["x.service"]));
    check(with(vec![aliased]), &[("D0106", subject); 3]);
    faulty("wantedBy", json!([{ "literal": "x.target" }]));
    faulty("relations", json!({ "after": [{ "literal": "x.target" }] }));
    faulty("unitConfig", json!({ "StartLimitBurst": { "value": { "literal": 3 } } }));
    faulty("environment", json!({ "A": { "value": { "literal": "x" } } }));
    faulty("path", json!([{ "package": "rsync" }]));
    faulty("commands", json!({ "ExecStartPre": command }));
    let timer = added(&|unit| {
        unit["kind"] = json!("timer");
        unit["config"] = json!({ "OnCalendar": { "value": { "literal": "daily" } } });
    });
    check(with(vec![timer]), &[("D0106", "<n>.timer")]);
    check(with(vec![added(&|_| ()), added(&|_| ())]), &[("D0106", subject); 2]);
    // Its name is what the attribute is called, and nothing around it.
    let other = json!({ "text": [{ "variable": { "name": "n" } }, { "literal": "-x" }] });
    let other = added(&|unit| unit["name"] = other.clone());
    check(with(vec![other]), &[("D0106", "<n>-x.service")]);
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
    for lists in [
        |name: &str| json!([{ "literal": ["network.target", name] }]),
        |name: &str| json!([{ "list": [{ "literal": "network.target" }, { "literal": name }] }]),
        |name: &str| json!([{ "concat": [{ "literal": [] }, { "literal": [name] }] }]),
    ] {
        let online = lists("network-online.target");
        check(changed("relations", json!({ "after": online })), &[("D0106", subject)]);
        check(changed("relations", json!({ "after": online, "wants": online })), &[]);
        let gone = lists("network-interfaces.target");
        check(changed("relations", json!({ "after": gone })), &[("D0106", subject)]);
    }
    // What settings bring may be the one that is needed.
    let some = json!([{ "mapList": { "over": { "literal": ["a"] }, "item": "n",
                                     "body": { "variable": { "name": "n" } } } }]);
    check(changed("relations", json!({ "after": online, "wants": some })), &[]);
    let config = |restart: &str| json!({ "Type": { "value": { "literal": "oneshot" } }, "Restart": { "value": { "literal": restart } } });
    check(changed("config", config("always")), &[("D0106", subject)]);
    check(changed("config", config("on-failure")), &[]);
    let limit = json!({ "StartLimitInterval": { "value": { "literal": "5s" } } });
    check(changed("config", limit), &[("D0101", subject)]);
}
