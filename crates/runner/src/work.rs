//! The jobs of a run being done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Once;
use std::time::{Duration, Instant};

use domi_event::{
    Body, JobFinished, JobRetried, JobStarted, LanesOutcome, Prepared, RunStarted, SCHEMA, Verdict,
    millis,
};
use domi_model::Platform;

use crate::backend::Session;
use crate::cache::{Cache, Passed};
use crate::done::{Artifacts, Done, Unable};
use crate::durations::Durations;
use crate::job::{Job, host_system};
use crate::kind::BackendKind;
use crate::lanes::Compared;
use crate::options::RunOptions;
use crate::plan::Plan;
use crate::quarantine;
use crate::reporter::Reporter;
use crate::schedule::{Queue, processors};

/// What runs the jobs of each kind.
pub(crate) type Sessions<'a> = BTreeMap<BackendKind, Box<dyn Session + 'a>>;

/// The jobs of a run being done.
pub(crate) struct Work<'a> {
    pub(crate) sessions: Sessions<'a>,
    pub(crate) plan: &'a Plan,
    pub(crate) options: &'a RunOptions,
    pub(crate) queue: &'a Queue,
    pub(crate) cache: Cache,
    pub(crate) run: String,
    pub(crate) path: PathBuf,
    pub(crate) shown: String,
    /// How long jobs took last time.
    pub(crate) durations: Durations,
    /// What both lanes say of tests that are done in both.
    pub(crate) compared: Compared,
    /// Whether a verdict could not be kept, which is said once.
    pub(crate) unkept: Once,
}

impl Work<'_> {
    pub(crate) fn started(&self) -> Body {
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

    pub(crate) fn planned(&self) -> Body {
        let jobs = self.plan.jobs.iter().map(|job| {
            let mut planned = job.planned();
            planned.last_millis = self.durations.of(&planned.job);
            planned
        });
        Body::Plan(domi_event::Plan { jobs: jobs.collect() })
    }

    /// Does everything, in as many threads as may be.
    pub(crate) fn work(&self, reporter: &Reporter) {
        let at_once = self.at_once();
        let unable = self.prepare(reporter, at_once);
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                let (reporter, unable) = (reporter.clone(), unable.clone());
                scope.spawn(move || {
                    while let Some(taken) = self.queue.take() {
                        let job = &self.plan.jobs[taken.job];
                        let unable = kinds(job).find_map(|kind| unable.get(&kind));
                        self.job(job, unable, &reporter);
                    }
                });
            }
        });
        for compared in self.compared.rest(&self.plan.jobs) {
            reporter.report(Body::LanesCompared(compared));
        }
    }

    fn at_once(&self) -> usize {
        if self.options.shell {
            return 1; // There is one terminal.
        }
        self.options.jobs.unwrap_or_else(processors).clamp(1, self.plan.jobs.len().max(1))
    }

    /// Prepares every backend that something needs; says why those that cannot be cannot.
    fn prepare(
        &self,
        reporter: &Reporter,
        at_once: usize,
    ) -> BTreeMap<(BackendKind, Platform), Unable> {
        let needing = self.plan.jobs.iter().filter(|job| job.skip.is_none());
        let needing = needing.filter(|job| self.needs_machine(job));
        let needed: BTreeSet<_> = needing.flat_map(kinds).collect();
        let mut unable = BTreeMap::new();
        for (kind, system) in needed {
            let Some(session) = self.sessions.get(&kind) else { continue };
            match session.prepare(system, reporter) {
                Ok(prepared) if self.options.require_kvm && prepared.accelerator == "tcg" => {
                    let why = format!("KVM is required: {}", prepared.why);
                    unable.insert((kind, system), Unable::Missing(why));
                }
                Ok(prepared) => reporter.report(Body::Prepared(Prepared {
                    system: system.as_str().to_owned(),
                    at_once,
                    ..prepared
                })),
                Err(error) => drop(unable.insert((kind, system), error)),
            }
        }
        unable
    }

    fn job(&self, job: &Job, unable: Option<&Unable>, reporter: &Reporter) {
        if let Some(reason) = &job.skip {
            let skipped = Done { reason: reason.clone(), ..Done::of(Verdict::Skipped) };
            return self.finish(job, skipped, Duration::ZERO, reporter);
        }
        reporter.report(Body::JobStarted(JobStarted { job: job.id.clone() }));
        let Some(session) = self.sessions.get(&job.backend) else {
            let unable = Unable::Failed(format!("there is no backend {}", job.backend));
            return self.finish(job, unable.into(), Duration::ZERO, reporter);
        };
        let session = &**session;
        let begun = Instant::now();
        if !self.needs_machine(job) {
            let artifacts = self.artifacts(job, 1);
            let mut done = session.run(job, &artifacts, reporter);
            self.locate(&mut done, job, &artifacts);
            return self.finish(job, done, begun.elapsed(), reporter);
        }
        if let Some(unable) = unable {
            return self.finish(job, unable.clone().into(), Duration::ZERO, reporter);
        }
        let key = match self.key(session, job, reporter) {
            Ok(key) => key,
            Err(unable) => return self.finish(job, unable.into(), Duration::ZERO, reporter),
        };
        if let Some(passed) = key.as_ref().and_then(|key| self.passed_before(key)) {
            let reason = format!("passed in {}", passed.run);
            let cached = Done { reason, ..Done::of(Verdict::Cached) };
            return self.finish(job, cached, Duration::ZERO, reporter);
        }
        let begun = if session.key_is_work() { begun } else { Instant::now() };
        let mut done = self.attempts(session, job, begun, reporter);
        if let (Verdict::Passed, Some(key)) = (done.verdict, &key) {
            let passed = Passed { run: self.run.clone(), not_covered: job.not_covered.clone() };
            if let Err(error) = self.cache.keep(key, &passed) {
                self.unkept.call_once(|| {
                    reporter.note(None, format!("verdicts cannot be kept: {error:#}"));
                });
            }
        }
        done.key = key;
        self.finish(job, done, begun.elapsed(), reporter);
    }

    /// Runs a job, and again while it fails, as often as that may be.
    fn attempts(
        &self,
        session: &dyn Session,
        job: &Job,
        begun: Instant,
        reporter: &Reporter,
    ) -> Done {
        let (mut begun, mut failed) = (begun, 0);
        for attempt in 1.. {
            let artifacts = self.artifacts(job, attempt);
            let mut done = session.run(job, &artifacts, reporter);
            self.locate(&mut done, job, &artifacts);
            failed += u32::from(done.verdict == Verdict::Failed);
            let bad = matches!(done.verdict, Verdict::Failed | Verdict::Error) && !done.missing;
            if bad && attempt <= self.options.retries && !self.options.interrupt.is_set() {
                reporter.report(Body::JobRetried(JobRetried {
                    job: job.id.clone(),
                    attempt,
                    verdict: done.verdict,
                    millis: millis(begun.elapsed()),
                }));
                if let Some(diagnostics) = done.diagnostics {
                    reporter.report(Body::Diagnostics(diagnostics));
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

    fn key(
        &self,
        session: &dyn Session,
        job: &Job,
        reporter: &Reporter,
    ) -> Result<Option<String>, Unable> {
        let Some(key) = session.key(job, reporter)? else { return Ok(None) };
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

    fn needs_machine(&self, job: &Job) -> bool {
        self.plan.backends.get(job.backend).is_some_and(|backend| backend.needs_machine(job))
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
        match self.options.repeat_words.get(job.feature()) {
            Some(feature) => words.extend(feature.iter().cloned()),
            None if self.options.repeat_names_feature => words.push(job.feature().to_owned()),
            None => {}
        }
        words.extend(["--test".to_owned(), job.test.slug()]);
        for set in &job.set {
            words.extend(["--set".to_owned(), set.clone()]);
        }
        if let Some(session) = self.sessions.get(&job.backend) {
            words.extend(session.repeat(job));
        }
        // Left to itself, it might choose a container, where they are allowed.
        let chosen = self.plan.both_lanes || self.plan.backend == Some(job.backend);
        if chosen && !words.iter().any(|word| word == "--backend") {
            words.extend(["--backend".to_owned(), job.backend.to_string()]);
        }
        let systems = job.systems();
        if systems.iter().any(|system| Some(*system) != host_system()) {
            for system in systems {
                words.extend(["--system".to_owned(), system.as_str().to_owned()]);
            }
        }
        let words: Vec<_> = words.iter().map(|word| domi_host::command::shell_word(word)).collect();
        diagnostics.repeat = words.join(" ");
    }

    /// What this computer lacks; with the variable that names another folder, where it lacks it in one.
    fn with_variable(&self, reason: String) -> String {
        let runs = (&*self.options.runs, self.options.runs_moved_by);
        match domi_host::dirs::moved_by(&reason, &[runs]) {
            Some(variable) if !reason.contains(variable) => {
                format!("{reason}; {variable} names another folder")
            }
            _ => reason,
        }
    }

    fn finish(&self, job: &Job, done: Done, took: Duration, reporter: &Reporter) {
        let compared = self.compared.take(job, &done);
        let done = quarantine::judge(job, done);
        if let Some(diagnostics) = done.diagnostics {
            reporter.report(Body::Diagnostics(diagnostics));
        }
        let differ = compared.as_ref().is_some_and(|it| it.outcome == LanesOutcome::Different);
        if self.options.fail_fast && (differ || !done.verdict.is_good()) {
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
        let reason = if done.missing { self.with_variable(done.reason) } else { done.reason };
        reporter.report(Body::JobFinished(JobFinished {
            job: job.id.clone(),
            verdict: done.verdict,
            reason,
            missing: done.missing,
            key: done.key,
            millis: millis(took),
            machine_millis: done.machine_millis,
            not_covered: if ran { job.not_covered.clone() } else { Vec::new() },
        }));
        if let Some(compared) = compared {
            reporter.report(Body::LanesCompared(compared));
        }
    }
}

/// What has to be prepared for a job.
fn kinds(job: &Job) -> impl Iterator<Item = (BackendKind, Platform)> {
    job.systems().into_iter().map(|system| (job.backend, system))
}
