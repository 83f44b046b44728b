use domi_event::{Body, Event, Plan};

use super::*;

/// A run of this many features with one job each, all of them failed in the words of a guest.
fn run(features: usize, said: &str) -> Recorded {
    let mut run = Recorded::default();
    let at = "2026-11-21T10:00:00Z".parse().unwrap();
    let mut say = |body| run.add(&Event { at, body });
    let job = |number: usize| PlannedJob {
        job: format!("feature-{number}/works/x86_64-linux/portable"),
        feature: format!("feature-{number}"),
        test: said.to_owned(),
        system: "x86_64-linux".to_owned(),
        backend: "portable".to_owned(),
        ..PlannedJob::default()
    };
    say(Body::Plan(Plan { jobs: (0..features).map(job).collect() }));
    for number in 0..features {
        let job = job(number).job;
        let got = Some(said.repeat(3));
        let repeat = format!("cargo xtask test {said}");
        let message = said.to_owned();
        let known =
            Diagnostics { job: job.clone(), message, got, repeat, ..Diagnostics::default() };
        say(Body::Diagnostics(Box::new(known)));
        let reason = said.to_owned();
        let verdict = Verdict::Failed;
        say(Body::JobFinished(JobFinished { job, verdict, reason, ..JobFinished::default() }));
    }
    run
}

#[test]
fn what_comes_from_outside_is_text() {
    let evil = "</details></code><img src=x>\n# [a](b)\n::error::c\n````\n@you | x";
    let summary = step_summary(&run(1, evil), &[]);
    let (mut fence, mut open) = (None, 0);
    for line in summary.lines() {
        match &fence {
            Some(closed) if line == closed => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = Some(line.trim_end_matches("sh").to_owned()),
            None => {
                open += line.matches("<details>").count();
                open -= line.matches("</details>").count();
                assert!(!line.contains("<img") && !line.contains("@you"), "{line}");
                assert!(!line.starts_with("::") && !line.starts_with("# "), "{line}");
            }
        }
    }
    assert_eq!((fence, open), (None, 0), "{summary}");
}

#[test]
fn a_summary_is_never_too_long_and_says_what_it_leaves_out() {
    for (features, said) in [(10_000, "short"), (300, &"long ".repeat(2000)[..])] {
        let summary = step_summary(&run(features, said), &[]);
        assert!(summary.len() < 1 << 20, "{}", summary.len());
        assert!(summary.contains(&format!("{features} failed")));
        assert!(summary.contains(" more failures are in the report"));
    }
}
