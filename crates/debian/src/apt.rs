//! Fetches packages with the host's apt, with private state and without root.

mod offered;
mod package;
mod said;
mod settings;
mod state;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use domi_host::Interrupt;
use fs_err as fs;

pub use self::offered::{Usual, offered, usual};
use self::package::is_whole;
pub use self::package::{Candidate, Deb};
use self::said::candidate;
use self::state::{DOWNLOAD_LIMIT, Gone, Removes, State};
use crate::{Architecture, Distribution, Error, Result};

/// The host's apt, looking at one release and one architecture.
#[derive(Debug)]
pub struct Apt {
    state: State,
    packages: PathBuf,
}

impl Apt {
    /// Prepares apt's private state below `cache`, with those of the host's sources that are the
    /// distribution's own. Touches no network.
    pub fn open(
        cache: &Path,
        distribution: &Distribution,
        architecture: Architecture,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        Self::with_sources(Path::new("/etc/apt"), cache, distribution, architecture, interrupt)
    }

    /// `open`, with the sources in another folder than the host's `/etc/apt`: its `sources.list`
    /// and what is in its `sources.list.d`.
    pub fn with_sources(
        sources: &Path,
        cache: &Path,
        distribution: &Distribution,
        architecture: Architecture,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let state = State::open(sources, cache, distribution, architecture, interrupt)?;
        Ok(Self { state, packages: cache.join("packages") })
    }

    /// The release it looks at.
    pub fn distribution(&self) -> &Distribution {
        &self.state.distribution
    }

    /// The architecture it looks at.
    pub fn architecture(&self) -> Architecture {
        self.state.architecture
    }

    /// Fetches the package lists, whatever their age.
    pub fn update(&self, interrupt: &Interrupt) -> Result<()> {
        let _lock = self.state.lock(interrupt)?;
        self.state.update(interrupt)
    }

    /// What installing `packages` would install. `installed` is the dpkg status file of a machine,
    /// whose packages are then left out, and the order is one in which dpkg unpacks the others;
    /// without it the list is complete. Fetches the package lists when there are none.
    pub fn resolve(
        &self,
        packages: &[&str],
        installed: Option<&Path>,
        interrupt: &Interrupt,
    ) -> Result<Vec<Candidate>> {
        let _lock = self.state.lock(interrupt)?;
        if !self.state.has_lists() {
            self.state.update(interrupt)?;
        }
        let program = self
            .state
            .get(installed)
            .arg(self.state.no_packages())
            .args(["--quiet=2", "--print-uris", "--yes", "--no-remove", "install", "--"])
            .args(packages);
        let outcome = self.state.run(&program, interrupt);
        let outcome = match outcome {
            Err(Error::Other(error)) if error.is::<Removes>() => {
                return Err(self.removal(packages, installed, interrupt)?);
            }
            outcome => outcome?,
        };
        let listed =
            String::from_utf8(outcome.stdout).context("apt printed text that is not UTF-8")?;
        let candidates = listed.lines().filter(|line| line.starts_with('\''));
        let mut candidates = candidates.map(candidate).collect::<Result<Vec<_>, _>>()?;
        if installed.is_some() {
            self.order(&mut candidates, packages, installed, interrupt)?;
        }
        Ok(candidates)
    }

    /// What installing `packages` would remove, as an error.
    fn removal(
        &self,
        packages: &[&str],
        installed: Option<&Path>,
        interrupt: &Interrupt,
    ) -> Result<Error> {
        let program = self.state.get(installed);
        let program = program.args(["--quiet=2", "--simulate", "install", "--"]).args(packages);
        let outcome = self.state.run(&program, interrupt)?;
        let said = String::from_utf8_lossy(&outcome.stdout);
        let removed = said.lines().filter_map(|line| line.strip_prefix("Remv "));
        let removed = removed.filter_map(|rest| rest.split_whitespace().next());
        Ok(Error::Removed {
            removed: removed.map(str::to_owned).collect(),
            packages: packages.iter().map(|&name| name.to_owned()).collect(),
        })
    }

    /// Puts them in the order in which apt would have dpkg unpack them. Each says which packages
    /// apt would have configured since the previous one was unpacked.
    fn order(
        &self,
        candidates: &mut [Candidate],
        packages: &[&str],
        installed: Option<&Path>,
        interrupt: &Interrupt,
    ) -> Result<()> {
        let program = self
            .state
            .get(installed)
            .args(["--quiet=2", "--simulate", "install", "--"])
            .args(packages);
        let outcome = self.state.run(&program, interrupt)?;
        let said = String::from_utf8_lossy(&outcome.stdout);
        let mut places = BTreeMap::new();
        let mut configured = Vec::new();
        for line in said.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("Inst"), Some(name)) => {
                    let after = std::mem::take(&mut configured);
                    places.insert(name.to_owned(), (places.len(), after));
                }
                (Some("Conf"), Some(name)) => configured.push(name.to_owned()),
                _ => {}
            }
        }
        for candidate in &mut *candidates {
            let place = places.get_mut(&candidate.name);
            let (_, after) = place
                .with_context(|| format!("apt's order of installation lacks {}", candidate.name))?;
            candidate.after = std::mem::take(after);
        }
        candidates.sort_by_key(|candidate| places.get(&candidate.name).map(|(place, _)| *place));
        Ok(())
    }

    /// Downloads packages, in the order given. Files of an earlier call are used again once their
    /// digest has been checked; `progress` gets the number of bytes still to fetch.
    pub fn fetch(
        &self,
        candidates: &[Candidate],
        interrupt: &Interrupt,
        progress: &dyn Fn(u64),
    ) -> Result<Vec<Deb>> {
        let _lock = self.state.lock(interrupt)?;
        let mut missing = Vec::new();
        for candidate in candidates {
            interrupt.check().map_err(anyhow::Error::from)?;
            if !is_whole(&self.packages.join(&candidate.file), candidate)? {
                missing.push(candidate);
            }
        }
        if !missing.is_empty() {
            progress(missing.iter().map(|candidate| candidate.bytes).sum());
            self.fetch_missing(&missing, interrupt)?;
        }
        Ok(candidates.iter().map(|candidate| self.deb(candidate)).collect())
    }

    /// `resolve` and `fetch` in one. If the package lists are so old that a package they name is
    /// gone, they are fetched again.
    pub fn download(
        &self,
        packages: &[&str],
        installed: Option<&Path>,
        interrupt: &Interrupt,
        progress: &dyn Fn(u64),
    ) -> Result<Vec<Deb>> {
        self.download_chosen(packages, installed, &|_| true, interrupt, progress)
    }

    /// `download`, but only of those packages that `chosen` accepts.
    pub fn download_chosen(
        &self,
        packages: &[&str],
        installed: Option<&Path>,
        chosen: &dyn Fn(&Candidate) -> bool,
        interrupt: &Interrupt,
        progress: &dyn Fn(u64),
    ) -> Result<Vec<Deb>> {
        let attempt = || {
            let mut candidates = self.resolve(packages, installed, interrupt)?;
            candidates.retain(chosen);
            self.fetch(&candidates, interrupt, progress)
        };
        match attempt() {
            Err(Error::Other(error)) if error.is::<Gone>() => {
                self.update(interrupt)?;
                attempt()
            }
            Err(Error::UnknownPackages { .. }) if self.state.lists_are_old() => {
                self.update(interrupt)?;
                attempt()
            }
            other => other,
        }
    }

    fn deb(&self, candidate: &Candidate) -> Deb {
        Deb {
            name: candidate.name.clone(),
            version: candidate.version.clone(),
            architecture: candidate.architecture.clone(),
            path: self.packages.join(&candidate.file),
            digest: candidate.digest.clone(),
            after: candidate.after.clone(),
        }
    }

    fn fetch_missing(&self, missing: &[&Candidate], interrupt: &Interrupt) -> Result<()> {
        fs::create_dir_all(&self.packages)?;
        let arriving = tempfile::Builder::new().prefix(".arriving-").tempdir_in(&self.packages)?;
        let named = missing
            .iter()
            .map(|c| format!("{}:{}={}", c.name, self.apt_architecture(c), c.version));
        let program = self
            .state
            .get(None)
            .args(["--quiet=2", "download", "--"])
            .args(named)
            .folder(arriving.path())
            .time_limit(DOWNLOAD_LIMIT);
        let ran = self.state.run(&program, interrupt);
        // What arrived before it failed, or was stopped, need not be fetched again.
        for candidate in missing {
            let arrived = arriving.path().join(&candidate.file);
            if is_whole(&arrived, candidate)? {
                fs::rename(&arrived, self.packages.join(&candidate.file))?;
            } else if ran.is_ok() {
                let cause = anyhow::anyhow!("its digest differs from the one in the package list");
                return Err(Error::BadPackage { path: arrived, cause });
            }
        }
        ran.map(drop)
    }

    /// apt finds packages for every architecture under the native one only.
    fn apt_architecture<'a>(&self, candidate: &'a Candidate) -> &'a str {
        if candidate.architecture == "all" {
            self.state.architecture.debian_name()
        } else {
            &candidate.architecture
        }
    }
}
