use std::time::Duration;

use domi_event::{Diagnostics, LanesCompared, LanesOutcome, PlannedJob, Quarantine, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::text::{Paint, short};
use crate::{Recorded, failure, lanes, quarantine};

/// A run as a JUnit file: a suite for each feature, system and backend; a case for each job. Tests
/// that were done in two lanes are a case of a suite of their own, too, which fails where the lanes
/// contradict each other.
///
/// A cached pass is `skipped`, since it did not run. So is a failure in quarantine, which is not a
/// success. A job without an end is an error.
pub fn junit(recorded: &Recorded) -> String {
    let mut report = Report::new("domi");
    if let Some(finished) = &recorded.finished {
        report.set_time(Duration::from_millis(finished.millis));
    }
    let mut suites: Vec<(String, TestSuite)> = Vec::new();
    for job in &recorded.jobs {
        let name = format!("{} on {} ({})", job.feature, job.system, job.backend);
        if suites.last().is_none_or(|(last, _)| *last != name) {
            suites.push((name.clone(), TestSuite::new(name)));
        }
        if let Some((_, suite)) = suites.last_mut() {
            suite.add_test_case(case(job, recorded));
        }
    }
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    let compared = lanes::compared(recorded);
    if !compared.is_empty() {
        let mut suite = TestSuite::new("both lanes");
        suite.add_test_cases(compared.iter().map(comparison));
        report.add_test_suite(suite);
    }
    report.to_string().expect("writing to a string does not fail")
}

fn case(job: &PlannedJob, recorded: &Recorded) -> TestCase {
    let finished = recorded.finished(&job.job);
    let verdict = finished.map_or(Verdict::Interrupted, |finished| finished.verdict);
    let reason = finished.map_or("the run ended before it started", |finished| &finished.reason);
    let mut status = match verdict {
        Verdict::Passed | Verdict::Refused => TestCaseStatus::success(),
        Verdict::Failed | Verdict::Flaky | Verdict::Overdue => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Verdict::Cached | Verdict::Skipped | Verdict::Quarantined => TestCaseStatus::skipped(),
        Verdict::Error | Verdict::Interrupted | Verdict::Unknown => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    let failures = recorded.diagnostics(&job.job);
    match (verdict, failures.first()) {
        (Verdict::Passed | Verdict::Refused, _) => {}
        (Verdict::Cached, _) => drop(status.set_message(format!("cached, not run: {reason}"))),
        (Verdict::Flaky, _) => drop(status.set_message(format!("flaky: {reason}"))),
        (Verdict::Quarantined, failure) => drop(status.set_message(known(job, failure))),
        (Verdict::Overdue, _) => drop(status.set_message(format!("overdue: {reason}"))),
        (_, Some(failure)) => drop(status.set_message(short(&failure.message))),
        (_, None) => drop(status.set_message(reason)),
    }
    let advice = finished
        .filter(|finished| !finished.verdict.is_good())
        .and_then(|finished| quarantine::advice(job, finished));
    let text = failures.iter().flat_map(|f| failure::lines(f, job.steps, Paint::plain()));
    let text: Vec<String> = advice.into_iter().chain(text).collect();
    if !text.is_empty() {
        status.set_description(text.join("\n"));
    }
    let mut case = TestCase::new(job.test.clone(), status);
    // A reader may look at nothing but this and the name.
    case.set_classname(format!("{}.{}.{}", job.feature, job.system, job.backend));
    if let Some(finished) = finished {
        case.set_time(Duration::from_millis(finished.millis));
    }
    let notes = recorded.outcomes.get(&job.job).map_or(&[][..], |outcome| &outcome.notes);
    if !notes.is_empty() {
        case.set_system_out(notes.join("\n"));
    }
    case
}

/// What came of a test that was done in two lanes.
fn comparison(compared: &LanesCompared) -> TestCase {
    let mut status = match compared.outcome {
        LanesOutcome::Same => TestCaseStatus::success(),
        LanesOutcome::Different => TestCaseStatus::non_success(NonSuccessKind::Failure),
        LanesOutcome::NotCompared => TestCaseStatus::skipped(),
        LanesOutcome::Undecided | LanesOutcome::Unknown => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    if compared.outcome != LanesOutcome::Same {
        status.set_message(short(&lanes::said(compared)));
    }
    let mut case = TestCase::new(compared.test.clone(), status);
    case.set_classname(format!("{}.{}.both-lanes", compared.feature, compared.system));
    case
}

/// The message of an accepted failure, for places that show only a message.
fn known(job: &PlannedJob, failure: Option<&Diagnostics>) -> String {
    let accepted = match &job.quarantine {
        Some(Quarantine { reason, until }) => format!("in quarantine until {until} ({reason})"),
        None => "in quarantine".to_owned(),
    };
    match failure {
        Some(failure) => format!("FAILED {accepted}: {}", short(&failure.message)),
        None => format!("FAILED {accepted}"),
    }
}
