//! Runs to make pages of.

use domi_event::{
    Body, Diagnostics, Event, JobFinished, JobStarted, Plan, PlannedJob, RunFinished, RunStarted,
    Verdict,
};
use domi_report::Recorded;

/// A run of this many features with three tests each. In the last ones, as many as given, the
/// second test failed.
pub(crate) fn run(features: usize, failed: usize) -> Recorded {
    let at = |second: i64| jiff::Timestamp::from_second(1_795_000_000 + second).unwrap();
    let tests = ["it answers", "it follows its settings", "it starts again"];
    let job =
        |feature: usize, test: &str| format!("feature-{feature}/{test}/x86_64-linux/portable");
    let jobs = (0..features).flat_map(|feature| {
        tests.map(|test| PlannedJob {
            job: job(feature, test),
            feature: format!("feature-{feature}"),
            test: test.to_owned(),
            system: "x86_64-linux".to_owned(),
            backend: "portable".to_owned(),
            steps: 2,
            ..PlannedJob::default()
        })
    });
    let mut recorded = Recorded::default();
    let mut say = |second, body| recorded.add(&Event { at: at(second), body });
    say(
        0,
        Body::RunStarted(RunStarted { run: "20261121-100000-0000".into(), ..Default::default() }),
    );
    say(0, Body::Plan(Plan { jobs: jobs.collect() }));
    for feature in 0..features {
        for test in tests {
            let job = job(feature, test);
            say(1, Body::JobStarted(JobStarted { job: job.clone() }));
            let bad = feature + failed >= features && test == tests[1];
            if bad {
                say(
                    2,
                    Body::Diagnostics(Box::new(Diagnostics {
                        job: job.clone(),
                        message: "the output is not what was expected".into(),
                        got: Some("good night\n".into()),
                        expected: Some("hello\n".into()),
                        exact: true,
                        serial: "[    1.0] a long line of the kernel\n".into(),
                        ..Diagnostics::default()
                    })),
                );
            }
            let verdict = if bad { Verdict::Failed } else { Verdict::Passed };
            say(
                2,
                Body::JobFinished(JobFinished { job, verdict, millis: 900, ..Default::default() }),
            );
        }
    }
    say(3, Body::RunFinished(RunFinished { millis: 3000, ..Default::default() }));
    recorded
}
