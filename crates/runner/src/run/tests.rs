use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domi_event::{Counts, Diagnostics, Prepared, Verdict};
use serde_json::json;

use super::*;
use crate::backend::{Backend, Backends, Session};
use crate::done::{Artifacts, Done, Unable};
use crate::ending::Ending;
use crate::kind::BackendKind;
use crate::loaded::Loaded;
use crate::offer::{Offer, Refused, Wanted};
use crate::plan::plan;
use crate::quarantine::{KnownFailures, Quarantined};
use crate::selection::Selection;

/// A backend whose jobs end as their tests are called, without any machine.
#[derive(Debug, Clone, Default)]
struct Named {
    begun: Arc<AtomicUsize>,
    unable: Option<Unable>,
}

impl Backend for Named {
    fn kind(&self) -> BackendKind {
        BackendKind::PORTABLE
    }

    fn offer(&self, _: &Wanted<'_>) -> Result<Offer, Refused> {
        Ok(Offer::default())
    }

    fn open<'a>(&'a self, _: &'a [Job], _: &'a RunOptions) -> Box<dyn Session + 'a> {
        Box::new(self.clone())
    }
}

impl Session for Named {
    fn prepare(&self, _: Platform, _: &Reporter) -> Result<Prepared, Unable> {
        let prepared = Prepared { backend: "portable".to_owned(), ..Prepared::default() };
        self.unable.clone().map_or(Ok(prepared), Err)
    }

    fn weight(&self, _: &Job) -> Weight {
        Weight { memory: 1, cores: 1 }
    }

    fn key(&self, job: &Job, _: &Reporter) -> Result<Option<String>, Unable> {
        match &*job.test.name {
            "lacks" => Err(Unable::Missing("a thing".to_owned())),
            _ => Ok(Some("key".to_owned())),
        }
    }

    fn repeat(&self, _: &Job) -> Vec<String> {
        vec!["--cold".to_owned()]
    }

    fn run(&self, job: &Job, _: &Artifacts, _: &Reporter) -> Done {
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
    go_with(backend, tests, &Selection::default(), change)
}

fn go_with(
    backend: &Named,
    tests: &[&str],
    selection: &Selection,
    change: impl Fn(&mut RunOptions),
) -> Ran {
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
    let backends = Backends::default().with(backend.clone());
    let plan = plan(&[loaded], &Selection { backends, ..selection.clone() }).unwrap();
    let mut options = options(folder.path());
    change(&mut options);
    let mut events = Vec::new();
    let summary = run(&plan, &options, &mut |event| events.push(event.clone()));
    Ran { summary: summary.unwrap(), events }
}

fn options(folder: &Path) -> RunOptions {
    RunOptions {
        jobs: Some(1),
        use_cache: false,
        repeat: vec!["test".to_owned()],
        ..RunOptions::new(folder.join("runs"), folder.join("cache"))
    }
}

/// The jobs in the order in which they began.
fn begun(ran: &Ran) -> Vec<String> {
    let job = |event: &Event| match &event.body {
        Body::JobStarted(started) => Some(started.job.clone()),
        _ => None,
    };
    ran.events.iter().filter_map(job).collect()
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

/// How a run of one test ends that is in quarantine until the end of June.
#[track_caller]
fn check_quarantined(test: &str, today: &str, expected: (Verdict, &str), ending: Ending) {
    let entry = Quarantined {
        jobs: "feature(a)".parse().unwrap(),
        reason: "the clock jumps".to_owned(),
        until: "2026-06-30".parse().unwrap(),
        place: None,
    };
    let known_failures = KnownFailures { entries: vec![entry], today: today.parse().unwrap() };
    let selection = Selection { known_failures, ..Selection::default() };
    let ran = go_with(&Named::default(), &[test], &selection, |options| options.retries = 1);
    let finished = ran.events.iter().find_map(|event| match &event.body {
        Body::JobFinished(finished) => Some((finished.verdict, &*finished.reason)),
        _ => None,
    });
    assert_eq!((finished, ran.summary.ending), (Some(expected), ending));
}

#[test]
fn a_failure_in_quarantine_decides_nothing_until_its_day_has_passed() {
    let last = "2026-06-30";
    let known = "until 2026-06-30: the clock jumps";
    check_quarantined("fails", last, (Verdict::Quarantined, known), Ending::Passed);
    let flaky = format!("failed 1 of 2 times; {known}");
    check_quarantined("fails once", last, (Verdict::Quarantined, &flaky), Ending::Passed);
    check_quarantined("x", last, (Verdict::Passed, ""), Ending::Passed);
    check_quarantined("breaks", last, (Verdict::Error, "something"), Ending::Undecided);

    let day = "2026-07-01";
    let ended = "its quarantine ended on 2026-06-30";
    check_quarantined("fails", day, (Verdict::Failed, ended), Ending::Failed);
    let passed = format!("it passed, and {ended}");
    check_quarantined("x", day, (Verdict::Overdue, &passed), Ending::Failed);
}

#[test]
fn a_run_that_is_gone_on_with_leaves_out_what_passed_in_it() {
    let cache = tempfile::tempdir().unwrap();
    let run = |tests: &[&str], resume: Option<String>| {
        let backend = Named::default();
        let ran = go(&backend, tests, |options| {
            options.cache = cache.path().to_owned();
            options.resume.clone_from(&resume);
        });
        let name = match &ran.events[0].body {
            Body::RunStarted(started) => started.run.clone(),
            other => panic!("{other:?}"),
        };
        (ran.summary.counts, name)
    };
    let (first, name) = run(&["x"], None);
    assert_eq!(first, Counts { passed: 1, ..Counts::default() });
    assert_eq!(run(&["x"], Some(name)).0, Counts { cached: 1, ..Counts::default() });
    assert_eq!(run(&["x"], Some("another".to_owned())).0, first);
}

#[test]
fn the_longest_job_begins_first_and_one_that_nobody_knows_before_it() {
    let ran = go(&Named::default(), &["short", "long", "new"], |options| {
        let millis = |name, millis| (format!("a/{name}/x86_64-linux/portable"), millis);
        let durations = [millis("short", 10), millis("long", 1000)];
        options.durations = Some(durations.into_iter().collect());
    });
    let job = |test| format!("a/{test}/x86_64-linux/portable");
    assert_eq!(begun(&ran), ["new", "long", "short"].map(job));
}

#[test]
fn systems_take_turns_where_nothing_else_decides() {
    let systems = Platform::ALL.to_vec();
    let selection = Selection { systems, ..Selection::default() };
    let ran = go_with(&Named::default(), &["a", "b"], &selection, |_| ());
    let job = |test, system| format!("a/{test}/{system}/portable");
    let [x86_64, aarch64] = Platform::ALL.map(Platform::as_str);
    let expected = [job("a", x86_64), job("a", aarch64), job("b", x86_64), job("b", aarch64)];
    assert_eq!(begun(&ran), expected);
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
    let repeat = |change: fn(&mut RunOptions)| {
        let ran = go(&Named::default(), &["fails"], change);
        let repeat = ran.events.iter().find_map(|event| match &event.body {
            Body::Diagnostics(diagnostics) => Some(diagnostics.repeat.clone()),
            _ => None,
        });
        repeat.expect("it fails")
    };
    assert_eq!(repeat(|_| ()), "test a --test fails --cold");
    let of_its_own = repeat(|options| {
        let words = |words: [&str; 2]| words.map(str::to_owned).to_vec();
        options.repeat_words.insert("a".to_owned(), words(["--module", "the a.nix"]));
        options.repeat_words.insert("b".to_owned(), words(["--module", "b.nix"]));
    });
    assert_eq!(of_its_own, "test --module 'the a.nix' --test fails --cold");
}

#[test]
fn that_verdicts_cannot_be_kept_is_said_once() {
    let cache = tempfile::tempdir().unwrap();
    // A file where the folder would be.
    fs_err::write(cache.path().join("verdicts"), "").unwrap();
    let ran = go(&Named::default(), &["x", "y", "z"], |options| {
        options.cache = cache.path().to_owned();
    });
    let kept = |event: &&Event| match &event.body {
        Body::Note(note) => note.message.starts_with("verdicts cannot be kept: "),
        _ => false,
    };
    assert_eq!(ran.events.iter().filter(kept).count(), 1);
    assert_eq!(ran.summary.counts.passed, 3);
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
