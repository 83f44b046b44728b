use domi_event::{
    Body, Diagnostics, Event, JobFinished, JobStarted, Plan, PlannedJob, Quarantine, RunFinished,
    RunStarted, Verdict,
};
use jiff::{SignedDuration, Timestamp};

use super::*;

/// A run of jobs, one after the other, each with its verdict and its failure.
fn run(jobs: &[(&str, &str, Verdict, &str)]) -> Recorded {
    let mut now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let mut recorded = Recorded::default();
    let name = |feature: &str, test: &str| format!("{feature}/{test}/x86_64-linux/portable");
    let planned = jobs.iter().map(|(feature, test, ..)| PlannedJob {
        job: name(feature, test),
        feature: (*feature).to_owned(),
        test: (*test).to_owned(),
        system: "x86_64-linux".to_owned(),
        backend: "portable".to_owned(),
        steps: 2,
        ..PlannedJob::default()
    });
    let started = RunStarted {
        run: "20261121-100000-0000".to_owned(),
        command: vec!["cargo".to_owned(), "xtask".to_owned(), "test".to_owned()],
        ..RunStarted::default()
    };
    let mut say = |body| {
        recorded.add(&Event { at: now, body });
        now += SignedDuration::from_secs(1);
    };
    say(Body::RunStarted(started));
    say(Body::Plan(Plan { jobs: planned.collect() }));
    for (feature, test, verdict, message) in jobs {
        let job = name(feature, test);
        say(Body::JobStarted(JobStarted { job: job.clone() }));
        if !message.is_empty() {
            say(Body::Diagnostics(Box::new(Diagnostics {
                job: job.clone(),
                message: (*message).to_owned(),
                expected: Some("one\ntwo\n".to_owned()),
                got: Some("one\nthree\n".to_owned()),
                exact: true,
                ..Diagnostics::default()
            })));
        }
        let finished = JobFinished {
            job,
            verdict: *verdict,
            key: Some("what was run".to_owned()),
            millis: 1500,
            ..Default::default()
        };
        say(Body::JobFinished(finished));
    }
    say(Body::RunFinished(RunFinished { millis: 3000, ..Default::default() }));
    recorded
}

#[track_caller]
fn check(page: &str, has: &[&str], has_not: &[&str]) {
    for part in has {
        assert!(page.contains(part), "there is no {part} in:\n{page}");
    }
    for part in has_not {
        assert!(!page.contains(part), "there is {part} in:\n{page}");
    }
}

#[test]
fn a_run_that_went_well_has_jobs_and_no_failures() {
    let page = html(&run(&[("x", "works", Verdict::Passed, "")]), &[]);
    check(
        &page,
        &["<h1>1 passed</h1>", "works", "1.5 s", "1 job"],
        &["did not go well</h2>", "Durations", "Flaky", "Known failures", "http://", "https://"],
    );
}

#[test]
fn a_failure_is_told_with_what_differs() {
    let page = html(&run(&[("x", "works", Verdict::Failed, "it is not")]), &[]);
    let link = "<a href=\"#failure-0\">failed</a>";
    let difference = ["<del>− two</del>", "<ins>+ three</ins>"];
    check(&page, &["<h1>1 failed</h1>", "it is not", link, difference[0], difference[1]], &[]);
}

#[test]
fn what_comes_from_outside_is_text() {
    let evil = "</title><script>alert(1)</script><img src=x onerror=\"a\">\u{1b}[31m\u{202e}";
    let page = html(&run(&[(evil, evil, Verdict::Failed, evil)]), &[]);
    check(&page, &["&lt;script&gt;alert(1)"], &["<script>alert", "<img", "\u{1b}", "\u{202e}"]);
}

#[test]
fn a_run_that_did_not_end_says_so() {
    let mut recorded =
        run(&[("x", "works", Verdict::Passed, ""), ("x", "waits", Verdict::Passed, "")]);
    recorded.finished = None;
    recorded.outcomes.pop_last();
    let page = html(&recorded, &[]);
    check(&page, &["1 not finished, 1 passed: the run was not finished"], &[]);
}

#[test]
fn earlier_runs_become_histories() {
    let good = run(&[("x", "works", Verdict::Passed, "")]);
    let bad = run(&[("x", "works", Verdict::Failed, "it is not")]);
    let page = html(&good, &[good.clone(), bad]);
    let before = "before, the oldest first: passed, failed";
    let unsteady = "failed in 1 of the last 3 runs";
    check(&page, &[before, unsteady, "<h2 id=\"durations-title\">"], &[]);
}

#[test]
fn jobs_beside_each_other_get_lanes_of_their_own() {
    let mut recorded = run(&[("x", "a", Verdict::Passed, ""), ("x", "b", Verdict::Passed, "")]);
    let began = recorded.began;
    for outcome in recorded.outcomes.values_mut() {
        outcome.began = began;
    }
    check(&html(&recorded, &[]), &["2.0 jobs at once", "y=\"1\"", "y=\"19\""], &[]);
}

#[test]
fn known_failures_have_a_section_with_their_last_day() {
    let mut recorded = run(&[("x", "works", Verdict::Quarantined, "it is not")]);
    recorded.jobs[0].quarantine =
        Some(Quarantine { reason: "slow disks".to_owned(), until: "2026-11-23".to_owned() });
    let page = html(&recorded, &[]);
    check(&page, &["<h1>1 failed in quarantine</h1>", "slow disks", "2 days left"], &[]);
    recorded.jobs[0].quarantine =
        Some(Quarantine { reason: String::new(), until: "2026-11-20".to_owned() });
    check(&html(&recorded, &[]), &["<span class=\"bad\">ended 1 day ago"], &[]);
}

#[test]
fn what_fails_and_passes_without_a_change_is_flaky() {
    let good = run(&[("x", "works", Verdict::Passed, "")]);
    let bad = run(&[("x", "works", Verdict::Failed, "it is not")]);
    check(&html(&bad, std::slice::from_ref(&bad)), &[], &["flaky-title"]);
    let flaky = run(&[("x", "works", Verdict::Flaky, "it is not")]);
    check(&html(&flaky, &[]), &["flaky-title", "failed in 1 of the last 1 runs"], &[]);
    let link = "<th scope=\"row\"><a href=\"#job-0\">x/works/x86_64-linux/portable</a>";
    check(&html(&good, std::slice::from_ref(&bad)), &["flaky-title", link], &[]);
    // It was broken, and fixed.
    let mut broken = bad;
    broken.outcomes.values_mut().for_each(|outcome| {
        let finished = outcome.finished.as_mut().unwrap();
        finished.key = Some("something else".to_owned());
    });
    check(&html(&good, &[good.clone(), broken.clone()]), &[], &["flaky-title"]);
    broken.outcomes.values_mut().for_each(|outcome| {
        outcome.finished.as_mut().unwrap().key = None;
    });
    check(&html(&good, &[good.clone(), broken]), &[], &["flaky-title"]);
}

#[test]
fn a_recording_may_say_any_duration() {
    let mut recorded = run(&[("x", "one", Verdict::Passed, ""), ("x", "two", Verdict::Passed, "")]);
    for outcome in recorded.outcomes.values_mut() {
        outcome.finished.as_mut().unwrap().millis = u64::MAX;
    }
    recorded.finished.as_mut().unwrap().millis = u64::MAX;
    let page = html(&recorded, &[recorded.clone()]);
    check(&page, &["307445734561825 min 51 s"], &[]);
    assert_eq!(crate::junit(&recorded).matches("<testcase").count(), 2);
}
