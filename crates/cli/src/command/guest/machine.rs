//! Machines that start from the stored images and layers.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd;

use anyhow::Context as _;
use domi_guest::{Drive, Machine, Options, Progress, Told};
use domi_model::Platform;
use domi_runner::Selection;

use crate::arguments::Install;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GuestRequest;
use crate::{Exit, guests, setup};

/// Makes the image, and the layers that the tests of features start from.
pub(super) fn build(
    context: &Context,
    guest: &GuestRequest,
    features: &[String],
    systems: &[Platform],
    install: Install,
) -> Result<Exit> {
    let systems = setup::systems(systems);
    let layers = layers(context, features, &systems)?;
    setup::ensure(context, &setup::Wanted::machines(systems.clone()), install)?;
    for system in systems {
        let guests = guests::open_for(context, guest, system)?;
        for packages in &layers {
            let snapshot = guests.with_packages(packages, &|progress| say(context, progress))?;
            let (key, system) = (snapshot.key(), system.as_str());
            match &packages[..] {
                [] => data!("{key}  {system}  image")?,
                packages => data!("{key}  {system}  layer  {}", packages.join(", "))?,
            }
        }
    }
    Ok(Exit::Pass)
}

/// Opens a shell in a machine with all packages that these features need.
pub(super) fn shell(
    context: &Context,
    guest: &GuestRequest,
    features: &[String],
    system: Platform,
    cold: bool,
    install: Install,
) -> Result<Exit> {
    let systems = setup::systems(&[system]);
    let packages = layers(context, features, &systems)?.into_iter().flatten();
    let packages: BTreeSet<String> = packages.collect();
    let packages: Vec<String> = packages.into_iter().collect();
    setup::ensure(context, &setup::Wanted::machines(systems.clone()), install)?;
    let guests = guests::open_for(context, guest, system)?;
    let folder = tempfile::tempdir().context("no folder for temporary files")?;
    let options = options(context, &folder);
    let listener = |progress: Progress<'_>| say(context, progress);
    let mut machine = if cold {
        Machine::boot(&guests.with_packages(&packages, &listener)?, options)?
    } else {
        guests.restore(&packages, &options, &listener)?
    };
    machine.interactive(io::stdin().as_fd(), &mut io::stdout())?;
    Ok(Exit::Pass)
}

/// The sets of packages that machines of these features start from; without features, none.
fn layers(
    context: &Context,
    features: &[String],
    systems: &BTreeSet<Platform>,
) -> Result<Vec<Vec<String>>> {
    let mut layers = vec![Vec::new()];
    if features.is_empty() {
        return Ok(layers);
    }
    let of_features =
        domi_portable_system::layers(&plan_of(context, features, systems)?).into_iter();
    layers.extend(of_features.filter(|packages| !packages.is_empty()));
    Ok(layers)
}

/// All tests of these features, or of all.
pub(super) fn plan_of(
    context: &Context,
    features: &[String],
    systems: &BTreeSet<Platform>,
) -> Result<domi_runner::Plan> {
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, features)?;
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let loaded: Vec<_> = loaded.features.into_iter().map(guests::loaded).collect();
    let systems = systems.iter().copied().collect();
    domi_runner::plan(&loaded, &Selection { systems, ..Selection::default() })
        .map_err(|problems| context.problems(Exit::Usage, problems))
}

pub(in crate::command) fn say(context: &Context, progress: Progress<'_>) {
    let paint = context.paint();
    match progress {
        Progress::Store(told @ Told::Remaking { .. }) => talk!("{}", paint.odd(told)),
        Progress::Store(told) => talk!("{told}"),
        Progress::Started { stage, expected: None } => talk!("{stage}"),
        Progress::Started { stage, expected: Some(last) } => {
            talk!("{stage} {}", paint.faint(format_args!("({:.0?} last time)", last)));
        }
        Progress::Note { text } => talk!("{}", paint.faint(text)),
        Progress::Finished { stage, took } if context.global.verbose > 0 => {
            talk!("{stage} took {took:.1?}");
        }
        _ => {}
    }
}

/// A machine alone, whose serial console is written down in a folder.
pub(in crate::command) fn options(context: &Context, folder: &tempfile::TempDir) -> Options {
    Options {
        name: "guest".to_owned(),
        serial_log: folder.path().join("serial.log"),
        network: None,
        store: None,
        interrupt: context.interrupt.clone(),
    }
}
