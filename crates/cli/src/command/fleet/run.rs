//! A command of the fleet, carried out by a person.

use std::collections::BTreeMap;

use clap::Args;
use domi_fleet::{Argument, Command, Ref};
use domi_fleet_log::NOT_CARRIED_OUT;
use domi_model::Problem;
use serde_json::{Value, json};

use super::carry::Carried;
use super::shared::{document, ended, recorded};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::placed;
use crate::request::FleetRequest;
use crate::values::given;

#[derive(Debug, Args)]
pub(super) struct Do {
    /// The command, as its file is called
    #[arg(value_parser = given)]
    command: String,
    /// What it is carried out on, by name
    #[arg(value_parser = given)]
    name: String,
    /// The value of a parameter of the command, such as `tag=out`
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    with: Vec<(String, String)>,
    /// Only print what would be done
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A parameter and its value.
fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() && !value.starts_with('$') => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("write a name and its value, such as `tag=out`".to_owned()),
    }
}

impl Do {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let mut carried = Carried::open(context, request, self.dry_run)?;
        let (command, on) = match self.meant(&carried) {
            Ok(meant) => meant,
            Err((why, next)) => {
                let problem = Problem::error(NOT_CARRIED_OUT, &self.command, why).next(next);
                return Err(context.problems(Exit::Usage, vec![problem]));
            }
        };
        let file = match carried.carry_out(request, &command, Some(&on), (None, None))? {
            Ok(file) => file,
            Err((why, mut problems)) => {
                let message = format!("cannot be carried out on `{}`: {why}", self.name);
                let problem = Problem::error(NOT_CARRIED_OUT, &self.command, message);
                problems
                    .push(problem.at(command.about.at(1)).next("correct what is said beside this"));
                return ended(context, placed(problems, request));
            }
        };
        carried.finish(context, request)?;
        let events = carried.draft.events();
        if self.json {
            let events: Vec<Value> = events.iter().map(document).collect();
            data!("{:#}", json!({ "file": file, "events": events }))?;
        } else if let Some(file) = &file {
            data!("{} changes {}", self.command, request.shown(file))?;
            crate::out::data(format_args!("{}", recorded(events)))?;
        } else {
            data!("nothing to change")?;
        }
        Ok(Exit::Pass)
    }

    /// The command with its values, and what it is carried out on; or what is wrong, and what to do.
    fn meant(
        &self,
        carried: &Carried,
    ) -> std::result::Result<(Command, (domi_fleet::Kind, String)), (String, String)> {
        let fleet = &carried.fleet;
        let Some(command) = fleet.commands.get(&self.command) else {
            let known: Vec<&str> = fleet.commands.keys().map(String::as_str).collect();
            let next = match known.is_empty() {
                true => "write one into `domain/procedures/commands/`".to_owned(),
                false => format!("there is {}", known.join(", ")),
            };
            return Err(("there is no such command".to_owned(), next));
        };
        let value = |(name, value): &(String, String)| {
            (name.clone(), Argument::Text(Ref { name: value.clone(), line: 1 }))
        };
        let values: BTreeMap<String, Argument> = self.with.iter().map(value).collect();
        let known: Vec<&str> = command.parameters.iter().map(|it| it.name.as_str()).collect();
        let next = match known.is_empty() {
            true => "leave `--with` out".to_owned(),
            false => format!("write a `--with NAME=VALUE` for each of {}", known.join(", ")),
        };
        let is_whole = known.iter().all(|name| values.contains_key(*name));
        if !is_whole || values.len() != known.len() || self.with.len() != known.len() {
            let message = match known.is_empty() {
                true => "has no parameters",
                false => "wants one value of each of its parameters, and no others",
            };
            return Err((message.to_owned(), next));
        }
        let kind = command.kind.ok_or(("has no kind".to_owned(), String::new()))?;
        if carried.draft.log().state.thing(kind, &self.name).is_none() {
            let message = format!("there is no {} `{}`", kind.noun(), self.name);
            return Err((message, "name one that is there".to_owned()));
        }
        Ok((command.with(&values, &fleet.constants), (kind, self.name.clone())))
    }
}
