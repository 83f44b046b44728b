//! What runs on real machines share.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_backend_portable::{Portable, PortableOptions};
use domi_event::{Body, Diagnostics, Event, JobFinished, Verdict};
use domi_host::Interrupt;
use domi_model::Manifest;
use domi_runner::{Backends, Ending, Loaded, RunOptions, Selection, plan, run};
use serde_json::{Value, json};

/// A feature with a service that answers on a port, made of what every guest has.
pub(crate) fn feature(machines: &Value, steps: &Value) -> Manifest {
    let server = "use IO::Socket::INET; $| = 1; print \"port $ARGV[0]\\n\";
        my $s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die;
        while (my $c = $s->accept) { print $c \"hello\\n\"; close $c }";
    let argv = json!([
        { "packagePath": { "package": { "package": "perl" }, "path": "bin/perl" } },
        { "literal": "-e" },
        { "literal": server },
        { "text": [{ "option": ["port"] }] }
    ]);
    let service = |name: &str, kind: &str, argv: Value| {
        json!({
            "kind": "service",
            "name": { "literal": name },
            "wantedBy": [{ "literal": "multi-user.target" }],
            "commands": { "ExecStart": [{ "argv": { "list": argv } }] },
            "config": { "Type": { "value": { "literal": kind } } },
        })
    };
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "probe", "kind": "services", "summary": "Answers on a port",
            "maturity": "dev", "version": "0.1.0",
            "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "packages": { "perl": { "nixpkgs": ["perl"], "debian": ["perl-base"] } },
        "options": [{
            "name": "port", "type": "port", "description": "Port.", "default": { "literal": 8080 },
        }],
        "system": {
            "units": [
                service("probe", "simple", argv),
                service("broken", "oneshot", json!([{ "literal": "/bin/sh" }, { "literal": "-c" }, { "literal": "exit 1" }])),
            ],
            "tmpfiles": [{ "kind": "d", "path": { "literal": "/var/lib/probe" }, "mode": "0750",
                           "user": { "literal": "probe" }, "group": { "literal": "probe" } }],
            "users": [{ "name": { "literal": "probe" }, "group": { "literal": "probe" } }],
            "groups": [{ "name": { "literal": "probe" } }],
            "sysctl": [{ "name": "net.core.somaxconn", "value": { "literal": 77 } }],
        },
        "tests": [{ "name": "it works", "body": { "run": { "machines": machines, "steps": steps } } }],
    });
    serde_json::from_value(manifest).expect("a manifest")
}

/// What a run came to.
pub(crate) struct Came {
    pub(crate) ending: Ending,
    pub(crate) events: Vec<Event>,
    pub(crate) folder: tempfile::TempDir,
}

impl Came {
    pub(crate) fn finished(&self) -> &JobFinished {
        let found = self.events.iter().find_map(|event| match &event.body {
            Body::JobFinished(job) => Some(job),
            _ => None,
        });
        found.expect("the job has ended")
    }

    pub(crate) fn diagnostics(&self) -> &Diagnostics {
        let found = self.events.iter().find_map(|event| match &event.body {
            Body::Diagnostics(diagnostics) => Some(diagnostics),
            _ => None,
        });
        found.expect("something is known of the failure")
    }
}

/// What a run is told beside its plan.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) step_limit: Option<Duration>,
    pub(crate) cold: bool,
    pub(crate) use_cache: bool,
    /// Another cache than the usual one.
    pub(crate) cache: Option<PathBuf>,
}

pub(crate) type See<'a> = &'a mut dyn FnMut(&Event, &Interrupt);

pub(crate) fn go(manifest: Manifest, told: &Told, see: See) -> Option<Came> {
    if std::env::var_os("DOMI_TEST_MACHINE").is_some_and(|value| value == "0") {
        eprintln!("not run: DOMI_TEST_MACHINE=0");
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let loaded = Loaded { manifest, crate_dir: Path::new(".").to_owned() };
    let interrupt = Interrupt::default();
    let distribution = domi_debian::Distribution::usual().expect("a known distribution");
    let guest = domi_guest::Settings::new(domi_debian::Architecture::X86_64, distribution);
    let usual = || domi_host::dirs::cache().expect("a cache folder");
    let cache = told.cache.clone().unwrap_or_else(usual);
    let options = RunOptions {
        step_limit: told.step_limit.unwrap_or(Duration::from_secs(120)),
        use_cache: told.use_cache,
        interrupt: interrupt.clone(),
        ..RunOptions::new(folder.path().join("runs"), cache)
    };
    let own = PortableOptions { cold: told.cold, ..PortableOptions::new(guest) };
    let backends = Backends::default().with(Portable::new(own));
    let plan = plan(&[loaded], &Selection { backends, ..Selection::default() }).expect("a plan");
    let mut events = Vec::new();
    let summary = run(&plan, &options, &mut |event| {
        see(event, &interrupt);
        events.push(event.clone());
    });
    let summary = summary.expect("a run");
    let file = std::fs::read_to_string(summary.folder.join("events.jsonl")).expect("the events");
    assert_eq!(domi_event::read(&file).expect("good events").events, events);
    Some(Came { ending: summary.ending, events, folder })
}

/// Runs a test so often, on one backend that knows of the runs to come. After each, `waits` has
/// to be what the backend says of itself, before long.
pub(crate) fn go_again(manifest: Manifest, times: usize, waits: &str) {
    if std::env::var_os("DOMI_TEST_MACHINE").is_some_and(|value| value == "0") {
        eprintln!("not run: DOMI_TEST_MACHINE=0");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let distribution = domi_debian::Distribution::usual().expect("a known distribution");
    let guest = domi_guest::Settings::new(domi_debian::Architecture::X86_64, distribution);
    let cache = domi_host::dirs::cache().expect("a cache folder");
    let options =
        RunOptions { use_cache: false, ..RunOptions::new(folder.path().join("runs"), cache) };
    let own = PortableOptions { runs_again: true, ..PortableOptions::new(guest) };
    let backends = Backends::default().with(Portable::new(own));
    let loaded = Loaded { manifest, crate_dir: Path::new(".").to_owned() };
    let plan = plan(&[loaded], &Selection { backends, ..Selection::default() }).expect("a plan");
    for _ in 0..times {
        let summary = run(&plan, &options, &mut |_| ()).expect("a run");
        assert_eq!((summary.counts.passed, summary.counts.bad()), (1, 0), "{summary:?}");
        let deadline = std::time::Instant::now() + Duration::from_secs(120);
        while !format!("{:?}", plan.backends).contains(waits) {
            assert!(std::time::Instant::now() < deadline, "{:?}", plan.backends);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    drop(plan);
    let names = std::fs::read_dir(&options.runs).expect("the runs").flatten();
    let left: Vec<_> = names.map(|entry| entry.file_name()).collect();
    let waiting = |name: &&std::ffi::OsString| name.to_string_lossy().starts_with("waiting");
    assert!(!left.iter().any(|name| waiting(&name)), "{left:?}");
}

pub(crate) fn steps(steps: &Value) -> Manifest {
    feature(&json!({ "machine": {} }), steps)
}

/// Runs a test and compares its verdict; a failure of a pass is shown.
#[track_caller]
pub(crate) fn check(manifest: Manifest, told: &Told, verdict: Verdict) -> Option<Came> {
    let came = go(manifest, told, &mut |_, _| ())?;
    let finished = came.finished();
    let why = if verdict == Verdict::Passed && finished.verdict != verdict {
        format!("{:#?}", came.diagnostics())
    } else {
        String::new()
    };
    assert_eq!(finished.verdict, verdict, "{} {why}", finished.reason);
    Some(came)
}
