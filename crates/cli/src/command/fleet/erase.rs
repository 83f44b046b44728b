//! A person's files are taken away, and where copies remain is said.

use std::io::{IsTerminal, Seek, Write};

use clap::Args;
use domi_fleet::{Kind, LOG, Person, instead};
use domi_fleet_log::NOT_CARRIED_OUT;
use domi_model::Problem;
use serde::Serialize;

use super::carry::Carried;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::placed;
use crate::git::{Git, text};
use crate::input;
use crate::request::FleetRequest;
use crate::values::given;

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The person or agent, as the file is called
    #[arg(value_name = "PERSON", value_parser = given)]
    person: String,
    /// Take nothing away; show what would be, and where copies remain
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What was taken away, and what remains.
#[derive(Debug, Serialize)]
struct Erased {
    /// The files, from the workspace's root.
    files: Vec<String>,
    /// Events of the log that name the person or a user of theirs, by their numbers.
    events: Vec<u64>,
    /// How many commits have the files; none where git knows nothing of them.
    commits: Option<usize>,
    /// Files that git knows and that have the name, the title, a key or the salt of the person as a word.
    copies: Vec<String>,
}

impl Erase {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let mut carried = Carried::open(context, request, self.dry_run)?;
        let Some(person) = carried.fleet.people.get(&self.person).cloned() else {
            let names = carried.fleet.people.keys().map(String::as_str);
            let next = instead(&self.person, names, Kind::Person.noun());
            return Err(self.refused(context, "there is no person or agent of this name", next));
        };
        let users = carried.fleet.users.values().filter(|user| user.of.name == self.person);
        let users: Vec<_> = users.map(|user| user.about.clone()).collect();
        let files: Vec<String> =
            std::iter::once(&person.about).chain(&users).map(|about| about.file.clone()).collect();
        if let Err(mut problems) = carried.take_away(request, &files)? {
            let message = "cannot be erased: the fleet would be wrong without their files";
            let problem = Problem::error(NOT_CARRIED_OUT, &self.person, message);
            problems.push(problem.at(person.about.at(1)).next("correct what is said beside this"));
            return Err(context.problems(Exit::Fleet, placed(problems, request)));
        }
        let names = users.iter().map(|user| (Kind::User, user.name.as_str()));
        let names: Vec<_> = names.chain([(Kind::Person, self.person.as_str())]).collect();
        let events = carried.draft.log().events.iter().filter(|event| {
            let thing = &event.change.thing;
            names.contains(&(thing.kind, thing.name.as_str()))
        });
        let events = events.map(|event| event.sequence).collect();
        let files: Vec<String> = files.iter().map(|file| request.shown(file)).collect();
        let git = Git { root: &context.root, interrupt: &context.interrupt };
        let (commits, copies) = kept_by_git(&git, &person, &files, &request.shown(LOG))?;
        let erased = Erased { files, events, commits, copies };
        if !self.dry_run && !self.yes && !self.confirmed(context, &erased)? {
            talk!("nothing was taken away");
            return Ok(Exit::Pass);
        }
        carried.finish(context, request)?;
        crate::out::document(&erased, self.json, |it| self.shown(it))?;
        Ok(Exit::Pass)
    }

    fn refused(&self, context: &Context, why: &str, next: String) -> crate::failure::Failure {
        let problem = Problem::error(NOT_CARRIED_OUT, &self.person, why).next(next);
        context.problems(Exit::Usage, vec![problem])
    }

    /// Asks whoever is at the terminal.
    fn confirmed(&self, context: &Context, erased: &Erased) -> Result<bool> {
        if !std::io::stdin().is_terminal() {
            let why = "nobody can be asked whether to erase, as there is no terminal";
            let next = "look at it with --dry-run, then give --yes";
            return Err(self.refused(context, why, next.to_owned()));
        }
        let files = erased.files.join(", ");
        input::agreed(&context.interrupt, format_args!("take {files} away?"))
    }

    fn shown(&self, erased: &Erased) -> String {
        let Erased { files, events, commits, copies } = erased;
        let what = if self.dry_run { "would be taken away" } else { "taken away" };
        let mut shown = format!("{what}: {}\n\ncopies remain:\n", files.join(", "));
        let numbers: Vec<String> = events.iter().map(u64::to_string).collect();
        if !numbers.is_empty() {
            shown += &format!(
                "- in the log, for ever: names, paths, ids, digests, and when; events {}\n",
                numbers.join(", ")
            );
        }
        match commits {
            Some(0) => {}
            Some(1) => shown += "- in the history of git, and in every clone of it: 1 commit\n",
            Some(some) => {
                shown +=
                    &format!("- in the history of git, and in every clone of it: {some} commits\n");
            }
            None => shown += "- git could not be asked\n",
        }
        for file in copies {
            shown += &format!("- in {file}, which has the name, the title, a key or the salt\n");
        }
        shown += "- on hosts, until they are changed: `generate`, then look at `fleet plan`\n\
                  - in pages, pictures, plans, reports and backups that somebody kept; nobody looked\n";
        shown
    }
}

/// How many commits have the files, and which other files that git knows have what they say.
fn kept_by_git(
    git: &Git<'_>,
    person: &Person,
    files: &[String],
    log: &str,
) -> Result<(Option<usize>, Vec<String>)> {
    let commits = git.program().args(["log", "--all", "--format=%H", "--"]).args(files);
    let commits = commits.run(git.interrupt)?;
    let commits = commits.success().then(|| text(&commits.stdout).lines().count());
    let keys = person.keys.iter().filter_map(|key| key.split(' ').nth(1));
    let words = [&*person.about.name, &*person.about.title].into_iter().chain(keys);
    let words = words.chain(person.salt()).filter(|word| !word.is_empty());
    // The salt is in no line of a command, which others can see.
    let mut list = tempfile::tempfile()?;
    for word in words {
        writeln!(list, "{word}")?;
    }
    list.rewind()?;
    let grep = git.program().args(["grep", "-z", "-l", "-I", "--word-regexp", "-F", "-f", "-"]);
    let found = grep.args(["--", "."]).input(list).run(git.interrupt)?;
    let names = text(&found.stdout);
    let copies = names.split('\0').filter(|name| !name.is_empty() && *name != log);
    let copies = copies.filter(|name| !files.iter().any(|file| file == name));
    Ok((commits, copies.map(str::to_owned).collect()))
}
