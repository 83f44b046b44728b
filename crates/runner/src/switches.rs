//! What machines cannot be switched to while they run: known before anything starts, in each lane.

use domi_model::{Manifest, Problem, Run, Test};
use domi_realise::System;
use domi_realise::codes::NOT_SWITCHED;
use domi_realise::switch::{unswitchable, unswitchable_after};

use crate::beside::{Beside, realise_beside};
use crate::job::{Job, one_of_each_test};
use crate::stages::{Stage, stages};

/// What machines of jobs cannot be switched to, each once.
pub(crate) fn problems(jobs: &[Job]) -> Vec<Problem> {
    let mut problems = Vec::<Problem>::new();
    for job in one_of_each_test(jobs) {
        let Some(run) = job.test.run() else { continue };
        let mut found = taken(&job.manifest, &job.test, run, &job.beside);
        // A machine that is never switched has one stage, and needs no system here.
        let manifests = (&*job.manifest, job.previous.as_deref());
        let stages = stages(manifests, run, &job.set).into_iter();
        for stages in stages.filter(|stages| stages.len() > 1) {
            found.extend(changes(job, &stages));
        }
        found.retain(|problem| !problems.contains(problem));
        problems.extend(found);
    }
    problems
}

/// What cannot change from one stage of a machine to the next. What is wrong with the settings of one,
/// its job says.
fn changes(job: &Job, stages: &[Stage<'_>]) -> Vec<Problem> {
    let system = |stage: &Stage<'_>| match &stage.settings {
        Some(settings) => {
            let beside = Beside::on(&job.beside, stage.machine);
            realise_beside(stage.manifest, settings, beside).ok().map(|it| it.system)
        }
        None => Some(System::default()),
    };
    let mut problems = Vec::new();
    let mut earlier = Vec::<System>::new();
    for stage in stages {
        let Some(new) = system(stage) else { return problems };
        if let Some(old) = earlier.last() {
            let before: Vec<_> = earlier.iter().collect();
            let found =
                unswitchable(old, &new).into_iter().chain(unswitchable_after(&before, &new));
            let place = stage.place.or(job.test.place.as_ref());
            problems.extend(found.map(|problem| problem.at(place.cloned())));
        }
        earlier.push(new);
    }
    problems
}

/// Options that a switch changes and a feature beside sets too. On NixOS the switch would have its
/// way alone, where settings of one value are otherwise merged.
fn taken(manifest: &Manifest, test: &Test, run: &Run, beside: &[Beside]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let switches = run.machines.keys().flat_map(|name| run.switches(name));
    for (at, name) in
        switches.flat_map(|(at, switch)| switch.settings.keys().map(move |it| (at, it)))
    {
        for other in beside {
            let mut sets = other.manifest.system.settings.iter();
            let feature = &manifest.feature.name;
            if sets.any(|it| it.feature == *feature && it.option.0.first() == Some(name)) {
                let message =
                    format!("{} sets it too, and would no longer", other.manifest.feature.name);
                let place = run.steps[at].place.as_ref().or(test.place.as_ref());
                problems.push(
                    Problem::error(NOT_SWITCHED, name.as_str(), message)
                        .at(place.cloned())
                        .next("switch to other values of options that are this test's alone"),
                );
            }
        }
    }
    problems
}
