use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use domi_event::{Diagnostics, Prepared};
use serde_json::json;

use super::*;
use crate::plan::{Loaded, Selection, plan};

/// A backend whose jobs end as their tests are called, without any machine.
#[derive(Default)]
struct Named {
    begun: AtomicUsize,
    unable: Option<Unable>,
}

impl Backend for Named {
    fn prepare(&self, _: Platform, _: &Tell) -> Result<Prepared, Unable> {
        let prepared = Prepared { backend: "portable".to_owned(), ..Prepared::default() };
        self.unable.clone().map_or(Ok(prepared), Err)
    }

    fn weight(&self, _: &Job) -> u64 {
        1
    }

    fn key(&self, job: &Job, _: &Tell) -> Result<Option<String>, Unable> {
        match &*job.test.name {
            "lacks" => Err(Unable::Missing("a thing".to_owned())),
            _ => Ok(Some("key".to_owned())),
        }
    }

    fn run(&self, job: &Job, _: &Artifacts, _: &Tell) -> Done {
        let begun = self.begun.fetch_add(1, Ordering::SeqCst);
        match &*job.test.name {
            "fails once" if begun > 0 => Done::of(Verdict::Passed),
            "fails once" => Done::of(Verdict::Failed),
            "fails" => Done {
                diagnostics: Some(Box::new(Diagnostics::default())),
                ..Done::of(Verdict::Failed)
            },
            "breaks" => Unable::Failed("something".to_owned()).into(),
            _ => Done::of(Verdict::Passed),
        }
    }
}

struct Ran {
    summary: Summary,
    events: Vec<Event>,
}

fn go(backend: &Named, tests: &[&str], change: impl Fn(&mut RunOptions)) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let tests: Vec<_> = tests
        .iter()
        .map(|name| json!({ "name": name, "body": { "run": { "machines": { "m": {} }, "steps": [] } } }))
        .collect();
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "tests": tests,
    });
    let manifest = serde_json::from_value(manifest).unwrap();
    let loaded = Loaded { manifest, crate_dir: Path::new(".").to_owned() };
    let plan = plan(&[loaded], &Selection { set: vec![], ..Selection::default() }).unwrap();
    let mut options = options(folder.path());
    change(&mut options);
    let mut events = Vec::new();
    let backends: Backends = [(BackendKind::Portable, backend as &dyn Backend)].into();
    let summary = run_with(&backends, &plan, &options, &mut |event| events.push(event.clone()));
    Ran { summary: summary.unwrap(), events }
}

fn options(folder: &Path) -> RunOptions {
    RunOptions {
        runs: folder.join("runs"),
        cache: folder.join("cache"),
        jobs: Some(1),
        step_limit: Duration::from_secs(1),
        test_limit: Duration::from_secs(1),
        use_cache: false,
        retries: 0,
        fail_fast: false,
        cold: false,
        shell: Shell::Never,
        require_kvm: false,
        driver: None,
        realiser: None,
        guest: domi_guest::Settings::new(
            domi_debian::Architecture::X86_64,
            domi_debian::Distribution::named("debian", "bookworm").unwrap(),
        ),
        command: Vec::new(),
        repeat: vec!["test".to_owned()],
        interrupt: Interrupt::default(),
    }
}

#[track_caller]
fn check(tests: &[&str], ending: Ending, counts: Counts) {
    let ran = go(&Named::default(), tests, |_| ());
    assert_eq!((ran.summary.ending, ran.summary.counts), (ending, counts));
    let last = ran.events.last().map(|event| event.body.clone());
    assert!(matches!(last, Some(Body::RunFinished(finished)) if finished.counts == counts));
}

#[test]
fn a_run_ends_as_the_worst_of_its_jobs() {
    let none = Counts::default();
    check(&[], Ending::Passed, none);
    check(&["x", "y"], Ending::Passed, Counts { passed: 2, ..none });
    check(&["x", "fails"], Ending::Failed, Counts { passed: 1, failed: 1, ..none });
    check(&["lacks", "fails"], Ending::Failed, Counts { errors: 1, failed: 1, ..none });
    check(&["breaks", "lacks"], Ending::Undecided, Counts { errors: 2, ..none });
}

#[test]
fn after_the_first_failure_nothing_more_begins_where_that_is_wanted() {
    let backend = Named::default();
    let ran = go(&backend, &["x", "fails", "y", "z"], |options| options.fail_fast = true);
    assert_eq!(backend.begun.load(Ordering::SeqCst), 2);
    let counts = Counts { passed: 1, failed: 1, interrupted: 2, ..Counts::default() };
    assert_eq!((ran.summary.counts, ran.summary.ending), (counts, Ending::Failed));
}

#[test]
fn a_test_that_passes_when_it_is_tried_again_is_flaky_and_not_good() {
    let retried = |tests: &[&str], retries| {
        let backend = Named::default();
        let ran = go(&backend, tests, |options| options.retries = retries);
        let again = |event: &&Event| matches!(event.body, Body::JobRetried(_));
        let retried = ran.events.iter().filter(again).count();
        (ran.summary.counts, ran.summary.ending, retried)
    };
    let none = Counts::default();
    let failed = (Counts { failed: 1, ..none }, Ending::Failed);
    assert_eq!(retried(&["fails once"], 0), (failed.0, failed.1, 0));
    assert_eq!(retried(&["fails once"], 2), (Counts { flaky: 1, ..none }, Ending::Failed, 1));
    assert_eq!(retried(&["fails"], 2), (failed.0, failed.1, 2));
    assert_eq!(retried(&["x"], 2), (Counts { passed: 1, ..none }, Ending::Passed, 0));
    assert_eq!(retried(&["lacks"], 2), (Counts { errors: 1, ..none }, Ending::Missing, 0));
}

#[test]
fn the_longest_job_begins_first_and_one_that_nobody_knows_before_it() {
    let ran = go(&Named::default(), &["short", "long", "new"], |options| {
        let millis = |name, millis| (format!("a/{name}/x86_64-linux/portable"), millis);
        let durations = [millis("short", 10), millis("long", 1000)].into();
        std::fs::create_dir_all(&options.runs).unwrap();
        folder::keep_durations(&options.runs, durations);
    });
    let begun: Vec<_> = ran
        .events
        .iter()
        .filter_map(|event| match &event.body {
            Body::JobStarted(started) => started.job.split('/').nth(1).map(str::to_owned),
            _ => None,
        })
        .collect();
    assert_eq!(begun, ["new", "long", "short"]);
}

#[test]
fn a_backend_that_cannot_work_leaves_every_job_undecided() {
    let backend = Named { unable: Some(Unable::Missing("QEMU".into())), ..Named::default() };
    let ran = go(&backend, &["x", "y"], |_| ());
    assert_eq!(backend.begun.load(Ordering::SeqCst), 0);
    assert_eq!((ran.summary.counts.errors, ran.summary.ending), (2, Ending::Missing));
}

#[test]
fn an_interrupted_run_says_what_was_not_finished() {
    let ran = go(&Named::default(), &["x", "y"], |options| {
        options.interrupt.set();
        options.jobs = Some(1);
    });
    assert_eq!(ran.summary.ending, Ending::Interrupted);
    assert_eq!(ran.summary.counts.total(), 2);
}

#[test]
fn the_command_that_repeats_a_failure_is_one_for_a_shell() {
    let ran = go(&Named::default(), &["fails"], |options| options.cold = true);
    let repeat = ran.events.iter().find_map(|event| match &event.body {
        Body::Diagnostics(diagnostics) => Some(diagnostics.repeat.clone()),
        _ => None,
    });
    assert_eq!(repeat.as_deref(), Some("test a --test fails --cold"));
}

#[test]
fn events_come_in_their_order() {
    let ran = go(&Named::default(), &["x"], |_| ());
    let names: Vec<String> = ran
        .events
        .iter()
        .map(|event| serde_json::to_value(event).unwrap()["event"].as_str().unwrap().to_owned())
        .collect();
    let expected = ["runStarted", "plan", "prepared", "jobStarted", "jobFinished", "runFinished"];
    assert_eq!(names, expected);
}
