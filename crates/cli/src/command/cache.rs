//! The binary cache of the workspace: what it has, and how it gets there.

mod asked;
mod history;
mod push;
mod status;
mod wanted;
mod words;

use clap::{Args, Subcommand};

use crate::Exit;
use crate::failure::Result;
use crate::start::{Run, Start};
use asked::{Asked, CacheWhat};

/// Manage the binary cache that domi.toml names
#[derive(Debug, Args)]
pub(crate) struct Cache {
    #[command(subcommand)]
    command: CacheCommand,
}

#[derive(Debug, Subcommand)]
enum CacheCommand {
    /// Show whether the cache answers, and how much of the flake's checks it has
    Status {
        #[command(flatten)]
        what: CacheWhat,
        /// Also read what it has, and compare that with its hashes
        #[arg(long)]
        verify: bool,
    },
    /// Copy what was built here to the cache
    Push {
        #[command(flatten)]
        what: CacheWhat,
        /// Copy what the flake's checks build
        #[arg(long, conflicts_with = "installables", required_unless_present = "installables")]
        all: bool,
    },
}

impl Run for Cache {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let cache = config.cache.as_ref();
        match &self.command {
            CacheCommand::Status { what, verify } => {
                status::run(&Asked::new(context, cache, what)?, *verify)
            }
            CacheCommand::Push { what, all: _ } => push::run(&Asked::new(context, cache, what)?),
        }
    }
}
