//! Repositories from templates: made without Nix and without a network, and brought to the template's
//! newer version.

mod answers;
mod merge;
mod record;
mod rendered;
mod update;

use std::io::ErrorKind;

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use domi_model::Problem;

use super::generate::{Change, Planned, make};
use super::undo::Undo;
use crate::Exit;
use crate::codes::{NEW_PLACE, NO_TEMPLATE};
use crate::context::Context;
use crate::failure::Result;
use crate::journal::undo_left;
use crate::start::{Run, Start};
use crate::values::given;
use answers::Answers;
use record::Record;
use rendered::Bundled;

/// Begin a repository with a template, or bring it to the template's newer version
#[derive(Debug, Args)]
pub(crate) struct Template {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a repository in a folder, without Nix and without a network
    New(NewArguments),
    /// Merge what is new in the template into this repository
    Update(UpdateArguments),
    /// Record which template this repository was copied from
    Record(RecordArguments),
}

#[derive(Debug, Args)]
struct NewArguments {
    /// The template: default, or cim, which has a fleet
    #[arg(value_name = "TEMPLATE", value_parser = given)]
    template: String,
    /// The folder; it is made where there is none
    #[arg(value_name = "FOLDER", value_parser = given)]
    folder: String,
    /// Take the crates from this clone of domi-nix, so that cargo fetches none
    #[arg(long, value_name = "FOLDER", value_parser = given)]
    source: Option<String>,
    /// Write nothing; list the files that would be written
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct RecordArguments {
    /// The template: default, or cim, which has a fleet
    #[arg(value_name = "TEMPLATE", value_parser = given)]
    template: String,
    /// Write nothing; say what differs from the template
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct UpdateArguments {
    /// Write both versions of what cannot be merged, with marks as git makes them
    #[arg(long)]
    mark: bool,
    /// Write nothing; show what would be changed
    #[arg(long)]
    dry_run: bool,
}

impl Run for Template {
    fn run(self, start: &Start) -> Result<Exit> {
        match self.command {
            What::New(arguments) => {
                let (context, _) = start.anywhere()?;
                new(context, &arguments)
            }
            What::Update(arguments) => {
                let (context, _) = start.project()?;
                update::update(context, arguments.mark, arguments.dry_run)
            }
            What::Record(arguments) => {
                let (context, _) = start.project()?;
                record(context, &arguments)
            }
        }
    }
}

fn new(context: &Context, arguments: &NewArguments) -> Result<Exit> {
    let template = Bundled::asked(context, &arguments.template)?;
    let mut problems = Vec::new();
    let source = arguments.source.as_deref().map(source).transpose().unwrap_or_else(|problem| {
        problems.push(*problem);
        None
    });
    let answers = Answers { source };
    let here = Utf8PathBuf::try_from(std::env::current_dir().map_err(anyhow::Error::from)?);
    // Without a slash at its end, by which a link would be that to which it leads.
    let root: Utf8PathBuf =
        here.map_err(anyhow::Error::from)?.join(&arguments.folder).components().collect();
    undo_left(&root)?;
    let is_taken = match root.symlink_metadata() {
        Ok(there) => !there.is_dir(),
        Err(error) => error.kind() == ErrorKind::NotADirectory,
    };
    if is_taken {
        let problem = Problem::error(NEW_PLACE, &arguments.folder, "it is a link, or no folder");
        problems.push(problem.next("choose another folder, or move it away"));
    }
    let record = Record::of(&template, answers);
    let mut files = template.files(&record.answers);
    files.insert(record::FILE.into(), record.written()?);
    for path in files.keys() {
        // What is there is never written over, and nothing is written through a link.
        let taken = path.ancestors().filter(|it| !it.as_str().is_empty()).find(|part| {
            let there = root.join(part).symlink_metadata();
            there.is_ok_and(|it| *part == path || !it.is_dir())
        });
        if let Some(taken) = taken {
            let message = "there is something of this name";
            let problem = Problem::error(NEW_PLACE, taken.as_str(), message);
            problems.push(problem.next("choose another folder, or move it away"));
        }
    }
    if !problems.is_empty() {
        problems.dedup();
        return Err(context.problems(Exit::Usage, problems));
    }
    let to_change = |(path, content)| Change::to(&root, Planned { path, content });
    let changes: Vec<Change> = files.into_iter().map(to_change).collect();
    if arguments.dry_run {
        let said: String = changes.iter().map(Change::said).collect();
        crate::out::data(format_args!("{said}"))?;
        return Ok(Exit::Pass);
    }
    let mut said = String::new();
    let mut undo = Undo::kept(&root)?;
    make(context, &root, &changes, &mut |changes| undo.before(changes), &mut said)?;
    undo.done()?;
    crate::out::data(format_args!("{said}"))?;
    talk!("next: `git init`, then `cargo xtask guide` in {}", arguments.folder);
    Ok(Exit::Pass)
}

/// Records that a repository was copied from a template, as this tool brings it. Where it was another version,
/// all that differs counts as the repository's own: an update keeps it.
fn record(context: &Context, arguments: &RecordArguments) -> Result<Exit> {
    let template = Bundled::asked(context, &arguments.template)?;
    if context.root.join(record::FILE).symlink_metadata().is_ok() {
        let problem = Problem::error(NO_TEMPLATE, record::FILE, "there is a record already");
        let problem = problem.next("run `cargo xtask template update`");
        return Err(context.problems(Exit::Usage, vec![problem]));
    }
    let record = Record::of(&template, Answers::default());
    let (mut same, mut changed, mut missing) = (0, String::new(), String::new());
    for (path, text) in &record.files {
        match std::fs::read(context.root.join(path)) {
            Ok(here) if here == text.as_bytes() => same += 1,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                missing += &format!("missing  {path}\n");
            }
            _ => changed += &format!("changed  {path}\n"),
        }
    }
    let mut said = format!("same     {same} files\n{changed}{missing}");
    if !arguments.dry_run {
        let change = Change::to(
            &context.root,
            Planned { path: record::FILE.into(), content: record.written()? },
        );
        change.apply(&context.root)?;
        said += &change.said();
    }
    crate::out::data(format_args!("{said}"))?;
    Ok(Exit::Pass)
}

/// A clone of this repository, as an absolute path.
fn source(folder: &str) -> Result<String, Box<Problem>> {
    let wrong = |why: String| {
        let next = "name the folder of a clone of domi-nix";
        Box::new(Problem::error(NO_TEMPLATE, format!("--source {folder}"), why).next(next))
    };
    let path = Utf8PathBuf::from(folder).canonicalize_utf8().map_err(|it| wrong(it.to_string()))?;
    for part in ["crates/cli/Cargo.toml", "crates/sdk/Cargo.toml"] {
        if !path.join(part).is_file() {
            return Err(wrong(format!("it has no {part}")));
        }
    }
    Ok(path.into_string())
}
