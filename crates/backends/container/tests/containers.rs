//! Whole runs in real containers. `DOMI_TEST_CONTAINER=0` leaves them out; where this computer lacks
//! what containers need, each says so and why.

#[path = "containers/switched.rs"]
mod switched;
#[path = "containers/typed.rs"]
mod typed;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use domi_backend_container::{Container, ContainerOptions};
use domi_container::Probes;
use domi_debian::Distribution;
use domi_event::{Body, Diagnostics, JobFinished, Verdict};
use domi_host::{Interrupt, Interrupted, wait_until};
use domi_model::{Manifest, TestBody};
use domi_runner::{BackendKind, Backends, Loaded, Plan, RunOptions, Selection, plan, run};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A feature with a service that answers on a port, made of what every Debian has.
fn feature(machines: &Value, steps: &Value, limits: &Value) -> Manifest {
    let server = "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 8080, \
                  Listen => 5, ReuseAddr => 1) or die; \
                  while (my $c = $s->accept) { print $c \"hello\\n\"; close $c }";
    let words = json!([
        { "packagePath": { "package": { "package": "perl" }, "path": "bin/perl" } },
        { "literal": "-e" },
        { "literal": server },
    ]);
    let unit = json!({
        "kind": "service",
        "name": { "literal": "probe" },
        "wantedBy": [{ "literal": "multi-user.target" }],
        "commands": { "ExecStart": [{ "argv": { "list": words } }] },
        "config": limits,
    });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "probe", "kind": "services", "summary": "Answers on a port",
            "maturity": "dev", "version": "0.1.0",
            "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "packages": { "perl": { "nixpkgs": ["perl"], "debian": ["perl-base"] } },
        "system": {
            "units": [unit],
            "firewall": [{ "protocol": "tcp", "ports": { "literal": [8080] } }],
        },
        "tests": [{ "name": "it works", "body": { "run": { "machines": machines, "steps": steps } } }],
    });
    serde_json::from_value(manifest).expect("a manifest")
}

/// What a run came to.
struct Came {
    finished: JobFinished,
    diagnostics: Option<Diagnostics>,
}

/// What runs a test in containers of a release, and where its run is kept. With `runs_again`, the
/// backend knows of runs to come.
fn planned(
    distribution: Distribution,
    manifest: Manifest,
    runs_again: bool,
) -> (TempDir, Plan, RunOptions) {
    let cache = domi_host::dirs::cache().expect("a cache folder");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let own =
        ContainerOptions { distribution, cold: false, runs_again, realiser: None, builds: None };
    let options = RunOptions {
        use_cache: false,
        ..RunOptions::new(folder.path().join("runs"), cache.clone())
    };
    let selection = Selection {
        backends: Backends::default().with(Container::new(cache, own)),
        backend: Some(BackendKind::PORTABLE_CONTAINER),
        ..Selection::default()
    };
    let loaded = Loaded { manifest, crate_dir: Path::new(".").to_owned() };
    (folder, plan(&[loaded], &selection).expect("a plan"), options)
}

/// Runs a test and compares its verdict; nothing where there are no containers.
#[track_caller]
fn check(manifest: Manifest, verdict: Verdict) -> Option<Came> {
    check_on(Distribution::usual().expect("a known distribution"), manifest, verdict)
}

/// `check`, with containers of a release.
#[track_caller]
fn check_on(distribution: Distribution, manifest: Manifest, verdict: Verdict) -> Option<Came> {
    let cache = domi_host::dirs::cache().expect("a cache folder");
    let why = match std::env::var_os("DOMI_TEST_CONTAINER").is_some_and(|value| value == "0") {
        true => Some("DOMI_TEST_CONTAINER=0".to_owned()),
        false => Probes::known(&cache).expect("probes").missing(),
    };
    if let Some(why) = why {
        let test = std::thread::current();
        let test = test.name().unwrap_or("a test");
        // Where nobody captures it.
        let _ = writeln!(std::io::stderr(), "NOT RUN: {test}: {why}");
        return None;
    }
    let (_folder, plan, options) = planned(distribution, manifest, false);
    let (mut finished, mut diagnostics) = (None, None);
    run(&plan, &options, &mut |event| match &event.body {
        Body::JobFinished(job) => finished = Some(job.clone()),
        Body::Diagnostics(told) => diagnostics = Some((**told).clone()),
        _ => {}
    })
    .expect("a run");
    let finished = finished.expect("the job has ended");
    assert_eq!(finished.verdict, verdict, "{} {diagnostics:#?}", finished.reason);
    Some(Came { finished, diagnostics })
}

#[test]
fn a_test_passes_in_a_container_and_its_disk_survives_a_reboot() {
    let steps = json!([
        { "action": { "waitForPort": 8080 } },
        { "action": { "output": { "command": "cat </dev/tcp/localhost/8080",
                                  "expect": { "equals": "hello" } } } },
        { "action": { "output": { "command": "systemd-detect-virt --container >/dev/null && hostname",
                                  "expect": { "equals": "machine" } } } },
        { "action": { "write": { "path": "/var/tmp/a b", "content": "é\n", "mode": "0600" } } },
        { "action": "reboot" },
        { "action": { "waitForUnit": "probe.service" } },
        { "action": { "output": { "command": "cat '/var/tmp/a b'", "expect": { "equals": "é" } } } },
    ]);
    check(feature(&json!({ "machine": {} }), &steps, &json!({})), Verdict::Passed);
}

#[test]
fn a_failure_says_what_came_and_which_command_repeats_it() {
    let steps = json!([
        { "action": { "output": { "command": "echo no", "expect": { "equals": "yes" } } } },
    ]);
    let manifest = feature(&json!({ "machine": {} }), &steps, &json!({}));
    let Some(came) = check(manifest, Verdict::Failed) else { return };
    let told = came.diagnostics.expect("something is known");
    assert_eq!((told.step, told.got.as_deref()), (1, Some("no\n")));
    assert!(told.repeat.contains("--backend portable-container"), "{}", told.repeat);
}

#[test]
fn what_the_machines_own_systemd_would_pass_over_is_a_failure_that_names_it() {
    let newer = json!({ "RestartSteps": { "value": { "literal": 3 } } });
    let manifest = || feature(&json!({ "machine": {} }), &json!([]), &newer);
    let made_from = |release: &str| Distribution::named("debian", release).expect("a release");
    check_on(made_from("trixie"), manifest(), Verdict::Passed);
    let Some(came) = check_on(made_from("bookworm"), manifest(), Verdict::Failed) else { return };
    let said = came.diagnostics.expect("something is known").said;
    assert!(said.contains("systemd 252") && said.contains("Unknown key"), "{said}");
    assert!(said.contains("RestartSteps"), "{said}");
}

#[test]
fn what_a_container_would_not_keep_is_skipped_with_the_reason() {
    let limits = json!({ "DevicePolicy": { "value": { "literal": "closed" } } });
    let manifest = feature(&json!({ "machine": {} }), &json!([]), &limits);
    let Some(came) = check(manifest, Verdict::Skipped) else { return };
    let reason = &came.finished.reason;
    assert!(reason.contains("probe.service: DevicePolicy=closed"), "{reason}");
    let crash = feature(&json!({ "machine": {} }), &json!([{ "action": "crash" }]), &json!({}));
    let Some(came) = check(crash, Verdict::Skipped) else { return };
    assert!(came.finished.reason.contains("step 1: "), "{}", came.finished.reason);
    let mut needs = feature(&json!({ "machine": {} }), &json!([]), &json!({}));
    let TestBody::Run(run) = &mut needs.tests[0].body else { unreachable!("it runs") };
    run.needs_kernel = Some("reads dmesg".to_owned());
    let Some(came) = check(needs, Verdict::Skipped) else { return };
    let why = "it needs a kernel of its own: reads dmesg";
    assert!(came.finished.reason.ends_with(why), "{}", came.finished.reason);
}

/// Whether containers have network cards here; says so where not.
fn has_cards() -> bool {
    let cache = domi_host::dirs::cache().expect("a cache folder");
    let there = Probes::known(&cache).expect("probes").has_cards();
    if !there {
        let _ = writeln!(std::io::stderr(), "NOT RUN: no network cards for containers");
    }
    there
}

#[test]
fn a_container_waits_for_the_next_run_and_is_used_once() {
    let steps = json!([{ "action": { "succeed": "test ! -e /var/used && touch /var/used" } }]);
    let manifest = feature(&json!({ "machine": {} }), &steps, &json!({}));
    // It says where there are none.
    if check(manifest.clone(), Verdict::Passed).is_none() {
        return;
    }
    let distribution = Distribution::usual().expect("a known distribution");
    let (_folder, plan, options) = planned(distribution, manifest, true);
    for _ in 0..3 {
        let summary = run(&plan, &options, &mut |_| ()).expect("a run");
        assert_eq!((summary.counts.passed, summary.counts.bad()), (1, 0));
        let waits = || format!("{:?}", plan.backends).contains("Ahead { waiting: 1, ordered: 0 }");
        let (limit, pause) = (Duration::from_secs(60), Duration::from_millis(20));
        let look = || Ok::<_, Interrupted>(waits().then_some(()));
        let waited =
            wait_until(limit, pause, &Interrupt::default(), look).expect("nobody stops it");
        assert!(waited.is_some(), "none waits: {:?}", plan.backends);
    }
}

#[test]
fn machines_of_a_test_reach_each_other_until_they_are_cut() {
    if !has_cards() {
        return;
    }
    let on = |machine: &str, action: Value| json!({ "machine": machine, "action": action });
    let ask = "[[ $(timeout 2 bash -c 'cat </dev/tcp/server/8080') == hello ]]";
    let steps = json!([
        on("server", json!({ "waitForPort": 8080 })),
        on("client", json!({ "succeed": ask })),
        on("server", json!("cutNetwork")),
        on("client", json!({ "fail": ask })),
        on("server", json!("healNetwork")),
        on("client", json!({ "eventually": ask })),
    ]);
    let machines = json!({ "client": { "enable": false }, "server": {} });
    check(feature(&machines, &steps, &json!({})), Verdict::Passed);
}

#[test]
fn what_a_machine_sends_is_late_or_lost_until_it_is_healed_or_starts_again() {
    if !has_cards() {
        return;
    }
    let on = |machine: &str, action: Value| json!({ "machine": machine, "action": action });
    let ask = "[[ $(timeout 2 bash -c 'cat </dev/tcp/server/8080') == hello ]]";
    // By the container's own clock.
    let round_trip = "begun=${EPOCHREALTIME/./}; exec 3<>/dev/tcp/server/8080; \
                      echo $(( (${EPOCHREALTIME/./} - begun) / 1000 ))";
    let takes = |least: u32| json!({ "succeed": format!("(( $({round_trip}) >= {least} ))") });
    let steps = json!([
        on("server", json!({ "waitForPort": 8080 })),
        on("server", json!({ "delayNetwork": { "millis": 150 } })),
        on("client", takes(150)),
        on("client", json!({ "delayNetwork": { "millis": 200 } })),
        on("client", takes(350)),
        on("client", json!({ "losePackets": { "percent": 100 } })),
        on("client", json!({ "fail": ask })),
        on("client", json!("healNetwork")),
        on("client", json!({ "eventually": ask })),
        on("client", takes(150)),
        on("server", json!({ "losePackets": { "percent": 100 } })),
        on("client", json!({ "fail": ask })),
        on("server", json!("reboot")),
        on("server", json!({ "waitForPort": 8080 })),
        on("client", json!({ "eventually": ask })),
    ]);
    let machines = json!({ "client": { "enable": false }, "server": {} });
    check(feature(&machines, &steps, &json!({})), Verdict::Passed);
}
