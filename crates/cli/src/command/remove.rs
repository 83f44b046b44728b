//! A feature is removed: its crate, what the workspace says of it, and all that was generated from it.

mod members;
pub(super) mod users;

pub(super) use members::moved as moved_member;
pub(super) use users::dependents;

use std::io::IsTerminal;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use domi_host::command::{Outcome, Program};
use domi_model::Problem;
use domi_plugin::{FeatureCrate, Workspace};
use toml_edit::DocumentMut;

use super::generate::{Change, Looked, Planned};
use super::undo::change_and_judge;
use crate::codes::NOT_REMOVED;
use crate::context::{Context, Loaded};
use crate::failure::Result;
use crate::journal::REMOVED;
use crate::request::GenerateRequest;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, input};

/// Remove a feature that nothing depends on, with all that is generated from it
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The feature
    #[arg(value_name = "FEATURE", value_parser = given)]
    feature: String,
    /// Remove nothing; show what would be removed and changed
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Run for Remove {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = GenerateRequest::new(&context.root, config);
        remove(context, &request, &self)
    }
}

fn remove(context: &Context, request: &GenerateRequest, arguments: &Remove) -> Result<Exit> {
    let name = &arguments.feature;
    let workspace = context.workspace()?;
    context.known(&workspace, [name])?;
    let Some(feature) = workspace.feature(name) else {
        let own = workspace.problems.iter().filter(|problem| problem.subject == *name);
        return Err(context.problems(Exit::Feature, own.cloned().collect()));
    };
    let mut loaded = context.load(&workspace, &[])?;
    // One that does not build can be removed. Others might depend on it.
    loaded.errors.retain(|problem| problem.subject != *name);
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let elsewhere = |message| Problem::error(NOT_REMOVED, name, message).next("remove it there");
    let mut problems: Vec<Problem> = feature.elsewhere().map(elsewhere).into_iter().collect();
    problems.extend(users::of(request, &workspace, &loaded.features, feature));
    if !problems.is_empty() {
        return Err(context.problems(Exit::Usage, problems));
    }
    loaded.features.retain(|it| it.manifest.feature.name != *name);
    let text = fs_err::read_to_string(context.root.join("Cargo.toml"))?;
    let root: DocumentMut = text.parse().context("the workspace's Cargo.toml cannot be read")?;
    let planned = members::without(&root, &feature.place)
        .map(|content| Planned { path: "Cargo.toml".into(), content });
    let mut changes: Vec<Change> =
        planned.into_iter().map(|planned| Change::to(&context.root, planned)).collect();
    changes.extend(records(&context.root, name)?);
    for line in users::named(&context.root, name) {
        talk!("{line}; it stays as it is");
    }
    if arguments.dry_run {
        return shown(context, request, (&workspace, loaded), (feature, &changes));
    }
    if !arguments.yes && !confirmed(context, feature)? {
        talk!("nothing was removed");
        return Ok(Exit::Pass);
    }
    removed(context, request, feature, &changes)
}

/// What was recorded of the feature, alone and with others: comparisons with NixOS.
pub(super) fn records(root: &Utf8Path, name: &str) -> Result<Vec<Change>> {
    let mut records = Vec::new();
    for entry in root.join("tests/conformance").read_dir_utf8().into_iter().flatten() {
        let path = entry?.into_path();
        let of = path.file_name().and_then(|file| file.strip_suffix(".json")).unwrap_or_default();
        if of.split('+').any(|part| part == name) {
            let old = Some(fs_err::read(&path)?);
            let path = path.strip_prefix(root).unwrap_or(&path).to_owned();
            records.push(Change { path, old, new: None });
        }
    }
    records.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(records)
}

/// Shows what would be removed and changed.
fn shown(
    context: &Context,
    request: &GenerateRequest,
    (workspace, loaded): (&Workspace, Loaded),
    (feature, changes): (&FeatureCrate, &[Change]),
) -> Result<Exit> {
    let mut text = String::new();
    for file in files(&feature.folder) {
        let path = file.strip_prefix(&workspace.root).unwrap_or(&file);
        text += &format!("remove {path}\n");
    }
    let looked = Looked::at(context, request, workspace, loaded.features, true)?;
    text += &looked.said();
    let paint = context.paint_out();
    for change in changes {
        let is_gone = change.new.is_none();
        text += &if is_gone { format!("remove {}\n", change.path) } else { change.diff(paint) };
    }
    crate::out::data(format_args!("{text}"))?;
    Ok(Exit::Pass)
}

/// All files of a folder, in the order of their names. Links are not followed.
fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let files = entries.filter(|entry| !entry.file_type().is_dir());
    files.filter_map(|entry| Utf8PathBuf::try_from(entry.into_path()).ok()).collect()
}

/// Asks whoever is at the terminal.
fn confirmed(context: &Context, feature: &FeatureCrate) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        let message = "nobody can be asked whether to remove it, as there is no terminal";
        let next = "look at it with --dry-run, then give --yes";
        let problem = Problem::error(NOT_REMOVED, &feature.name, message).next(next);
        return Err(context.problems(Exit::Usage, vec![problem]));
    }
    let count = files(&feature.folder).len();
    let unsaved = match uncommitted(context, feature) {
        Some(0) => String::new(),
        Some(some) => format!(", {some} of which are not committed as they are"),
        None => ", of which git knows nothing".to_owned(),
    };
    let (name, place) = (&feature.name, &feature.place);
    let question = format_args!("remove {name} with the {count} files of {place}{unsaved}?");
    input::agreed(&context.interrupt, question)
}

/// How many files of the crate are not in a commit as they are; nothing where git does not say.
fn uncommitted(context: &Context, feature: &FeatureCrate) -> Option<usize> {
    let words = ["status", "--porcelain", "--untracked-files=all", "--ignored", "--", "."];
    let outcome = Program::new("git").args(words).folder(&feature.folder).run(&context.interrupt);
    let outcome = outcome.ok().filter(Outcome::success)?;
    Some(String::from_utf8_lossy(&outcome.stdout).lines().count())
}

/// Removes the crate, and all that follows from it. If that fails, or is interrupted, all is as it
/// was.
fn removed(
    context: &Context,
    request: &GenerateRequest,
    feature: &FeatureCrate,
    changes: &[Change],
) -> Result<Exit> {
    // In the workspace: on the same disk, and where no crate is looked for.
    let away: Utf8PathBuf = format!("{REMOVED}{}/crate", std::process::id()).into();
    let moved = Some([&*feature.place, &*away]);
    let said = format!("remove {}\n", feature.place);
    change_and_judge(context, request, (moved, changes), said, |_| Vec::new())?;
    Ok(Exit::Pass)
}
