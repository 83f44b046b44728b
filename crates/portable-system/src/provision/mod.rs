//! What a test's machines get, computed before any of them is started. Pure.

mod activation;
pub(crate) mod evaluated;
mod programs;
mod system;

use std::collections::BTreeSet;

use domi_model::{Machine, Run, TestBody};
use domi_realise::{Content, File, System, test_file_rule};
use domi_runner::{Job, Plan};

use self::activation::{activation, added_to, there};
pub use self::system::NoSystem;
pub(crate) use self::system::{FeatureSystem, Settings, by_rust, settings};

/// What one machine gets.
#[derive(Debug, Clone)]
pub struct Provision {
    /// Its name.
    pub name: String,
    /// The Debian packages it needs.
    pub packages: Vec<String>,
    /// The files it needs.
    pub files: Vec<File>,
    /// The units of the feature.
    pub units: Vec<String>,
    /// The script that puts the files into effect.
    pub activation: String,
    /// Whether the files are in effect only after the next boot.
    pub boots: bool,
    /// What is worth saying of its settings.
    pub warnings: Vec<String>,
    /// What the feature comes to on it.
    pub system: System,
}

/// The machines of a test, in the order of their names; or everything that is wrong with their
/// settings. `make` says what the feature comes to with certain settings.
pub(crate) fn provisions(
    job: &Job,
    run: &Run,
    make: &dyn Fn(&Settings) -> Result<FeatureSystem, NoSystem>,
) -> Result<Vec<Provision>, NoSystem> {
    let networked = run.machines.len() > 1;
    let mut provisions = Vec::new();
    let mut problems = Vec::new();
    for (name, machine) in &run.machines {
        match made(job, machine, make) {
            Ok(made) => provisions.push(machine_of(job, name, machine, made, networked)),
            Err(NoSystem::Problems(found)) => problems.extend(found),
            Err(unable) => return Err(unable),
        }
    }
    if problems.is_empty() { Ok(provisions) } else { Err(NoSystem::Problems(problems)) }
}

fn made(
    job: &Job,
    machine: &Machine,
    make: &dyn Fn(&Settings) -> Result<FeatureSystem, NoSystem>,
) -> Result<FeatureSystem, NoSystem> {
    if machine.enable {
        return make(&settings(&job.manifest, &job.set, machine)?);
    }
    let system = System { feature: job.feature().to_owned(), ..System::default() };
    Ok(FeatureSystem { system, ..FeatureSystem::default() })
}

fn machine_of(
    job: &Job,
    name: &str,
    machine: &Machine,
    made: FeatureSystem,
    networked: bool,
) -> Provision {
    let FeatureSystem { system, files: more, warnings, needed } = made;
    let mut files = system.files();
    files.extend(more);
    let rules: String = machine.files.iter().map(test_file_rule).collect();
    if !rules.is_empty() {
        let content = Content::Text(rules);
        files.push(File { path: TEST_FILES.to_owned(), mode: 0o400, content });
    }
    Provision {
        name: name.to_owned(),
        packages: packages(job, machine, &system),
        activation: there(&needed) + &added_to(&system) + &activation(&system, &files, networked),
        files,
        units: system.units.keys().chain(system.drop_ins.keys()).cloned().collect(),
        boots: system.units_to_restart().is_none(),
        warnings,
        system,
    }
}

/// Where the rules for the files of a test stand. They are made again at each boot.
const TEST_FILES: &str = "/etc/tmpfiles.d/domi-test.conf";

/// What every NixOS has and the driver counts on: it waits for ports with `nc`.
const FOR_THE_DRIVER: &str = "netcat-openbsd";

fn packages(job: &Job, machine: &Machine, system: &System) -> Vec<String> {
    let named = machine.packages.iter().filter_map(|name| job.manifest.packages.get(name));
    let named = named.flat_map(|package| package.debian.iter().cloned());
    let driven = job.variant.driven.then(|| FOR_THE_DRIVER.to_owned());
    let all = system.debian_packages.iter().cloned().chain(named).chain(driven);
    let all: BTreeSet<String> = all.collect();
    all.into_iter().collect()
}

/// The sets of Debian packages that machines of a plan start from: one for each layer that a run
/// needs, and an empty one for the image itself.
pub fn layers(plan: &Plan) -> BTreeSet<Vec<String>> {
    let provisions = plan.jobs.iter().filter_map(|job| of_rust(job).ok()).flatten();
    provisions.map(|provision| provision.packages).collect()
}

/// What the machines of a job get by Rust; nothing for a refusal.
///
/// # Errors
/// When settings are refused.
pub fn of_rust(job: &Job) -> Result<Vec<Provision>, NoSystem> {
    let TestBody::Run(run) = &job.test.body else { return Ok(Vec::new()) };
    provisions(job, run, &|settings| by_rust(&job.manifest, settings))
}
