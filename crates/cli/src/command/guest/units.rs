use std::collections::BTreeSet;

use anyhow::Context as _;
use domi_container::{Containers, Probes};
use domi_host::dirs;
use domi_model::Platform;
use domi_portable_system::Driven;
use tempfile::TempDir;

use super::machine::{self, plan_of, say};
use crate::arguments::Install;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GuestRequest;
use crate::{Exit, guests, setup};

/// Has systemd check the units that features make with the settings of their tests, all of them
/// in one guest with all of their packages. What systemd says of a unit's file does not depend on
/// the kernel, so a container does where this computer can have one; it is ready much sooner.
pub(super) fn judge(
    context: &Context,
    guest: &GuestRequest,
    features: &[String],
    install: Install,
) -> Result<Exit> {
    let systems = setup::systems(&[]);
    let (sets, packages) = domi_portable_system::unit_sets(&plan_of(context, features, &systems)?);
    let units: usize = sets.iter().map(|set| set.names.len()).sum();
    if sets.is_empty() {
        data!("no unit to judge")?;
        return Ok(Exit::Pass);
    }
    let folder = tempfile::tempdir().context("no folder for temporary files")?;
    let mut judge: Box<dyn Driven> = match Probes::known(&dirs::cache()?)?.missing() {
        None => Box::new(container(context, guest, &packages, &folder, install)?),
        Some(_) => Box::new(machine(context, guest, &systems, &packages, &folder, install)?),
    };
    let problems = domi_portable_system::judge_units(judge.as_mut(), &sets)?;
    data!("{units} units on {} machines, {} faults", sets.len(), problems.len())?;
    if problems.is_empty() {
        return Ok(Exit::Pass);
    }
    Err(context.problems(Exit::Feature, problems))
}

fn container(
    context: &Context,
    guest: &GuestRequest,
    packages: &[String],
    folder: &TempDir,
    install: Install,
) -> Result<domi_backend_container::Guest> {
    setup::ensure(context, &setup::Wanted::containers(), install)?;
    let distribution = guests::settings(context, guest)?.distribution;
    let containers = Containers::open(&dirs::cache()?, distribution, context.interrupt.clone())?;
    let image = containers.with_packages(packages, &|progress| match progress {
        domi_container::Progress::Store(told) => say(context, domi_guest::Progress::Store(told)),
        domi_container::Progress::Started(stage) => talk!("{stage}"),
        _ => {}
    })?;
    let options = domi_container::Options {
        name: "guest".to_owned(),
        console_log: folder.path().join("console.log"),
        network: None,
        interrupt: context.interrupt.clone(),
    };
    let machine = domi_container::Machine::boot(&containers, &image, options)?;
    Ok(domi_backend_container::driven(machine))
}

fn machine(
    context: &Context,
    guest: &GuestRequest,
    systems: &BTreeSet<Platform>,
    packages: &[String],
    folder: &TempDir,
    install: Install,
) -> Result<domi_backend_portable::Guest> {
    let system = *systems.first().context("there are no guests for computers like this")?;
    setup::ensure(context, &setup::Wanted::machines(systems.clone()), install)?;
    let options = machine::options(context, folder);
    let guests = guests::open_for(context, guest, system)?;
    let machine = guests.restore(packages, &options, &|progress| say(context, progress))?;
    Ok(domi_backend_portable::driven(machine))
}
