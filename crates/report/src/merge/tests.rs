use super::*;
use crate::Recorded;

/// A part that began in this second of its day, and has done these jobs: `feature/test/system`.
fn part(
    from: &str,
    second: i64,
    shard: Option<(usize, usize, &str, usize)>,
    jobs: &[&str],
) -> Part {
    let at = |second| Timestamp::from_second(1_795_000_000 + second).unwrap();
    let planned = jobs.iter().map(|job| {
        let [feature, test, system] = job.split('/').collect::<Vec<_>>()[..] else { panic!() };
        PlannedJob {
            job: (*job).to_owned(),
            feature: feature.to_owned(),
            test: test.to_owned(),
            system: system.to_owned(),
            backend: "portable".to_owned(),
            ..PlannedJob::default()
        }
    });
    let shard = shard.map(|(index, of, plan, jobs)| Shard { index, of, plan: plan.into(), jobs });
    let started = RunStarted {
        schema: SCHEMA.to_owned(),
        run: from.to_owned(),
        tool: "0.1.0".to_owned(),
        host: "x86_64-linux".to_owned(),
        folder: format!("target/{from}"),
        command: vec!["matrix".to_owned()],
        shard,
        source: String::new(),
    };
    let mut events = vec![
        Event { at: at(second), body: Body::RunStarted(started) },
        Event { at: at(second), body: Body::Plan(Plan { jobs: planned.collect() }) },
    ];
    for (number, job) in (1..).zip(jobs) {
        let finished = JobFinished {
            job: (*job).to_owned(),
            verdict: Verdict::Passed,
            millis: 1000,
            ..JobFinished::default()
        };
        events.push(Event { at: at(second + number), body: Body::JobFinished(finished) });
    }
    let last = at(second + 1 + i64::try_from(jobs.len()).unwrap());
    events.push(Event { at: last, body: Body::RunFinished(RunFinished::default()) });
    Part { from: from.to_owned(), events }
}

/// Compares what the parts become: each event in a word or two.
#[track_caller]
fn check(parts: &[Part], expected: &[&str]) {
    let events = merge(parts, "merged", "target/merged").unwrap();
    let said: Vec<_> = events
        .iter()
        .map(|event| match &event.body {
            Body::RunStarted(started) => format!("started {} {}", started.run, started.folder),
            Body::Plan(plan) => {
                let jobs: Vec<_> = plan.jobs.iter().map(|job| job.job.as_str()).collect();
                format!("plan {}", jobs.join(" "))
            }
            Body::JobFinished(job) => format!("{} {:?} {}", job.job, job.verdict, job.reason),
            Body::Note(note) => note.message.clone(),
            Body::RunFinished(end) => {
                let Counts { passed, failed, interrupted, .. } = end.counts;
                let how = if end.interrupted { " interrupted" } else { "" };
                format!("{passed} {failed} {interrupted} in {}{how}", end.millis)
            }
            other => format!("{other:?}"),
        })
        .map(|said| said.trim_end().to_owned())
        .collect();
    assert_eq!(said, expected);
    // It reads like one run, and can be written and read.
    let text: String = events.iter().map(|event| event.to_line() + "\n").collect();
    assert_eq!(domi_event::read(&text).unwrap().events, events);
    let last = Recorded::of(&events);
    assert_eq!(Some(last.counts()), last.finished.map(|finished| finished.counts));
}

#[track_caller]
fn refused(parts: &[Part], expected: &[&str]) {
    let said: Vec<_> =
        merge(parts, "m", "m").unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(said, expected);
}

#[test]
fn shards_become_one_run_in_order_of_time() {
    let one = part("one", 0, Some((1, 2, "p", 3)), &["y/a/x86", "x/b/x86"]);
    let two = part("two", 1, Some((2, 2, "p", 3)), &["x/a/x86"]);
    let expected = [
        "started merged target/merged",
        "plan x/b/x86 x/a/x86 y/a/x86",
        "y/a/x86 Passed",
        "x/b/x86 Passed",
        "x/a/x86 Passed",
        "3 0 0 in 3000",
    ];
    check(&[two.clone(), one.clone()], &expected);
    check(&[one, two], &expected);
}

#[test]
fn several_plans_and_runs_without_shards_are_one_run() {
    check(
        &[
            part("arm", 5, Some((1, 1, "q", 1)), &["x/a/arm"]),
            part("x86", 0, Some((1, 1, "p", 1)), &["x/a/x86"]),
            part("mac", 3, None, &["x/a/mac"]),
        ],
        &[
            "started merged target/merged",
            "plan x/a/arm x/a/mac x/a/x86",
            "x/a/x86 Passed",
            "x/a/mac Passed",
            "x/a/arm Passed",
            "3 0 0 in 7000",
        ],
    );
}

#[test]
fn a_shard_that_was_run_again_counts_once() {
    let mut cut = part("first try", 0, Some((1, 2, "p", 2)), &["x/a/x86"]);
    cut.events.truncate(2);
    check(
        &[
            part("second try", 9, Some((1, 2, "p", 2)), &["x/a/x86"]),
            cut,
            part("other", 1, Some((2, 2, "p", 2)), &["x/b/x86"]),
        ],
        &[
            "started merged target/merged",
            "plan x/a/x86 x/b/x86",
            "shard 1 of 2 was run again; first try does not count",
            "x/b/x86 Passed",
            "x/a/x86 Passed",
            "2 0 0 in 10000",
        ],
    );
}

#[test]
fn a_part_that_is_cut_off_leaves_no_job_out() {
    let mut cut = part("killed", 0, None, &["x/a/x86", "x/b/x86"]);
    cut.events.truncate(3);
    check(
        &[cut],
        &[
            "started merged target/merged",
            "plan x/a/x86 x/b/x86",
            "x/a/x86 Passed",
            "x/b/x86 Interrupted killed is cut off",
            "1 0 1 in 1000 interrupted",
        ],
    );
}

#[test]
fn a_clock_that_was_put_back_does_not_change_the_order() {
    let mut part = part("one", 10, None, &["x/b/x86", "x/a/x86"]);
    part.events[3].at = Timestamp::from_second(1_795_000_000).unwrap();
    check(
        &[part],
        &[
            "started merged target/merged",
            "plan x/b/x86 x/a/x86",
            "x/b/x86 Passed",
            "x/a/x86 Passed",
            "2 0 0 in 3000",
        ],
    );
}

#[test]
fn nothing_may_be_lost_or_counted_twice() {
    refused(&[], &["there is no run to merge"]);
    let mut early = part("early", 0, None, &[]);
    early.events.truncate(1);
    refused(
        &[
            part("a", 0, None, &["x/1/s", "x/2/s", "x/3/s", "x/4/s"]),
            part("b", 0, None, &["x/1/s", "x/2/s", "x/3/s", "x/4/s"]),
            part("p1", 0, Some((1, 4, "p", 9)), &["y/a/s"]),
            part("p3", 0, Some((3, 4, "p", 9)), &["y/b/s"]),
            part("q1", 0, Some((1, 2, "q", 3)), &["y/c/s"]),
            part("q2", 0, Some((2, 2, "q", 3)), &["y/d/s"]),
            part("r1", 0, Some((1, 2, "r", 3)), &["y/e/s"]),
            part("r2", 0, Some((2, 3, "r", 3)), &["y/f/s"]),
            part("s1", 0, Some((1, 2, "s", 3)), &["y/g/s"]),
            early,
        ],
        &[
            "early ended before it recorded its plan",
            "a and b have both run x/1/s, x/2/s, x/3/s and 1 more",
            "shards 2, 4 of 4 are missing from the plan of p1",
            "the plan has 3 jobs, but its shards have 2: q1, q2",
            "r1 and r2 belong to one plan, but were cut from it in different ways",
            "shard 2 of 2 is missing from the plan of s1",
        ],
    );
}

#[test]
fn runs_of_two_commits_are_never_one() {
    let of = |from: &str, source: &str, shard, jobs: &[&str]| {
        let mut part = part(from, 0, shard, jobs);
        let Body::RunStarted(started) = &mut part.events[0].body else { panic!() };
        started.source = source.to_owned();
        part
    };
    let refusal = ["one tested abc, but two tested def"];
    let (x, y) = (["x/a/x86"], ["x/b/x86"]);
    refused(&[of("one", "abc", None, &x), of("two", "def", None, &y)], &refusal);
    refused(
        &[
            of("one", "abc", Some((1, 2, "p", 2)), &x),
            of("two", "def", Some((2, 2, "p", 2)), &y),
            // Of an older tool, which does not say it.
            of("three", "", None, &["z/a/x86"]),
        ],
        &refusal,
    );
    let same = [of("one", "abc", None, &x), of("two", "abc", None, &y)];
    let merged = merge(&same, "m", "m").unwrap();
    assert!(matches!(&merged[0].body, Body::RunStarted(started) if started.source == "abc"));
}

#[test]
fn any_number_of_shards_may_be_said() {
    refused(
        &[part("one", 0, Some((1, usize::MAX, "p", 9)), &["x/a/s"])],
        &["shards 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 and \
           18446744073709551594 more of 18446744073709551615 are missing from the plan of one"],
    );
}
