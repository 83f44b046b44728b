//! Reactions: what was recorded is answered with commands, which change files of the fleet.

use clap::Args;
use domi_fleet::{Change, Kind, What};
use domi_fleet_log::{Answers, Due, NOT_CARRIED_OUT, TOO_MANY_ANSWERS};
use domi_model::Problem;
use serde_json::{Value, json};

use super::carry::{Carried, Refused};
use super::shared::{document, ended};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::placed;
use crate::request::FleetRequest;

/// The most answers of one run. Reactions that answer each other for ever are found before that.
const MOST: usize = 10_000;

#[derive(Debug, Args)]
pub(super) struct React {
    /// Only print what would be done
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

struct Answer {
    due: Due,
    command: String,
    /// The file that the command changed, if it changed one.
    file: Option<String>,
}

impl React {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let mut carried = Carried::open(context, request, self.dry_run)?;
        let mut due = Answers::of(carried.draft.log());
        let mut answers: Vec<Answer> = Vec::new();
        while let Some(next) = due.next(carried.draft.log(), &carried.fleet) {
            let answer = match answers.len() {
                MOST => Err(vec![too_many(&next)]),
                _ => answer(&mut carried, next, request)?,
            };
            match answer {
                Ok(answer) => answers.push(answer),
                Err(problems) => return ended(context, placed(problems, request)),
            }
        }
        carried.finish(context, request)?;
        if self.json {
            let answers: Vec<Value> = answers.iter().map(Answer::json).collect();
            let events: Vec<Value> = carried.draft.events().iter().map(document).collect();
            data!("{:#}", json!({ "answers": answers, "events": events }))?;
        } else if answers.is_empty() {
            data!("nothing to answer")?;
        } else {
            let lines: String = answers.iter().map(|it| it.line(request)).collect();
            crate::out::data(format_args!("{lines}"))?;
        }
        Ok(Exit::Pass)
    }
}

fn too_many(next: &Due) -> Problem {
    let message = format!("there are more than {MOST} events to answer at once");
    let problem = Problem::error(TOO_MANY_ANSWERS, &next.reaction, message);
    problem.next("let fewer events be answered, or take it away")
}

/// Answers an event; or says why that cannot be.
fn answer(
    carried: &mut Carried,
    due: Due,
    request: &FleetRequest,
) -> Result<std::result::Result<Answer, Refused>> {
    // A fleet without problems has all of these.
    let reaction = carried.fleet.reactions.get(&due.reaction);
    let found = reaction.and_then(|reaction| {
        let run = reaction.run.as_ref()?;
        let command = carried.fleet.commands.get(&run.name)?;
        let command = command.with(&reaction.with, &carried.fleet.constants);
        Some((command, reaction.about.at(run.line)))
    });
    let (command, place) =
        found.ok_or_else(|| anyhow::anyhow!("{} has no command", due.reaction))?;
    let reaction = carried.draft.log().state.thing(Kind::Reaction, &due.reaction).cloned();
    let done = reaction.map(|thing| Change { what: What::Done, thing });
    let because = (Some(&due.event), done);
    let name = command.about.name.clone();
    Ok(match carried.carry_out(request, &command, due.on.as_ref(), because)? {
        Ok(file) => Ok(Answer { due, command: name, file }),
        Err((why, mut problems)) => {
            let event = &due.event;
            let (number, kind, subject) = (event.sequence, event.kind(), event.subject());
            let message =
                format!("`{name}` cannot answer event {number} ({kind} {subject}): {why}");
            let problem = Problem::error(NOT_CARRIED_OUT, &due.reaction, message).at(place);
            problems.push(problem.next("correct the command or the reaction, or the files"));
            Err(problems)
        }
    })
}

impl Answer {
    fn line(&self, request: &FleetRequest) -> String {
        let Due { event, reaction, on } = &self.due;
        let on = on.as_ref().map_or_else(
            || "what is not there any more".to_owned(),
            |(kind, name)| format!("{}/{name}", kind.word()),
        );
        let what = match &self.file {
            Some(file) => format!("changes {}", request.shown(file)),
            None => "nothing to change".to_owned(),
        };
        let (kind, subject, command) = (event.kind(), event.subject(), &self.command);
        format!(
            "{:>6}  {kind} {subject}: {reaction} runs {command} on {on}, {what}\n",
            event.sequence
        )
    }

    fn json(&self) -> Value {
        let Due { event, reaction, on } = &self.due;
        json!({
            "event": event.id, "reaction": reaction, "command": self.command,
            "on": on.as_ref().map(|(kind, name)| format!("{}/{name}", kind.word())),
            "file": self.file,
        })
    }
}
