//! What a command is started with.

use std::cell::OnceCell;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;

use crate::Exit;
use crate::arguments::Global;
use crate::config::Config;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::journal::undo_left_around;

/// A command: its arguments, which say how it is used, and what it does with them.
pub(crate) trait Run: clap::Args {
    /// Does what is asked for. It first makes a request of its arguments and of `domi.toml`, and
    /// from then on reads neither.
    fn run(self, start: &Start) -> Result<Exit>;
}

/// What a command is started with. The workspace is looked for only when a command asks for it, as
/// not every one works in a workspace.
pub(crate) struct Start {
    pub(crate) global: Global,
    /// How all commands are used.
    pub(crate) usage: fn() -> clap::Command,
    project: OnceCell<(Context, Config)>,
}

impl Start {
    pub(crate) fn new(global: Global, usage: fn() -> clap::Command) -> Self {
        Self { global, usage, project: OnceCell::new() }
    }

    /// The cargo workspace that the current folder is in, and what its `domi.toml` says. To be called
    /// once in a process, as it listens to signals.
    pub(crate) fn project(&self) -> Result<(&Context, &Config)> {
        let (context, config) = self.anywhere()?;
        context.in_workspace()?;
        Ok((context, config))
    }

    /// As [`Start::project`], for commands that need no cargo workspace.
    pub(crate) fn anywhere(&self) -> Result<(&Context, &Config)> {
        let interrupt = Interrupt::install().context("cannot listen to signals")?;
        // Before cargo is asked: it does not read a workspace that is half changed.
        if let Some(here) =
            std::env::current_dir().ok().and_then(|it| Utf8PathBuf::try_from(it).ok())
        {
            undo_left_around(&here)?;
        }
        let project = Context::new(self.global.clone(), interrupt)?;
        let (context, config) = self.project.get_or_init(|| project);
        Ok((context, config))
    }

    /// A failure of the command, as the problem that it is where this computer is to blame.
    pub(crate) fn explained(&self, failure: Failure) -> Failure {
        match self.project.get() {
            Some((context, _)) => failure.explained(&context.root, Some(&context.target())),
            None => failure.explained(Utf8Path::new(""), None),
        }
    }
}
