//! Measures this tool.

mod eval;
mod generate;
mod grow;
mod matrix;
mod measure;
mod native;
mod nixos;
mod plan;
mod restores;
mod test;
mod workspace;

use std::time::Duration;

use clap::{Args, Subcommand};
use domi_runner::BackendKind;

use crate::Exit;
use crate::arguments::NixArguments;
use crate::context::Context;
use crate::failure::Result;
use crate::request::{GuestRequest, NixRequest};
use crate::start::{Run, Start};
use crate::values::given;

/// Measure this tool on this computer
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure [default: everything but eval and nixos]
    #[command(subcommand)]
    command: Option<BenchCommand>,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// `generate --check` with many features
    Generate {
        /// How many features, all of them copies of those here
        #[arg(long, default_value_t = 1000)]
        features: usize,
        /// How often to measure; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Commands that explain a repository with many features
    Grow {
        /// How many features: those here and copies of them
        #[arg(long, default_value_t = 300)]
        features: usize,
        /// How often to measure; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Machines: restored, booted, told to do things
    Machines,
    /// The tests of a feature, from the start of the command to its end
    Test {
        /// How often to measure; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Many runs in a row and two at a time, and what they leave behind
    Soak {
        /// How many runs in a row
        #[arg(long, default_value_t = 100)]
        runs: usize,
        /// How many pairs of runs
        #[arg(long, default_value_t = 25)]
        pairs: usize,
    },
    /// A matrix, with machines restored side by side and booted one by one
    Matrix {
        /// How many features, 20 at most
        #[arg(long, default_value_t = 20)]
        features: usize,
    },
    /// Plans of many jobs, whole, as shards and for a change
    Plan {
        /// How many features, all of them copies of those here
        #[arg(long, default_value_t = 1000)]
        features: usize,
        /// How often to measure; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Fleets of 50 to 50,000 hosts: loaded, merged, planned, drawn, asked, split; their logs
    Fleet,
    /// The HTML page of a run of many jobs, opened in a browser
    Page,
    /// Many restores of machines of both systems, and what they leave behind
    Restores {
        /// How many restores
        #[arg(long, default_value_t = 1000)]
        count: usize,
    },
    /// The same tests in containers and in emulated machines, in turn
    Native {
        /// How often to measure; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// The same tests on Debian and on NixOS, in containers and in machines
    Nixos {
        /// The features whose tests are run
        #[arg(value_name = "FEATURE", value_parser = given, default_value = "feature-x")]
        features: Vec<String>,
        /// Compare this lane; may be given several times [default: five]
        #[arg(long, value_name = "NAME")]
        backend: Vec<BackendKind>,
    },
    /// Nix evaluates all checks, together and one feature after another
    Eval {
        /// How often to measure; the median counts
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
}

impl Run for Bench {
    /// Everything is measured within one run, so that ratios mean something on a computer that is
    /// not always equally fast.
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let guest = &GuestRequest::new(config);
        match self.command {
            Some(BenchCommand::Generate { features, runs }) => {
                generate::run(context, features, runs)
            }
            Some(BenchCommand::Grow { features, runs }) => grow::run(context, features, runs),
            Some(BenchCommand::Machines) => cargo_bench(context, "domi-guest", "machines"),
            Some(BenchCommand::Test { runs }) => test::run(context, runs),
            Some(BenchCommand::Soak { runs, pairs }) => test::soak(context, runs, pairs),
            Some(BenchCommand::Eval { runs }) => {
                eval::run(context, &NixRequest::new(&NixArguments::default()), runs)
            }
            Some(BenchCommand::Matrix { features }) => matrix::run(context, features),
            Some(BenchCommand::Plan { features, runs }) => plan::run(context, features, runs),
            Some(BenchCommand::Fleet) => fleet(context),
            Some(BenchCommand::Page) => cargo_bench(context, "domi-report", "page"),
            Some(BenchCommand::Native { runs }) => both_lanes(context, guest, runs),
            Some(BenchCommand::Nixos { features, backend }) => {
                nixos::run(context, &features, backend)
            }
            Some(BenchCommand::Restores { count }) => restores::run(context, guest, count),
            None => {
                cargo_bench(context, "domi-guest", "machines")?;
                test::run(context, 7)?;
                both_lanes(context, guest, 7)?;
                generate::run(context, 1000, 7)?;
                grow::run(context, 300, 7)?;
                plan::run(context, 1000, 7)?;
                fleet(context)?;
                cargo_bench(context, "domi-report", "page")?;
                matrix::run(context, 20)?;
                restores::run(context, guest, 1000)?;
                test::soak(context, 100, 25)
            }
        }
    }
}

/// Containers against machines, and containers alone.
fn both_lanes(context: &Context, guest: &GuestRequest, runs: usize) -> Result<Exit> {
    native::run(context, guest, runs)?;
    cargo_bench(context, "domi-container", "containers")
}

/// A fleet, its merges against Nix's where there is one, commands that look at all of it, and its log.
fn fleet(context: &Context) -> Result<Exit> {
    cargo_bench(context, "domi-fleet-files", "fleet")?;
    cargo_bench(context, "domi-fleet-files", "modules")?;
    cargo_bench(context, "domi-fleet-ontology", "commands")?;
    cargo_bench(context, "domi-fleet-log", "log")
}

/// Runs a benchmark of a crate, compiled with optimisation.
fn cargo_bench(context: &Context, package: &str, name: &str) -> Result<Exit> {
    let program = domi_plugin::cargo()
        .args(["bench", "--quiet", "--package", package, "--bench", name])
        .folder(&context.root)
        .show_stderr()
        .time_limit(Duration::from_secs(60 * 60));
    crate::out::data(format_args!("{}", program.read(&context.interrupt)?))?;
    Ok(Exit::Pass)
}
