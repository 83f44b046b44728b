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
fn words_of_names_find_jobs_and_a_whole_name_that_job() {
    let names = ["x/a-b/arm/portable", "x/a-b-c/arm/portable", "y/a-b/arm/portable"];
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(jobs_like(text, names), expected, "{text}");
    };
    check("c", &[names[1]]);
    check("y/arm", &[names[2]]);
    check("A B  x/", &[names[1], names[0]]);
    check(names[0], &[names[0]]);
    check("x/d", &[]);
}

#[test]
fn of_a_job_that_no_run_had_nothing_is_known() {
    assert_eq!(explain("nothing", &runs(&["pass"]), Paint::plain()), None);
}
