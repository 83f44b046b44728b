//! A copy of the workspace, in which the compiler says what else has to be renamed. The workspace itself
//! is changed when all of that is known.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use domi_host::command::{End, Program};
use domi_host::file::Lock;
use domi_host::{HeldFolder, Interrupt};
use domi_model::{Place, Problem};
use domi_plugin::{FeatureCrate, Source, Workspace};
use toml_edit::{DocumentMut, TableLike, value};

use super::super::generate::{Change, Planned};
use super::refused::refused;
use super::source::{Alias, Field, field_name, read, replaced};
use crate::context::Context;

/// A program, and the text of one of its files in which the fields have the new name.
pub(super) struct Target {
    /// The folder of the crate, from the workspace's root.
    folder: Utf8PathBuf,
    binary: String,
    /// The file, in the same way.
    file: Utf8PathBuf,
    text: String,
    /// The fields' old names.
    old: Vec<String>,
}

impl Target {
    pub(super) fn new(
        feature: &FeatureCrate,
        file: &str,
        text: &str,
        fields: &[Field],
        to: &str,
        alias: Option<&Alias>,
    ) -> Self {
        let binary = match &feature.source {
            Source::Binary(binary) => binary.clone(),
            Source::Command(_) => String::new(),
        };
        // From the last one on, so that the places of the others stay right.
        let renamed = |text: String, field: &Field| field.renamed(&text, to, alias);
        let text = fields.iter().rev().fold(text.to_owned(), renamed);
        let old = fields.iter().map(|field| field.name.clone()).collect();
        Self { folder: feature.place.clone(), binary, file: file.into(), text, old }
    }
}

/// A copy of the workspace.
pub(super) struct Trial<'a> {
    folder: HeldFolder,
    /// Where cargo builds for copies alone. It takes crates of one place in their workspaces for the same,
    /// and would take what was made of a copy for what the workspace itself has.
    target: Utf8PathBuf,
    interrupt: &'a Interrupt,
    /// What is built for one copy is newer than what is in it, and older than what is in the next one.
    _lock: Lock,
}

/// Errors of the compiler that are about a name that is not there.
const NO_NAME: [&str; 7] = ["E0026", "E0425", "E0559", "E0560", "E0599", "E0609", "E0615"];
/// How many times names are replaced: one error may hide another.
const ROUNDS: usize = 20;

impl<'a> Trial<'a> {
    /// Copies the workspace, without what cargo builds and without its history.
    pub(super) fn of(context: &'a Context, workspace: &Workspace) -> Result<Self> {
        let parent = workspace.target.join("domi/rename");
        fs_err::create_dir_all(&parent)?;
        let (interrupt, target) = (&context.interrupt, parent.join("target"));
        let waiting = || talk!("waiting for another command that renames here");
        let lock = Lock::acquire(parent.join("lock").as_std_path(), interrupt, waiting)?;
        let folder = HeldFolder::make(parent.as_std_path(), "copy-")?;
        let trial = Self { folder, target, interrupt, _lock: lock };
        trial.copy(workspace)?;
        Ok(trial)
    }

    fn root(&self) -> Result<&Utf8Path> {
        Utf8Path::from_path(self.folder.path()).context("a path that is not UTF-8")
    }

    fn copy(&self, workspace: &Workspace) -> Result<()> {
        let (root, to) = (&workspace.root, self.root()?);
        let is_left_out = |path: &std::path::Path| {
            path == workspace.target || path.file_name().is_some_and(|name| name == ".git")
        };
        let entries = walkdir::WalkDir::new(root).min_depth(1).into_iter();
        for entry in entries.filter_entry(|entry| !is_left_out(entry.path())) {
            self.interrupt.check()?;
            let entry = entry?;
            let path = Utf8Path::from_path(entry.path()).context("a path that is not UTF-8")?;
            let copy = to.join(path.strip_prefix(root)?);
            let kind = entry.file_type();
            if kind.is_dir() {
                fs_err::create_dir_all(&copy)?;
            } else if kind.is_symlink() {
                fs_err::os::unix::fs::symlink(fs_err::read_link(path)?, &copy)?;
            } else if path.file_name() == Some("Cargo.toml") {
                fs_err::write(&copy, anchored(&read(path), path, root))?;
            } else if kind.is_file() {
                fs_err::copy(path, &copy)?;
            }
        }
        Ok(())
    }

    /// Renames fields, and whatever the compiler then does not find any more under the old name. What is
    /// changed by that; or where the new name does not do.
    pub(super) fn renamed(
        &self,
        workspace: &Workspace,
        targets: &[Target],
        to: &str,
    ) -> Result<Result<Vec<Change>, Vec<Problem>>> {
        let root = self.root()?;
        let mut touched = BTreeSet::new();
        for target in targets {
            fs_err::write(root.join(&target.file), &target.text)?;
            touched.insert(target.file.clone());
        }
        let new = field_name(to);
        let new = if syn::parse_str::<syn::Ident>(&new).is_ok() { new } else { format!("r#{new}") };
        for target in targets {
            talk!("checking {} with the new name", target.folder);
            let mut rounds = 0;
            loop {
                let errors = self.errors(target)?;
                if errors.is_empty() {
                    break;
                }
                let found = places(root, target, &errors);
                rounds += 1;
                if found.is_empty() || rounds > ROUNDS {
                    return Ok(Err(errors
                        .iter()
                        .map(|error| not_renamed(target, error))
                        .collect()));
                }
                for (file, places) in found {
                    let edits = places.into_iter().map(|(start, end)| (start..end, new.clone()));
                    let path = root.join(&file);
                    fs_err::write(&path, replaced(&read(&path), edits.collect()))?;
                    touched.insert(file);
                }
            }
        }
        let mut changes = Vec::new();
        for file in touched {
            self.format(workspace, &file)?;
            let content = fs_err::read_to_string(root.join(&file))?;
            changes.push(Change::to(&workspace.root, Planned { path: file, content }));
        }
        Ok(Ok(changes))
    }

    /// What the compiler says of a program.
    fn errors(&self, target: &Target) -> Result<Vec<Diagnostic>> {
        let outcome = domi_plugin::compiling(domi_plugin::cargo())
            .args(["check", "--quiet", "--message-format=json", "--bin", &target.binary, "--tests"])
            .arg("--manifest-path")
            .arg(self.root()?.join(&target.folder).join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", &self.target)
            .folder(self.root()?)
            .run(self.interrupt)?;
        // What it has said until then is not all that it has to say.
        let ended = matches!(outcome.end, End::Exit(_));
        anyhow::ensure!(ended, "cargo check did not come to its end: {}", outcome.end);
        let mut errors = Vec::new();
        for message in Message::parse_stream(&outcome.stdout[..]) {
            if let Message::CompilerMessage(message) = message?
                && message.message.level == DiagnosticLevel::Error
                // The program and its tests have most of their code in common.
                && !errors.contains(&message.message)
            {
                errors.push(message.message);
            }
        }
        // Without a code, it says no more than how many there are.
        let is_count = |error: &Diagnostic| error.code.is_none() && error.spans.is_empty();
        if errors.iter().any(|error| !is_count(error)) {
            errors.retain(|error| !is_count(error));
        }
        let said = String::from_utf8_lossy(&outcome.stderr);
        anyhow::ensure!(outcome.success() || !errors.is_empty(), "cargo check failed: {said}");
        Ok(errors)
    }

    /// Lays a file out by the rules of the workspace, where it was so before.
    fn format(&self, workspace: &Workspace, file: &Utf8Path) -> Result<()> {
        let editions = workspace.metadata.workspace_packages().into_iter();
        let of_file = |folder: &Utf8Path| workspace.root.join(file).starts_with(folder);
        let edition = editions
            .filter(|it| it.manifest_path.parent().is_some_and(of_file))
            .max_by_key(|it| it.manifest_path.as_str().len())
            .map_or_else(|| "2024".to_owned(), |it| it.edition.to_string());
        let rustfmt = |root: &Utf8Path| {
            let options = ["--edition", &edition, "--config-path", workspace.root.as_str()];
            Program::new("rustfmt").args(options).arg(root.join(file))
        };
        let was = rustfmt(&workspace.root).arg("--check").run(self.interrupt);
        if was.is_ok_and(|outcome| outcome.success()) {
            rustfmt(self.root()?).run(self.interrupt)?;
        }
        Ok(())
    }
}

/// Where in the program's own files a name is that the compiler does not find any more.
fn places(
    root: &Utf8Path,
    target: &Target,
    errors: &[Diagnostic],
) -> BTreeMap<Utf8PathBuf, BTreeSet<(usize, usize)>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let has_code =
        |error: &&Diagnostic| error.code.as_ref().is_some_and(|it| NO_NAME.contains(&&*it.code));
    for span in errors.iter().filter(has_code).flat_map(|error| &error.spans) {
        let file = Utf8Path::new(&span.file_name);
        let file = file.strip_prefix(root).unwrap_or(file);
        let place: Range<usize> = span.byte_start as usize..span.byte_end as usize;
        let is_old = read(&root.join(file)).get(place.clone()).is_some_and(|text| {
            target.old.iter().any(|old| text.strip_prefix("r#").unwrap_or(text) == old)
        });
        if span.is_primary && is_old && file.starts_with(&target.folder) {
            found.entry(file.to_owned()).or_default().insert((place.start, place.end));
        }
    }
    found
}

/// An error that no other name fixes.
fn not_renamed(target: &Target, error: &Diagnostic) -> Problem {
    let span = error.spans.iter().find(|span| span.is_primary);
    let place = span.and_then(|span| {
        let line = u32::try_from(span.line_start).ok()?;
        Some(Place { file: span.file_name.clone(), line })
    });
    let message =
        format!("{} does not compile with the new name: {}", target.folder, error.message);
    let next = "change that by hand first, so that it does not matter, or rename by hand";
    refused(&target.old.join(", "), message, next).at(place)
}

/// The text of a `Cargo.toml` whose paths out of the workspace begin at the root of the file system.
fn anchored(text: &str, file: &Utf8Path, root: &Utf8Path) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else { return text.to_owned() };
    let folder = file.parent().unwrap_or(root);
    anchor(document.as_table_mut(), folder, root);
    document.to_string()
}

fn anchor(table: &mut dyn TableLike, folder: &Utf8Path, root: &Utf8Path) {
    for (key, item) in table.iter_mut() {
        let path = item.as_str().map(|path| folder.join(path)).filter(|_| key == "path");
        match path.and_then(|path| path.canonicalize_utf8().ok()) {
            Some(path) if !path.starts_with(root) => *item = value(path.as_str()),
            _ => {
                if let Some(inner) = item.as_table_like_mut() {
                    anchor(inner, folder, root);
                }
            }
        }
    }
}
