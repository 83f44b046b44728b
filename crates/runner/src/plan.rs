use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use domi_event::{PlannedJob, Quarantine, Shard};
use domi_model::{Action, Manifest, Platform, Problem, Run, Test, TestBody};

use crate::backend::BackendKind;
use crate::choose::{choose, has_container, systems};
use crate::codes;
use crate::filter::Filter;
use crate::here::Here;
use crate::quarantine::KnownFailures;

/// A feature that was read from its plugin.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says of itself, and validated.
    pub manifest: Manifest,
    /// The folder of its crate.
    pub crate_dir: PathBuf,
}

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Features by name; none means all.
    pub features: Vec<String>,
    /// Tests by name, slug, or a part of either; none means all.
    pub tests: Vec<String>,
    /// What jobs must fit.
    pub filter: Option<Filter>,
    /// Settings (`option=value`) that every machine of the chosen tests gets on top of its own.
    pub set: Vec<String>,
    /// Systems; none means the one this computer has.
    pub systems: Vec<Platform>,
    /// The backend; by itself, the strongest that there is.
    pub backend: Option<BackendKind>,
    /// Whether NixOS machines may be emulated.
    pub allow_tcg: bool,
    /// What there is for tests.
    pub here: Here,
    /// A flag that was given and that only the portable guest knows, such as `--cold`.
    pub portable_only: Option<&'static str>,
    /// Who makes the systems of portable machines, and who takes the steps.
    pub way: Way,
    /// Tests whose failures are borne with.
    pub known_failures: KnownFailures,
}

/// How the portable backend does a test. All ways must come to the same verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Way {
    /// Who makes the systems of its machines.
    pub realiser: Realiser,
    /// Whether the NixOS test driver takes the steps.
    pub driven: bool,
}

/// Who makes a system of a module and settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Realiser {
    /// Rust, from the manifest.
    #[default]
    Rust,
    /// Nix, from the generated module.
    Nix,
}

impl Way {
    /// What a backend's name is followed by in the name of a job.
    fn suffix(self) -> &'static str {
        match (self.realiser, self.driven) {
            (Realiser::Rust, false) => "",
            (Realiser::Rust, true) => "-driver",
            (Realiser::Nix, false) => "-nix",
            (Realiser::Nix, true) => "-nix-driver",
        }
    }
}

/// What will be done, in the order in which it is shown.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Settings given with `--set`, as they were given.
    pub set: Vec<String>,
    /// What there is for tests.
    pub here: Here,
    /// Whether NixOS machines may be emulated.
    pub allow_tcg: bool,
    /// The backend that was asked for, where one was.
    pub backend: Option<BackendKind>,
    /// Which part of a greater plan this is, where it is one.
    pub shard: Option<Shard>,
    /// The commit that is tested, and a digest of what has been changed in it; empty where nobody
    /// knows.
    pub source: String,
}

/// A feature's test on a system through a backend.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name, unique in the plan: `feature-x/answers-with-the-greeting/x86_64-linux/portable`.
    pub id: String,
    /// The feature.
    pub manifest: Arc<Manifest>,
    /// The folder of the feature's crate.
    pub crate_dir: PathBuf,
    /// The test.
    pub test: Test,
    /// Settings (`option=value`) that its machines get on top of their own.
    pub set: Vec<String>,
    /// The system under test.
    pub system: Platform,
    /// What runs it.
    pub backend: BackendKind,
    /// How that does it.
    pub way: Way,
    /// Why that does.
    pub why: String,
    /// Why it is not run at all, if it is not.
    pub skip: Option<String>,
    /// What of the test the backend does not cover, one phrase each.
    pub not_covered: Vec<String>,
    /// Why its failures are borne with, where they are.
    pub quarantine: Option<Quarantine>,
    /// Whether that has ended.
    pub overdue: bool,
}

impl Job {
    /// The feature's name.
    pub fn feature(&self) -> &str {
        &self.manifest.feature.name
    }

    /// How many steps it takes; 0 for a refusal.
    pub fn steps(&self) -> usize {
        match &self.test.body {
            TestBody::Run(run) => run.steps.len(),
            TestBody::Refuse(_) => 0,
        }
    }

    /// How many machines it needs.
    pub fn machines(&self) -> usize {
        match &self.test.body {
            TestBody::Run(run) => run.machines.len(),
            TestBody::Refuse(_) => 0,
        }
    }

    /// What runs it, and how.
    fn label(&self) -> String {
        format!("{}{}", self.backend.as_str(), self.way.suffix())
    }

    /// The name of the flake's check for it.
    pub fn check(&self) -> String {
        let test = if self.test.name == TRUNK { "eval".to_owned() } else { self.test.slug() };
        format!("{}-{test}", self.feature())
    }

    /// Its name without what runs it, which depends on the computer: feature, test and system.
    pub(crate) fn place(&self) -> String {
        format!("{}/{}/{}/", self.feature(), self.test.slug(), self.system.as_str())
    }

    /// Its name as the name of a folder.
    pub fn folder(&self) -> String {
        self.id.replace('/', ".")
    }

    /// As the event stream has it.
    pub fn planned(&self) -> PlannedJob {
        PlannedJob {
            job: self.id.clone(),
            feature: self.feature().to_owned(),
            test: self.test.name.clone(),
            system: self.system.as_str().to_owned(),
            backend: self.label(),
            why: self.why.clone(),
            steps: self.steps(),
            last_millis: None,
            quarantine: self.quarantine.clone(),
        }
    }
}

/// Computes what a run would do; does none of it.
pub fn plan(loaded: &[Loaded], selection: &Selection) -> Result<Plan, Vec<Problem>> {
    let mut problems = unknown_features(loaded, selection);
    let mut jobs = Vec::new();
    let chosen = |loaded: &&Loaded| {
        selection.features.is_empty() || selection.features.contains(&loaded.manifest.feature.name)
    };
    for loaded in loaded.iter().filter(chosen) {
        problems.extend(bad_settings(&loaded.manifest, &selection.set));
        match jobs_of(loaded, selection) {
            Ok(of_feature) => jobs.extend(of_feature),
            Err(problem) if problems.contains(&problem) => {}
            Err(problem) => problems.push(*problem),
        }
    }
    if let Some(filter) = &selection.filter {
        let before = jobs.len();
        jobs.retain(|job| filter.fits(job));
        if jobs.is_empty() && before > 0 {
            let message = format!("none of {before} jobs fits the filter");
            problems.push(
                Problem::error(codes::FILTER_FITS_NOTHING, "--filter", message)
                    .next("`--plan` without the filter shows what there is to fit"),
            );
        }
    }
    let set_used = jobs.iter().any(|job| matches!(job.test.body, TestBody::Run(_)));
    problems.extend(unknown_tests(loaded, selection));
    if problems.is_empty() && !selection.set.is_empty() && !set_used {
        let message = "no chosen test takes settings from outside";
        problems.push(Problem::error(codes::SET_FITS_NOTHING, selection.set.join(" "), message));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (here, allow_tcg) = (selection.here.clone(), selection.allow_tcg);
    selection.known_failures.mark(&mut jobs);
    let (set, backend) = (selection.set.clone(), selection.backend);
    Ok(Plan { jobs, set, here, allow_tcg, backend, shard: None, source: String::new() })
}

fn jobs_of(loaded: &Loaded, selection: &Selection) -> Result<Vec<Job>, Box<Problem>> {
    let manifest = Arc::new(loaded.manifest.clone());
    let mut jobs = Vec::new();
    for system in systems(selection, &manifest) {
        let tests = tests(&manifest, selection);
        for test in tests.iter().filter(|test| is_chosen(test, &tests, selection)) {
            let (backend, why) = choose(selection, &manifest, test, system)?;
            let mut job = Job {
                id: String::new(),
                manifest: manifest.clone(),
                crate_dir: loaded.crate_dir.clone(),
                test: test.clone(),
                set: selection.set.clone(),
                system,
                backend,
                way: selection.way,
                why,
                skip: None,
                not_covered: Vec::new(),
                quarantine: None,
                overdue: false,
            };
            job.id = [job.feature(), &test.slug(), system.as_str(), &job.label()].join("/");
            cover(&mut job, selection);
            jobs.push(job);
        }
    }
    Ok(jobs)
}

/// What the backend `eval` has beside the tests: whether the trunk evaluates with the feature.
const TRUNK: &str = "evaluates with the trunk";

fn tests(manifest: &Manifest, selection: &Selection) -> Vec<Test> {
    let mut tests = manifest.tests.clone();
    if selection.backend == Some(BackendKind::Eval) && selection.tests.is_empty() {
        let body = TestBody::Run(Run { machines: BTreeMap::new(), steps: Vec::new() });
        tests.push(Test { name: TRUNK.to_owned(), body, place: None });
    }
    tests
}

/// Says what cannot be run here.
fn cover(job: &mut Job, selection: &Selection) {
    let runs = matches!(job.test.body, TestBody::Run(_));
    let here = job.manifest.feature.platforms.contains(&job.system);
    if !here && (runs || job.backend != BackendKind::Portable) {
        job.skip = Some(format!("the feature is not for {}", job.system.as_str()));
        return;
    }
    match job.backend {
        BackendKind::Portable => cover_portable(job),
        BackendKind::NixosContainer if !has_container(selection, &job.manifest, &job.test) => {
            job.skip = Some("it has no variant with containers".to_owned());
        }
        BackendKind::Eval if job.steps() > 0 => {
            job.not_covered.push(format!("its {} steps: nothing runs", job.steps()));
        }
        _ => {}
    }
}

fn cover_portable(job: &mut Job) {
    let TestBody::Run(run) = &job.test.body else { return };
    let python = |action: &Action| matches!(action, Action::Python(_));
    if job.manifest.extra_nix && job.way.realiser == Realiser::Rust {
        job.not_covered.push("extra.nix, which only Nix reads".to_owned());
    }
    if job.way.driven {
        return;
    }
    if !run.steps.is_empty() && run.steps.iter().all(|step| python(&step.action)) {
        job.skip = Some("every step of it is Python for the NixOS test driver".to_owned());
        return;
    }
    for (at, step) in run.steps.iter().enumerate() {
        if python(&step.action) {
            job.not_covered.push(format!("step {}, Python for the NixOS test driver", at + 1));
        }
    }
}

/// The system of this computer, where features know it.
pub fn host_system() -> Option<Platform> {
    match std::env::consts::ARCH {
        "x86_64" => Some(Platform::X86_64Linux),
        "aarch64" => Some(Platform::Aarch64Linux),
        _ => None,
    }
}

/// Chooses the test that is called so or, where none is, all that have it in their names.
fn is_chosen(test: &Test, all: &[Test], selection: &Selection) -> bool {
    let chosen = |name: &String| {
        is_named(test, name) || (!all.iter().any(|test| is_named(test, name)) && has(test, name))
    };
    selection.tests.is_empty() || selection.tests.iter().any(chosen)
}

fn is_named(test: &Test, name: &str) -> bool {
    test.name == name || test.slug() == name
}

fn has(test: &Test, part: &str) -> bool {
    test.name.to_lowercase().contains(&part.to_lowercase()) || test.slug().contains(part)
}

fn bad_settings(manifest: &Manifest, set: &[String]) -> Vec<Problem> {
    let mut settings = BTreeMap::new();
    let apply = |text: &String| domi_realise::set::apply(text, manifest, &mut settings).err();
    set.iter().filter_map(apply).flatten().collect()
}

fn unknown_features(loaded: &[Loaded], selection: &Selection) -> Vec<Problem> {
    let names: Vec<&str> = loaded.iter().map(|l| l.manifest.feature.name.as_str()).collect();
    let unknown = selection.features.iter().filter(|name| !names.contains(&name.as_str()));
    let problem = |name: &String| {
        Problem::error(codes::NO_SUCH_FEATURE, name, "no feature has this name")
            .next(next("the features are", &names))
    };
    unknown.map(problem).collect()
}

fn unknown_tests(loaded: &[Loaded], selection: &Selection) -> Vec<Problem> {
    let chosen = |l: &&Loaded| {
        selection.features.is_empty() || selection.features.contains(&l.manifest.feature.name)
    };
    let tests: Vec<&Test> = loaded.iter().filter(chosen).flat_map(|l| &l.manifest.tests).collect();
    let slugs: Vec<String> = tests.iter().map(|test| test.slug()).collect();
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
    let known = |name: &String| tests.iter().any(|test| is_named(test, name) || has(test, name));
    let problem = |name: &String| {
        Problem::error(codes::NO_SUCH_TEST, name, "no chosen feature has a test of this name")
            .next(next("the tests are", &slugs))
    };
    selection.tests.iter().filter(|name| !known(name)).map(problem).collect()
}

/// Names to choose from; all of them while they can be read at a glance.
fn next(what: &str, names: &[&str]) -> String {
    match names {
        [] => "there are none".to_owned(),
        names if names.len() <= 12 => format!("{what} {}", names.join(", ")),
        _ => format!("{what} {} and {} more", names[..10].join(", "), names.len() - 10),
    }
}

#[cfg(test)]
mod tests;
