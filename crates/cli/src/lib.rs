//! The commands of `cargo xtask`, as a library, so that any repository has them with an `xtask`
//! crate whose `main` calls [`main`].
//!
//! Commands only wire other crates together: what they know is how to talk with a person or a
//! CI system (arguments, `domi.toml`, exit codes, what is printed where). They know nothing of
//! what a manifest means, how Nix is printed or how a machine is run.

#![warn(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod talk;
#[macro_use]
mod out;

mod affected;
mod arguments;
mod backends;
mod by_hand;
mod codes;
mod command;
mod config;
mod context;
mod exit;
mod failure;
mod fleet;
mod generated;
mod git;
mod github;
mod guests;
mod input;
mod jobs;
mod journal;
#[cfg(test)]
mod mutated;
mod nix;
mod programs;
mod quarantine;
mod realiser;
mod relations;
mod released;
mod request;
mod required;
mod runs;
mod setup;
mod shown;
mod spelling;
mod start;
mod values;

use std::ffi::OsString;
use std::process::ExitCode;

pub use exit::Exit;

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    run(std::env::args_os()).into()
}

/// Runs one command line, its first word being the program's name. May be called once in a
/// process, as it listens to signals.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    command::run(arguments)
}
