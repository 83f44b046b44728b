//! apt's private state: a folder with its settings and package lists, in which the host's apt runs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_host::command::{self, End, Outcome, Program};
use domi_host::file::Lock;
use domi_host::{Interrupt, file};
use fs_err as fs;

use super::said::{unknown_packages, unreachable_source};
use super::settings::{base_configuration, preferences};
use crate::sources::own_sources;
use crate::{Architecture, Distribution, Error, Result};

/// A download may take as long as the connection needs; this only ends one that makes no progress.
pub(super) const DOWNLOAD_LIMIT: Duration = Duration::from_secs(3600);

/// The state of one release and one architecture.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    pub(super) distribution: Distribution,
    pub(super) architecture: Architecture,
}

impl State {
    /// Prepares it below `cache`, with the distribution's own of these sources.
    pub(super) fn open(
        sources: &Path,
        cache: &Path,
        distribution: &Distribution,
        architecture: Architecture,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let release = format!("{}-{}", distribution.id(), distribution.codename());
        let state = Self {
            folder: cache.join("apt").join(format!("{release}-{}", architecture.debian_name())),
            distribution: distribution.clone(),
            architecture,
        };
        let _lock = state.lock(interrupt)?;
        state.configure(sources, interrupt)?;
        Ok(state)
    }

    /// Keeps other processes out while it is used.
    pub(super) fn lock(&self, interrupt: &Interrupt) -> Result<Lock> {
        Ok(Lock::acquire(&self.folder.join("lock"), interrupt, || ())?)
    }

    /// Whether the package lists have been fetched.
    pub(super) fn has_lists(&self) -> bool {
        self.folder.join("updated").exists()
    }

    /// Fetches the package lists.
    pub(super) fn update(&self, interrupt: &Interrupt) -> Result<()> {
        let _ = fs::remove_file(self.folder.join("updated"));
        let program = self
            .get(None)
            .args(["--quiet=2", "--error-on=any", "update"])
            .time_limit(DOWNLOAD_LIMIT);
        self.run(&program, interrupt)?;
        file::write(&self.folder.join("updated"), "")?;
        Ok(())
    }

    /// Whether the lists are older than a day, so that a missing name may just be new.
    pub(super) fn lists_are_old(&self) -> bool {
        let modified = fs::metadata(self.folder.join("updated")).and_then(|found| found.modified());
        let age = modified.ok().and_then(|time| time.elapsed().ok());
        age.is_none_or(|age| age > Duration::from_secs(24 * 3600))
    }

    /// Writes apt's configuration, sources and preferences.
    fn configure(&self, sources: &Path, interrupt: &Interrupt) -> Result<()> {
        for folder in ["empty/partial", "cache", "state/lists/partial", "etc/sources.list.d"] {
            fs::create_dir_all(self.folder.join(folder))?;
        }
        file::write_if_changed(&self.folder.join("status"), "")?;
        let sources = own_sources(sources, &self.distribution)?;
        let changed =
            file::write_if_changed(&self.folder.join("etc/sources.list.d/own.sources"), sources)?;
        if changed {
            let _ = fs::remove_file(self.folder.join("updated"));
        }
        file::write_if_changed(
            &self.folder.join("etc/preferences"),
            preferences(self.distribution.origin()),
        )?;
        let host = Program::new("apt-config").arg("dump").env("LC_ALL", "C");
        let host = host.read(interrupt).map_err(no_apt)?;
        file::write_if_changed(&self.folder.join("etc/base.conf"), base_configuration(&host))?;
        Ok(())
    }

    /// apt-get with everything private. Settings are given as arguments because apt's
    /// configuration files have no way to write a quotation mark in a path.
    pub(super) fn get(&self, installed: Option<&Path>) -> Program {
        let own = |path: &str| self.folder.join(path);
        let status = installed.map_or_else(|| own("status"), Path::to_owned);
        let architecture = self.architecture.debian_name();
        Program::new("apt-get")
            .env("LC_ALL", "C")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("APT_CONFIG", own("etc/base.conf"))
            .arg(option("Dir::Etc", own("etc")))
            .arg(option("Dir::State", own("state")))
            .arg(option("Dir::State::status", status))
            .arg(option("Dir::Cache", own("cache")))
            .arg(option("APT::Architecture", architecture))
            .arg(option("APT::Architectures::", architecture))
    }

    /// A folder for packages without a package: apt only lists files that it does not have.
    pub(super) fn no_packages(&self) -> OsString {
        option("Dir::Cache::archives", self.folder.join("empty"))
    }

    /// Runs apt and turns its complaints into an error that a caller can explain.
    pub(super) fn run(&self, program: &Program, interrupt: &Interrupt) -> Result<Outcome> {
        let outcome = program.run(interrupt).map_err(no_apt)?;
        if outcome.success() {
            return Ok(outcome);
        }
        let said = String::from_utf8_lossy(&outcome.stderr);
        if let Some(error) = domi_host::met_by_program(&said) {
            let folder = self.folder.display();
            let context = format!("apt cannot write in {folder}: {}", said.trim());
            return Err(anyhow::Error::new(error).context(context).into());
        }
        let names = unknown_packages(&said);
        if !names.is_empty() {
            return Err(Error::UnknownPackages {
                names,
                architecture: self.architecture.debian_name().to_owned(),
                distribution: self.distribution.codename().to_owned(),
            });
        }
        if let Some(said) = unreachable_source(&said) {
            return Err(Error::Offline { said });
        }
        let error = anyhow::anyhow!("`{program}` failed ({}): {}", outcome.end, said.trim());
        let is_gone = outcome.end != End::TimedOut && said.contains("404  Not Found");
        Err(Error::Other(if is_gone { error.context(Gone) } else { error }))
    }
}

/// A package in the lists no longer exists.
#[derive(Debug, thiserror::Error)]
#[error("the package lists are older than what the sources have")]
pub(super) struct Gone;

fn no_apt(error: command::Error) -> Error {
    if error.is_missing() { Error::NoApt } else { error.into() }
}

fn option(name: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut option = OsString::from(format!("-o{name}="));
    option.push(value);
    option
}
