//! Reactions: what was recorded is answered with commands, which change files of the fleet.

use std::collections::BTreeMap;

use clap::Args;
use domi_fleet::{Change, Fleet, State, What, compare};
use domi_fleet_files::{Loaded, load_changed};
use domi_fleet_log::{Answers, Draft, Due, NOT_CARRIED_OUT, TOO_MANY_ANSWERS, Writer, verify};
use domi_model::{Problem, Severity};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::undo::Undo;
use super::shared::{ended, features, read};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, files, placed};
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

/// What is carried out, before any of it is written.
struct Answered {
    draft: Draft,
    fleet: Fleet,
    /// The new texts of files, by their paths from the fleet's root.
    texts: BTreeMap<String, String>,
    answers: Vec<Answer>,
}

struct Answer {
    due: Due,
    command: String,
    /// The file that the command changed, if it changed one.
    file: Option<String>,
}

impl React {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let mut writer = None;
        let draft = if self.dry_run {
            Draft::of(read(context, request)?)
        } else {
            match Writer::open(&request.root)? {
                Ok(it) => writer.insert(it).draft(),
                Err(problem) => return ended(context, placed(vec![*problem], request)),
            }
        };
        if let Some(torn) = writer.as_ref().and_then(Writer::torn) {
            context.show(placed(vec![torn.repaired()], request));
        }
        let Loaded { fleet, mut problems } = files(request);
        problems.retain(|problem| problem.severity == Severity::Error);
        if problems.is_empty() {
            problems = verify(draft.log(), &State::of(&fleet));
        }
        if !problems.is_empty() {
            return ended(context, placed(problems, request));
        }
        let begin = Answered { draft, fleet, texts: BTreeMap::new(), answers: Vec::new() };
        let answered = match begin.all(request)? {
            Ok(answered) => answered,
            Err(problems) => return ended(context, placed(problems, request)),
        };
        let wrong = answered.wrong(context, request)?;
        if !wrong.is_empty() {
            return ended(context, wrong);
        }
        let mut undo = Undo::new(&request.root);
        if let Some(writer) = &mut writer {
            for (file, text) in &answered.texts {
                undo.note(file.as_str().into())?;
                domi_host::file::write(request.root.join(file).as_std_path(), text)?;
            }
            writer.commit(answered.draft.clone())?;
        }
        undo.forget();
        self.say(&answered, request)
    }

    fn say(&self, answered: &Answered, request: &FleetRequest) -> Result<Exit> {
        if self.json {
            let answers: Vec<Value> = answered.answers.iter().map(Answer::json).collect();
            let events = answered.draft.events().iter();
            let events = events.map(|it| serde_json::from_str(&it.line()).unwrap_or_default());
            let events: Vec<Value> = events.collect();
            data!("{:#}", json!({ "answers": answers, "events": events }))?;
        } else if answered.answers.is_empty() {
            data!("nothing to answer")?;
        } else {
            let lines: String = answered.answers.iter().map(|it| it.line(request)).collect();
            crate::out::data(format_args!("{lines}"))?;
        }
        Ok(Exit::Pass)
    }
}

impl Answered {
    /// Carries out what is due, also what that leads to; or says why it cannot be.
    fn all(mut self, request: &FleetRequest) -> Result<std::result::Result<Self, Vec<Problem>>> {
        let mut due = Answers::of(self.draft.log());
        while let Some(next) = due.next(self.draft.log(), &self.fleet) {
            if self.answers.len() == MOST {
                let message = format!("there are more than {MOST} events to answer at once");
                let problem = Problem::error(TOO_MANY_ANSWERS, &next.reaction, message);
                return Ok(Err(vec![
                    problem.next("let fewer events be answered, or take it away"),
                ]));
            }
            if let Err(problems) = self.answer(next, request)? {
                return Ok(Err(problems));
            }
        }
        Ok(Ok(self))
    }

    fn answer(
        &mut self,
        due: Due,
        request: &FleetRequest,
    ) -> Result<std::result::Result<(), Vec<Problem>>> {
        let Some(reaction) = self.fleet.reactions.get(&due.reaction) else { return Ok(Ok(())) };
        let Some(run) = reaction.run.as_ref() else { return Ok(Ok(())) };
        let Some(command) = self.fleet.commands.get(&run.name) else { return Ok(Ok(())) };
        let place = reaction.about.at(run.line);
        let refused = |why: String| {
            let event = &due.event;
            let message = format!(
                "`{}` cannot answer event {} ({} {}): {why}",
                run.name,
                event.sequence,
                event.kind(),
                event.subject()
            );
            let problem = Problem::error(NOT_CARRIED_OUT, &due.reaction, message);
            problem.at(place.clone()).next("correct the command or the reaction, or the files")
        };
        let state = &self.draft.log().state;
        let done = state.thing(domi_fleet::Kind::Reaction, &due.reaction).cloned();
        let mut changes: Vec<Change> =
            done.into_iter().map(|thing| Change { what: What::Done, thing }).collect();
        let target = due.on.as_ref().and_then(|(kind, name)| state.thing(*kind, name));
        let mut changed = None;
        if let Some(target) = target {
            let file = target.file.clone();
            let old = match self.texts.get(&file) {
                Some(text) => text.clone(),
                None => fs_err::read_to_string(request.root.join(&file))?,
            };
            let new = match command.with(&reaction.with).applied(&old) {
                Ok(new) => new,
                Err(why) => return Ok(Err(vec![refused(why)])),
            };
            if new != old {
                let mut texts = self.texts.clone();
                texts.insert(file.clone(), new);
                let Loaded { fleet, mut problems } = load_changed(&request.root, &texts);
                problems.extend(fleet.check());
                problems.retain(|problem| problem.severity == Severity::Error);
                problems.extend(compare(state, &fleet));
                if !problems.is_empty() {
                    problems.push(refused(format!("`{file}` would be wrong then")));
                    return Ok(Err(problems));
                }
                changes.extend(state.changes(&State::of(&fleet)));
                changed = Some((file, fleet, texts));
            }
        }
        if let Err(problem) = self.draft.add(changes, Timestamp::now(), Some(&due.event))? {
            return Ok(Err(vec![*problem]));
        }
        let (command, mut file) = (run.name.clone(), None);
        if let Some((path, fleet, texts)) = changed {
            (self.fleet, self.texts, file) = (fleet, texts, Some(path));
        }
        self.answers.push(Answer { due, command, file });
        Ok(Ok(()))
    }

    /// What would be wrong with all of it, what hosts get included.
    fn wrong(&self, context: &Context, request: &FleetRequest) -> Result<Vec<Problem>> {
        if self.texts.is_empty() {
            return Ok(Vec::new());
        }
        let mut loaded = load_changed(&request.root, &self.texts);
        loaded.problems.extend(loaded.fleet.check());
        let features = features(context, &loaded.fleet)?;
        Ok(Known::of(loaded, request, &features).errors(request))
    }
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
