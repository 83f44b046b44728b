//! The fleet: an organisation and its machines, as files of TOML.

mod ask;
mod carry;
mod check;
mod describe;
mod erase;
mod expected;
mod hosts;
mod log;
mod ontology;
mod picture;
pub(super) mod plan;
mod publish;
mod react;
mod rebase;
mod record;
mod renewed;
mod run;
mod shared;
mod sign;
mod split;
mod test;
pub(super) mod things;
mod update;
mod why;

use clap::{Args, Subcommand};
use domi_fleet::Kind;
use jiff::Timestamp;

use crate::Exit;
use crate::failure::Result;
use crate::request::FleetRequest;
use crate::start::{Run, Start};
use crate::values::given;

pub(super) use shared::sound;

/// Check the fleet, explain its hosts, draw it, test policies, plan changes, keep a log
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
    /// List what there is, whatever it is
    List {
        /// Only this: host, person, secret, … [default: all]
        #[arg(value_name = "KIND", value_parser = things::kind)]
        kind: Option<Kind>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show what something says, who refers to it, and on which hosts it is
    Show {
        /// What it is and its name, such as `secret/bank`
        #[arg(value_name = "KIND/NAME", value_parser = things::thing)]
        thing: (Kind, String),
        /// Print one JSON document
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
    /// Describe this computer as a host, with the device that it is
    Describe(describe::Describe),
    /// Draw the organisation, networks, places, or who may reach what
    Picture(picture::Picture),
    /// Print a page on which the fleet is searched, as HTML
    Explorer,
    /// Answer a question about the fleet; without one, list those that are kept
    Ask(ask::Ask),
    /// Print what the fleet says as linked data
    Ontology(ontology::Ontology),
    /// Show what changes on which host between a commit and now
    Plan {
        /// The commit, branch or tag that the files are compared with
        #[arg(long, value_name = "REV", value_parser = given, default_value = "HEAD")]
        from: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
        /// Print a bash script for a tool: colmena, deploy-rs or nixos-anywhere
        #[arg(long, value_name = "TOOL", conflicts_with = "json", hide_possible_values = true)]
        script: Option<plan::Tool>,
    },
    /// Try on machines what the tests of policies expect
    Test(Box<test::Test>),
    /// Write what other fleets may refer to, as the views say
    Publish(publish::Publish),
    /// Show what a newer view of another fleet changes here, and take it over
    Update(update::Update),
    /// Make a unit or a location a fleet of its own, in a git repository of its own
    Split(split::Split),
    /// Record in the log what the files say
    Record,
    /// Carry out a command of `domain/procedures/commands`, and record what it changes
    Run(run::Do),
    /// Take a person's files away, record that, and list where copies remain
    Erase(erase::Erase),
    /// Answer what was recorded with the commands of reactions, and record that
    React(react::React),
    /// Show what was recorded, in order; sign it; put the logs of two branches together
    #[command(args_conflicts_with_subcommands = true)]
    Log {
        /// Print the events as JSON, one a line
        #[arg(long)]
        json: bool,
        /// What to do with it instead
        #[command(subcommand)]
        of_log: Option<log::OfLog>,
    },
    /// Find whether the log is whole, and whether it and the files say the same
    Verify {
        /// Require a signature by a key in this file of OpenSSH's allowed signers
        #[arg(long, value_name = "FILE", value_parser = sign::signers)]
        signers: Option<String>,
    },
    /// Show what there is or was, as the log has it
    State {
        /// At this time, or at the end of this day in UTC [default: now]
        #[arg(long, value_name = "DATE", value_parser = log::time)]
        at: Option<Timestamp>,
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
            Command::List { kind, json } => things::list(&request, kind, json),
            Command::Show { thing, json } => things::show(context, &request, &thing, json),
            Command::Why { option, json } => why::run(context, &request, &option, json),
            Command::Describe(it) => it.run(context, &request),
            Command::Picture(it) => picture::picture(context, &request, &it),
            Command::Explorer => picture::page(context, &request),
            Command::Ask(it) => ask::run(context, &request, &it),
            Command::Ontology(it) => ontology::run(context, &request, &it),
            Command::Plan { from, json, script } => {
                plan::run(context, &request, &from, plan::Form::new(json, script))
            }
            Command::Test(test) => test::run(context, &test.request(request, config)),
            Command::Publish(it) => it.run(context, &request),
            Command::Update(it) => it.run(context, &request),
            Command::Split(it) => it.run(context, &request),
            Command::Record => record::record(context, &request),
            Command::Run(it) => it.run(context, &request),
            Command::Erase(it) => it.run(context, &request),
            Command::React(react) => react.run(context, &request),
            Command::Log { of_log: Some(it), .. } => it.run(context, &request),
            Command::Log { json, of_log: None } => log::log(context, &request, json),
            Command::Verify { signers } => record::verified(context, &request, signers.as_deref()),
            Command::State { at, json } => log::state(context, &request, at, json),
        }
    }
}
