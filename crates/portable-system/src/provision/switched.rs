//! What a machine is switched to in a test, computed before it is started.

use domi_model::{Machine, Manifest, Problem, Run, Switch};
use domi_realise::switch::unswitchable;
use domi_realise::{File, System};

use super::activation::{added_to, there};
use super::system::settings;
use super::{Case, FeatureSystem, NoSystem, Provision, Settings, all_files, newer};

/// What a machine is switched to.
#[derive(Debug, Clone)]
pub struct Switched {
    /// The step that does it, from 0.
    pub step: usize,
    /// What the feature comes to from then on.
    pub system: System,
    /// The files that the machine then has.
    pub files: Vec<File>,
    /// Ends where the machine has not got what the system needs.
    pub(crate) needs: String,
    /// Whether the machine is in a network with others.
    pub(crate) networked: bool,
}

/// Adds to a machine what it is switched to.
pub(super) fn add(
    case: &Case<'_>,
    run: &Run,
    machine: &Machine,
    provision: &mut Provision,
    make: &dyn Fn(&Settings) -> Result<FeatureSystem, NoSystem>,
) -> Result<(), NoSystem> {
    let mut problems = Vec::new();
    let name = provision.name.clone();
    for (step, switch) in run.switches(&name) {
        let place = &run.steps[step].place;
        let made = match after(case.manifest, case.set, machine, switch)? {
            Some(settings) => match make(&settings) {
                Err(NoSystem::Problems(found)) => {
                    let placed = |it: Problem| match it.place {
                        None => it.at(place.clone()),
                        Some(_) => it,
                    };
                    problems.extend(found.into_iter().map(placed));
                    continue;
                }
                made => made?,
            },
            None => super::without(case.manifest),
        };
        let FeatureSystem { system, files: more, warnings, needed } = made;
        let (before, _) = provision.systems().last().expect("it has one to start with");
        let fixed = unswitchable(before, &system).into_iter();
        problems.extend(fixed.map(|problem| problem.at(place.clone())));
        let files = all_files(&system, more, machine);
        let needs = there(&needed) + &added_to(&system) + &newer::known(&files);
        provision.warnings.extend(warnings);
        let networked = run.machines.len() > 1;
        provision.switches.push(Switched { step, system, files, needs, networked });
    }
    for switched in &provision.switches {
        let system = &switched.system;
        provision.packages.extend(system.debian_packages.iter().cloned());
        provision.units.extend(system.units.keys().chain(system.drop_ins.keys()).cloned());
    }
    for all in [&mut provision.packages, &mut provision.units] {
        all.sort();
        all.dedup();
    }
    if problems.is_empty() { Ok(()) } else { Err(NoSystem::Problems(problems)) }
}

/// The settings of a machine that is switched; none where the feature has never been on it.
pub(super) fn after(
    manifest: &Manifest,
    set: &[String],
    machine: &Machine,
    switch: &Switch,
) -> Result<Option<Settings>, Vec<Problem>> {
    Ok(switch.over(machine, settings(manifest, set, machine)?))
}
