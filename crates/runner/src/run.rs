use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Once;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use domi_event::{Body, Event};
use domi_host::memory;
use domi_model::Platform;

use crate::cache::Cache;
use crate::durations::Durations;
use crate::ending::{Seen, Summary};
use crate::folder::RunFolder;
use crate::job::Job;
use crate::lanes::Compared;
use crate::options::RunOptions;
use crate::plan::Plan;
use crate::reporter::{Reported, Reporter};
use crate::schedule::{Queue, Weight, processors};
use crate::watch::Watch;
use crate::work::{Sessions, Work};

/// Runs a plan to its end. Every event is in the run's file before `see` sees it.
///
/// # Errors
/// When the run's own folder cannot be made or written. What fails in a job is its verdict.
pub fn run(plan: &Plan, options: &RunOptions, see: &mut dyn FnMut(&Event)) -> Result<Summary> {
    let begun = Instant::now();
    let mut folder = RunFolder::make(&options.runs, &options.interrupt)?;
    let sessions = sessions(plan, options);
    let weight = |job: &Job| {
        sessions.get(&job.backend).map_or_else(Weight::default, |session| session.weight(job))
    };
    let durations = options.durations.clone().unwrap_or_else(|| Durations::of_runs(&options.runs));
    let mut order: Vec<_> = plan.jobs.iter().map(weight).enumerate().collect();
    let turns = turns(&plan.jobs);
    // The longest first, as what is begun last should not be what is waited for. One that nobody
    // has seen may be long.
    order.sort_by_key(|(job, _)| {
        (Reverse(durations.of(&plan.jobs[*job].id).unwrap_or(u64::MAX)), turns[*job])
    });
    let strength = Weight { memory: available_memory(), cores: cores(options) };
    let queue = Queue::new(order, strength);
    let (reporter, reported) = Reporter::new();
    let work = Work {
        sessions,
        plan,
        options,
        queue: &queue,
        cache: Cache::open(options.cache.join("verdicts")),
        run: folder.name.clone(),
        path: folder.path.clone(),
        shown: folder.shown.clone(),
        durations,
        compared: Compared::default(),
        unkept: Once::new(),
    };
    let mut seen = Seen::default();
    let mut watch = Watch::new(options.patience);
    let mut record = |event: &Event| -> Result<()> {
        seen.see(event);
        folder.append(event)?;
        see(event);
        Ok(())
    };
    reporter.report(work.started());
    reporter.report(work.planned());
    let failure = std::thread::scope(|scope| {
        // Moved in: when the last clone of it is gone, nobody has anything more to report.
        scope.spawn(|| {
            let reporter = reporter;
            work.work(&reporter);
        });
        let mut failure = None;
        loop {
            match reported.recv_timeout(Duration::from_millis(50)) {
                Ok(Reported { event, shown }) => {
                    watch.see(&event.body, Instant::now());
                    if let Err(error) = record(&event) {
                        failure.get_or_insert(error);
                        // Whoever runs something ends soon, and then nothing more begins.
                        queue.stop();
                    }
                    drop(shown);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break failure,
            }
            for body in watch.silent(Instant::now()) {
                if let Err(error) = record(&Event { at: jiff::Timestamp::now(), body }) {
                    failure.get_or_insert(error);
                    queue.stop();
                }
            }
            if options.interrupt.is_set() {
                queue.stop();
            }
        }
    });
    failure.map_or(Ok(()), Err::<(), Error>)?;
    let finished = seen.finish(plan.jobs.len(), options.interrupt.is_set(), begun.elapsed());
    let at = jiff::Timestamp::now();
    let last = Event { at, body: Body::RunFinished(finished.clone()) };
    folder.append(&last)?;
    see(&last);
    seen.durations.keep(&options.runs);
    work.cache.sweep();
    let ending = seen.ending(&finished);
    Ok(Summary { counts: finished.counts, folder: folder.path, ending })
}

/// Those of the backends that have something to run.
fn sessions<'a>(plan: &'a Plan, options: &'a RunOptions) -> Sessions<'a> {
    let used = plan.backends.iter().filter(|backend| {
        plan.jobs.iter().any(|job| job.backend == backend.kind() && job.skip.is_none())
    });
    used.map(|backend| (backend.kind(), backend.open(&plan.jobs, options))).collect()
}

/// The how manieth of its system each job is: taken by that, systems take turns, and their images
/// are made side by side where there are none.
fn turns(jobs: &[Job]) -> Vec<usize> {
    let mut seen: BTreeMap<Platform, usize> = BTreeMap::new();
    let mut turn = |job: &Job| {
        let turn = seen.entry(job.system).or_default();
        *turn += 1;
        *turn
    };
    jobs.iter().map(&mut turn).collect()
}

/// How many machines may be busy at once. One keeps about one processor busy, however many it has.
fn cores(options: &RunOptions) -> u64 {
    options.jobs.unwrap_or_else(processors) as u64
}

/// How much memory jobs may have together, in MiB: what is free now, less a part for the rest.
fn available_memory() -> u64 {
    // Not known: one job at a time is always allowed.
    memory::available().map_or(0, |mib| mib * 8 / 10)
}

#[cfg(test)]
mod tests;
