//! Containers against emulated machines: the same tests in both, in turn, in one run.

mod figures;
mod turns;

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use domi_backend_container::{Container, ContainerOptions};
use domi_backend_portable::{Portable, PortableOptions};
use domi_event::{Body, Verdict};
use domi_host::dirs;
use domi_runner::{BackendKind, Backends, Job, Loaded, Plan, RunOptions, Selection};

use self::figures::{Figures, Processors};
use self::turns::Turns;
use super::measure::run_in;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GuestRequest;
use crate::{guests, programs};

/// The feature that is measured, and the test of it that stands for one.
const FEATURE: &str = "feature-x";
const ONE_TEST: &str = "answers with the greeting";
/// How often all jobs are run at the most: that takes long where machines are emulated.
const ALL_RUNS: usize = 3;
/// Both, the weaker first.
const LANES: [BackendKind; 2] = [BackendKind::PORTABLE_CONTAINER, BackendKind::PORTABLE];

/// Measures one test on a machine that waits, a feature from the command line, and all jobs that
/// containers can do, in containers and in machines.
pub(super) fn run(context: &Context, guest: &GuestRequest, runs: usize) -> Result<Exit> {
    let native = Native { context, guest, runs: runs.max(1), processors: Processors::enter()? };
    native.one_test()?;
    native.one_feature()?;
    native.all_jobs()?;
    Ok(Exit::Pass)
}

struct Native<'a> {
    context: &'a Context,
    guest: &'a GuestRequest,
    runs: usize,
    processors: Arc<Processors>,
}

impl Native<'_> {
    /// From the order to run it to its verdict, with a machine that was booted or saved before.
    fn one_test(&self) -> Result<()> {
        let features = self.load(&[FEATURE.to_owned()])?;
        let mut plan = self.plan(&features, BackendKind::PORTABLE_CONTAINER, Some(ONE_TEST))?;
        let figures = Arc::default();
        let (containers, machines) = self.backends()?;
        plan.backends = Backends::default().with(Turns::new(
            containers,
            machines,
            self.runs,
            Arc::clone(&self.processors),
            Arc::clone(&figures),
        ));
        self.play(&plan, Some(1))?;
        let [containers, machines] = figures.take();
        data!("one test of {FEATURE}, {} times in turn", self.runs)?;
        compare("on a spare", &containers, "on a restored machine", &machines)
    }

    /// From the start of the command to its end, as a process.
    fn one_feature(&self) -> Result<()> {
        let root = self.context.root.as_std_path();
        let mut figures = [Figures::default(), Figures::default()];
        for turn in 0..=self.runs {
            for (lane, figures) in LANES.iter().zip(&mut figures) {
                let words = ["test", FEATURE, "--no-cache", "--backend", lane.as_str()];
                let taken = self.processors.measured(|| run_in(self.context, root, &words))?;
                // The first finds or makes images and layers.
                if turn > 0 {
                    figures.add(taken.0);
                }
            }
        }
        let [containers, machines] = figures;
        data!("all of {FEATURE} from the command line, {} times in turn", self.runs)?;
        compare("in containers", &containers, "in machines", &machines)
    }

    /// Every job of this computer's system that containers can do, planned already.
    fn all_jobs(&self) -> Result<()> {
        let features = self.load(&[])?;
        let eligible = self.plan(&features, BackendKind::PORTABLE_CONTAINER, None)?;
        let mut in_machines = self.plan(&features, BackendKind::PORTABLE, None)?;
        let same = |a: &Job, b: &Job| a.feature() == b.feature() && a.test.name == b.test.name;
        in_machines.jobs.retain(|job| eligible.jobs.iter().any(|other| same(job, other)));
        ensure(in_machines.jobs.len() == eligible.jobs.len(), || {
            "the lanes have other jobs".into()
        })?;
        let mut figures = [Figures::default(), Figures::default()];
        let runs = self.runs.min(ALL_RUNS);
        for turn in 0..=runs {
            for (plan, figures) in [&eligible, &in_machines].into_iter().zip(&mut figures) {
                let taken = self.processors.measured(|| {
                    let (containers, machines) = self.backends()?;
                    let backends = Backends::default().with(containers).with(machines);
                    self.play(&Plan { backends, ..plan.clone() }, None)
                })?;
                if turn > 0 {
                    figures.add(taken.0);
                }
            }
        }
        let [containers, machines] = figures;
        let jobs = eligible.jobs.len();
        data!("all {jobs} jobs of this system that containers can do, {runs} times in turn")?;
        compare("in containers", &containers, "in machines", &machines)
    }

    fn load(&self, names: &[String]) -> Result<Vec<Loaded>> {
        let loaded = self.context.load(&self.context.workspace()?, names)?;
        if !loaded.errors.is_empty() {
            return Err(self.context.problems(Exit::Feature, loaded.errors));
        }
        Ok(loaded.features.into_iter().map(guests::loaded).collect())
    }

    /// What a backend does of these features, less what takes no machine.
    fn plan(&self, features: &[Loaded], backend: BackendKind, test: Option<&str>) -> Result<Plan> {
        let (containers, machines) = self.backends()?;
        let selection = Selection {
            systems: domi_runner::host_system().into_iter().collect(),
            tests: test.map(str::to_owned).into_iter().collect(),
            backends: Backends::default().with(containers).with(machines),
            backend: Some(backend),
            ..Selection::default()
        };
        let mut plan = domi_runner::plan(features, &selection)
            .map_err(|problems| self.context.problems(Exit::Missing, problems))?;
        plan.jobs.retain(|job| job.skip.is_none() && job.machines() > 0);
        ensure(!plan.jobs.is_empty(), || format!("there is no job for {backend}"))?;
        Ok(plan)
    }

    fn backends(&self) -> Result<(Container, Portable)> {
        let settings = guests::settings(self.context, self.guest)?;
        let builds = programs::builds(self.context, &settings.distribution)?;
        let own = ContainerOptions {
            distribution: settings.distribution.clone(),
            cold: false,
            runs_again: false,
            realiser: None,
            builds: Some(builds.clone()),
        };
        let containers = Container::new(dirs::cache()?, own);
        let portable = PortableOptions { builds: Some(builds), ..PortableOptions::new(settings) };
        Ok((containers, Portable::new(portable)))
    }

    /// Runs a plan, all jobs of which must pass.
    fn play(&self, plan: &Plan, at_once: Option<usize>) -> Result<()> {
        let folder = tempfile::tempdir().context("no folder for temporary files")?;
        let options = RunOptions {
            jobs: at_once,
            use_cache: false,
            interrupt: self.context.interrupt.clone(),
            ..RunOptions::new(folder.path().join("runs"), dirs::cache()?)
        };
        let mut bad = Vec::new();
        domi_runner::run(plan, &options, &mut |event| {
            if let Body::JobFinished(job) = &event.body
                && job.verdict != Verdict::Passed
            {
                bad.push(format!("{}: {:?} {}", job.job, job.verdict, job.reason));
            }
        })?;
        self.context.interrupt.check()?;
        ensure(bad.is_empty(), || format!("not all jobs pass: {}", bad.join("; ")))
    }
}

fn ensure(well: bool, else_say: impl FnOnce() -> String) -> Result<()> {
    if well { Ok(()) } else { Err(anyhow!(else_say()).into()) }
}

/// Prints what both took, and how many times less the first is.
fn compare(first: &str, of_first: &Figures, second: &str, of_second: &Figures) -> Result<()> {
    let width = first.len().max(second.len());
    data!("  {first:width$}  {of_first}")?;
    data!("  {second:width$}  {of_second}")?;
    let wall = of_second.wall() / of_first.wall();
    let processors = of_second.processors() / of_first.processors();
    data!("  that is {wall:.1} times less time and {processors:.1} times less of processors")?;
    Ok(())
}
