//! The commands, one module each: its arguments, its help and what it does.

mod bench;
mod build;
mod cache;
mod ci;
mod completions;
mod conformance;
mod diff;
mod doctor;
mod explain;
mod fleet;
mod generate;
mod graph;
mod guest;
mod guide;
mod list;
mod man;
mod matrix;
mod new;
mod nix_code;
mod options;
mod promote;
mod release;
mod remove;
mod rename;
mod replay;
mod report;
mod scripts;
mod setup;
mod show;
mod template;
mod test;
mod undo;
mod vm;
mod watch;
mod why;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::Exit;
use crate::arguments::Global;
use crate::failure::Result;
use crate::start::{Run, Start};

/// Makes the command line of commands, each a module and the type of its arguments in it.
macro_rules! commands {
    ($($module:ident::$command:ident,)+) => {
        /// Test NixOS features in real machines
        #[derive(Debug, Parser)]
        #[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
        struct CommandLine {
            #[command(flatten)]
            global: Global,
            #[command(subcommand)]
            command: Command,
        }

        #[derive(Debug, Subcommand)]
        enum Command {
            $($command(Box<$module::$command>),)+
        }

        impl Command {
            fn run(self, start: &Start) -> Result<Exit> {
                match self {
                    $(Self::$command(command) => command.run(start),)+
                }
            }
        }

        impl CommandLine {
            /// Runs the command of a line of words, the first of them the program's name.
            fn run_words(words: impl IntoIterator<Item = OsString>) -> Exit {
                let line = match Self::try_parse_from(words) {
                    Ok(line) => line,
                    Err(error) => {
                        // If the terminal is gone, there is nobody to tell.
                        let _ = error.print();
                        return if error.use_stderr() { Exit::Usage } else { Exit::Pass };
                    }
                };
                let start = Start::new(line.global, Self::command);
                match line.command.run(&start) {
                    Ok(exit) => exit,
                    Err(failure) => start.explained(failure).show(&start.global),
                }
            }
        }
    };
}

// In the order of the help.
commands! {
    test::Test,
    watch::Watch,
    matrix::Matrix,
    explain::Explain,
    report::Report,
    replay::Replay,
    build::Build,
    template::Template,
    new::New,
    rename::Rename,
    remove::Remove,
    generate::Generate,
    release::Release,
    promote::Promote,
    list::List,
    show::Show,
    options::Options,
    diff::Diff,
    why::Why,
    graph::Graph,
    scripts::Scripts,
    fleet::Fleet,
    guest::Guest,
    vm::Vm,
    cache::Cache,
    setup::Setup,
    doctor::Doctor,
    guide::Guide,
    ci::Ci,
    conformance::Conformance,
    bench::Bench,
    completions::Completions,
    man::Man,
}

/// Runs the command of a line of words, the first of them the program's name.
pub(crate) fn run(words: impl IntoIterator<Item = OsString>) -> Exit {
    CommandLine::run_words(words)
}

#[cfg(test)]
mod tests;
