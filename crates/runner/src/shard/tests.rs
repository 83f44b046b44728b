use std::path::Path;

use serde_json::json;

use super::*;
use crate::loaded::Loaded;
use crate::plan::plan;
use crate::selection::Selection;

/// A plan of features that have so many tests, on both systems.
fn planned(features: usize, tests: usize) -> Plan {
    let tests: Vec<_> = (0..tests)
        .map(|n| json!({ "name": format!("t{n}"), "body": { "run": { "machines": { "m": {} }, "steps": [] } } }))
        .collect();
    let loaded: Vec<_> = (0..features)
        .map(|n| {
            let manifest = json!({
                "schema": domi_model::SCHEMA,
                "feature": {
                    "name": format!("f{n}"), "kind": "services", "summary": "x", "maturity": "dev",
                    "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
                },
                "tests": tests,
            });
            let manifest = serde_json::from_value(manifest).unwrap();
            Loaded { manifest, crate_dir: Path::new(".").to_owned() }
        })
        .collect();
    let systems = vec![domi_model::Platform::X86_64Linux, domi_model::Platform::Aarch64Linux];
    plan(&loaded, &Selection { systems, ..Selection::default() }).unwrap()
}

/// Durations that differ from job to job, and not from run to run.
fn durations(plan: &Plan) -> Durations {
    let millis = |n: usize| (n as u64 * 7919) % 4000 + 500;
    plan.jobs.iter().enumerate().map(|(n, job)| (job.id.clone(), millis(n))).collect()
}

#[track_caller]
fn check(features: usize, tests: usize, of: usize) {
    let whole = planned(features, tests);
    let durations = durations(&whole);
    let mut seen = Vec::new();
    let mut loads = Vec::new();
    for index in 1..=of {
        let mut part = whole.clone();
        part.keep_shard(ShardOf { index, of }, &durations);
        let shard = part.shard.clone().unwrap();
        assert_eq!((shard.index, shard.of, shard.jobs), (index, of, whole.jobs.len()));
        loads.push(part.jobs.iter().map(|job| durations.of(&job.id).unwrap()).sum::<u64>());
        seen.extend(part.jobs.into_iter().map(|job| (job.id, shard.plan.clone())));
    }
    let mut jobs: Vec<_> = seen.iter().map(|(job, _)| job.clone()).collect();
    jobs.sort();
    let mut all: Vec<_> = whole.jobs.iter().map(|job| job.id.clone()).collect();
    all.sort();
    assert_eq!(jobs, all, "every job is in one shard");
    assert!(seen.windows(2).all(|pair| pair[0].1 == pair[1].1), "and all have the same key");
    let fair = loads.iter().sum::<u64>() / of as u64;
    let longest = whole.jobs.iter().filter_map(|job| durations.of(&job.id)).max().unwrap();
    // What is given away last is at most a group, and no group is longer than what is fair.
    let most = loads.into_iter().max().unwrap();
    assert!(most <= 2 * fair.max(longest), "{most} of {fair}");
}

#[test]
fn every_job_is_in_one_shard_and_shards_take_about_as_long() {
    check(1, 1, 1);
    check(1, 7, 3);
    check(5, 4, 4);
    check(40, 3, 7);
    check(2, 1, 9);
}

#[test]
fn a_job_that_nobody_has_seen_takes_as_long_as_others() {
    let whole = planned(2, 1);
    let [seen, unseen] = [&whole.jobs[0], &whole.jobs[3]];
    let known: Durations = [(seen.id.clone(), 1234)].into_iter().collect();
    assert_eq!([seen, unseen].map(known.estimates()), [1234, 1234]);
    assert_eq!(Durations::default().estimates()(unseen), 20_000);
}

#[test]
fn computers_that_know_other_durations_see_that_they_do_not_fit_together() {
    let whole = planned(6, 3);
    let key = |durations: &Durations, of| {
        let mut part = whole.clone();
        part.keep_shard(ShardOf { index: 1, of }, durations);
        part.shard.unwrap().plan
    };
    let known = durations(&whole);
    assert_eq!(key(&known, 3), key(&known.clone(), 3));
    assert_ne!(key(&known, 3), key(&Durations::default(), 3));
    assert_ne!(key(&known, 3), key(&known, 4));
}

#[test]
fn the_same_tests_on_two_backends_that_were_asked_for_are_two_plans() {
    let key = |backend| {
        let mut plan = Plan { backend, ..planned(2, 2) };
        plan.keep_shard(ShardOf { index: 1, of: 2 }, &Durations::default());
        plan.shard.unwrap().plan
    };
    assert_ne!(key(Some(BackendKind::PORTABLE)), key(Some(BackendKind::NIXOS_VM)));
}

#[test]
fn a_backend_of_another_computer_changes_no_shard() {
    let whole = planned(6, 3);
    let known = durations(&whole);
    let mut elsewhere = whole.clone();
    for job in &mut elsewhere.jobs {
        job.id = job.id.replace("portable", "nixos-vm");
    }
    assert_eq!(cut(&whole.jobs, 4, &known), cut(&elsewhere.jobs, 4, &known));
}

#[test]
fn a_shard_is_written_as_a_part_of_a_whole() {
    assert_eq!("2/5".parse(), Ok(ShardOf { index: 2, of: 5 }));
    for wrong in ["", "2", "0/5", "6/5", "a/b", "1/0", "-1/2", "1/2/3"] {
        wrong.parse::<ShardOf>().unwrap_err();
    }
}

#[test]
fn the_key_says_what_the_jobs_are_made_of() {
    let key = |change: &dyn Fn(&mut Plan)| {
        let mut plan = planned(2, 2);
        change(&mut plan);
        plan.keep_shard(ShardOf { index: 1, of: 2 }, &Durations::default());
        plan.shard.unwrap().plan
    };
    let same = key(&|_| ());
    assert_eq!(key(&|_| ()), same);
    let changes: [&dyn Fn(&mut Plan); 3] = [
        &|plan| plan.source = "another commit".to_owned(),
        &|plan| plan.jobs[0].set = vec!["port=1".to_owned()],
        &|plan| {
            for job in &mut plan.jobs {
                std::sync::Arc::make_mut(&mut job.manifest).feature.summary = "y".to_owned();
            }
        },
    ];
    for change in changes {
        assert_ne!(key(change), same);
    }
}

#[test]
fn any_number_of_shards_and_any_durations_are_borne() {
    let whole = planned(2, 3);
    let endless: Durations = whole.jobs.iter().map(|job| (job.id.clone(), u64::MAX)).collect();
    for (index, of, jobs) in [(1, usize::MAX, 1), (12, usize::MAX, 1), (13, usize::MAX, 0)] {
        for durations in [&endless, &Durations::default()] {
            let mut part = whole.clone();
            part.keep_shard(ShardOf { index, of }, durations);
            assert_eq!(part.jobs.len(), jobs, "{index}/{of}");
        }
    }
    let mut part = whole.clone();
    part.keep_shard(ShardOf { index: 1, of: 2 }, &endless);
    assert!(!part.jobs.is_empty());
}
