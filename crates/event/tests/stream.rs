//! The stream as it is written and read.

use domi_event::{
    Body, Counts, Diagnostics, Event, JobFinished, JobProgress, JobRetried, JobStarted, Journal,
    LaneVerdict, LanesCompared, LanesOutcome, Note, Plan, PlannedJob, Prepared, Quarantine,
    RunFinished, RunStarted, SCHEMA, Shard, ShellClosed, ShellOpened, StageFinished, StageStarted,
    StepFinished, StepStarted, Verdict, read,
};
use domi_model::Place;

/// Every event there is, with no field left at its default.
fn sample() -> Vec<Body> {
    let job = || "feature-x/answers/x86_64-linux/portable".to_owned();
    let place = || Some(Place { file: "crates/features/feature-x/src/main.rs".into(), line: 41 });
    vec![
        Body::RunStarted(RunStarted {
            schema: SCHEMA.into(),
            run: "20261121-003523-4f2a".into(),
            tool: "0.1.0".into(),
            host: "x86_64-linux".into(),
            folder: "target/domi/runs/20261121-003523-4f2a".into(),
            command: vec!["cargo".into(), "xtask".into(), "test".into()],
            shard: Some(Shard { index: 2, of: 3, plan: "3f2a".into(), jobs: 12 }),
            source: "c0f97e10a15a".into(),
        }),
        Body::Plan(Plan {
            jobs: vec![PlannedJob {
                job: job(),
                feature: "feature-x".into(),
                test: "answers".into(),
                system: "x86_64-linux".into(),
                machine_systems: vec!["aarch64-linux".into(), "x86_64-linux".into()],
                backend: "portable".into(),
                backend_title: "portable guest".into(),
                why: "no nix here".into(),
                brief: "no nix".into(),
                steps: 3,
                last_millis: Some(1400),
                quarantine: Some(Quarantine {
                    reason: "the clock jumps".into(),
                    until: "2026-12-31".into(),
                }),
                compared_with: Some("feature-x/answers/x86_64-linux/portable-container".into()),
            }],
        }),
        Body::Prepared(Prepared {
            backend: "portable".into(),
            system: "x86_64-linux".into(),
            accelerator: "tcg".into(),
            why: "no KVM here".into(),
            brief: "emulating".into(),
            at_once: 2,
        }),
        Body::StageStarted(StageStarted {
            id: 1,
            stage: "booting".into(),
            system: "x86_64-linux".into(),
            last_millis: Some(9),
        }),
        Body::StageFinished(StageFinished {
            id: 1,
            stage: "booting".into(),
            system: "x86_64-linux".into(),
            millis: 8,
        }),
        Body::JobStarted(JobStarted { job: job() }),
        Body::JobProgress(JobProgress { job: job(), what: "machine: booting".into() }),
        Body::StepStarted(StepStarted {
            job: job(),
            step: 1,
            machine: "server".into(),
            what: "wait for port 8080".into(),
            place: place(),
        }),
        Body::StepFinished(StepFinished { job: job(), step: 1, millis: 7, good: true }),
        Body::Diagnostics(Box::new(Diagnostics {
            job: job(),
            message: "the output differs".into(),
            step: 2,
            what: "`curl localhost` prints exactly".into(),
            machine: "server".into(),
            place: place(),
            expected: Some("hello".into()),
            exact: true,
            got: Some("hallo\u{1b}[31m \u{fffd} \"'\\".into()),
            said: "warning".into(),
            hint: "this computer was busy".into(),
            journals: vec![Journal { machine: "server".into(), text: "started".into() }],
            failed_units: vec!["server: feature-x.service".into()],
            serial: "[ 1.0] booted".into(),
            folder: "target/domi/runs/x/y".into(),
            repeat: "cargo xtask test feature-x --test answers".into(),
        })),
        Body::JobRetried(JobRetried {
            job: job(),
            attempt: 1,
            verdict: Verdict::Failed,
            millis: 900,
        }),
        Body::JobFinished(JobFinished {
            job: job(),
            verdict: Verdict::Failed,
            reason: "step 2".into(),
            missing: true,
            key: Some("8c1f5e02".into()),
            millis: 1500,
            machine_millis: 1200,
            not_covered: vec!["step 3 is Python for NixOS".into()],
        }),
        Body::LanesCompared(LanesCompared {
            feature: "feature-x".into(),
            test: "answers".into(),
            system: "x86_64-linux".into(),
            outcome: LanesOutcome::Different,
            lanes: vec![LaneVerdict {
                job: job(),
                backend: "portable".into(),
                verdict: Verdict::Failed,
            }],
            reason: "x".into(),
        }),
        Body::Note(Note { job: Some(job()), message: "greeting is empty".into() }),
        Body::ShellOpened(ShellOpened { job: job(), machine: "server".into() }),
        Body::ShellClosed(ShellClosed { job: job(), machine: "server".into() }),
        Body::RunFinished(RunFinished {
            counts: Counts { failed: 1, ..Counts::default() },
            millis: 1600,
            interrupted: true,
        }),
    ]
}

fn file(bodies: Vec<Body>) -> String {
    let at = "2026-11-21T00:35:23.5Z".parse().expect("a point in time");
    bodies.into_iter().map(|body| Event { at, body }.to_line() + "\n").collect()
}

#[test]
fn the_schema_fits_every_event() {
    let schema = domi_event::schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for line in file(sample()).lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let wrong: Vec<_> = validator.iter_errors(&event).map(|error| error.to_string()).collect();
        assert_eq!(wrong, [""; 0], "{line}");
    }
    let bad = serde_json::json!({ "at": "now", "event": "jobFinished", "data": { "job": 3 } });
    assert!(!validator.is_valid(&bad));
}

#[track_caller]
fn check(text: &str, expected: Result<usize, &str>) {
    let got = read(text).map(|recording| recording.events.len()).map_err(|bad| bad.to_string());
    assert_eq!(got, expected.map_err(str::to_owned));
}

#[test]
fn every_event_reads_back_as_it_was_written() {
    let recording = read(&file(sample())).unwrap();
    assert!(!recording.cut_off);
    assert_eq!(recording.events.into_iter().map(|e| e.body).collect::<Vec<_>>(), sample());
}

#[test]
fn every_known_event_is_in_the_sample() {
    let names: Vec<_> = file(sample())
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].clone())
        .collect();
    assert_eq!(names, Body::NAMES);
}

/// `tests/first.jsonl` is a file of the first version. It must never be changed.
#[test]
fn a_file_of_the_first_version_still_reads() {
    let recording = read(include_str!("first.jsonl")).unwrap();
    assert_eq!(recording.events.len(), 7);
    let Body::JobFinished(job) = &recording.events[5].body else { panic!("an event has moved") };
    assert_eq!((job.verdict, job.millis), (Verdict::Passed, 1400));
}

#[test]
fn what_a_newer_version_wrote_is_kept_or_ignored() {
    let started = file(vec![sample().remove(0)]);
    let unknown = r#"{"at":"2030-01-01T00:00:00Z","event":"jobHaunted","data":{"job":"a"},"x":1}"#;
    let fields = r#"{"at":"2030-01-01T00:00:00Z","event":"jobFinished","data":{"job":"a","verdict":"haunted","tries":3}}"#;
    let recording = read(&format!("{started}{unknown}\n{fields}\n")).unwrap();
    let [_, haunted, finished] = &recording.events[..] else { panic!("three lines") };
    let json: serde_json::Value = serde_json::from_str(&haunted.to_line()).unwrap();
    assert_eq!((&json["event"], &json["data"]["job"]), (&"jobHaunted".into(), &"a".into()));
    let Body::JobFinished(job) = &finished.body else { panic!("a known event") };
    assert_eq!(job.verdict, Verdict::Unknown);
    assert!(!job.verdict.is_good());
}

#[test]
fn a_last_line_that_was_cut_off_is_left_out() {
    let whole = file(sample());
    for end in whole.rfind("{\"at").unwrap() + 1..whole.len() - 1 {
        let recording = read(&whole[..end]).unwrap();
        assert_eq!((recording.events.len(), recording.cut_off), (sample().len() - 1, true));
    }
}

#[test]
fn a_file_that_is_none_of_ours_is_refused_with_its_line() {
    let started = file(vec![sample().remove(0)]);
    check("", Err("line 1: there is no event"));
    check(&file(vec![sample().remove(1)]), Err("line 1: the first event is not runStarted"));
    check(
        &started.replace("domi.event/1", "domi.event/9"),
        Err(r#"line 1: the schema is "domi.event/9"; this version reads "domi.event/1""#),
    );
    check(
        &format!("{started}nonsense\n{started}"),
        Err("line 2: expected ident at line 1 column 2"),
    );
}
