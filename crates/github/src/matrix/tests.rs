use std::collections::BTreeSet;

use domi_model::Platform;
use proptest::prelude::*;

use super::*;
use crate::lane::Backend;

const X86: Lane = Lane { system: Platform::X86_64Linux, backend: Backend::Portable };
const ARM: Lane = Lane { system: Platform::Aarch64Linux, backend: Backend::Portable };
const CONTAINERS: Lane = Lane { backend: Backend::Containers, ..ARM };
const NIXOS: Lane = Lane { system: Platform::X86_64Linux, backend: Backend::NixosVm };
const MINUTE: u64 = 60_000;

fn jobs(lane: Lane, count: usize, millis: u64) -> Vec<Job> {
    vec![Job { lane, millis }; count]
}

/// What runs where.
#[track_caller]
fn check(jobs: &[Job], expected: &[&str]) {
    let matrix = matrix(jobs, &Limits::default()).expect("it fits");
    let names: Vec<&str> = matrix.matrices.iter().flatten().map(|shard| &*shard.name).collect();
    assert_eq!(names, expected);
}

#[track_caller]
fn check_refused(jobs: &[Job], limits: Limits, expected: &str) {
    let problems = matrix(jobs, &limits).expect_err("it does not fit");
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(said, [expected]);
}

#[test]
fn a_plan_without_jobs_has_no_shards() {
    check(&[], &[]);
}

#[test]
fn shards_take_five_minutes() {
    check(&jobs(X86, 10, MINUTE), &["x86_64-linux portable 1/2", "x86_64-linux portable 2/2"]);
}

#[test]
fn a_job_is_not_cut() {
    check(&jobs(NIXOS, 1, 60 * MINUTE), &["x86_64-linux nixos-vm 1/1"]);
}

#[test]
fn each_lane_has_shards_of_its_own() {
    check(&jobs(X86, 15, MINUTE / 3), &["x86_64-linux portable 1/1"]);
    check(
        &[jobs(X86, 5, MINUTE), jobs(ARM, 6, MINUTE)].concat(),
        &[
            "x86_64-linux portable 1/1",
            "aarch64-linux portable 1/2, emulated",
            "aarch64-linux portable 2/2, emulated",
        ],
    );
}

#[test]
fn a_lane_of_containers_says_what_is_done_elsewhere() {
    check(
        &jobs(CONTAINERS, 1, MINUTE),
        &["aarch64-linux portable-container 1/1, the rest emulated"],
    );
}

#[test]
fn what_does_not_fit_is_a_problem() {
    check_refused(
        &[jobs(X86, 1000, 5 * MINUTE), jobs(ARM, 25, 5 * MINUTE)].concat(),
        Limits::default(),
        "error[D1301]: the plan needs 1025 shards (1000 for x86_64-linux portable, 25 for \
         aarch64-linux portable), but the workflow has room for 1024\n  next: make shards longer \
         with `github.shard` in domi.toml",
    );
    check_refused(
        &jobs(X86, 1, MINUTE),
        Limits { bytes: 100, ..Limits::default() },
        "error[D1302]: the matrix has 430 bytes, but GitHub accepts at most 100\n  next: make shards longer, \
         and so fewer, with `github.shard` in domi.toml",
    );
}

#[test]
fn the_most_shards_are_within_what_github_takes() {
    let full = matrix(&jobs(ARM, 1024, 5 * MINUTE), &Limits::default()).expect("it fits");
    assert_eq!(full.matrices.iter().map(Vec::len).collect::<Vec<_>>(), [256; 4]);
}

#[test]
fn an_entry_says_all_that_a_runner_needs() {
    let one = matrix(&jobs(X86, 1, MINUTE), &Limits::default()).expect("it fits");
    let entry = r#"{"include":[{"name":"x86_64-linux portable 1/1","id":"x86_64-linux-portable-1-of-1","runner":"ubuntu-24.04","system":"x86_64-linux","backend":"portable","shard":"1/1","kvm":true,"containers":false,"require":"kvm"}]}"#;
    let rest = "matrix-2<<END\n\nEND\nmatrix-3<<END\n\nEND\nmatrix-4<<END\n\nEND\n";
    let outputs =
        format!("jobs<<END\n1\nEND\nshards<<END\n1\nEND\nmatrix-1<<END\n{entry}\nEND\n{rest}");
    assert_eq!(one.outputs(), outputs);
}

#[test]
fn no_value_ends_its_own_output() {
    assert_eq!(output("a", "x\nEND\nb=1\nEND-"), "a<<END--\nx\nEND\nb=1\nEND-\nEND--\n");
}

fn lane() -> impl Strategy<Value = Lane> {
    prop_oneof![Just(X86), Just(ARM), Just(CONTAINERS), Just(NIXOS)]
}

fn job() -> impl Strategy<Value = Job> {
    (lane(), 0..20 * MINUTE).prop_map(|(lane, millis)| Job { lane, millis })
}

fn limits() -> impl Strategy<Value = Limits> {
    (1..10 * MINUTE, 1..20_usize, 1..=MATRICES, 100..20_000_usize)
        .prop_map(|(millis, entries, matrices, bytes)| Limits { millis, entries, matrices, bytes })
}

proptest! {
    /// Either all of a plan is in the matrices, within the limits, or there is a problem.
    #[test]
    fn nothing_is_lost(jobs in proptest::collection::vec(job(), 0..200), limits in limits()) {
        let Ok(matrix) = matrix(&jobs, &limits) else { return Ok(()) };
        prop_assert!(matrix.matrices.len() <= limits.matrices);
        prop_assert!(matrix.matrices.iter().all(|shards| (1..=limits.entries).contains(&shards.len())));
        prop_assert!(matrix.bytes() <= limits.bytes);

        let lanes: BTreeSet<Lane> = jobs.iter().map(|job| job.lane).collect();
        let mut wanted = BTreeSet::new();
        for lane in lanes {
            let count = jobs.iter().filter(|job| job.lane == lane).count();
            let of_lane = |shard: &&Shard| {
                (shard.system, shard.backend) == (lane.system.as_str(), lane.backend.argument())
            };
            let of = matrix.matrices.iter().flatten().filter(of_lane).count();
            prop_assert!((1..=count).contains(&of));
            let (system, backend) = (lane.system.as_str(), lane.backend.argument());
            wanted.extend((1..=of).map(|index| format!("{system} {backend} {index}/{of}")));
        }
        let shards = matrix.matrices.iter().flatten();
        let found: Vec<String> =
            shards.map(|it| format!("{} {} {}", it.system, it.backend, it.shard)).collect();
        prop_assert_eq!(found.len(), wanted.len());
        prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
    }

    /// With the limits of GitHub, everything that a plan of usual size wants fits.
    #[test]
    fn a_usual_plan_fits(jobs in proptest::collection::vec(job(), 0..200)) {
        prop_assert!(matrix(&jobs, &Limits::default()).is_ok());
    }
}
