//! The commands of `cargo xtask`, as a library, so that any repository has them with an `xtask`
//! crate whose `main` calls [`main`].
//!
//! Commands only wire other crates together: what they know is how to talk with a person or a
//! CI system (arguments, `domi.toml`, exit codes, what is printed where). They know nothing of
//! what a manifest means, how Nix is printed or how a machine is run.

#![warn(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod out;

mod affected;
mod args;
mod codes;
mod command;
mod config;
mod context;
mod exit;
mod failure;
mod generate;
mod github;
mod guests;
mod jobs;
mod module;
#[cfg(test)]
mod mutated;
mod nix;
mod pages;
mod quarantine;
mod realiser;
mod release;
mod runs;
mod setup;
mod shown;
mod workflow;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use exit::Exit;

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    run(std::env::args_os()).into()
}

/// Runs one command line, its first word being the program's name. May be called once in a
/// process, as it listens to signals.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match args::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody can be told of a terminal that is gone.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Pass };
        }
    };
    let global = arguments.global.clone();
    match command::run(arguments) {
        Ok(exit) => exit,
        Err(failure) => failure.show(&global),
    }
}
