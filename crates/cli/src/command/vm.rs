//! A machine with some features, for a person at a terminal or a script.

mod asked;
mod copied;
mod kept;
mod of_host;
mod provided;
mod session;
mod ssh;

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use domi_guest::{Drive, Guests, Kept, KeptMachines, Machine, Options, Progress};
use domi_model::Platform;
use domi_portable_system::Provision;
use domi_runner::Unable;

use super::guest;
use crate::Exit;
use crate::arguments::Install;
use crate::context::Context;
use crate::failure::Result;
use crate::request::{FleetRequest, GuestRequest};
use crate::start::{Run, Start};
use crate::values::{given, system};
use crate::{guests, setup};
use asked::Asked;
use kept::{Keeping, Note, Wanted};
use of_host::OfHost;
use provided::Provided;
use session::Visited;
use ssh::Ssh;

/// How long putting a system into effect may take.
const ACTIVATION: Duration = Duration::from_secs(10 * 60);

/// Open a machine with just these features on this terminal
#[derive(Debug, Args)]
pub(crate) struct Vm {
    /// The features on it; what they require is there, too
    #[arg(value_name = "FEATURE", value_parser = given)]
    features: Vec<String>,
    /// The features of a host of the fleet, with its settings
    #[arg(long, value_name = "HOST", value_parser = given, conflicts_with = "features")]
    host: Option<String>,
    /// Set an option: feature-x.port=9090
    #[arg(long, value_name = "FEATURE.OPTION=VALUE", value_parser = given)]
    set: Vec<String>,
    /// Lead a port of this computer to one of the machine: 8080:80
    #[arg(long, value_name = "HOST:GUEST", value_parser = given)]
    forward: Vec<String>,
    /// Copy a folder into the machine: site:/srv/site
    #[arg(long, value_name = "FOLDER:PATH", value_parser = given)]
    copy: Vec<String>,
    /// Let this computer in by ssh, with keys for this session
    #[arg(long)]
    ssh: bool,
    /// The system of the machine [default: this computer's]
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    system: Option<Platform>,
    /// Keep the machine, or resume the one of this name
    #[arg(long, value_name = "NAME", value_parser = given)]
    keep: Option<String>,
    /// Remove a kept machine
    #[arg(long, value_name = "NAME", value_parser = given, exclusive = true)]
    forget: Option<String>,
    #[command(flatten)]
    install: Install,
}

impl Run for Vm {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let machines = KeptMachines::of(&domi_host::dirs::cache()?, context.interrupt.clone());
        match &self.forget {
            Some(name) => kept::forget(context, &machines, name),
            None => {
                let request = GuestRequest::new(config);
                let fleet = FleetRequest::new(&context.root, config);
                let host = self.host.as_deref();
                let host = host.map(|host| OfHost::find(context, &fleet, host)).transpose()?;
                open(context, &request, &machines, (&self, host.as_ref()))
            }
        }
    }
}

/// All that was found before anything is started.
struct Ready {
    asked: Asked,
    /// What is known of the machine, and is written down where it is kept.
    note: Note,
    keeping: Keeping,
    /// What a new machine gets; one that is resumed has it.
    provided: Option<Provided>,
}

fn open(
    context: &Context,
    request: &GuestRequest,
    machines: &KeptMachines,
    (arguments, host): (&Vm, Option<&OfHost>),
) -> Result<Exit> {
    let ready = ready(context, machines, (arguments, host))?;
    let ssh = arguments.ssh.then(|| Ssh::new(context)).transpose()?;
    // Read before anything is started: a script that never ends starts no machine.
    let script = session::script(&context.interrupt)?;
    let system = ready.note.system;
    setup::ensure(context, &setup::Wanted::machines([system].into()), arguments.install)?;
    let settings = guests::settings_for(context, request, system)?;
    let distribution = settings.distribution.clone();
    let guests = guests::open_with(context, settings)?;
    let logs = tempfile::tempdir().context("no folder for temporary files")?;
    let Ready { asked, note, keeping, provided } = ready;
    let provision =
        provided.map(|it| it.with_programs(context, system, &distribution)).transpose()?;
    let open = provision.as_ref().map(|it| &it.system.firewall.tcp);
    let is_closed = |port: &u16| open.is_some_and(|open| !open.contains(port));
    let closed: Vec<u16> = asked.forwards.iter().map(|it| it.guest).filter(is_closed).collect();
    let options = Options { name: note.name.clone(), ..guest::options(context, &logs) };
    let (machine, kept) = match keeping {
        Keeping::Again(kept) => {
            let listener = |progress: Progress<'_>| guest::say(context, progress);
            (guests.boot_kept(&kept, options, &listener)?, Some(kept))
        }
        keeping => started(context, (&guests, machines), &options, (keeping, &note), provision)?,
    };
    let mut visited = Visited { machine, kept, note };
    for archive in asked.archives {
        let pushed = visited.machine.push(archive)?;
        pushed.succeeded("the machine did not take a folder")?;
    }
    let of_ssh = ssh.iter().map(Ssh::forward);
    visited.machine.forward(&asked.forwards.iter().copied().chain(of_ssh).collect::<Vec<_>>())?;
    if let Some(ssh) = &ssh {
        ssh.start(&mut visited.machine)?;
    }
    for port in closed {
        let what = "the firewall of the features lets nobody in at port";
        talk!("{} {what} {port} of the machine", context.paint().odd("warning:"));
    }
    visited.session(context, (&asked.forwards, ssh.as_ref()), script.as_deref())
}

/// What is asked for, or everything that is wrong with it.
fn ready(
    context: &Context,
    machines: &KeptMachines,
    (arguments, host): (&Vm, Option<&OfHost>),
) -> Result<Ready> {
    let mut problems = Vec::new();
    let asked = Asked::of(&arguments.forward, &arguments.copy, &context.interrupt, &mut problems)?;
    let features = host.map_or_else(|| arguments.features.clone(), OfHost::features);
    let wanted = Wanted {
        keep: arguments.keep.as_deref(),
        features: &features,
        system: arguments.system,
        sets: !arguments.set.is_empty() || host.is_some(),
        ssh: arguments.ssh,
    };
    let (keeping, known) = kept::find(machines, &wanted, &mut problems)?;
    let system = arguments.system.or(host.map(|host| host.system));
    let system = system.or_else(domi_runner::host_system);
    let system = system.context("there are no guests for computers like this")?;
    let mut exit = Exit::Usage;
    let (note, provided) = match known {
        Some(note) => (note, None),
        None => {
            let name = host.map_or("vm", |host| &*host.name);
            let name = arguments.keep.clone().unwrap_or_else(|| name.to_owned());
            let wanted = provided::Wanted {
                name: &name,
                features: &features,
                settings: host.map(|host| &host.settings),
                set: &arguments.set,
                system,
            };
            let (provided, refused) = provided::provide(context, &wanted, &mut problems)?;
            if !refused.is_empty() {
                exit = Exit::Feature;
                problems.extend(refused);
            }
            (Note { name, system, features, ssh: arguments.ssh }, provided)
        }
    };
    if problems.is_empty() {
        Ok(Ready { asked, note, keeping, provided })
    } else {
        Err(context.problems(exit, problems))
    }
}

/// A new machine, restored as those of tests are, with the system of its features.
fn started(
    context: &Context,
    (guests, machines): (&Guests, &KeptMachines),
    options: &Options,
    (keeping, note): (Keeping, &Note),
    provision: Option<Provision>,
) -> Result<(Machine, Option<Kept>)> {
    let listener = |progress: Progress<'_>| guest::say(context, progress);
    let mut packages = provision.as_ref().map(|it| it.packages.clone()).unwrap_or_default();
    if note.ssh && !packages.iter().any(|package| package == ssh::PACKAGE) {
        packages.push(ssh::PACKAGE.to_owned());
        packages.sort();
    }
    let (machine, mut kept) = if let Keeping::New = keeping {
        let snapshot = guests.with_packages(&packages, &listener)?;
        let kept = machines.make(&snapshot, note.written()?)?;
        (kept.restore(&snapshot, options.clone())?, Some(kept))
    } else {
        (guests.restore(&packages, options, &listener)?, None)
    };
    let mut guest = domi_backend_portable::driven(machine);
    if let Some(provision) = provision {
        let output = domi_portable_system::activate(&mut guest, &provision, ACTIVATION);
        let output = output.map_err(|fault| match fault.unable {
            Unable::Interrupted => anyhow::Error::new(domi_guest::Error::Interrupted),
            _ => anyhow::anyhow!("{}\n{}", fault.message, fault.console),
        })?;
        output.succeeded("the machine did not take the system of its features")?;
    }
    if let Some(kept) = &mut kept {
        kept.keep(&note.name)?;
    }
    Ok((guest.machine, kept))
}
