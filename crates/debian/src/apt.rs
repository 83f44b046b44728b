//! Fetches packages with the host's apt, with private state and without root.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use domi_host::command::{self, End, Outcome, Program};
use domi_host::file::Lock;
use domi_host::{Interrupt, file};
use fs_err as fs;
use sha2::{Digest, Sha256};

use crate::dpkg::Hex;
use crate::sources::own_sources;
use crate::{Architecture, Distribution, Error, Result};

/// A download may take as long as the connection needs; this only ends one that makes no progress.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(3600);

/// The host's apt, looking at one release and one architecture.
#[derive(Debug)]
pub struct Apt {
    folder: PathBuf,
    packages: PathBuf,
    distribution: Distribution,
    architecture: Architecture,
}

/// A package that apt would install, and how to check that it arrived completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Debian's name of its architecture, or `all`.
    pub architecture: String,
    /// The name of its file.
    pub file: String,
    /// The size of its file in bytes.
    pub bytes: u64,
    /// The SHA-256 of its file, in lower-case hexadecimal digits.
    pub digest: String,
    /// Those before it that must be configured before it is unpacked.
    pub after: Vec<String>,
}

/// A downloaded package. Its file has the digest that the signed package lists promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deb {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Debian's name of its architecture, or `all`.
    pub architecture: String,
    /// Its file.
    pub path: PathBuf,
    /// The SHA-256 of its file, in lower-case hexadecimal digits.
    pub digest: String,
    /// Those before it that must be configured before it is unpacked.
    pub after: Vec<String>,
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
        let release = format!("{}-{}", distribution.id(), distribution.codename());
        let apt = Self {
            folder: cache.join("apt").join(format!("{release}-{}", architecture.debian_name())),
            packages: cache.join("packages"),
            distribution: distribution.clone(),
            architecture,
        };
        let _lock = apt.lock(interrupt)?;
        apt.configure(sources, interrupt)?;
        Ok(apt)
    }

    /// The release it looks at.
    pub fn distribution(&self) -> &Distribution {
        &self.distribution
    }

    /// The architecture it looks at.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Fetches the package lists, whatever their age.
    pub fn update(&self, interrupt: &Interrupt) -> Result<()> {
        let _lock = self.lock(interrupt)?;
        self.update_locked(interrupt)
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
        let _lock = self.lock(interrupt)?;
        if !self.folder.join("updated").exists() {
            self.update_locked(interrupt)?;
        }
        // The archive folder is empty, because apt only lists files that it does not have.
        let program = self
            .get(installed)
            .arg(option("Dir::Cache::archives", self.folder.join("empty")))
            .args(["--quiet=2", "--print-uris", "--yes", "install", "--"])
            .args(packages);
        let outcome = self.run(&program, interrupt)?;
        let listed =
            String::from_utf8(outcome.stdout).context("apt printed text that is not UTF-8")?;
        let candidates = listed.lines().filter(|line| line.starts_with('\''));
        let mut candidates = candidates.map(candidate).collect::<Result<Vec<_>, _>>()?;
        if installed.is_some() {
            self.order(&mut candidates, packages, installed, interrupt)?;
        }
        Ok(candidates)
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
        let program =
            self.get(installed).args(["--quiet=2", "--simulate", "install", "--"]).args(packages);
        let outcome = self.run(&program, interrupt)?;
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
        let _lock = self.lock(interrupt)?;
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
    pub(crate) fn download_chosen(
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
            Err(Error::UnknownPackages { .. }) if self.lists_are_old() => {
                self.update(interrupt)?;
                attempt()
            }
            other => other,
        }
    }

    /// Whether the lists are older than a day, so that a missing name may just be new.
    fn lists_are_old(&self) -> bool {
        let modified = fs::metadata(self.folder.join("updated")).and_then(|found| found.modified());
        let age = modified.ok().and_then(|time| time.elapsed().ok());
        age.is_none_or(|age| age > Duration::from_secs(24 * 3600))
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
            .get(None)
            .args(["--quiet=2", "download", "--"])
            .args(named)
            .folder(arriving.path())
            .time_limit(DOWNLOAD_LIMIT);
        let ran = self.run(&program, interrupt);
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
            self.architecture.debian_name()
        } else {
            &candidate.architecture
        }
    }

    fn update_locked(&self, interrupt: &Interrupt) -> Result<()> {
        let _ = fs::remove_file(self.folder.join("updated"));
        let program = self
            .get(None)
            .args(["--quiet=2", "--error-on=any", "update"])
            .time_limit(DOWNLOAD_LIMIT);
        self.run(&program, interrupt)?;
        file::write(&self.folder.join("updated"), "")?;
        Ok(())
    }

    fn lock(&self, interrupt: &Interrupt) -> Result<Lock> {
        Ok(Lock::acquire(&self.folder.join("lock"), interrupt, || ())?)
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
    fn get(&self, installed: Option<&Path>) -> Program {
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

    /// Runs apt and turns its complaints into an error that a caller can explain.
    fn run(&self, program: &Program, interrupt: &Interrupt) -> Result<Outcome> {
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
struct Gone;

fn no_apt(error: command::Error) -> Error {
    if error.is_missing() { Error::NoApt } else { error.into() }
}

fn option(name: &str, value: impl AsRef<std::ffi::OsStr>) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(format!("-o{name}="));
    option.push(value);
    option
}

/// Read before everything else, so that the host's own configuration is not read: its hooks are
/// made for another machine. How the host reaches its sources is kept.
fn base_configuration(host: &str) -> String {
    let reaching = host.lines().filter(|line| {
        let other = ["Acquire::Languages", "Acquire::IndexTargets", "Acquire::Changelogs"];
        line.starts_with("Acquire::") && !other.iter().any(|name| line.starts_with(name))
    });
    let own = [
        r#"Dir::Etc::main "/dev/null";"#,
        r#"Dir::Etc::parts "/dev/null";"#,
        r#"Dir::Etc::trusted "/etc/apt/trusted.gpg";"#,
        r#"Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";"#,
        r#"Dir::Etc::netrc "/etc/apt/auth.conf";"#,
        r#"Dir::Etc::netrcparts "/etc/apt/auth.conf.d";"#,
        r#"Acquire::Languages { "none"; };"#,
        // Reading compressed lists doubles the time of every call.
        r#"Acquire::GzipIndexes "false";"#,
        r#"Acquire::ForceHash "sha256";"#,
        r#"APT::Install-Recommends "false";"#,
        r#"APT::Install-Suggests "false";"#,
        // apt considers itself essential; a guest does not need it.
        r#"pkgCacheGen::ForceEssential "dpkg";"#,
        r#"pkgCacheGen::ForceImportant "dpkg";"#,
        // As root apt would fetch as a user who may not enter the cache folder.
        r#"APT::Sandbox::User "root";"#,
    ];
    reaching.chain(own).map(|line| format!("{line}\n")).collect()
}

/// Only the distribution's own archives count, whatever another vendor calls its suites.
fn preferences(origin: &str) -> String {
    format!(
        "Package: usrmerge\nPin: release *\nPin-Priority: -1\n\n\
         Package: *\nPin: release o={origin}\nPin-Priority: 500\n\n\
         Package: *\nPin: release o=*\nPin-Priority: -1\n"
    )
}

/// A line of `--print-uris`: `'uri' name_version_architecture.deb bytes SHA256:digest`.
fn candidate(line: &str) -> anyhow::Result<Candidate> {
    let parse = || {
        let mut words = line.split_whitespace().skip(1);
        let (file, bytes, digest) = (words.next()?, words.next()?, words.next()?);
        let mut parts = file.strip_suffix(".deb")?.splitn(3, '_');
        let (name, version, architecture) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Candidate {
            name: name.to_owned(),
            version: version.replace("%3a", ":"),
            architecture: architecture.to_owned(),
            file: file.to_owned(),
            bytes: bytes.parse().ok()?,
            digest: digest.strip_prefix("SHA256:")?.to_owned(),
            after: Vec::new(),
        })
    };
    parse()
        .filter(|candidate| !candidate.file.contains('/'))
        .with_context(|| format!("apt printed something unexpected: {line}"))
}

fn unknown_packages(said: &str) -> Vec<String> {
    let unknown = said.lines().filter_map(|line| {
        let line = line.strip_prefix("E: ")?;
        let name = line.strip_prefix("Unable to locate package ").or_else(|| {
            let rest = line.strip_prefix("Package '")?;
            rest.strip_suffix("' has no installation candidate")
        })?;
        Some(name.trim().to_owned())
    });
    unknown.collect()
}

/// The first message about a source that cannot be reached.
fn unreachable_source(said: &str) -> Option<String> {
    const SIGNS: [&str; 9] = [
        "Temporary failure resolving",
        "Could not resolve",
        "Could not connect",
        "Unable to connect",
        "Cannot initiate the connection",
        "Connection failed",
        "Connection timed out",
        "connection timed out",
        "Network is unreachable",
    ];
    let line = said.lines().find(|line| SIGNS.iter().any(|sign| line.contains(sign)))?;
    Some(line.trim_start_matches("W: ").trim_start_matches("E: ").trim().to_owned())
}

/// Whether a file is there with the size and digest of a candidate.
fn is_whole(path: &Path, candidate: &Candidate) -> Result<bool> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() == candidate.bytes => {
            let digest = Sha256::digest(fs::read(path)?);
            Ok(format!("{:x}", Hex(&digest)) == candidate.digest)
        }
        Ok(_) => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
