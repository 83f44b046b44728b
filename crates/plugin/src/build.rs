use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{CompilerMessage, Message};
use domi_host::Interrupt;
use domi_host::command::{Program, shell_word};
use domi_host::file::Lock;
use domi_host::hash::Key;
use domi_model::{Place, Problem};
use rayon::prelude::*;

use crate::codes::{CARGO_FAILED, DOES_NOT_COMPILE};
use crate::content::Content;
use crate::kept::{Executable, Kept};
use crate::notes::{Messages, Notes};
use crate::{FeatureCrate, Source, Stage, Workspace, toolchain};

/// The executables of features, or why there is none, by package name.
pub(crate) type Built = BTreeMap<String, Result<UpToDate, Vec<Problem>>>;

/// An executable that is up to date.
#[derive(Debug, Clone)]
pub(crate) struct UpToDate {
    pub(crate) path: Utf8PathBuf,
    /// The files and folders that it was built from; `None` where not all of them are known.
    pub(crate) files: Option<BTreeSet<Utf8PathBuf>>,
}

/// Builds the binaries of features.
///
/// Each is built alone, so that what it is does not depend on which others are asked for: cargo
/// gives a crate that several share all that any of them asks of it.
pub(crate) struct Builder<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) content: &'a Content<'a>,
    pub(crate) kept: &'a Kept,
    pub(crate) progress: &'a (dyn Fn(Stage<'_>) + Sync),
    pub(crate) interrupt: &'a Interrupt,
}

/// What one run of cargo came to.
struct Run {
    messages: Messages,
    executable: Option<Utf8PathBuf>,
    errors: Vec<CompilerMessage>,
}

/// An executable as cargo has just built it.
struct Fresh {
    path: Utf8PathBuf,
    /// What it was built from, as far as that is known and did not change meanwhile.
    notes: Option<Notes>,
}

impl Builder<'_> {
    /// The executables of these features, of which each is a binary.
    pub(crate) fn executables(&self, features: &[&FeatureCrate]) -> Result<Built> {
        if features.is_empty() {
            return Ok(Built::new());
        }
        let (mut built, compiler) = self.up_to_date(features)?;
        let is_missing = |feature: &&&FeatureCrate| !built.contains_key(&feature.package);
        let missing: Vec<_> = features.iter().filter(is_missing).copied().collect();
        if !missing.is_empty() {
            self.build(&missing, &compiler, &mut built)?;
        }
        Ok(built)
    }

    /// Those of them that are up to date, and which compiler there is. Nothing is built.
    pub(crate) fn up_to_date(&self, features: &[&FeatureCrate]) -> Result<(Built, String)> {
        let unchanged = |feature: &&FeatureCrate| {
            let kept = self.kept.executable(&feature.package)?;
            kept.is_unchanged(self.content).then_some(kept)
        };
        // The compiler takes a while to say which one it is.
        let (compiler, kept) = rayon::join(
            || toolchain::compiler(self.workspace, self.interrupt),
            || features.par_iter().map(unchanged).collect::<Vec<_>>(),
        );
        let compiler = compiler?;
        let toolchain = toolchain::key(self.workspace, &compiler);
        let mut built = Built::new();
        for (feature, kept) in features.iter().zip(kept) {
            if let Some(kept) = kept.filter(|kept| kept.has(&key(feature, &toolchain))) {
                let files = Some(kept.files.into_keys().collect());
                built.insert(feature.package.clone(), Ok(UpToDate { path: kept.path, files }));
            }
        }
        Ok((built, compiler))
    }

    fn build(&self, features: &[&FeatureCrate], compiler: &str, built: &mut Built) -> Result<()> {
        let waiting = || (self.progress)(Stage::Waiting);
        let _lock = Lock::acquire(self.kept.lock().as_std_path(), self.interrupt, waiting)?;
        (self.progress)(Stage::Building(features));
        let compiled = self.compile_side_by_side(features)?;
        let mut fresh = Vec::new();
        for feature in features {
            match self.alone(feature, compiled)? {
                Ok(of_feature) => fresh.push((*feature, of_feature)),
                Err(problems) => drop(built.insert(feature.package.clone(), Err(problems))),
            }
        }
        // Not before: cargo writes `Cargo.lock` as it builds.
        let toolchain = toolchain::key(self.workspace, compiler);
        for (feature, Fresh { path, notes }) in fresh {
            let kept = notes.and_then(|notes| {
                Executable::new(key(feature, &toolchain), &notes, path.clone(), self.content)
            });
            if let Some(kept) = &kept {
                // One that cannot be kept costs time, and nothing else.
                let _ = self.kept.keep_executable(&feature.package, kept);
            }
            let files = kept.map(|kept| kept.files.into_keys().collect());
            built.insert(feature.package.clone(), Ok(UpToDate { path, files }));
        }
        Ok(())
    }

    /// Lets cargo use all cores for what most features have in common; says whether it did. What
    /// comes of it is looked at when each is built alone.
    fn compile_side_by_side(&self, features: &[&FeatureCrate]) -> Result<bool> {
        let name = |feature: &FeatureCrate| match &feature.source {
            Source::Binary(name) => name.clone(),
            Source::Command(_) => String::new(),
        };
        // Two of one name would be written to one place.
        let alone = |feature: &&&FeatureCrate| {
            features.iter().filter(|other| name(other) == name(feature)).count() == 1
        };
        let features: Vec<_> = features.iter().filter(alone).copied().collect();
        if features.len() < 2 {
            return Ok(false);
        }
        command(self.workspace, &features).folder(&self.workspace.root).run(self.interrupt)?;
        Ok(true)
    }

    fn alone(&self, feature: &FeatureCrate, compiled: bool) -> Result<Result<Fresh, Vec<Problem>>> {
        let mut program = command(self.workspace, &[feature]).folder(&self.workspace.root);
        if compiled {
            // What it would say has been said.
            program = program.arg("--quiet");
        }
        let mut began = SystemTime::now();
        let mut run = self.run(feature, &program)?;
        let stale = self.overlooked(feature, &run);
        if !stale.is_empty() {
            let mut clean = self.workspace.cargo().arg("clean").folder(&self.workspace.root);
            for package in &stale {
                clean = clean.args(["--package", package]);
            }
            clean.run(self.interrupt)?;
            began = SystemTime::now();
            run = self.run(feature, &program)?;
        }
        let Some(executable) = run.executable else {
            self.met(&run)?;
            return Ok(Err(vec![if run.errors.is_empty() {
                cargo_failed(feature)
            } else {
                does_not_compile(feature, &run.errors)
            }]));
        };
        let notes = Notes::of(self.workspace, &executable, &run.messages);
        let notes = notes.filter(|notes| !notes.files.iter().any(|file| is_newer(file, began)));
        let path = self.kept.executable_of(&feature.package);
        link(&executable, &path)?;
        Ok(Ok(Fresh { path, notes }))
    }

    /// Fails where it was this computer that kept cargo from building. The compiler says so without
    /// a place in a crate. Linkers just die of a full disk, and cargo itself says it on the terminal,
    /// so that it is tried again here.
    fn met(&self, run: &Run) -> Result<()> {
        let placeless = || run.errors.iter().filter(|error| error.message.spans.is_empty());
        let target = self.workspace.target.as_std_path();
        let cannot = || format!("cargo cannot build in {}", target.display());
        for error in placeless().map(|error| &error.message) {
            if let Some(met) = domi_host::met_by_program(&error.message) {
                let said = error.message.lines().next().unwrap_or_default();
                return Err(anyhow::Error::new(met).context(format!("{}: {said}", cannot())));
            }
        }
        if run.errors.is_empty() || placeless().next().is_some() {
            for folder in [target, &std::env::temp_dir()] {
                domi_host::file::check_room(folder).with_context(cannot)?;
            }
        }
        Ok(())
    }

    /// The packages of what cargo did not see to have changed: it looks at the times of files,
    /// which may be older than what they hold.
    fn overlooked(&self, feature: &FeatureCrate, run: &Run) -> BTreeSet<String> {
        let before = self.kept.executable(&feature.package);
        let (Some(before), Some(executable)) = (before, &run.executable) else {
            return BTreeSet::new();
        };
        if !before.is(executable) {
            return BTreeSet::new();
        }
        // What counts in a Cargo.toml, cargo reads each time.
        let changed: Vec<_> = before
            .changed(self.content)
            .filter(|path| path.file_name() != Some("Cargo.toml"))
            .collect();
        let here =
            run.messages.artifacts.iter().filter(|it| it.package_id.repr.starts_with("path+"));
        let holds = |manifest: &Utf8Path| {
            let folder = manifest.parent().unwrap_or(manifest);
            changed.iter().any(|path| path.starts_with(folder))
        };
        let (mut holding, mut all) = (BTreeSet::new(), BTreeSet::new());
        for artifact in here.filter(|_| !changed.is_empty()) {
            all.insert(artifact.package_id.repr.clone());
            if holds(&artifact.manifest_path) {
                holding.insert(artifact.package_id.repr.clone());
            }
        }
        if holding.is_empty() { all } else { holding }
    }

    fn run(&self, feature: &FeatureCrate, program: &Program) -> Result<Run> {
        let outcome = program.run(self.interrupt)?;
        (self.progress)(Stage::Built);
        let mut run = Run { messages: Messages::default(), executable: None, errors: Vec::new() };
        for message in Message::parse_stream(&outcome.stdout[..]) {
            match message? {
                Message::CompilerArtifact(artifact) => {
                    if artifact.package_id.repr == feature.id && artifact.executable.is_some() {
                        run.executable.clone_from(&artifact.executable);
                    }
                    run.messages.artifacts.push(artifact);
                }
                Message::BuildScriptExecuted(script) => run.messages.scripts.push(script),
                Message::CompilerMessage(message) => {
                    if let Some(text) = &message.message.rendered {
                        (self.progress)(Stage::Compiler(text));
                    }
                    if message.message.level == DiagnosticLevel::Error {
                        run.errors.push(message);
                    }
                }
                _ => {}
            }
        }
        Ok(run)
    }
}

fn command(workspace: &Workspace, features: &[&FeatureCrate]) -> Program {
    let build = ["build", "--keep-going", "--message-format=json"];
    let mut program = compiling(workspace.cargo()).args(build).show_stderr();
    for feature in features {
        // Its name may be that of a dependency too.
        program = program.args(["--package", &feature.id]);
    }
    for feature in features {
        if let Source::Binary(name) = &feature.source {
            program = program.args(["--bin", name]);
        }
    }
    program
}

/// A cargo that may have all to compile that there is: it gets the time and the output that this takes.
pub fn compiling(cargo: Program) -> Program {
    cargo.time_limit(Duration::from_secs(2 * 60 * 60)).output_limit(512 << 20)
}

/// What of an executable is no file of its own, and no variable that it was built from.
fn key(feature: &FeatureCrate, toolchain: &str) -> String {
    let mut key = Key::new("domi.executable/1").with(toolchain).with(&feature.id);
    if let Source::Binary(name) = &feature.source {
        key.add(name);
    }
    key.finish()
}

/// Whether a file was written after a time, so that nobody knows what cargo saw of it.
fn is_newer(path: &Utf8Path, than: SystemTime) -> bool {
    let facts = path.metadata();
    facts.is_ok_and(|facts| facts.is_file() && facts.modified().is_ok_and(|at| at > than))
}

/// Gives a file a second name, in place of what had it; or copies it, where that cannot be.
fn link(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    let new = Utf8PathBuf::from(format!("{to}.new"));
    if let Some(folder) = to.parent() {
        fs_err::create_dir_all(folder)?;
    }
    // One that a killed process left.
    let _ = std::fs::remove_file(&new);
    if std::fs::hard_link(from, &new).is_err() {
        fs_err::copy(from, &new)?;
    }
    Ok(fs_err::rename(&new, to)?)
}

/// The feature's own first error, or else that of what it depends on.
fn does_not_compile(feature: &FeatureCrate, errors: &[CompilerMessage]) -> Problem {
    let own = errors.iter().find(|error| error.target.src_path.starts_with(&feature.folder));
    let first = own.or(errors.first()).map(|error| &error.message);
    let message = first.map_or_else(String::new, |error| format!(": {}", error.message));
    let crate_name = match own {
        Some(_) => "its crate",
        None => "a crate that it depends on",
    };
    Problem::error(
        DOES_NOT_COMPILE,
        &*feature.name,
        format!("{crate_name} does not compile{message}"),
    )
    .at(first.and_then(place))
    .next(format!("fix it; `cargo check {}` shows the same", chosen(feature)))
}

fn place(error: &Diagnostic) -> Option<Place> {
    let span = error.spans.iter().find(|span| span.is_primary)?;
    Some(Place { file: span.file_name.clone(), line: u32::try_from(span.line_start).ok()? })
}

fn cargo_failed(feature: &FeatureCrate) -> Problem {
    Problem::error(
        CARGO_FAILED,
        &*feature.name,
        "cargo could not build its crate, as it said above",
    )
    .at(Some(Place { file: feature.place.join("Cargo.toml").into_string(), line: 1 }))
    .next(format!("run `cargo build {}` and fix what it says", chosen(feature)))
}

/// Arguments that name a feature's crate to cargo, whatever else has its name.
fn chosen(feature: &FeatureCrate) -> String {
    format!("--manifest-path {}", shell_word(feature.place.join("Cargo.toml").as_str()))
}
