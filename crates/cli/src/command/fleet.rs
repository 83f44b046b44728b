//! The fleet: an organisation and its machines, as files of TOML.

mod check;
mod hosts;
mod shared;
mod why;

use clap::{Args, Subcommand};

use crate::Exit;
use crate::failure::Result;
use crate::request::FleetRequest;
use crate::start::{Run, Start};
use crate::values::given;

/// Check the fleet, show its hosts, explain their settings
#[derive(Debug, Args)]
pub(crate) struct Fleet {
    /// What to do
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find everything that is wrong with the fleet's files
    Check {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the hosts, with what each of them gets
    Hosts {
        /// Print one JSON document, with all settings
        #[arg(long)]
        json: bool,
    },
    /// Say why an option of a host has its value
    Why {
        /// The option from its host on, such as `web-1.feature-x.port` or `web-1.features`
        #[arg(value_name = "HOST.OPTION", value_parser = given)]
        option: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Run for Fleet {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = FleetRequest::new(&context.root, config);
        match self.command {
            Command::Check { json } => check::run(context, &request, json),
            Command::Hosts { json } => hosts::run(context, &request, json),
            Command::Why { option, json } => why::run(context, &request, &option, json),
        }
    }
}
