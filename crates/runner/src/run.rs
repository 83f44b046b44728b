use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use domi_event::{
    Body, Counts, Event, JobFinished, JobRetried, JobStarted, Prepared, RunFinished, RunStarted,
    SCHEMA, Verdict,
};
use domi_host::Interrupt;
use domi_model::{Platform, TestBody};

use crate::backend::{Artifacts, Backend, BackendKind, Done, Unable};
use crate::cache::{Cache, Passed};
use crate::durations::Durations;
use crate::folder::RunFolder;
use crate::plan::{Job, Plan, Realiser, host_system};
use crate::quarantine;
use crate::refusal;
use crate::schedule::{Queue, Weight};
use crate::tell::{Tell, Told};
use crate::watch::Watch;

/// How to run a plan.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The folder of the runs' folders: `target/domi/runs`.
    pub runs: PathBuf,
    /// The cache folder, as [`domi_host::dirs::cache`] has it.
    pub cache: PathBuf,
    /// How many jobs may run at once; by itself, as many as the computer has processors.
    pub jobs: Option<usize>,
    /// How long a step may take.
    pub step_limit: Duration,
    /// How long all steps of a test may take.
    pub test_limit: Duration,
    /// How long a job may be silent before that is said.
    pub patience: Duration,
    /// How long jobs took, so that the longest begin first; by itself, what was seen in `runs`.
    pub durations: Option<Durations>,
    /// Whether passes of the past count where nothing has changed.
    pub use_cache: bool,
    /// The run that is gone on with: its passes count in any case.
    pub resume: Option<String>,
    /// How often a test that failed is tried again. One that passes then is flaky, not good.
    pub retries: u32,
    /// Whether to begin nothing more after the first failure.
    pub fail_fast: bool,
    /// Whether a person gets into the machine after the last step, or the one that failed.
    pub shell: bool,
    /// Whether to run nothing on emulated processors.
    pub require_kvm: bool,
    /// The command that started this run, word by word.
    pub command: Vec<String>,
    /// The words with which a test is run: `["cargo", "xtask", "test"]`.
    pub repeat: Vec<String>,
    /// Whether these words want a feature and a test after them.
    pub repeat_names_test: bool,
    /// Ends everything.
    pub interrupt: Interrupt,
}

/// How long a step may take where nobody says otherwise. Emulation is slow, and what hangs is
/// noticed by then.
const STEP_LIMIT: Duration = Duration::from_secs(90);
/// How long a test may take where nobody says otherwise.
pub const TEST_LIMIT: Duration = Duration::from_secs(600);
/// How long a job may be silent where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

impl RunOptions {
    /// What is usual: everything is tried once, to the end, and nothing is asked for in particular.
    pub fn new(runs: PathBuf, cache: PathBuf) -> Self {
        Self {
            runs,
            cache,
            jobs: None,
            step_limit: STEP_LIMIT,
            test_limit: TEST_LIMIT,
            patience: PATIENCE,
            durations: None,
            use_cache: true,
            resume: None,
            retries: 0,
            fail_fast: false,
            shell: false,
            require_kvm: false,
            command: Vec::new(),
            repeat: ["cargo", "xtask", "test"].map(str::to_owned).to_vec(),
            repeat_names_test: true,
            interrupt: Interrupt::default(),
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many jobs came to which verdict.
    pub counts: Counts,
    /// The run's folder.
    pub folder: PathBuf,
    /// In one word.
    pub ending: Ending,
}

/// What a run came to, in one word; the worst of what happened. A test that failed outranks one
/// that could not be decided: nobody who forgives the second may miss the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Nothing went wrong.
    Passed,
    /// A job could not be decided because this computer lacks something.
    Missing,
    /// A job could not be decided.
    Undecided,
    /// A test failed.
    Failed,
    /// The user stopped it.
    Interrupted,
}

impl Ending {
    /// What a run came to that has these events.
    pub fn of(events: &[Event]) -> Self {
        let mut seen = Seen::default();
        events.iter().for_each(|event| seen.see(event));
        let finished = events.iter().rev().find_map(|event| match &event.body {
            Body::RunFinished(finished) => Some(finished),
            _ => None,
        });
        // One that was killed has not come to its end.
        finished.map_or(Self::Interrupted, |finished| seen.worst.max(ending(finished)))
    }
}

/// What runs the jobs of each kind.
pub type Backends<'a> = BTreeMap<BackendKind, &'a dyn Backend>;

/// Runs a plan to its end. Every event is in the run's file before `see` sees it.
///
/// # Errors
/// When the run's own folder cannot be made or written. What fails in a job is its verdict.
pub fn run(
    backends: &Backends,
    plan: &Plan,
    options: &RunOptions,
    see: &mut dyn FnMut(&Event),
) -> Result<Summary> {
    let begun = Instant::now();
    let mut folder = RunFolder::make(&options.runs, &options.interrupt)?;
    let weight = |job: &Job| {
        backends.get(&job.backend).map_or_else(Weight::default, |backend| backend.weight(job))
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
    let (tell, told) = Tell::new();
    let work = Work {
        backends,
        plan,
        options,
        queue: &queue,
        cache: Cache::open(options.cache.join("verdicts")),
        run: folder.name.clone(),
        path: folder.path.clone(),
        shown: folder.shown.clone(),
        durations,
    };
    let mut seen = Seen::default();
    let mut watch = Watch::new(options.patience);
    let mut record = |event: &Event| -> Result<()> {
        seen.see(event);
        folder.append(event)?;
        see(event);
        Ok(())
    };
    tell.tell(work.started());
    tell.tell(work.planned());
    let failure = std::thread::scope(|scope| {
        // Moved in: when the last clone of it is gone, nobody has anything more to tell.
        scope.spawn(|| {
            let tell = tell;
            work.work(&tell);
        });
        let mut failure = None;
        loop {
            match told.recv_timeout(Duration::from_millis(50)) {
                Ok(Told { event, shown }) => {
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
    let finished = seen.finish(plan, options.interrupt.is_set(), begun.elapsed());
    let at = jiff::Timestamp::now();
    let last = Event { at, body: Body::RunFinished(finished.clone()) };
    folder.append(&last)?;
    see(&last);
    seen.durations.keep(&options.runs);
    work.cache.sweep();
    let ending = seen.worst.max(ending(&finished));
    Ok(Summary { counts: finished.counts, folder: folder.path, ending })
}

fn ending(finished: &RunFinished) -> Ending {
    if finished.interrupted {
        Ending::Interrupted
    } else if finished.counts.bad() > finished.counts.errors {
        Ending::Failed
    } else {
        Ending::Passed
    }
}

/// What the events of the run have said so far.
#[derive(Debug)]
struct Seen {
    counts: Counts,
    durations: Durations,
    worst: Ending,
}

impl Default for Seen {
    fn default() -> Self {
        Self { counts: Counts::default(), durations: Durations::default(), worst: Ending::Passed }
    }
}

impl Seen {
    fn see(&mut self, event: &Event) {
        let Body::JobFinished(job) = &event.body else { return };
        self.counts.add(job.verdict);
        self.durations.learn(event);
        if job.verdict == Verdict::Error {
            let ending = if job.missing { Ending::Missing } else { Ending::Undecided };
            self.worst = self.worst.max(ending);
        }
    }

    fn finish(&mut self, plan: &Plan, interrupted: bool, took: Duration) -> RunFinished {
        self.counts.interrupted += plan.jobs.len().saturating_sub(self.counts.total());
        RunFinished { counts: self.counts, millis: millis(took), interrupted }
    }
}

/// A duration as events have it.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The jobs of a run being done.
struct Work<'a> {
    backends: &'a Backends<'a>,
    plan: &'a Plan,
    options: &'a RunOptions,
    queue: &'a Queue,
    cache: Cache,
    run: String,
    path: PathBuf,
    shown: String,
    /// How long jobs took last time.
    durations: Durations,
}

impl Work<'_> {
    fn started(&self) -> Body {
        Body::RunStarted(RunStarted {
            schema: SCHEMA.to_owned(),
            run: self.run.clone(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            host: host_system().map_or(std::env::consts::ARCH, |system| system.as_str()).to_owned(),
            folder: self.shown.clone(),
            command: self.options.command.clone(),
            shard: self.plan.shard.clone(),
            source: self.plan.source.clone(),
        })
    }

    fn planned(&self) -> Body {
        let jobs = self.plan.jobs.iter().map(|job| {
            let mut planned = job.planned();
            planned.last_millis = self.durations.of(&planned.job);
            planned
        });
        Body::Plan(domi_event::Plan { jobs: jobs.collect() })
    }

    /// Does everything, in as many threads as may be.
    fn work(&self, tell: &Tell) {
        let at_once = self.at_once();
        let unable = self.prepare(tell, at_once);
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                let (tell, unable) = (tell.clone(), unable.clone());
                scope.spawn(move || {
                    while let Some(taken) = self.queue.take() {
                        let job = &self.plan.jobs[taken.job];
                        self.job(job, unable.get(&(job.backend, job.system)), &tell);
                    }
                });
            }
        });
    }

    fn at_once(&self) -> usize {
        if self.options.shell {
            return 1; // There is one terminal.
        }
        self.options.jobs.unwrap_or_else(processors).clamp(1, self.plan.jobs.len().max(1))
    }

    /// Prepares every backend that something needs; says why those that cannot be cannot.
    fn prepare(&self, tell: &Tell, at_once: usize) -> BTreeMap<(BackendKind, Platform), Unable> {
        let needing = self.plan.jobs.iter().filter(|job| needs_backend(job));
        let needed: BTreeSet<_> = needing.map(|job| (job.backend, job.system)).collect();
        let mut unable = BTreeMap::new();
        for (kind, system) in needed {
            let Some(backend) = self.backends.get(&kind) else { continue };
            match backend.prepare(system, tell) {
                Ok(prepared) if self.options.require_kvm && prepared.accelerator == "tcg" => {
                    let why = format!("KVM is required: {}", prepared.why);
                    unable.insert((kind, system), Unable::Missing(why));
                }
                Ok(prepared) => tell.tell(Body::Prepared(Prepared {
                    system: system.as_str().to_owned(),
                    at_once,
                    ..prepared
                })),
                Err(error) => drop(unable.insert((kind, system), error)),
            }
        }
        unable
    }

    fn job(&self, job: &Job, unable: Option<&Unable>, tell: &Tell) {
        if let Some(reason) = &job.skip {
            let skipped = Done { reason: reason.clone(), ..Done::of(Verdict::Skipped) };
            return self.finish(job, skipped, Duration::ZERO, tell);
        }
        tell.tell(Body::JobStarted(JobStarted { job: job.id.clone() }));
        let by_rust = job.backend == BackendKind::Portable && job.way.realiser == Realiser::Rust;
        if let (TestBody::Refuse(refusal), true) = (&job.test.body, by_rust) {
            let begun = Instant::now();
            let mut done = refusal::decide(job, refusal);
            self.locate(&mut done, job, &self.artifacts(job, 1));
            return self.finish(job, done, begun.elapsed(), tell);
        }
        if let Some(unable) = unable {
            return self.finish(job, unable.clone().into(), Duration::ZERO, tell);
        }
        let Some(backend) = self.backends.get(&job.backend) else {
            let unable = Unable::Failed(format!("there is no backend {}", job.backend));
            return self.finish(job, unable.into(), Duration::ZERO, tell);
        };
        let begun = Instant::now();
        let key = match self.key(*backend, job, tell) {
            Ok(key) => key,
            Err(unable) => return self.finish(job, unable.into(), Duration::ZERO, tell),
        };
        if let Some(passed) = key.as_ref().and_then(|key| self.passed_before(key)) {
            let reason = format!("passed in {}", passed.run);
            let cached = Done { reason, ..Done::of(Verdict::Cached) };
            return self.finish(job, cached, Duration::ZERO, tell);
        }
        // Evaluating is what the key of Nix takes, and part of what the job is for.
        let begun = if job.backend == BackendKind::Portable { Instant::now() } else { begun };
        let mut done = self.attempts(*backend, job, begun, tell);
        if let (Verdict::Passed, Some(key)) = (done.verdict, &key) {
            let passed = Passed { run: self.run.clone(), not_covered: job.not_covered.clone() };
            if let Err(error) = self.cache.keep(key, &passed) {
                tell.note(None, format!("the verdict cannot be kept: {error:#}"));
            }
        }
        done.key = key;
        self.finish(job, done, begun.elapsed(), tell);
    }

    /// Runs a job, and again while it fails, as often as that may be.
    fn attempts(&self, backend: &dyn Backend, job: &Job, begun: Instant, tell: &Tell) -> Done {
        let (mut begun, mut failed) = (begun, 0);
        for attempt in 1.. {
            let artifacts = self.artifacts(job, attempt);
            let mut done = backend.run(job, &artifacts, tell);
            self.locate(&mut done, job, &artifacts);
            failed += u32::from(done.verdict == Verdict::Failed);
            let bad = matches!(done.verdict, Verdict::Failed | Verdict::Error) && !done.missing;
            if bad && attempt <= self.options.retries && !self.options.interrupt.is_set() {
                tell.tell(Body::JobRetried(JobRetried {
                    job: job.id.clone(),
                    attempt,
                    verdict: done.verdict,
                    millis: millis(begun.elapsed()),
                }));
                if let Some(diagnostics) = done.diagnostics {
                    tell.tell(Body::Diagnostics(diagnostics));
                }
                begun = Instant::now();
                continue;
            }
            if done.verdict == Verdict::Passed && failed > 0 {
                done.verdict = Verdict::Flaky;
                done.reason = format!("failed {failed} of {attempt} times");
            }
            return done;
        }
        unreachable!("attempts are limited")
    }

    fn key(&self, backend: &dyn Backend, job: &Job, tell: &Tell) -> Result<Option<String>, Unable> {
        let Some(key) = backend.key(job, tell)? else { return Ok(None) };
        let key = self.cache.key(job, &key);
        key.map(Some).map_err(|error| Unable::from_error(error.as_ref(), format!("{error:#}")))
    }

    fn passed_before(&self, key: &str) -> Option<Passed> {
        if self.options.shell {
            return None;
        }
        let counts = |passed: &Passed| {
            self.options.use_cache || self.options.resume.as_ref() == Some(&passed.run)
        };
        self.cache.find(key).filter(counts)
    }

    fn artifacts(&self, job: &Job, attempt: u32) -> Artifacts {
        let folder = match attempt {
            1 => job.folder(),
            _ => format!("{}.{attempt}", job.folder()),
        };
        let shown = format!("{}/{folder}", self.shown);
        Artifacts { path: self.path.join(folder), shown }
    }

    /// Says where the rest of a failure is, and how to see it again.
    fn locate(&self, done: &mut Done, job: &Job, artifacts: &Artifacts) {
        let Some(diagnostics) = &mut done.diagnostics else { return };
        diagnostics.job.clone_from(&job.id);
        if artifacts.path.exists() {
            diagnostics.folder.clone_from(&artifacts.shown);
        }
        let mut words = self.options.repeat.clone();
        if self.options.repeat_names_test {
            words.extend([job.feature().to_owned(), "--test".to_owned(), job.test.slug()]);
        }
        for set in &job.set {
            words.extend(["--set".to_owned(), set.clone()]);
        }
        if let Some(backend) = self.backends.get(&job.backend) {
            words.extend(backend.repeat(job));
        }
        if Some(job.system) != host_system() {
            words.extend(["--system".to_owned(), job.system.as_str().to_owned()]);
        }
        let words: Vec<_> = words.iter().map(|word| domi_host::command::shell_word(word)).collect();
        diagnostics.repeat = words.join(" ");
    }

    fn finish(&self, job: &Job, done: Done, took: Duration, tell: &Tell) {
        let done = quarantine::judge(job, done);
        if let Some(diagnostics) = done.diagnostics {
            tell.tell(Body::Diagnostics(diagnostics));
        }
        if self.options.fail_fast && !done.verdict.is_good() {
            self.queue.stop();
        }
        let ran = matches!(
            done.verdict,
            Verdict::Passed
                | Verdict::Flaky
                | Verdict::Failed
                | Verdict::Quarantined
                | Verdict::Overdue
                | Verdict::Cached
        );
        tell.tell(Body::JobFinished(JobFinished {
            job: job.id.clone(),
            verdict: done.verdict,
            reason: done.reason,
            missing: done.missing,
            key: done.key,
            millis: millis(took),
            machine_millis: done.machine_millis,
            not_covered: if ran { job.not_covered.clone() } else { Vec::new() },
        }));
    }
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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many machines may be busy at once. One keeps about one processor busy, however many it has.
fn cores(options: &RunOptions) -> u64 {
    options.jobs.unwrap_or_else(processors) as u64
}

fn needs_backend(job: &Job) -> bool {
    let runs = matches!(job.test.body, TestBody::Run(_));
    job.skip.is_none() && (runs || job.backend != BackendKind::Portable)
}

/// How much memory jobs may have together, in MiB: what is free now, less a part for the rest.
fn available_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    // Not known: one job at a time is always allowed.
    kib.map_or(0, |kib| kib / 1024 * 8 / 10)
}

#[cfg(test)]
mod tests;
