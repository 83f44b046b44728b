//! A person's files are taken away, and where copies remain is said.

use std::io::IsTerminal;

use clap::Args;
use domi_fleet::{About, HEAD, Kind, LOG, Person, instead};
use domi_fleet_log::{Head, NOT_CARRIED_OUT};
use domi_host::command::{End, Outcome, Program};
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
    /// How many commits have the files; none where git could not be asked.
    commits: Option<usize>,
    /// Files that git knows and that have a name, a title, a key or a salt of the person or their users as
    /// a word; none where git could not be asked.
    copies: Option<Vec<String>>,
    /// The file with their signature of the log, if they signed it.
    signed: Option<String>,
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
        // Of these it is said apart what they have.
        let mut known = files.clone();
        known.push(request.shown(LOG));
        let head = Head::at(&request.root).ok().flatten().filter(|head| head.by == self.person);
        let signed = head.map(|_| request.shown(HEAD));
        known.extend(signed.clone());
        let commits = commits(&git, &files)?;
        let copies = copies(&git, &person, &users, &known)?;
        let erased = Erased { files, events, commits, copies, signed };
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
        let Erased { files, events, commits, copies, signed } = erased;
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
            None => shown += "- in the history of git, if it has them: git could not be asked\n",
        }
        if let Some(head) = signed {
            shown += &format!("- in {head}, which they signed: let somebody else sign the log\n");
        }
        if copies.is_none() {
            shown += "- in other files, if these have what theirs say: git could not be asked\n";
        }
        for file in copies.iter().flatten() {
            shown +=
                &format!("- in {file}, which has a name, a title, a key or a salt of theirs\n");
        }
        shown += "- on hosts, until they are changed: `generate`, then look at `fleet plan`\n\
                  - in pages, pictures, plans, reports and backups that somebody kept; nobody looked\n";
        shown
    }
}

/// How many commits have the files; none where git could not be asked.
fn commits(git: &Git<'_>, files: &[String]) -> Result<Option<usize>> {
    let log = git.program().args(["log", "--all", "--format=%H", "--"]).args(files);
    Ok(asked(git, &log, &[0])?.map(|found| text(&found.stdout).lines().count()))
}

/// Which files that git knows have what the person's and users' files say, but for those that are known to; none
/// where git could not be asked.
fn copies(
    git: &Git<'_>,
    person: &Person,
    users: &[About],
    known: &[String],
) -> Result<Option<Vec<String>>> {
    let keys = person.keys.iter().filter_map(|key| key.split(' ').nth(1));
    let abouts = || std::iter::once(&person.about).chain(users);
    let names = abouts().flat_map(|it| [&*it.name, &*it.title]);
    let words = names.chain(keys).chain(abouts().filter_map(About::salt));
    let words = words.filter(|word| !word.is_empty());
    let list: String = words.map(|word| format!("{word}\n")).collect();
    let grep = git.program().args(["grep", "-z", "-l", "-I", "--word-regexp", "-F", "-f", "-"]);
    // Others can see command lines, so the salt is in none.
    let grep = grep.args(["--", "."]).input_text(list)?;
    // With 1 it says that no file has any of them.
    let Some(found) = asked(git, &grep, &[0, 1])? else { return Ok(None) };
    let names = text(&found.stdout);
    let names = names.split('\0').filter(|name| !name.is_empty());
    let copies = names.filter(|name| !known.iter().any(|known| known == name));
    Ok(Some(copies.map(str::to_owned).collect()))
}

/// What git answers, which it does with these exit codes alone; none where it cannot, and says why.
fn asked(git: &Git<'_>, program: &Program, answers: &[i32]) -> Result<Option<Outcome>> {
    let said = match program.run(git.interrupt) {
        Ok(it) if answers.iter().any(|code| it.end == End::Exit(*code)) => return Ok(Some(it)),
        Ok(it) if it.stderr.is_empty() => format!("git ended with {}", it.end),
        Ok(it) => format!("git says: {}", text(&it.stderr).trim()),
        Err(error) if error.is_missing() => "git is not installed".to_owned(),
        Err(error) => return Err(error.into()),
    };
    talk!("{said}");
    Ok(None)
}
