//! What steps do, and what is said when one fails.

use std::path::Path;
use std::time::Duration;

use domi_event::{Body, Event, Verdict};
use domi_host::Interrupt;
use domi_model::Manifest;
use domi_runner::Ending;
use serde_json::{Value, json};

use crate::support::{Told, check, feature, go, go_again, steps};

fn every_step() -> Value {
    json!([
        { "action": { "waitForUnit": "probe.service" } },
        { "action": { "waitForPort": 9090 } },
        { "action": { "output": { "command": "cat < /dev/tcp/localhost/9090",
                                  "expect": { "equals": "hello" } } } },
        { "action": { "output": { "command": "stat -c '%a %U %G' /var/lib/probe",
                                  "expect": { "equals": "750 probe probe" } } } },
        { "action": { "output": { "command": "cat /proc/sys/net/core/somaxconn",
                                  "expect": { "contains": "77" } } } },
        { "action": { "output": { "command": "cat '/run/it'\\''s here'; stat -c %a /run/it*",
                                  "expect": { "equals": "100 % \\ of\n${it}\n640" } } } },
        { "action": { "stop": "probe.service" } },
        { "action": { "fail": "systemctl is-active probe.service" } },
        { "action": { "fail": "false | true" } },
        { "action": { "start": "probe.service" } },
        { "action": { "restart": "probe.service" } },
        { "action": { "eventually": "[[ $(cat < /dev/tcp/localhost/9090) == hello ]]" } },
        { "action": { "write": { "path": "/var/tmp/a b/$(c)", "content": "é\n'", "mode": "0600" } } },
        { "action": { "waitForFile": "/var/tmp/a b/$(c)" } },
        { "action": { "output": { "command": "cat '/var/tmp/a b/$(c)'; stat -c %a /var/tmp/*/*",
                                  "expect": { "matches": "^é\n'600" } } } },
        { "action": { "python": "nothing that runs here" } },
    ])
}

fn configured() -> Value {
    json!({ "machine": {
        "settings": { "port": 9090 },
        "files": [{ "path": "/run/it's here", "content": "100 % \\ of\n${it}\n", "mode": "0640" }],
    } })
}

#[test]
fn every_kind_of_step_does_what_it_says() {
    let Some(came) =
        check(feature(&configured(), &every_step()), &Told::default(), Verdict::Passed)
    else {
        return;
    };
    assert_eq!(came.finished().not_covered, ["step 16, Python for the NixOS test driver"]);
    assert_eq!(came.ending, Ending::Passed);
}

#[test]
fn a_machine_waits_for_the_next_run_and_is_used_once() {
    let used = "test ! -e /var/used && touch /var/used";
    let taken = json!([
        { "action": { "succeed": used } },
        { "action": { "output": { "command": "hostname", "expect": { "equals": "other" } } } },
    ]);
    let manifest = feature(&json!({ "other": {} }), &taken);
    go_again(manifest, 2, "Ahead { waiting: 1, ordered: 0 }");
}

#[test]
fn a_booted_machine_does_the_same_as_a_restored_one() {
    let told = Told { cold: true, ..Told::default() };
    check(feature(&configured(), &every_step()), &told, Verdict::Passed);
}

#[test]
fn what_is_on_the_disk_survives_a_reboot_and_a_crash() {
    let kept = json!([
        { "action": { "succeed": "echo disk > /var/lib/probe/a; echo memory > /run/a; sync" } },
        { "action": "reboot" },
        { "action": { "waitForUnit": "probe.service" } },
        { "action": { "output": { "command": "cat /var/lib/probe/a", "expect": { "equals": "disk" } } } },
        { "action": { "fail": "test -e /run/a" } },
        { "action": { "succeed": "test -e \"/run/it's here\"" } },
        { "action": { "succeed": "echo lost > /var/lib/probe/b" } },
        { "action": "crash" },
        { "action": { "waitForPort": 9090 } },
        { "action": { "output": { "command": "cat /var/lib/probe/a", "expect": { "equals": "disk" } } } },
        { "action": { "output": { "command": "cat /proc/sys/net/core/somaxconn",
                                  "expect": { "equals": "77" } } } },
    ]);
    check(feature(&configured(), &kept), &Told::default(), Verdict::Passed);
}

#[test]
fn machines_of_a_test_reach_each_other_until_they_are_cut() {
    let machines =
        json!({ "client": { "enable": false }, "server": { "settings": { "port": 80 } } });
    let unanswered = "timeout 2 bash -c 'cat < /dev/tcp/server/9' || [[ $? == 124 ]]";
    let on = |machine: &str, action: Value| json!({ "machine": machine, "action": action });
    let steps = json!([
        on("server", json!({ "waitForPort": 80 })),
        on("client", json!({ "fail": "systemctl cat probe.service" })),
        on(
            "client",
            json!({ "output": { "command": "hostname; getent ahostsv4 server; getent ahostsv6 server",
                                         "expect": { "matches": "^client\n192.168.1.2 (.*\n)*2001:db8:1::2 " } } })
        ),
        // The feature opens no port: not even a refusal comes back.
        on("client", json!({ "succeed": unanswered })),
        on("server", json!({ "succeed": "nft flush ruleset" })),
        on(
            "client",
            json!({ "output": { "command": "cat < /dev/tcp/server/80",
                                         "expect": { "equals": "hello" } } })
        ),
        on("server", json!("cutNetwork")),
        on("client", json!({ "fail": "timeout 2 bash -c 'cat < /dev/tcp/server/80'" })),
        on("server", json!("healNetwork")),
        on(
            "client",
            json!({ "eventually": "[[ $(timeout 5 bash -c 'cat < /dev/tcp/server/80') == hello ]]" })
        ),
        on("server", json!({ "delayNetwork": { "millis": 300 } })),
        on("client", json!({ "delayNetwork": { "millis": 200 } })),
        // By the machine's own clock.
        on(
            "client",
            json!({ "succeed": "begun=${EPOCHREALTIME/./}; exec 3<> /dev/tcp/server/80
                                (( (${EPOCHREALTIME/./} - begun) / 1000 >= 500 ))" })
        ),
        on("server", json!({ "losePackets": { "percent": 100 } })),
        on("client", json!({ "fail": "timeout 3 bash -c 'cat < /dev/tcp/server/80'" })),
        on("server", json!("healNetwork")),
        on(
            "client",
            json!({ "eventually": "[[ $(timeout 5 bash -c 'cat < /dev/tcp/server/80') == hello ]]" })
        ),
    ]);
    check(feature(&machines, &steps), &Told::default(), Verdict::Passed);
}

#[test]
fn a_failure_says_what_came_and_leaves_everything_in_a_folder() {
    let wrong = json!([
        { "action": { "waitForPort": 8080 } },
        { "action": { "output": { "command": "echo warning >&2; cat < /dev/tcp/localhost/8080",
                                  "expect": { "equals": "goodbye" } } },
          "place": { "file": "src/main.rs", "line": 7 } },
    ]);
    let Some(came) = check(steps(&wrong), &Told::default(), Verdict::Failed) else { return };
    assert_eq!(came.ending, Ending::Failed);
    let told = came.diagnostics();
    assert_eq!((told.step, &*told.machine, told.exact), (2, "machine", true));
    assert_eq!((told.expected.as_deref(), told.got.as_deref()), (Some("goodbye"), Some("hello\n")));
    assert_eq!(told.said, "warning\n");
    assert_eq!(told.place.as_ref().map(ToString::to_string).as_deref(), Some("src/main.rs:7"));
    assert_eq!(told.failed_units, ["machine: broken.service"]);
    assert!(told.journals[0].text.contains("port 8080"), "{}", told.journals[0].text);
    assert_eq!(told.repeat, "cargo xtask test probe --test it-works");
    let files = std::fs::read_dir(&told.folder).expect("a folder").flatten();
    let mut files: Vec<_> = files.map(|f| f.file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    let expected = ["journal.txt", "serial.log", "status.txt", "system.json", "units-journal.txt"];
    assert_eq!(files, expected.map(|name| format!("machine.{name}")));
    assert!(Path::new(&told.folder).starts_with(came.folder.path()));
}

/// The message with which a test of one step fails.
#[track_caller]
fn check_message(step: &Value, told: &Told, expected: &str) {
    let Some(came) = check(steps(&json!([step])), told, Verdict::Failed) else { return };
    let message = &came.diagnostics().message;
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_step_that_cannot_come_true_fails_with_the_reason() {
    let soon = Told { step_limit: Some(Duration::from_secs(8)), ..Told::default() };
    let unit = json!({ "action": { "waitForUnit": "broken.service" } });
    check_message(&unit, &Told::default(), "broken.service has failed");
    let none = json!({ "action": { "waitForUnit": "none.service" } });
    check_message(&none, &Told::default(), "none.service is inactive");
    let hangs = json!([
        // More than is usual, and not less.
        { "action": { "succeed": "sleep 9" }, "limit": 60 },
        { "action": { "succeed": "sleep 2" }, "limit": 1 },
        { "action": { "succeed": "sleep 1000" } },
    ]);
    let Some(came) = check(steps(&hangs), &soon, Verdict::Failed) else { return };
    let told = came.diagnostics();
    assert_eq!((told.step, &*told.message), (3, "the step took longer than its time limit"));
    let port = json!({ "action": { "waitForPort": 9 } });
    check_message(&port, &soon, "port 9 did not open in time");
    let full = json!({ "action": { "succeed": "dd if=/dev/zero of=/var/tmp/full bs=1M" } });
    check_message(&full, &Told::default(), "the command failed with exit status 1");
    let panics = json!({ "action": { "succeed": "echo c > /proc/sysrq-trigger; sleep 100" } });
    check_message(&panics, &Told::default(), "kernel panicked");
}

#[test]
fn settings_that_are_illegal_fail_the_test_before_anything_starts() {
    let machines = json!({ "machine": { "settings": { "port": 65536, "nothing": 1 } } });
    let manifest = feature(&machines, &json!([]));
    let Some(came) = check(manifest, &Told::default(), Verdict::Failed) else { return };
    let told = came.diagnostics();
    assert_eq!(told.message, "the feature is refused with the settings of the test");
    let got = told.got.as_deref().unwrap_or_default();
    assert!(got.contains("65535") && got.contains("nothing"), "{got}");
}

/// QEMU processes with a machine of this name.
fn machines_named(name: &str) -> Vec<i32> {
    let numbers = std::fs::read_dir("/proc").expect("/proc").flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    let is_it = |number: &i32| {
        let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        words.next().is_some_and(|word| word.ends_with(b"qemu-system-x86_64"))
            && words.any(|word| word.starts_with(name.as_bytes()))
    };
    numbers.filter(is_it).collect()
}

fn sleeps(machine: &str) -> Manifest {
    let steps = json!([{ "action": { "succeed": "sleep 1000" } }]);
    feature(&json!({ machine: {} }), &steps)
}

#[test]
fn a_machine_that_is_killed_in_a_step_leaves_the_test_undecided() {
    let kill = &mut |event: &Event, _: &Interrupt| {
        if matches!(event.body, Body::StepStarted(_)) {
            for number in machines_named("victim") {
                let number = rustix::process::Pid::from_raw(number).expect("a process");
                rustix::process::kill_process(number, rustix::process::Signal::KILL)
                    .expect("it is ours");
            }
        }
    };
    let Some(came) = go(sleeps("victim"), &Told::default(), kill) else { return };
    assert_eq!(came.finished().verdict, Verdict::Error);
    assert_eq!(came.ending, Ending::Undecided);
    assert!(came.diagnostics().message.contains("killed by signal 9"));
}

#[test]
fn an_interrupt_ends_the_run_and_its_machines() {
    let stop = &mut |event: &Event, interrupt: &Interrupt| {
        if matches!(event.body, Body::StepStarted(_)) {
            assert_eq!(machines_named("stopped").len(), 1);
            interrupt.set();
        }
    };
    let Some(came) = go(sleeps("stopped"), &Told::default(), stop) else { return };
    assert_eq!(came.finished().verdict, Verdict::Interrupted);
    assert_eq!(came.ending, Ending::Interrupted);
    assert_eq!(machines_named("stopped"), Vec::<i32>::new());
}

#[test]
fn a_pass_is_cached_until_something_changes() {
    // The very test must be new: passes of the past are found by what it holds.
    let now = jiff::Timestamp::now().to_string();
    let manifest = |text: &str| steps(&json!([{ "action": { "succeed": format!(": {text}") } }]));
    let told = Told { use_cache: true, ..Told::default() };
    let Some(_) = check(manifest(&now), &told, Verdict::Passed) else { return };
    let Some(came) = check(manifest(&now), &told, Verdict::Cached) else { return };
    assert_eq!(came.events.iter().filter(|e| matches!(e.body, Body::StepStarted(_))).count(), 0);
    check(manifest(&format!("{now} changed")), &told, Verdict::Passed);
    check(manifest(&now), &Told::default(), Verdict::Passed);
}
