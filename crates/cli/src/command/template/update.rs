//! What is new in a template, in a repository that was made from it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Problem;

use super::super::generate::{Change, Planned, make};
use super::super::undo::Undo;
use super::merge::{Files, Merged, by_git, merged};
use super::record::{FILE, Record};
use super::rendered::Bundled;
use crate::Exit;
use crate::codes::{NO_TEMPLATE, TEMPLATE_CONFLICT};
use crate::context::Context;
use crate::failure::Result;

/// Merges what is new into the workspace. Where both sides changed the same lines, that is refused, or
/// both are written between marks.
pub(super) fn update(context: &Context, mark: bool, dry_run: bool) -> Result<Exit> {
    let root = &context.root;
    let before = recorded(context)?;
    let template = Bundled::asked(context, &before.template)?;
    let record = Record::of(&template, before.answers.clone());
    // What the template says as before stays whatever it is here.
    let is_other = |path: &&Utf8PathBuf| before.files.get(*path) != record.files.get(*path);
    let paths = before.files.keys().chain(record.files.keys()).filter(is_other);
    let mine = here(context, &paths.collect())?;
    let merge = |_: &Utf8Path, texts: [&str; 3]| by_git(&context.interrupt, texts);
    let Merged { changes, conflicts, left } = merged(&before.files, &mine, &record.files, merge)?;
    let to_change = |(path, new): (Utf8PathBuf, Option<String>)| {
        let old = mine.get(&path).map(|text| text.clone().into_bytes());
        Change { path, old, new }
    };
    let mut changes: Vec<Change> = changes.into_iter().map(to_change).collect();
    let is_same = record == before;
    if !is_same {
        changes.push(Change::to(root, Planned { path: FILE.into(), content: record.written()? }));
    }
    for (path, why) in left {
        talk!("{path} stays as it is: {why}");
    }
    if dry_run {
        let paint = context.paint_out();
        let shown = changes.iter().filter(|change| change.path != FILE);
        let shown: String = shown.map(|change| change.diff(paint)).collect();
        crate::out::data(format_args!("{shown}"))?;
    }
    if !conflicts.is_empty() && !mark {
        return Err(context.problems(Exit::Usage, not_merged(&conflicts)));
    }
    if dry_run {
        return Ok(Exit::Pass);
    }
    let mut undo = Undo::kept(root)?;
    let mut said = String::new();
    make(context, root, &changes, &mut |changes| undo.before(changes), &mut said)?;
    undo.done()?;
    crate::out::data(format_args!("{said}"))?;
    for (path, times) in &conflicts {
        talk!("{path} has marks of git in {}: choose what stays", places(*times));
    }
    if is_same {
        talk!("{} is that of this tool, {}", template.name, record.version);
    } else {
        talk!("next: `cargo xtask generate`, then look at `git diff`");
    }
    Ok(Exit::Pass)
}

/// What the repository knows of its template.
fn recorded(context: &Context) -> Result<Record> {
    let wrong = |message: String, next: &str| {
        let problem = Problem::error(NO_TEMPLATE, FILE, message).next(next);
        context.problems(Exit::Usage, vec![problem])
    };
    let file = context.root.join(FILE);
    // It would be written through the link.
    if file.is_symlink() {
        return Err(wrong("it is a link".to_owned(), "make it a file"));
    }
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let message =
                "there is no such file: nobody knows which template this repository is from";
            let next = "`cargo xtask template record default` says that it is a copy of `default`";
            return Err(wrong(message.to_owned(), next));
        }
        Err(error) => return Err(wrong(format!("it cannot be read: {error}"), "look at the file")),
    };
    Record::read(&text).map_err(|why| {
        wrong(format!("it cannot be read: {why}"), "take it from a commit in which it was right")
    })
}

/// The files that are here of those. One that is no text, or is reached through a link, is a problem.
fn here(context: &Context, paths: &BTreeSet<&Utf8PathBuf>) -> Result<Files> {
    let (mut files, mut problems) = (Files::new(), Vec::new());
    for &path in paths {
        let parts = path.ancestors().filter(|part| !part.as_str().is_empty());
        let is_link = |part: &Utf8Path| {
            context.root.join(part).symlink_metadata().is_ok_and(|it| it.is_symlink())
        };
        let fault = match std::fs::read(context.root.join(path)) {
            _ if parts.into_iter().any(is_link) => "it is a link, or in one".to_owned(),
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => {
                    files.insert(path.clone(), text);
                    continue;
                }
                _ => "it is no text".to_owned(),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => format!("it cannot be read: {error}"),
        };
        let problem = Problem::error(TEMPLATE_CONFLICT, path.as_str(), fault);
        problems.push(problem.next("move it elsewhere, or make it a file as the template has it"));
    }
    if problems.is_empty() { Ok(files) } else { Err(context.problems(Exit::Usage, problems)) }
}

/// A problem for each file with conflicts.
fn not_merged(conflicts: &[(Utf8PathBuf, usize)]) -> Vec<Problem> {
    let problem = |(path, times): &(Utf8PathBuf, usize)| {
        let message = format!("you and the template changed the same lines, in {}", places(*times));
        let next = "`--dry-run` shows where; `--mark` writes both, between marks as git makes them";
        Problem::error(TEMPLATE_CONFLICT, path.as_str(), message).next(next)
    };
    conflicts.iter().map(problem).collect()
}

fn places(times: usize) -> String {
    if times == 1 { "one place".to_owned() } else { format!("{times} places") }
}
