//! The same tests in every lane that runs something, one lane after the other: verdicts and times.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::anyhow;
use domi_event::{JobFinished, Verdict};
use domi_runner::BackendKind;

use super::measure::{finished, outcome_in};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// What is compared where no lane is named, the fastest first.
const LANES: [BackendKind; 5] = [
    BackendKind::PORTABLE_CONTAINER,
    BackendKind::NIXOS_NATIVE,
    BackendKind::PORTABLE,
    BackendKind::NIXOS_SNAPSHOT,
    BackendKind::NIXOS_VM,
];
/// What is compared with the slowest, and that.
const COMPARED: [[BackendKind; 2]; 3] = [
    [BackendKind::NIXOS_NATIVE, BackendKind::NIXOS_CONTAINER],
    [BackendKind::NIXOS_NATIVE, BackendKind::NIXOS_VM],
    [BackendKind::NIXOS_SNAPSHOT, BackendKind::NIXOS_VM],
];

/// How the tests of some features ended in each lane, by the test.
type Ended = BTreeMap<String, BTreeMap<BackendKind, JobFinished>>;

/// Prints a table of verdicts, and how long the machines of each test ran.
///
/// # Errors
///
/// If a lane cannot be had here, or two of them come to different verdicts.
pub(super) fn run(context: &Context, features: &[String], named: Vec<BackendKind>) -> Result<Exit> {
    let lanes = if named.is_empty() { LANES.to_vec() } else { named };
    let mut ended = Ended::new();
    for lane in &lanes {
        if *lane == BackendKind::NIXOS_SNAPSHOT {
            talk!("{lane}: each system is booted and saved");
            jobs(context, features, *lane)?;
        }
        talk!("{lane}: the tests run");
        let begun = Instant::now();
        let jobs = jobs(context, features, *lane)?;
        let passed = jobs.iter().filter(|job| job.verdict.has_passed()).count();
        let seconds = begun.elapsed().as_secs();
        talk!("{lane}: {passed} of {} tests passed in {seconds} s", jobs.len());
        for job in jobs {
            // Without the system and the lane, which are the same in all, or the column's.
            let test = job.job.split('/').take(2).collect::<Vec<_>>().join(": ");
            ended.entry(test).or_default().insert(*lane, job);
        }
    }
    let names: Vec<&str> = lanes.iter().map(|lane| lane.as_str()).collect();
    data!("| test | {} |", names.join(" | "))?;
    data!("| --- |{}", " ---: |".repeat(lanes.len()))?;
    for (test, jobs) in &ended {
        let cells: Vec<String> = lanes.iter().map(|lane| cell(jobs.get(lane))).collect();
        data!("| {test} | {} |", cells.join(" | "))?;
    }
    COMPARED.iter().try_for_each(|lanes| ratio(&ended, *lanes))?;
    let differ = ended.iter().find(|(_, jobs)| {
        let any = |is: fn(Verdict) -> bool| jobs.values().any(|job| is(job.verdict));
        any(Verdict::has_passed) && any(Verdict::has_failed)
    });
    if let Some((test, _)) = differ {
        return Err(anyhow!("the lanes come to different verdicts on {test}").into());
    }
    Ok(Exit::Pass)
}

/// How the tests end in a lane, one test after the other.
fn jobs(context: &Context, features: &[String], lane: BackendKind) -> Result<Vec<JobFinished>> {
    let mut words = vec!["test", "--no-cache", "--keep-going", "--json", "--jobs", "1"];
    words.extend(["--allow-tcg", "--backend", lane.as_str()]);
    words.extend(features.iter().map(String::as_str));
    let (program, outcome) = outcome_in(context, context.root.as_std_path(), &words)?;
    let finished = finished(&outcome)?;
    if finished.is_empty() {
        let said = String::from_utf8_lossy(&outcome.stderr);
        return Err(anyhow!("`{program}` ran no test ({}): {said}", outcome.end).into());
    }
    Ok(finished)
}

fn cell(job: Option<&JobFinished>) -> String {
    let Some(job) = job else { return "-".to_owned() };
    let verdict = format!("{:?}", job.verdict).to_lowercase();
    match job.verdict {
        Verdict::Passed | Verdict::Failed => {
            format!("{verdict}, {:.1}", job.machine_millis as f64 / 1000.0)
        }
        _ => verdict,
    }
}

/// How much longer the same tests take in the second of two lanes, where both ran them.
fn ratio(ended: &Ended, lanes: [BackendKind; 2]) -> Result<()> {
    let millis = |jobs: &BTreeMap<BackendKind, JobFinished>| {
        let passed = lanes.map(|lane| jobs.get(&lane).filter(|job| job.verdict == Verdict::Passed));
        match passed {
            [Some(first), Some(second)] => Some((first.machine_millis, second.machine_millis)),
            _ => None,
        }
    };
    let both: Vec<_> = ended.values().filter_map(millis).collect();
    let (first, second) = both.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    if first > 0 {
        let times = second as f64 / first as f64;
        let [short, long] = lanes.map(BackendKind::as_str);
        data!(
            "{} tests passed in both {short} and {long}, which takes {times:.1} times as long",
            both.len()
        )?;
    }
    Ok(())
}
