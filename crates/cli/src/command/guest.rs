mod probe;
mod units;

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use domi_guest::{Entry, Kind, Machine, Options, Progress, Prune};
use domi_model::Platform;
use domi_runner::Selection;
use serde_json::json;

use crate::args::{Guest, GuestCommand, Install};
use crate::context::Context;
use crate::failure::Result;
use crate::{Exit, guests, setup};

/// Looks after the images and layers that machines start from.
pub(crate) fn run(context: &Context, arguments: &Guest) -> Result<Exit> {
    match &arguments.command {
        GuestCommand::List { json } => list(context, *json),
        GuestCommand::Build { features, system, install } => {
            build(context, features, system, *install)
        }
        GuestCommand::Prune { unused_for } => prune(context, *unused_for),
        GuestCommand::Shell { features, system, cold, install } => {
            let system = system.or_else(domi_runner::host_system);
            let system = system.context("there are no guests for computers like this")?;
            shell(context, features, system, *cold, *install)
        }
        GuestCommand::Probe { again } => probe::probe(context, *again),
        GuestCommand::Verify => verify(context),
        GuestCommand::Units { features, install } => units::judge(context, features, *install),
        GuestCommand::Relay { socket, arguments } => relay(socket, arguments),
    }
}

/// Stands for a machine. The driver ends it by a signal, as it would end QEMU.
pub(crate) fn relay(socket: &Path, arguments: &[String]) -> Result<Exit> {
    domi_runner::relay(socket, arguments)?;
    Ok(Exit::Pass)
}

fn list(context: &Context, as_json: bool) -> Result<Exit> {
    let entries = guests::open(context)?.list()?;
    if as_json {
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| {
                json!({
                    "key": entry.key,
                    "kind": entry.kind,
                    "packages": entry.packages,
                    "bytes": entry.bytes,
                    "unusedSeconds": age(entry).as_secs(),
                    "inUse": entry.in_use,
                })
            })
            .collect();
        data!("{:#}", json!(entries))?;
    } else {
        entries.iter().try_for_each(|entry| data!("{}", line(entry)))?;
        if entries.is_empty() {
            talk!("nothing is stored");
        }
    }
    Ok(Exit::Pass)
}

/// An entry for a person: `3f2a…  layer    41 MiB  2 h ago    h2o, rsync`.
fn line(entry: &Entry) -> String {
    let kind = match entry.kind {
        Some(Kind::Image) => "image",
        Some(Kind::Layer) => "layer",
        None => "damaged",
    };
    let age = match age(entry).as_secs() {
        _ if entry.in_use => "in use".to_owned(),
        0..60 => "now".to_owned(),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} d ago", seconds / 86_400),
    };
    let key = entry.key.get(..12).unwrap_or(&entry.key);
    let mib = entry.bytes >> 20;
    let line = format!("{key}  {kind:7}  {mib:5} MiB  {age:10}  {}", entry.packages.join(", "));
    line.trim_end().to_owned()
}

fn age(entry: &Entry) -> Duration {
    SystemTime::now().duration_since(entry.last_used).unwrap_or_default()
}

fn prune(context: &Context, unused_for: Option<Duration>) -> Result<Exit> {
    let what = unused_for.map_or(Prune::All, Prune::UnusedFor);
    let gone = guests::open(context)?.prune(what)?;
    gone.iter().try_for_each(|entry| data!("removed {}", line(entry)))?;
    let bytes: u64 = gone.iter().map(|entry| entry.bytes).sum();
    talk!("{} MiB freed", bytes >> 20);
    Ok(Exit::Pass)
}

fn verify(context: &Context) -> Result<Exit> {
    let guests = guests::open(context)?;
    let stored = guests.list()?.len();
    let gone = guests.verify()?;
    gone.iter().try_for_each(|(entry, why)| data!("removed {}: {why}", line(entry)))?;
    talk!("{stored} checked, {} damaged", gone.len());
    Ok(Exit::Pass)
}

/// Makes the image, and the layers that the tests of features start from.
fn build(
    context: &Context,
    features: &[String],
    systems: &[Platform],
    install: Install,
) -> Result<Exit> {
    let systems = setup::systems(systems);
    let layers = layers(context, features, &systems)?;
    setup::ensure(context, &systems, install)?;
    for system in systems {
        let guests = guests::open_for(context, system)?;
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

/// Lets a person into a machine with all packages that these features need.
fn shell(
    context: &Context,
    features: &[String],
    system: Platform,
    cold: bool,
    install: Install,
) -> Result<Exit> {
    let systems = setup::systems(&[system]);
    let packages = layers(context, features, &systems)?.into_iter().flatten();
    let packages: BTreeSet<String> = packages.collect();
    let packages: Vec<String> = packages.into_iter().collect();
    setup::ensure(context, &systems, install)?;
    let guests = guests::open_for(context, system)?;
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
    let of_features = domi_runner::layers(&plan_of(context, features, systems)?).into_iter();
    layers.extend(of_features.filter(|packages| !packages.is_empty()));
    Ok(layers)
}

/// All tests of these features, or of all.
fn plan_of(
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

pub(super) fn say(context: &Context, progress: Progress<'_>) {
    let paint = context.paint();
    match progress {
        Progress::Waiting => talk!("waiting for another process that makes the same"),
        Progress::Remaking { reason } => talk!("{}: {reason}", paint.odd("making it anew")),
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
fn options(context: &Context, folder: &tempfile::TempDir) -> Options {
    Options {
        name: "guest".to_owned(),
        serial_log: folder.path().join("serial.log"),
        network: None,
        interrupt: context.interrupt.clone(),
    }
}
