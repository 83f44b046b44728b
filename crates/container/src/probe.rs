//! What this computer lets a container have, found out by doing it: versions and settings say
//! little, and what they do not say shows as a failure in the middle of a test.

use std::fmt;
use std::path::Path;

use domi_host::hash::Key;
use domi_host::tool;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::disk::Upper;
use crate::ids::Mapping;
use crate::{Result, cgroup, inside};

mod attempt;

/// The folder of everything of ours in a cache.
pub(crate) const FOLDER: &str = "container";

/// Something that a container needs of this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// Devices that are what they are called.
    Devices,
    /// Ids of its own for its users.
    Ids,
    /// File systems of the kernel's own: `/proc`, `/sys`, `/dev/pts`.
    Proc,
    /// Settings of the kernel of its own.
    Settings,
    /// A cgroup that it may divide.
    Cgroup,
    /// A disk over its image from which folders can be removed.
    Disk,
    /// A network card.
    Card,
    /// Controllers, which keep units to their limits of memory, tasks and processor time.
    Controllers,
}

/// What was found of one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked for.
    pub need: Need,
    /// Whether it is there.
    pub there: bool,
    /// What was found; or what is missing, and after a colon the command that brings it.
    pub text: String,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probes {
    findings: Vec<Finding>,
    upper: Option<Upper>,
    controllers: Vec<String>,
    settings: Vec<String>,
}

impl Need {
    /// Whether there is no container without it.
    fn is_a_must(self) -> bool {
        !matches!(self, Self::Settings | Self::Card | Self::Controllers)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Devices => "devices",
            Self::Ids => "ids for users",
            Self::Proc => "file systems of the kernel",
            Self::Settings => "settings of the kernel",
            Self::Cgroup => "a cgroup",
            Self::Disk => "a disk",
            Self::Card => "a network card",
            Self::Controllers => "controllers",
        })
    }
}

impl Probes {
    /// What was found before, since this computer started; else what is found now. It is kept below
    /// `cache` (see `domi_host::dirs::cache`).
    pub fn known(cache: &Path) -> Result<Self> {
        Self::of(cache, false)
    }

    /// Finds out again, and keeps it in place of what was known.
    pub fn again(cache: &Path) -> Result<Self> {
        Self::of(cache, true)
    }

    fn of(cache: &Path, again: bool) -> Result<Self> {
        let folder = cache.join(FOLDER);
        fs::create_dir_all(&folder)?;
        domi_store::known(&folder, "probes", key(), again, || Ok(Self::find(&folder)))
    }

    /// Everything that was looked for, in order.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The controllers that keep units to their limits. A limit of another kind is not kept, and
    /// nothing says so.
    pub fn controllers(&self) -> &[String] {
        &self.controllers
    }

    /// The settings of the kernel that a container has of its own, by their paths below `/proc/sys`.
    pub fn settings(&self) -> &[String] {
        &self.settings
    }

    /// Whether containers can be joined by a network.
    pub fn has_cards(&self) -> bool {
        self.findings.iter().any(|finding| finding.need == Need::Card && finding.there)
    }

    /// What is missing that every container needs, if anything is.
    pub fn missing(&self) -> Option<String> {
        let missing = self.findings.iter().filter(|found| !found.there && found.need.is_a_must());
        let missing: Vec<String> = missing.map(Finding::to_string).collect();
        (!missing.is_empty()).then(|| missing.join("; "))
    }

    pub(crate) fn upper(&self) -> Upper {
        self.upper.unwrap_or(Upper::Memory)
    }

    fn find(folder: &Path) -> Self {
        let mut found = Self {
            findings: Vec::new(),
            upper: None,
            controllers: Vec::new(),
            settings: Vec::new(),
        };
        found.add(
            Need::Devices,
            match inside::bad_device() {
                None => Ok("all are there".to_owned()),
                Some(bad) => Err(bad),
            },
        );
        let mapping = match Mapping::find() {
            Ok(mapping) => mapping,
            Err(missing) => {
                found.add(Need::Ids, Err(missing));
                return found;
            }
        };
        found.add(Need::Ids, attempt::ids(&mapping));
        if found.missing().is_some() {
            return found;
        }
        found.add(Need::Proc, attempt::file_systems(&mapping));
        let settings = attempt::settings(&mapping);
        found.settings = settings.clone().unwrap_or_default();
        let count = |names: Vec<String>| format!("{} of its own", names.len());
        found.add(Need::Settings, settings.map(count));
        found.add(Need::Cgroup, attempt::cgroup(&mapping));
        match attempt::disk(&mapping, folder) {
            Ok((upper, text)) => {
                found.upper = Some(upper);
                found.add(Need::Disk, Ok(text));
            }
            Err(missing) => found.add(Need::Disk, Err(missing)),
        }
        found.add(Need::Card, attempt::card(&mapping));
        let controllers = attempt::controllers(&mapping);
        found.controllers = controllers.clone().unwrap_or_default();
        found.add(Need::Controllers, controllers.map(|names| names.join(", ")));
        found
    }

    fn add(&mut self, need: Need, outcome: Result<String, String>) {
        let there = outcome.is_ok();
        let text = outcome.unwrap_or_else(|missing| missing);
        self.findings.push(Finding { need, there, text });
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.need, self.text)
    }
}

/// What an administrator sets for containers to be had.
const SET: [&str; 5] = [
    "/etc/subuid",
    "/etc/subgid",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/user/max_user_namespaces",
];

/// Everything that the findings depend on, and that can change while this computer runs: the user,
/// what may be done with the cgroup that the tool is in, whatever its name, and what brings what was
/// missing.
fn key() -> Key {
    let user = rustix::process::geteuid().as_raw().to_string();
    let mut key = Key::new("container-probes/3").with(user).with(cgroup::standing());
    for program in ["newuidmap", "newgidmap"] {
        key.add(tool::find(program).map(|path| path.display().to_string()).unwrap_or_default());
    }
    for file in SET {
        key.add(fs::read(file).unwrap_or_default());
    }
    key
}
