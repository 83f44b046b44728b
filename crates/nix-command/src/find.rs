use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use domi_host::command::Program;
use domi_host::{Interrupt, memory, tool};
use domi_model::Problem;

use crate::codes::{NO_NIX, TOO_OLD};
use crate::{NixFailed, Version, heap};

/// The environment variable that names the `nix` to use.
pub const VARIABLE: &str = "DOMI_NIX";

/// How long `nix --version` may take: it reads nothing.
const ASKED: Duration = Duration::from_secs(30);

/// The real `nix` of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nix {
    path: PathBuf,
    version: Version,
    options: Vec<(String, String)>,
}

impl Nix {
    /// The one that `DOMI_NIX` names, else the first on PATH.
    ///
    /// # Errors
    /// If it cannot be run. That there is no `nix` is a problem, not an error.
    pub fn find(interrupt: &Interrupt) -> Result<Result<Self, Problem>> {
        let named = std::env::var_os(VARIABLE).filter(|named| !named.is_empty());
        let named = named.map(|named| named.to_string_lossy().into_owned());
        let path = match &named {
            // A path from here; `tool::find` would look for it below the folders of PATH.
            Some(named) if named.contains('/') => {
                Some(PathBuf::from(named)).filter(|path| path.is_file())
            }
            Some(named) => tool::find(named),
            None => tool::find("nix"),
        };
        let Some(path) = path else { return Ok(Err(not_there(named.as_deref()))) };
        Self::at(&path, interrupt).map(Ok)
    }

    /// The one at this path.
    ///
    /// # Errors
    /// If it cannot be run, or is not a `nix`.
    pub fn at(path: &Path, interrupt: &Interrupt) -> Result<Self> {
        let path = std::path::absolute(path).context("nix has no usable path")?;
        let said = Program::new(&path).arg("--version").time_limit(ASKED).read(interrupt)?;
        let version = Version::read(&said).with_context(|| {
            format!("`{} --version` printed no version: {said}", path.display())
        })?;
        Ok(Self { path, version, options: Vec::new() })
    }

    /// Gives a setting of `nix.conf` to every call.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((name.into(), value.into()));
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// A problem if it is older than `what` needs.
    pub fn too_old(&self, version: Version, what: &str) -> Option<Problem> {
        if self.version >= version {
            return None;
        }
        let message = format!("{what} needs Nix {version} or newer; this one is {}", self.version);
        let next = format!("install a newer one, or name it with {VARIABLE}");
        Some(Problem::error(TOO_OLD, self.path.display().to_string(), message).next(next))
    }

    /// A call of it, with the experimental features that the words may need, flakes among them.
    pub fn program<W: AsRef<str>>(&self, words: impl IntoIterator<Item = W>) -> Program {
        let options = self.options.iter().flat_map(|(name, value)| ["--option", name, value]);
        let program = Program::new(&self.path)
            .args(["--extra-experimental-features", "nix-command flakes"])
            .args(options)
            .args(words.into_iter().map(|word| word.as_ref().to_owned()));
        let said = std::env::var_os(heap::VARIABLE);
        match heap::initial(said.as_deref(), memory::available()) {
            Some(size) => program.tuned(heap::VARIABLE, size),
            None => program,
        }
    }

    /// What `nix eval --json` makes of the words: an installable or an expression, and flags.
    ///
    /// # Errors
    /// See [`NixFailed`].
    pub fn eval_json<W: AsRef<str>>(
        &self,
        words: impl IntoIterator<Item = W>,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> Result<serde_json::Value, NixFailed> {
        let program =
            self.program(["eval", "--json"]).args(words.into_iter().map(|w| w.as_ref().to_owned()));
        self.read_json(&program.time_limit(limit), interrupt)
    }
}

fn not_there(named: Option<&str>) -> Problem {
    match named {
        Some(named) => {
            Problem::error(NO_NIX, named, format!("{VARIABLE} names a program that does not exist"))
                .next(format!("give {VARIABLE} the path of a nix, or unset it"))
        }
        None => Problem::error(NO_NIX, "", "no nix here")
            .next(format!("install Nix, or name it with {VARIABLE}")),
    }
}
