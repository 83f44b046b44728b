//! Whether commands and reactions fit each other.

use std::collections::BTreeSet;

use domi_model::Problem;

use crate::codes::{NOT_FOR_IT, ROUND, WRONG_FIELD};
use crate::{About, Argument, Command, Fleet, Happening, Kind, Reaction, Ref, Status};

pub(super) fn procedures(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    for command in fleet.commands.values() {
        let about = &command.about;
        if command.kind.is_none() && about.lacks("kind") {
            problems.push(about.missing("kind", 1, "write what it is carried out on: \"host\""));
        }
        problems.extend(not_texts(fleet, about, command.arguments()));
        problems.extend(no_status(fleet, command));
        let lacks = ["set", "add", "remove"].iter().all(|key| about.lacks(key));
        if command.is_empty() && lacks && about.wrong.is_empty() {
            let problem =
                Problem::error(WRONG_FIELD, &about.name, "changes nothing").at(about.at(1));
            problems.push(problem.next("write `set`, `add` or `remove`"));
        }
    }
    for reaction in fleet.reactions.values() {
        let about = &reaction.about;
        let lacks = [
            ("event", reaction.event.is_none()),
            ("kind", reaction.kind.is_none()),
            ("run", reaction.run.is_none()),
        ];
        for (key, _) in lacks.into_iter().filter(|(key, is_none)| *is_none && about.lacks(key)) {
            problems.push(about.missing(
                key,
                1,
                "write it; docs/fleet-fields.md says what it takes",
            ));
        }
        let values = reaction.with.values().map(|it| ("with", it));
        problems.extend(not_texts(fleet, about, values));
        problems.extend(fits(fleet, reaction));
    }
    problems.extend(rounds(fleet));
    problems
}

/// Constants in the place of texts that are none. Whether they are there is looked at as of all names.
fn not_texts<'f>(
    fleet: &'f Fleet,
    about: &About,
    arguments: impl Iterator<Item = (&'static str, &'f Argument)>,
) -> Vec<Problem> {
    let named = arguments.filter_map(|(key, it)| Some((key, it.constant()?)));
    let wrong = named.filter(|(_, it)| {
        let constant = fleet.constants.get(&it.name);
        constant.is_some_and(|it| it.value.is_some() && it.text().is_none())
    });
    let problem = |(key, it): (&str, &Ref)| {
        let message = format!("the value of `{}` is no text", it.name);
        let problem = Problem::error(WRONG_FIELD, key, message).at(about.at(it.line));
        problem.next("name a constant whose value is a text, or write the text")
    };
    wrong.map(problem).collect()
}

/// Whether a command sets a status by a constant that is none.
fn no_status(fleet: &Fleet, command: &Command) -> Option<Problem> {
    let constant = command.set.get("status")?.constant()?;
    let text = fleet.constants.get(&constant.name)?.text()?;
    let is_status = Status::ALL.iter().any(|it| it.as_str() == text);
    let message = format!("{text:?}, the value of `{}`, is no status", constant.name);
    let problem = Problem::error(WRONG_FIELD, "set.status", message);
    let problem = problem.at(command.about.at(constant.line));
    (!is_status).then(|| problem.next("name a constant whose value is one of the statuses"))
}

/// Whether a reaction's command is for what it is carried out on.
fn fits(fleet: &Fleet, reaction: &Reaction) -> Option<Problem> {
    let about = &reaction.about;
    let problem = |key: &str, line: u32, message: String, next: &str| {
        Some(Problem::error(NOT_FOR_IT, key, message).at(about.at(line)).next(next))
    };
    let (happening, kind) = (reaction.event?, reaction.kind?);
    if reaction.on.is_some() && (kind != Kind::Host || happening == Happening::Removed) {
        let message = "selects hosts, and the events are not about hosts that are there".to_owned();
        return problem("on", 1, message, "take `on` away");
    }
    if reaction.became.is_some() && matches!(happening, Happening::Removed | Happening::Renamed) {
        let message = "nothing comes to a status by such an event".to_owned();
        return problem("became", 1, message, "take `became` away, or answer `changed`");
    }
    let run = reaction.run.as_ref()?;
    let command = fleet.commands.get(&run.name)?;
    if let Some(it) = command.parameters.iter().find(|it| !reaction.with.contains_key(&it.name)) {
        let message = format!("`{}` wants a value of `{}`", run.name, it.name);
        let next = format!("write `with = {{ {} = \"…\" }}`", it.name);
        return problem("run", run.line, message, &next);
    }
    let is_known = |name: &str| command.parameters.iter().any(|it| it.name == name);
    if let Some((name, value)) = reaction.with.iter().find(|(name, _)| !is_known(name)) {
        let message = format!("`{}` has no parameter `{name}`", run.name);
        return problem("with", value.said().line, message, "take it away");
    }
    // A constant of the command's own is looked at there.
    let is_given = matches!(command.set.get("status"), Some(Argument::Parameter(_)));
    let command = command.with(&reaction.with, &fleet.constants);
    let status = command.set.get("status").and_then(Argument::text);
    if is_given && status.is_some() && command.status().is_none() {
        let message = format!("`{}` would set a status that is none", run.name);
        return problem("with", run.line, message, "give one of the statuses");
    }
    let wanted = command.kind?;
    match &reaction.to {
        Some(to) => {
            let is_there = fleet.abouts().any(|it| {
                it.name == to.name && crate::folder_of(&it.file) == crate::Folder::Of(wanted)
            });
            let message = format!("there is no {} `{}`", wanted.noun(), to.name);
            let next = "name one that the command is for";
            if is_there { None } else { problem("to", to.line, message, next) }
        }
        None if happening == Happening::Removed => {
            let message = "what the event is about is not there any more".to_owned();
            problem("run", run.line, message, "name something else as `to`")
        }
        None if wanted != kind => {
            let (wanted, kind) = (wanted.noun(), kind.noun());
            let message =
                format!("`{}` is for a {wanted}, and the event is about a {kind}", run.name);
            problem("run", run.line, message, "name a thing of the command's kind as `to`")
        }
        None => None,
    }
}

/// Reactions that lead back to themselves.
fn rounds(fleet: &Fleet) -> Vec<Problem> {
    let command = |it: &Reaction| {
        let command = fleet.commands.get(&it.run.as_ref()?.name)?;
        Some(command.with(&it.with, &fleet.constants))
    };
    let all: Vec<(&Reaction, Command)> =
        fleet.reactions.values().filter_map(|it| Some((it, command(it)?))).collect();
    let all = all.iter().map(|(reaction, command)| (*reaction, command)).collect();
    let mut rounds = Rounds { all, done: BTreeSet::new(), problems: Vec::new() };
    for (reaction, command) in rounds.all.clone() {
        rounds.visit(reaction, command, &mut Vec::new());
    }
    rounds.problems
}

struct Rounds<'f> {
    all: Vec<(&'f Reaction, &'f Command)>,
    /// Reactions whose ways onwards were all gone.
    done: BTreeSet<&'f str>,
    problems: Vec<Problem>,
}

impl<'f> Rounds<'f> {
    fn visit(&mut self, reaction: &'f Reaction, command: &'f Command, way: &mut Vec<&'f str>) {
        let about = &reaction.about;
        if let Some(begin) = way.iter().position(|name| *name == about.name) {
            let circle: Vec<&str> = way[begin..].iter().copied().chain([&*about.name]).collect();
            let message = format!("answers itself: {}", circle.join(", then "));
            let problem = Problem::error(ROUND, &about.name, message).at(about.at(1));
            let next = "give one of them a `became` that no command before it sets";
            self.problems.push(problem.next(next));
            return;
        }
        if self.done.contains(about.name.as_str()) {
            return;
        }
        way.push(&about.name);
        for (next, onwards) in self.all.clone() {
            if answers(next, command) {
                self.visit(next, onwards, way);
            }
        }
        way.pop();
        self.done.insert(&about.name);
    }
}

/// Whether a reaction may answer what a command does.
fn answers(reaction: &Reaction, command: &Command) -> bool {
    reaction.about.is_current()
        && reaction.kind == command.kind
        && reaction.event == Some(Happening::Changed)
        && reaction.became.is_none_or(|status| command.status() == Some(status))
}
