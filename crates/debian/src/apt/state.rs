//! apt's private state: a folder with its settings and package lists, in which the host's apt runs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_host::command::{self, End, Outcome, Program};
use domi_host::file::Lock;
use domi_host::hash::Key;
use domi_host::{Interrupt, file};
use fs_err as fs;

use super::said::{no_suite, not_verified, unknown_packages, unreachable_source};
use super::settings::{base_configuration, preferences};
use crate::sources::own_sources;
use crate::{Architecture, Distribution, Error, Result};

/// A download may take as long as the connection needs; this only ends one that makes no progress.
pub(super) const DOWNLOAD_LIMIT: Duration = Duration::from_secs(3600);

/// How long asking for a release may take, which is a file or two.
const LOOK_LIMIT: Duration = Duration::from_secs(120);

/// The sources, below the folder of the state.
const SOURCES: &str = "etc/sources.list.d/own.sources";

/// There where the sources have said that they have the release; holds what they call it.
const OFFERED: &str = "offered";

/// There where they have said that they do not; holds the reason.
const MISSING: &str = "missing";

/// How long a release that was missing is not asked for again.
const PATIENCE: Duration = Duration::from_secs(DAY);

const DAY: u64 = 24 * 3600;

/// What is known of whether sources have a release.
#[derive(Debug)]
pub(super) enum Known {
    /// Nobody has asked.
    Nothing,
    /// They have it.
    Offered {
        /// What they call it, such as `stable`.
        called: String,
    },
    /// They did not have it today.
    Missing,
}

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
        let state = Self::at(cache, distribution, architecture);
        let _lock = state.lock(interrupt)?;
        state.configure(sources, interrupt)?;
        Ok(state)
    }

    /// Where it is.
    fn at(cache: &Path, distribution: &Distribution, architecture: Architecture) -> Self {
        let (id, codename) = (distribution.id(), distribution.codename());
        let mut name = format!("{id}-{codename}-{}", architecture.debian_name());
        if let Some(named) = distribution.sources() {
            // Whose they are is nobody else's business, and lists are fetched again when sources
            // change.
            let file = named.file.to_string_lossy();
            name += &format!("-{}", Key::new("sources").with(&*file).finish());
        }
        Self {
            folder: cache.join("apt").join(name),
            distribution: distribution.clone(),
            architecture,
        }
    }

    /// What is known of whether these sources have the release. Starts no program, and waits for
    /// nobody who uses the state.
    pub(super) fn known(
        sources: &Path,
        cache: &Path,
        distribution: &Distribution,
        architecture: Architecture,
    ) -> Result<Known> {
        let state = Self::at(cache, distribution, architecture);
        let seen = fs::read_to_string(state.folder.join(SOURCES)).unwrap_or_default();
        if seen != own_sources(sources, distribution)? {
            return Ok(Known::Nothing);
        }
        if let Ok(called) = fs::read_to_string(state.folder.join(OFFERED)) {
            return Ok(Known::Offered { called });
        }
        if state.has_lists() {
            return Ok(Known::Offered { called: state.called()?.unwrap_or_default() });
        }
        let is_missing = age(&state.folder.join(MISSING)).is_some_and(|age| age < PATIENCE);
        Ok(if is_missing { Known::Missing } else { Known::Nothing })
    }

    /// Keeps for a while that these sources do not have the release as it is wanted.
    pub(super) fn keep_missing(&self, why: &str) -> Result<()> {
        Ok(file::write(&self.folder.join(MISSING), why)?)
    }

    /// Asks the sources for the release, without its lists of packages. Says what they call it, such
    /// as `stable`.
    pub(super) fn look(&self, interrupt: &Interrupt) -> Result<String> {
        let program = self
            .get(None)
            .arg(option("Acquire::IndexTargets::deb::Packages::DefaultEnabled", "false"))
            .args(["--quiet=2", "--error-on=any", "update"])
            .time_limit(LOOK_LIMIT);
        self.run(&program, interrupt)?;
        // apt is content with sources that it need not verify and that have nothing.
        let called = self.called()?.ok_or_else(|| Error::NoSuite {
            codename: self.distribution.codename().to_owned(),
            said: "they have no Release file of it".to_owned(),
        })?;
        file::write(&self.folder.join(OFFERED), &called)?;
        Ok(called)
    }

    /// What the sources call the release, according to the newest that they have said of it.
    fn called(&self) -> Result<Option<String>> {
        let codename = self.distribution.codename();
        let ends = [format!("_dists_{codename}_InRelease"), format!("_dists_{codename}_Release")];
        for entry in fs::read_dir(self.folder.join("state/lists"))? {
            let path = entry?.path();
            let name = path.to_string_lossy();
            if ends.iter().any(|end| name.ends_with(end)) {
                let text = fs::read_to_string(&path)?;
                let suite = text.lines().find_map(|line| line.strip_prefix("Suite:"));
                return Ok(Some(suite.unwrap_or_default().trim().to_owned()));
            }
        }
        Ok(None)
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
        age(&self.folder.join("updated")).is_none_or(|age| age > Duration::from_secs(DAY))
    }

    /// Writes apt's configuration, sources and preferences.
    fn configure(&self, sources: &Path, interrupt: &Interrupt) -> Result<()> {
        for folder in ["empty/partial", "cache", "state/lists/partial", "etc/sources.list.d"] {
            fs::create_dir_all(self.folder.join(folder))?;
        }
        file::write_if_changed(&self.folder.join("status"), "")?;
        let sources = own_sources(sources, &self.distribution)?;
        if file::write_if_changed(&self.folder.join(SOURCES), sources)? {
            for known in ["updated", OFFERED, MISSING] {
                let _ = fs::remove_file(self.folder.join(known));
            }
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
        let codename = self.distribution.codename().to_owned();
        if let Some(said) = not_verified(&said) {
            return Err(Error::NotVerified { codename, said });
        }
        if let Some(said) = no_suite(&said) {
            return Err(Error::NoSuite { codename, said });
        }
        let error = anyhow::anyhow!("`{program}` failed ({}): {}", outcome.end, said.trim());
        let is_gone = outcome.end != End::TimedOut && said.contains("404  Not Found");
        Err(Error::Other(if is_gone {
            error.context(Gone)
        } else if said.contains("remove is disabled") {
            error.context(Removes)
        } else {
            error
        }))
    }
}

/// How old a file is; nothing where there is none.
fn age(file: &Path) -> Option<Duration> {
    std::fs::metadata(file).and_then(|found| found.modified()).ok()?.elapsed().ok()
}

/// A package in the lists no longer exists.
#[derive(Debug, thiserror::Error)]
#[error("the package lists are older than what the sources have")]
pub(super) struct Gone;

/// Packages of the machine would have to go for new ones.
#[derive(Debug, thiserror::Error)]
#[error("packages of the machine would be removed")]
pub(super) struct Removes;

fn no_apt(error: command::Error) -> Error {
    if error.is_missing() { Error::NoApt } else { error.into() }
}

fn option(name: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut option = OsString::from(format!("-o{name}="));
    option.push(value);
    option
}
