use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domi_event::Shard;
use domi_model::{Manifest, Platform, Problem, Test, TestBody};

use crate::backend::Backends;
use crate::choose::{Choice, choose, in_lane};
use crate::codes;
use crate::company::{self, Company};
use crate::job::Job;
use crate::kind::BackendKind;
use crate::lanes::LANES;
use crate::loaded::Loaded;
use crate::previous;
use crate::selection::Selection;
use crate::switches;

/// What will be done, in the order in which it is shown.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Settings given with `--set`, as they were given.
    pub set: Vec<String>,
    /// What runs them.
    pub backends: Backends,
    /// The backend that was asked for, where one was.
    pub backend: Option<BackendKind>,
    /// Whether tests are done in both lanes, and compared.
    pub both_lanes: bool,
    /// Which part of a greater plan this is, where it is one.
    pub shard: Option<Shard>,
    /// The commit that is tested, and a digest of what has been changed in it; empty where nobody
    /// knows.
    pub source: String,
}

/// Computes what a run would do; does none of it.
pub fn plan(loaded: &[Loaded], selection: &Selection) -> Result<Plan, Vec<Problem>> {
    let mut problems = unknown_features(loaded, selection);
    let mut jobs = Vec::new();
    let chosen = |loaded: &&Loaded| {
        selection.features.is_empty() || selection.features.contains(&loaded.manifest.feature.name)
    };
    let all = loaded;
    let chosen: Vec<Loaded> = all.iter().filter(chosen).cloned().collect();
    if selection.together && chosen.len() < 2 {
        let message = "one feature alone is together with nothing";
        problems.push(
            Problem::error(codes::NOTHING_BESIDE, "--together", message)
                .next("name the other features"),
        );
    }
    for loaded in &chosen {
        problems.extend(bad_settings(&loaded.manifest, &selection.set));
        let company = match Company::of(loaded, (&chosen, all), selection) {
            Ok(company) => company,
            Err(missing) => {
                problems.extend(missing);
                continue;
            }
        };
        match jobs_of(loaded, selection, &company) {
            Ok(of_feature) => jobs.extend(of_feature),
            Err(problem) if problems.contains(&problem) => {}
            Err(problem) => problems.push(*problem),
        }
    }
    if let Some(filter) = &selection.filter {
        let before = jobs.len();
        // What is compared stays or goes together.
        let fitting: BTreeSet<String> =
            jobs.iter().filter(|job| filter.fits(job)).map(|job| job.id.clone()).collect();
        let fits = |job: &Option<String>| job.as_ref().is_some_and(|job| fitting.contains(job));
        jobs.retain(|job: &Job| fitting.contains(&job.id) || fits(&job.compared_with));
        if jobs.is_empty() && before > 0 {
            let message = format!("none of {before} jobs fits the filter");
            problems.push(
                Problem::error(codes::FILTER_FITS_NOTHING, "--filter", message)
                    .next("`--plan` without the filter shows what there is to fit"),
            );
        }
    }
    problems.extend(company::clashes(&jobs));
    problems.extend(switches::problems(&jobs));
    let set_used = jobs.iter().any(|job| matches!(job.test.body, TestBody::Run(_)));
    problems.extend(unknown_tests(loaded, selection));
    if problems.is_empty() && !selection.set.is_empty() && !set_used {
        let message = "no chosen test takes settings from outside";
        problems.push(Problem::error(codes::SET_FITS_NOTHING, selection.set.join(" "), message));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    selection.known_failures.mark(&mut jobs);
    let (set, backend) = (selection.set.clone(), selection.backend);
    let backends = selection.backends.clone();
    let both_lanes = selection.both_lanes;
    Ok(Plan { jobs, set, backends, backend, both_lanes, shard: None, source: String::new() })
}

fn jobs_of(
    loaded: &Loaded,
    selection: &Selection,
    company: &Company,
) -> Result<Vec<Job>, Box<Problem>> {
    let manifest = Arc::new(loaded.manifest.clone());
    let mut jobs = Vec::new();
    for system in selection.systems(&manifest) {
        let tests = tests(&manifest, selection);
        let first = jobs.len();
        for test in tests.iter().filter(|test| is_chosen(test, &tests, &selection.tests)) {
            let beside = company.beside(test);
            let (previous, unknown) =
                match previous::of(&selection.previous, &manifest, test, beside) {
                    Some(Err(why)) => (None, Some(why)),
                    found => (found.and_then(Result::ok), None),
                };
            let job = |Choice { kind, brief, why }| {
                let mut job = Job {
                    id: String::new(),
                    manifest: manifest.clone(),
                    crate_dir: loaded.crate_dir.clone(),
                    test: test.clone(),
                    previous: previous.clone(),
                    set: selection.set.clone(),
                    beside: beside.clone(),
                    together: selection.together,
                    system,
                    machine_systems: selection.machine_systems.clone(),
                    backend: kind,
                    variant: selection.variant,
                    brief,
                    why,
                    skip: None,
                    not_covered: Vec::new(),
                    quarantine: None,
                    overdue: false,
                    compared_with: None,
                };
                job.id = format!("{}{}", job.place(), job.label());
                cover(&mut job, selection);
                if let Some(why) = &unknown {
                    job.skip.get_or_insert_with(|| why.clone());
                }
                job
            };
            // What needs no machine is the same in every lane.
            if !selection.both_lanes || matches!(test.body, TestBody::Refuse(_)) {
                let mut choice = choose(selection, &manifest, test, system, beside)?;
                if selection.both_lanes {
                    choice = Choice::of_refusal(choice.kind);
                }
                jobs.push(job(choice));
                continue;
            }
            let mut pair = Vec::new();
            for lane in LANES {
                let (choice, refused) = in_lane(selection, lane, &manifest, test, system, beside)?;
                let mut job = job(choice);
                job.skip = job.skip.or(refused);
                pair.push(job);
            }
            let ids: Vec<_> = pair.iter().map(|job| job.id.clone()).rev().collect();
            for (job, other) in pair.iter_mut().zip(ids) {
                job.compared_with = Some(other);
            }
            jobs.extend(pair);
        }
        if selection.both_lanes {
            // One lane after the other, as they are shown.
            jobs[first..].sort_by_key(|job| job.backend);
        }
    }
    Ok(jobs)
}

fn tests(manifest: &Manifest, selection: &Selection) -> Vec<Test> {
    let mut tests = manifest.tests.clone();
    let asked = selection.backend.and_then(|kind| selection.backends.get(kind));
    if let (Some(backend), []) = (asked, &selection.tests[..]) {
        tests.extend(backend.more_tests(manifest));
    }
    tests
}

/// Says what cannot be run here.
fn cover(job: &mut Job, selection: &Selection) {
    let backend = selection.backends.get(job.backend);
    let runs = matches!(job.test.body, TestBody::Run(_));
    let here = job.manifest.feature.platforms.contains(&job.system);
    if let (true, Some((other, system))) = (here && runs, elsewhere(job)) {
        job.skip = Some(format!("{other}, beside it, is not for {}", system.as_str()));
        return;
    }
    if !here && backend.map_or(runs, |backend| backend.needs_machine(job)) {
        job.skip = Some(format!("the feature is not for {}", job.system.as_str()));
        return;
    }
    let coverage = backend.map(|backend| backend.coverage(job)).unwrap_or_default();
    job.skip = coverage.skip;
    job.not_covered = coverage.not_covered;
}

/// A feature beside the one that is tested, on a machine of a system that it is not for.
fn elsewhere(job: &Job) -> Option<(&str, Platform)> {
    job.beside.iter().find_map(|it| {
        let about = &it.manifest.feature;
        let systems = match &it.only_on {
            Some(machine) => [job.system_of(machine)].into(),
            None => job.systems(),
        };
        let other = systems.into_iter().find(|system| !about.platforms.contains(system))?;
        Some((&*about.name, other))
    })
}

/// Whether a test is among those that are asked for, of all: the one that is called so or, where none is,
/// all that have it in their names. Where nothing is asked for, all are.
pub fn is_chosen(test: &Test, all: &[Test], asked: &[String]) -> bool {
    let chosen = |name: &String| {
        is_named(test, name) || (!all.iter().any(|test| is_named(test, name)) && has(test, name))
    };
    asked.is_empty() || asked.iter().any(chosen)
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
