//! What a test's machines get, computed before any of them is started. Pure.

mod activation;
pub(crate) mod evaluated;
mod from_store;
mod newer;
pub(crate) mod nix_realiser;
pub(crate) mod nixos_test;
mod programs;
mod switched;
pub(crate) mod switching;
mod system;
mod targets;
mod to_make;
mod typed;
pub(crate) mod wanted;

use std::collections::BTreeSet;

use domi_model::{Action, Machine, Manifest, Problem, Run, TestBody};
use domi_network::Place;
use domi_realise::switch::unswitchable;
use domi_realise::{Content, File, System, test_file_rule};
use domi_runner::{Beside, Job, Plan};
use domi_transplant::FromStore;

pub(crate) use self::activation::there;
use self::activation::{Around, activation, needs};
pub use self::switched::Switched;
pub use self::system::NoSystem;
use self::system::released;
pub(crate) use self::system::{FeatureSystem, Settings, by_rust, settings};
pub use self::to_make::ToMake;

/// What one machine gets.
#[derive(Debug, Clone)]
pub struct Provision {
    /// Its name.
    pub name: String,
    /// The Debian packages it needs.
    pub packages: Vec<String>,
    /// The files it needs.
    pub files: Vec<File>,
    /// The script that puts the files into effect.
    pub activation: String,
    /// Whether the files are in effect only after the next boot.
    pub boots: bool,
    /// Its place in a network, where that is not the usual one; it is in one even if it is alone.
    pub place: Option<Place>,
    /// What is worth saying of its settings.
    pub warnings: Vec<String>,
    /// What the feature comes to on it.
    pub system: System,
    /// What it is switched to in the test, in that order.
    pub switches: Vec<Switched>,
    /// What commands make of it, before any machine starts.
    pub to_make: ToMake,
    /// What it has of Nix's store, where its units and scripts have programs from there.
    pub store: FromStore,
}

impl Provision {
    /// All that follows from settings and is done to the machine, for the key of a verdict.
    pub fn told(&self) -> String {
        let Self { files, activation, switches, to_make, store, .. } = self;
        let told = format!("{files:?} {activation} {switches:?} {:?} ", to_make.making);
        // A derivation changes with everything that could change what it makes.
        if *store == FromStore::default() { told } else { format!("{told}{store:?} ") }
    }

    /// The units of the feature, at any time of the test.
    pub fn units(&self) -> Vec<String> {
        let all: BTreeSet<_> = self.systems().flat_map(|(system, _)| units(system)).collect();
        all.into_iter().cloned().collect()
    }

    /// What it has in the course of the test: each system with its files.
    pub fn systems(&self) -> impl Iterator<Item = (&System, &[File])> {
        let later = self.switches.iter().map(|it| (&it.system, &*it.files));
        std::iter::once((&self.system, &*self.files)).chain(later)
    }
}

/// What machines get their systems from, beside their own settings.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The feature.
    pub manifest: &'a Manifest,
    /// Its previous release, where machines begin with that.
    pub previous: Option<&'a Manifest>,
    /// Settings (`option=value`) that machines get on top of their own.
    pub set: &'a [String],
    /// Features that are enabled beside it.
    pub beside: &'a [Beside],
    /// Whether the NixOS test driver takes the steps.
    pub driven: bool,
}

impl<'a> Case<'a> {
    /// That of a job.
    pub fn of(job: &'a Job) -> Self {
        Self {
            manifest: &job.manifest,
            previous: job.previous.as_deref(),
            set: &job.set,
            beside: &job.beside,
            driven: job.variant.driven,
        }
    }
}

/// Says what a machine of this name has with certain settings of the feature.
pub(crate) type Make<'a> = dyn Fn(&str, &Settings) -> Result<FeatureSystem, NoSystem> + 'a;

/// The machines of a test, in the order of their names; or everything that is wrong with their
/// settings.
pub(crate) fn provisions(
    case: &Case<'_>,
    run: &Run,
    make: &Make<'_>,
) -> Result<Vec<Provision>, NoSystem> {
    let around = Around {
        networked: run.machines.len() > 1,
        power_is_cut: run.steps.iter().any(|step| matches!(step.action, Action::Crash)),
        ..Around::default()
    };
    let mut provisions = Vec::new();
    let (mut refused, mut not_carried) = (Vec::new(), Vec::new());
    for (name, machine) in &run.machines {
        match with_switches(case, run, name, machine, make, around) {
            Ok(provision) => provisions.push(provision),
            Err(NoSystem::Problems(found)) => refused.extend(found),
            Err(NoSystem::NotCarried(found)) => not_carried.extend(found),
            Err(unable) => return Err(unable),
        }
    }
    match (refused.is_empty(), not_carried.is_empty()) {
        (true, true) => Ok(provisions),
        (true, false) => Err(NoSystem::NotCarried(not_carried)),
        (false, _) => {
            refused.extend(not_carried);
            Err(NoSystem::Problems(refused))
        }
    }
}

/// A machine with all that it is switched to.
fn with_switches(
    case: &Case<'_>,
    run: &Run,
    name: &str,
    machine: &Machine,
    make: &Make<'_>,
    around: Around,
) -> Result<Provision, NoSystem> {
    let first = match case.previous.filter(|_| machine.previous) {
        Some(previous) => released(previous, case.set, machine)?,
        None => made(case, name, machine, make)?,
    };
    let targets = targets::are_looked_at(&first.system, targets::commands(&run.steps));
    let around = Around { targets, ..around };
    let mut provision = machine_of(case, name, machine, first, around);
    let mut problems = Vec::new();
    for (step, switch) in run.switches(name) {
        let place = &run.steps[step].place;
        let made = match switched::after(case.manifest, case.set, machine, switch)? {
            Some(settings) => make(name, &settings),
            None => Ok(without(case.manifest)),
        };
        let made = match made {
            Err(NoSystem::Problems(found)) => {
                let placed = |it: Problem| {
                    let place = it.place.clone().or_else(|| place.clone());
                    it.at(place)
                };
                problems.extend(found.into_iter().map(placed));
                continue;
            }
            made => made?,
        };
        // Systems of Nix are not switched, and others have nothing of its store.
        let FeatureSystem { system, files: more, warnings, needed, to_make, store: _ } = made;
        provision.to_make.add(to_make.making, &to_make.files);
        let (before, _) = provision.systems().last().expect("it has one to start with");
        let fixed = unswitchable(before, &system).into_iter();
        problems.extend(fixed.map(|problem| problem.at(place.clone())));
        provision.packages.extend(packages(case, machine, &system));
        provision.warnings.extend(warnings);
        let files = all_files(&system, more, machine);
        let switched = Switched::to(step, system, files, &needed, around.networked);
        provision.switches.push(switched);
    }
    provision.packages.sort();
    provision.packages.dedup();
    hide(case, machine, &mut provision);
    if problems.is_empty() { Ok(provision) } else { Err(NoSystem::Problems(problems)) }
}

/// The names of a system's units, and of those that it adds to.
pub(crate) fn units(system: &System) -> impl Iterator<Item = &String> {
    system.units.keys().chain(system.drop_ins.keys())
}

/// What a machine gets that no test is about: it may be reached from outside, and may be switched
/// off at any time.
///
/// # Errors
/// When settings are refused.
pub fn alone(case: &Case<'_>, name: &str, machine: &Machine) -> Result<Provision, NoSystem> {
    let make = |_: &str, settings: &Settings| by_rust(case.manifest, case.beside, settings);
    let around = Around { networked: true, power_is_cut: true, ..Around::default() };
    let made = made(case, name, machine, &make)?;
    let mut provision = machine_of(case, name, machine, made, around);
    hide(case, machine, &mut provision);
    Ok(provision)
}

fn made(
    case: &Case<'_>,
    name: &str,
    machine: &Machine,
    make: &Make<'_>,
) -> Result<FeatureSystem, NoSystem> {
    if machine.enable {
        return make(name, &settings(case.manifest, case.set, machine)?);
    }
    Ok(without(case.manifest))
}

/// What there is of a feature that is not enabled.
fn without(manifest: &Manifest) -> FeatureSystem {
    let system = System { feature: manifest.feature.name.clone(), ..System::default() };
    FeatureSystem { system, ..FeatureSystem::default() }
}

fn machine_of(
    case: &Case<'_>,
    name: &str,
    machine: &Machine,
    made: FeatureSystem,
    around: Around,
) -> Provision {
    let FeatureSystem { system, files: more, warnings, needed, to_make, store } = made;
    let files = all_files(&system, more, machine);
    let reads_bus = needed.keys().any(|path| path.starts_with("/usr/share/dbus-1/"));
    let around = Around { reads_bus, ..around };
    Provision {
        name: name.to_owned(),
        packages: packages(case, machine, &system),
        activation: needs(&system, &files, &needed)
            + &from_store::programs(&store.on_path)
            + &activation(&system, &files, around),
        files,
        boots: system.units_to_restart().is_none(),
        place: None,
        warnings,
        system,
        switches: Vec::new(),
        to_make,
        store,
    }
}

/// Has a machine hide what only its units have, from its start and after each switch.
fn hide(case: &Case<'_>, machine: &Machine, provision: &mut Provision) {
    let packages = &provision.packages;
    let script = |system: &System| typed::hide(packages, system, case.manifest, machine);
    let mut before = script(&provision.system);
    provision.activation += &before;
    for switched in &mut provision.switches {
        let after = script(&switched.system);
        if after != before {
            switched.needs += &(typed::show() + &after);
        }
        before = after;
    }
}

/// The files of a system, and those that the test puts on the machine.
fn all_files(system: &System, more: Vec<File>, machine: &Machine) -> Vec<File> {
    let mut files = system.files();
    files.extend(more);
    let rules: String = machine.files.iter().map(test_file_rule).collect();
    if !rules.is_empty() {
        let content = Content::Text(rules);
        files.push(File { path: TEST_FILES.to_owned(), mode: 0o400, content });
    }
    files
}

/// Where the rules for the files of a test stand. They are made again at each boot.
const TEST_FILES: &str = "/etc/tmpfiles.d/domi-test.conf";

/// What every NixOS has and the driver counts on: it waits for ports with `nc`.
const FOR_THE_DRIVER: &str = "netcat-openbsd";

fn packages(case: &Case<'_>, machine: &Machine, system: &System) -> Vec<String> {
    let named = machine.packages.iter().filter_map(|name| case.manifest.packages.get(name));
    let named = named.flat_map(|package| package.debian.iter().cloned());
    let driven = case.driven.then(|| FOR_THE_DRIVER.to_owned());
    let all = system.debian_packages.iter().cloned().chain(named).chain(driven);
    let all: BTreeSet<String> = all.collect();
    all.into_iter().collect()
}

/// The sets of Debian packages that machines of a plan start from: one for each layer that a run
/// needs, and an empty one for the image itself.
pub fn layers(plan: &Plan) -> BTreeSet<Vec<String>> {
    let provisions = plan.jobs.iter().flat_map(of_job);
    provisions.map(|provision| provision.packages).collect()
}

/// What the machines of a job get by Rust; nothing for a refusal, nor where settings are refused.
pub(crate) fn of_job(job: &Job) -> Vec<Provision> {
    let TestBody::Run(run) = &job.test.body else { return Vec::new() };
    of_rust(&Case::of(job), run).unwrap_or_default()
}

/// What the machines of a test get by Rust.
///
/// # Errors
/// When settings are refused.
pub fn of_rust(case: &Case<'_>, run: &Run) -> Result<Vec<Provision>, NoSystem> {
    provisions(case, run, &|name, settings| {
        by_rust(case.manifest, Beside::on(case.beside, name), settings)
    })
}
