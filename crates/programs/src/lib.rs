//! Builds programs of the workspace's crates for portable machines: by the Rust of the Debian release
//! that these have, in a container of this computer, for their architecture.
//!
//! What a program is built from is copied first, so that its key is of what is built. It has no
//! network. What was built is kept under cargo's target folder.

mod codes;
mod kept;
mod source;
mod toolchain;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use camino::Utf8PathBuf;
use domi_container::{Containers, Error, Progress, StoreError, Task};
use domi_debian::{Architecture, Distribution};
use domi_host::Interrupt;
use domi_host::file::Lock;
use domi_host::hash::Key;
use domi_model::{Platform, Problem};
use domi_plugin::{ProgramCrate, Workspace};
use domi_portable_system::{Builds, BuiltProgram, CratePrograms, NoSystem};
use domi_runner::{Reporter, Stage, Unable};

pub use self::codes::CODES;
use self::codes::{CRATE_UNUSABLE, DOES_NOT_BUILD, FROM_ELSEWHERE};
use self::kept::Kept;
use self::source::Source;
pub use self::source::copy_tree;
use self::toolchain::{FAILED, RESULT, Toolchain};

/// Raised when programs are built in another way.
const FORMAT: &str = "domi.program/1";
/// How long building the programs of a crate may take.
const LIMIT: Duration = Duration::from_secs(30 * 60);
/// How many lines of what cargo says are shown.
const LINES: usize = 40;

/// Builds the programs of a workspace.
#[derive(Debug)]
pub struct Programs {
    root: Utf8PathBuf,
    cache: PathBuf,
    distribution: Distribution,
    interrupt: Interrupt,
}

impl Programs {
    /// Those of the workspace in this folder, for machines of this release. `cache` is that of
    /// containers (see `domi_host::dirs::cache`). Nothing is looked at before something is built.
    pub fn new(
        root: Utf8PathBuf,
        cache: PathBuf,
        distribution: Distribution,
        interrupt: Interrupt,
    ) -> Self {
        Self { root, cache, distribution, interrupt }
    }
}

impl Builds for Programs {
    fn build(
        &self,
        wanted: &CratePrograms,
        reporter: &Reporter,
    ) -> Result<Vec<BuiltProgram>, NoSystem> {
        let workspace = Workspace::find(&self.root, &self.interrupt).map_err(|it| ours(&it))?;
        let workspace = workspace.map_err(NoSystem::NotBuilt)?;
        let of = usable(&workspace, wanted)?;
        let containers =
            Containers::open(&self.cache, self.distribution.clone(), self.interrupt.clone());
        let containers = containers.map_err(|error| unable(&error))?;
        let toolchain = Toolchain::for_target(architecture(wanted.system));
        let image = containers.with_packages(&toolchain.packages(), &listener(reporter));
        let image = image.map_err(|error| unable(&error))?;
        let source = Source::copy(&workspace, &of).map_err(|error| ours(&error))?;
        let script = toolchain.script(&of.name, &wanted.programs);
        let key = Key::new(FORMAT)
            .with(image.key())
            .with(image.digest())
            .with(source.digest())
            .with(&script)
            .finish();
        let kept = Kept::of(&workspace.target, &of.name, wanted.system);
        let lock = Lock::acquire(kept.lock().as_std_path(), &self.interrupt, || ());
        let _lock = lock.map_err(|error| ours(&error))?;
        if let Some(programs) = kept.find(&key, &wanted.programs) {
            return Ok(programs);
        }
        let _stage = reporter.stage(format!("building {}", of.name), Some(wanted.system), None);
        let task = Task { script: &script, result: RESULT, limit: LIMIT };
        let fill = |files: &std::path::Path| {
            toolchain.fetch(&self.cache, &self.distribution, &image, files, &self.interrupt)?;
            source.put(&files.join("source"))
        };
        let built = containers.task(&image, &task, fill, |result, printed| {
            if result.join(FAILED).exists() {
                return Ok(Err(does_not_build(&of, &self.distribution, printed)));
            }
            kept.keep(&key, result, &wanted.programs).map(Ok)
        });
        let built = built.map_err(|error| unable(&error))?;
        built.map_err(|problem| NoSystem::NotBuilt(vec![problem]))
    }
}

/// The crate, if its programs can be built as they are wanted.
fn usable(workspace: &Workspace, wanted: &CratePrograms) -> Result<ProgramCrate, NoSystem> {
    let refused = |problem: Problem| NoSystem::NotBuilt(vec![problem]);
    let programs = wanted.programs.iter().map(String::as_str);
    let of = crate_of(workspace, &wanted.name, programs).map_err(|problem| refused(*problem))?;
    let is_inside = |folder: &Utf8PathBuf| {
        folder.strip_prefix(&workspace.root).is_ok_and(|place| !place.as_str().is_empty())
    };
    if let Some(folder) = of.folders.iter().find(|folder| !is_inside(folder)) {
        let message = format!(
            "it is built from {}, which is not in a folder below that of the workspace",
            workspace.place(folder)
        );
        let problem = Problem::error(FROM_ELSEWHERE, &*wanted.name, message);
        return Err(refused(
            problem.next("move the crate into a folder of its own in the workspace"),
        ));
    }
    if !of.from_elsewhere.is_empty() {
        let names: Vec<&str> = of.from_elsewhere.iter().map(String::as_str).collect();
        let message = format!(
            "it is built from {}, which is in no crate of this workspace; a portable machine can have \
             only what is built from this workspace",
            names.join(", ")
        );
        let problem = Problem::error(FROM_ELSEWHERE, &*wanted.name, message);
        return Err(refused(problem.next("do without, or test on NixOS: `--backend nixos-vm`")));
    }
    Ok(of)
}

/// A crate of a workspace that has these programs.
///
/// # Errors
/// When there is none.
pub fn crate_of<'p>(
    workspace: &Workspace,
    name: &str,
    programs: impl IntoIterator<Item = &'p str>,
) -> Result<ProgramCrate, Box<Problem>> {
    let refuse = |message: String| {
        let problem = Problem::error(CRATE_UNUSABLE, name, message);
        Box::new(problem.next("correct the names in `Software::of_crate`"))
    };
    let of = workspace.program(name).map_err(refuse)?;
    if let Some(lacking) = programs.into_iter().find(|program| !of.programs.contains(*program)) {
        let known: Vec<&str> = of.programs.iter().map(String::as_str).collect();
        let message = format!("the crate has no program `{lacking}`, only {}", known.join(", "));
        return Err(refuse(message));
    }
    Ok(of)
}

fn does_not_build(of: &ProgramCrate, distribution: &Distribution, printed: &str) -> Problem {
    let lines: Vec<&str> = printed.lines().collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
    let message = format!("it does not build with the Rust of {}:\n{last}", distribution.name());
    Problem::error(DOES_NOT_BUILD, &*of.name, message).next(format!(
        "fix it in {}; its `rust-version` must be no newer than the Rust of that release",
        of.place
    ))
}

fn architecture(system: Platform) -> Architecture {
    match system {
        Platform::X86_64Linux => Architecture::X86_64,
        Platform::Aarch64Linux => Architecture::Aarch64,
    }
}

fn ours(error: &anyhow::Error) -> NoSystem {
    NoSystem::Unable(Unable::from_error(error.as_ref(), format!("{error:#}")))
}

/// Why an error of containers leaves a job undecided.
fn unable(error: &Error) -> NoSystem {
    let message = format!("programs of crates are built in a container: {error}");
    NoSystem::Unable(match error {
        Error::Interrupted => Unable::Interrupted,
        Error::Missing(_) | Error::Packages(_) | Error::Store(StoreError::NoSpace { .. }) => {
            Unable::Missing(message)
        }
        other => Unable::from_error(other, message),
    })
}

/// Reports what making the toolchain's root does.
fn listener(reporter: &Reporter) -> impl Fn(Progress) + Sync {
    let listening = Mutex::new((reporter.clone(), None::<Stage>));
    move |progress| {
        let (reporter, stage) = &mut *listening.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::Store(told) => reporter.note(None, told.to_string()),
            Progress::Started(begun) => {
                drop(stage.take());
                *stage = Some(reporter.stage(format!("{begun}, for Rust"), None, None));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
