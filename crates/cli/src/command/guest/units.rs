use anyhow::Context as _;
use domi_guest::Progress;

use super::machine::{self, plan_of, say};
use crate::arguments::Install;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GuestRequest;
use crate::{Exit, guests, setup};

/// Has systemd check the units that features make with the settings of their tests, all of them
/// in one machine with all of their packages.
pub(super) fn judge(
    context: &Context,
    guest: &GuestRequest,
    features: &[String],
    install: Install,
) -> Result<Exit> {
    let systems = setup::systems(&[]);
    let system = *systems.first().context("there are no guests for computers like this")?;
    let (sets, packages) = domi_portable_system::unit_sets(&plan_of(context, features, &systems)?);
    let units: usize = sets.iter().map(|set| set.names.len()).sum();
    if sets.is_empty() {
        data!("no unit to judge")?;
        return Ok(Exit::Pass);
    }
    setup::ensure(context, &setup::Wanted::machines(systems.clone()), install)?;
    let folder = tempfile::tempdir().context("no folder for temporary files")?;
    let options = machine::options(context, &folder);
    let listener = |progress: Progress<'_>| say(context, progress);
    let guests = guests::open_for(context, guest, system)?;
    let mut machine =
        domi_backend_portable::driven(guests.restore(&packages, &options, &listener)?);
    let problems = domi_portable_system::judge_units(&mut machine, &sets)?;
    data!("{units} units on {} machines, {} faults", sets.len(), problems.len())?;
    if problems.is_empty() {
        return Ok(Exit::Pass);
    }
    Err(context.problems(Exit::Feature, problems))
}
