mod machine;
mod probe;
mod store;
mod units;

pub(super) use machine::{options, say};

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domi_model::Platform;

use crate::Exit;
use crate::arguments::Install;
use crate::failure::Result;
use crate::request::GuestRequest;
use crate::start::{Run, Start};
use crate::values::{duration, given, system};

/// Manage the machine images that tests start from
#[derive(Debug, Args)]
pub(crate) struct Guest {
    #[command(subcommand)]
    command: GuestCommand,
}

#[derive(Debug, Subcommand)]
enum GuestCommand {
    /// List the stored images and layers
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make the image, and the layers of features, before a test needs them
    Build {
        /// The features whose packages to install
        #[arg(value_name = "FEATURE", value_parser = given)]
        features: Vec<String>,
        /// The systems of the machines [default: this computer's]
        #[arg(long, value_name = "SYSTEM", value_parser = system)]
        system: Vec<Platform>,
        #[command(flatten)]
        install: Install,
    },
    /// Remove images and layers that no machine uses
    Prune {
        /// Only those that were not used for this long, such as 7d or 12h
        #[arg(long, value_name = "TIME", value_parser = duration)]
        unused_for: Option<Duration>,
    },
    /// Open a shell in a machine
    Shell {
        /// The features whose packages to install
        #[arg(value_name = "FEATURE", value_parser = given)]
        features: Vec<String>,
        /// The system of the machine [default: this computer's]
        #[arg(long, value_name = "SYSTEM", value_parser = system)]
        system: Option<Platform>,
        /// Boot the machine instead of restoring it
        #[arg(long)]
        cold: bool,
        #[command(flatten)]
        install: Install,
    },
    /// Say what was found out about this computer: what runs machines, what containers may have
    Probe {
        /// Find it out again, after the computer was busy or a setting has changed
        #[arg(long)]
        again: bool,
    },
    /// Check every byte of the stored images and layers; remove damaged ones
    Verify,
    /// Have systemd in a guest check the units that features make in their tests
    Units {
        /// The features [default: all]
        #[arg(value_name = "FEATURE", value_parser = given)]
        features: Vec<String>,
        #[command(flatten)]
        install: Install,
    },
    /// Connect the NixOS test driver, which starts this, to a machine
    #[command(hide = true)]
    Relay {
        /// Where the other process listens
        socket: PathBuf,
        /// The QEMU options that the driver gives
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

impl Run for Guest {
    fn run(self, start: &Start) -> Result<Exit> {
        // The driver starts it outside any workspace.
        if let GuestCommand::Relay { socket, arguments } = &self.command {
            return relay(socket, arguments);
        }
        let (context, config) = start.project()?;
        let guest = &GuestRequest::new(config);
        match self.command {
            GuestCommand::List { json } => store::list(context, json),
            GuestCommand::Build { features, system, install } => {
                machine::build(context, guest, &features, &system, install)
            }
            GuestCommand::Prune { unused_for } => store::prune(context, unused_for),
            GuestCommand::Shell { features, system, cold, install } => {
                let system = system.or_else(domi_runner::host_system);
                let system = system.context("there are no guests for computers like this")?;
                machine::shell(context, guest, &features, system, cold, install)
            }
            GuestCommand::Probe { again } => probe::probe(context, guest, again),
            GuestCommand::Verify => store::verify(context),
            GuestCommand::Units { features, install } => {
                units::judge(context, guest, &features, install)
            }
            GuestCommand::Relay { socket, arguments } => relay(&socket, &arguments),
        }
    }
}

/// Acts as the QEMU of a machine that another process runs. The driver ends it by a signal.
fn relay(socket: &Path, arguments: &[String]) -> Result<Exit> {
    domi_backend_portable::relay(socket, arguments)?;
    Ok(Exit::Pass)
}
