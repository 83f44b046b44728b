//! One module per command.

mod bench;
mod build;
mod cache;
mod ci;
mod completions;
mod conformance;
mod explain;
mod generate;
mod guest;
mod list;
mod matrix;
mod replay;
mod report;
mod setup;
mod test;

use anyhow::Context as _;
use camino::Utf8Path;
use domi_host::Interrupt;

use crate::Exit;
use crate::args::{Arguments, Command, Guest, GuestCommand};
use crate::context::Context;
use crate::failure::Result;

/// Runs a command.
pub(crate) fn run(arguments: Arguments) -> Result<Exit> {
    start(arguments).map_err(|failure| failure.explained(Utf8Path::new(""), None))
}

fn start(arguments: Arguments) -> Result<Exit> {
    if let Command::Completions(arguments) = &arguments.command {
        return completions::run(arguments);
    }
    if let Command::Guest(Guest { command: GuestCommand::Relay { socket, arguments } }) =
        &arguments.command
    {
        return guest::relay(socket, arguments);
    }
    let interrupt = Interrupt::install().context("cannot listen to signals")?;
    let context = Context::new(arguments.global, interrupt)?;
    let ended = run_in(&context, &arguments.command);
    ended.map_err(|failure| failure.explained(&context.root, Some(&context.target())))
}

fn run_in(context: &Context, command: &Command) -> Result<Exit> {
    match command {
        Command::Test(arguments) => test::run(context, arguments),
        Command::Matrix(arguments) => matrix::run(context, arguments),
        Command::Explain(arguments) => explain::run(context, arguments),
        Command::Report(arguments) => report::run(context, arguments),
        Command::Build(arguments) => build::run(context, arguments),
        Command::Replay(arguments) => replay::run(context, arguments),
        Command::Generate(arguments) => generate::run(context, arguments),
        Command::List(arguments) => list::run(context, arguments),
        Command::Guest(arguments) => guest::run(context, arguments),
        Command::Cache(arguments) => cache::run(context, arguments),
        Command::Setup(arguments) => setup::run(context, arguments),
        Command::Bench(arguments) => bench::run(context, arguments),
        Command::Ci(arguments) => ci::run(context, arguments),
        Command::Conformance(arguments) => conformance::run(context, arguments),
        Command::Completions(arguments) => completions::run(arguments),
    }
}
