use domi_event::read;

use super::*;

/// The recorded runs of these cases.
fn runs(cases: &[&str]) -> Vec<Recorded> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let recorded = |case: &&str| {
        let text = std::fs::read_to_string(folder.join(format!("{case}.jsonl"))).unwrap();
        Recorded::of(&read(&text).unwrap().events)
    };
    cases.iter().map(recorded).collect()
}

const JOB: &str = "feature-x/answers-with-the-greeting/x86_64-linux/portable";

/// Compares what is said of a job with the file of that name.
#[track_caller]
fn check(job: &str, cases: &[&str], name: &str) {
    let lines = explain(job, &runs(cases), Paint::plain()).unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/cases");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, lines.join("\n")));
}

#[test]
fn a_job_is_told_with_its_last_runs_and_its_last_failure() {
    check(JOB, &["pass", "fail", "skipped", "pass"], "one-of-several-runs.explain");
    check("feature-x/stops/x86_64-linux/portable", &["quarantine"], "quarantine.explain");
}

#[test]
fn a_part_of_a_name_finds_jobs_and_a_whole_one_that_job() {
    let runs = runs(&["pass", "fail", "cached"]);
    let settings = "feature-x/follows-its-settings/x86_64-linux/portable";
    assert_eq!(jobs_like("settings", &runs), [settings]);
    assert_eq!(jobs_like(JOB, &runs), [JOB]);
    assert_eq!(jobs_like("nothing", &runs), [""; 0]);
    assert!(jobs_like("feature", &runs).len() > 2);
    assert_eq!(explain("nothing", &runs, Paint::plain()), None);
}
