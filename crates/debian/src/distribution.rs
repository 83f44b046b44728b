use std::path::{Path, PathBuf};

use anyhow::Context;
use fs_err as fs;

use crate::control::paragraphs;
use crate::{Architecture, Error, Result};

/// A release of a distribution that a guest can be made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Distribution {
    family: &'static Family,
    codename: String,
    name: String,
    sources: Option<Named>,
}

/// Package sources that somebody names, in place of the host's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Named {
    /// The file, in apt's newer format.
    pub(crate) file: PathBuf,
    /// What it says.
    pub(crate) text: String,
}

/// The differences between families of releases. Ubuntu was tried on x86_64 only.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Family {
    id: &'static str,
    /// What the distribution's own archives call themselves.
    origin: &'static str,
    /// The code names of releases that are known to be there, or to come. Those that are older
    /// have a systemd that is.
    releases: &'static [&'static str],
    /// Those of them that are stable, the newest first. Guests are made from the newest that can be
    /// had; of a family without any, from the release that the host itself runs.
    stable: &'static [&'static str],
    kernels: [(Architecture, &'static str); 2],
}

const FAMILIES: [Family; 2] = [
    Family {
        id: "debian",
        origin: "Debian",
        releases: &["bookworm", "trixie", "forky", "duke", "sid"],
        stable: &["trixie", "bookworm"],
        kernels: [
            (Architecture::X86_64, "linux-image-cloud-amd64"),
            (Architecture::Aarch64, "linux-image-cloud-arm64"),
        ],
    },
    Family {
        id: "ubuntu",
        origin: "Ubuntu",
        releases: &["noble", "plucky", "questing", "resolute"],
        stable: &[],
        kernels: [
            (Architecture::X86_64, "linux-image-virtual"),
            (Architecture::Aarch64, "linux-image-virtual"),
        ],
    },
];

impl Distribution {
    /// The one this computer runs, from `/etc/os-release`.
    pub fn host() -> Result<Self> {
        Self::read(Path::new("/etc/os-release"))
    }

    fn read(path: &Path) -> Result<Self> {
        Self::parse(&fs::read_to_string(path)?)
    }

    /// The one that the text of an `os-release` file names.
    pub fn parse(os_release: &str) -> Result<Self> {
        let field = |name| os_release_field(os_release, name);
        let id = field("ID").context("os-release has no ID")?;
        let name = field("PRETTY_NAME").unwrap_or_else(|| id.clone());
        let Some(family) = FAMILIES.iter().find(|family| family.id == id) else {
            let known = FAMILIES.map(|family| family.id).join(", ");
            return Err(Error::UnknownDistribution { name, known });
        };
        let codename = field("VERSION_CODENAME").context("os-release has no VERSION_CODENAME")?;
        Ok(Self { family, codename, name, sources: None })
    }

    /// A release by the identifiers of its `os-release`: `debian`, `bookworm`.
    pub fn named(id: &str, codename: &str) -> Result<Self> {
        Self::parse(&format!("ID={id}\nVERSION_CODENAME={codename}\n"))
    }

    /// The known releases, each as its `ID` and its code name.
    pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
        FAMILIES.iter().flat_map(|family| family.releases.iter().map(|name| (family.id, *name)))
    }

    /// The same release, from the package sources in a file instead of the host's: a file of
    /// apt's newer format (`.sources`). A `Signed-By` that is a relative path is one from the
    /// file's folder.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where the file cannot be read.
    pub fn from_sources(mut self, file: &Path) -> Result<Self> {
        self.sources = Some(Named::read(file)?);
        Ok(self)
    }

    /// The newest stable Debian that a file of package sources names, or the newest release of all
    /// that it names where none is stable; made from them.
    ///
    /// # Errors
    /// [`Error::NoSources`] where the file names no release that is known; [`Error::Unreadable`]
    /// where it cannot be read.
    pub fn newest_in(file: &Path) -> Result<Self> {
        let named = Named::read(file)?;
        let all = paragraphs(&named.text);
        let families = FAMILIES.iter().flat_map(|family| {
            let others = family.releases.iter().rev();
            family.stable.iter().chain(others).map(move |codename| (family, *codename))
        });
        for (family, codename) in families {
            let mut release = Self::named(family.id, codename)?;
            if all.iter().any(|source| source.words("Suites").any(|suite| suite == codename)) {
                release.sources = Some(named);
                return Ok(release);
            }
        }
        let known: Vec<_> = Self::known().map(|(_, codename)| codename).collect();
        Err(Error::NoSources {
            folder: file.display().to_string(),
            codename: format!("a release that is known ({})", known.join(", ")),
        })
    }

    /// The family's releases that are stable and newer than this one, the newest first. All that
    /// are stable, if this one is not.
    pub(crate) fn newer(&self) -> Vec<Self> {
        let newer = self.family.stable.iter().take_while(|name| **name != self.codename);
        newer.map(|name| Self { codename: (*name).to_owned(), ..self.unnamed() }).collect()
    }

    /// This one without the name that its host gave it.
    fn unnamed(&self) -> Self {
        Self { name: self.family.id.to_owned(), sources: None, ..self.clone() }
    }

    /// Every code name of its family, and what else its archives call a release.
    pub(crate) fn siblings(&self) -> impl Iterator<Item = &'static str> {
        const ALSO: [&str; 4] = ["stable", "oldstable", "testing", "unstable"];
        self.family.releases.iter().copied().chain(ALSO)
    }

    /// The package sources that were named for it.
    pub(crate) fn sources(&self) -> Option<&Named> {
        self.sources.as_ref()
    }

    /// `ID` of os-release: `debian`, `ubuntu`.
    pub fn id(&self) -> &str {
        self.family.id
    }

    /// The release's code name: `bookworm`.
    pub fn codename(&self) -> &str {
        &self.codename
    }

    /// The name people read.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn origin(&self) -> &str {
        self.family.origin
    }

    /// The package that always depends on the newest kernel for virtual machines.
    pub(crate) fn kernel_package(&self, architecture: Architecture) -> &'static str {
        let row = self.family.kernels.iter().find(|(row, _)| *row == architecture);
        row.expect("every family has a kernel for every architecture").1
    }
}

impl Named {
    fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).map_err(|cause| Error::Unreadable { cause })?;
        Ok(Self { file: file.to_owned(), text })
    }
}

/// The value of `name`, without the quotes that a shell would remove.
fn os_release_field(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
    let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    Some(quoted('"').or_else(|| quoted('\'')).unwrap_or(value).replace('\\', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(os_release: &str, expected: Result<(&str, &str), &str>) {
        let found = Distribution::parse(os_release);
        let found = found.as_ref().map(|d| (d.id(), d.codename())).map_err(ToString::to_string);
        assert_eq!(found, expected.map_err(ToOwned::to_owned));
    }

    #[test]
    fn a_release_is_read_from_os_release() {
        check("ID=debian\nVERSION_CODENAME=bookworm\n", Ok(("debian", "bookworm")));
        check("VERSION_CODENAME=\"noble\"\nID='ubuntu'\n", Ok(("ubuntu", "noble")));
    }

    #[test]
    fn stable_releases_that_are_newer_come_the_newest_first() {
        let newer = |id: &str, codename: &str| {
            let release = Distribution::named(id, codename).unwrap();
            release.newer().into_iter().map(|one| one.codename).collect::<Vec<_>>()
        };
        assert_eq!(newer("debian", "bookworm"), ["trixie"]);
        assert_eq!(newer("debian", "trixie"), [""; 0]);
        assert_eq!(newer("debian", "forky"), ["trixie", "bookworm"]);
        assert_eq!(newer("ubuntu", "noble"), [""; 0]);
    }

    #[test]
    fn sources_that_are_named_say_which_release_they_have() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.sources");
        let check = |suites: &str, expected: Option<&str>| {
            fs::write(&file, format!("Types: deb\nSuites: {suites}\n")).unwrap();
            let found = Distribution::newest_in(&file).ok();
            assert_eq!(found.as_ref().map(Distribution::codename), expected, "{suites}");
        };
        check("bookworm bookworm-updates", Some("bookworm"));
        check("bookworm sid trixie", Some("trixie"));
        check("sid", Some("sid"));
        check("noble-updates noble", Some("noble"));
        check("trixie-backports", None);
        check("stable", None);
        assert!(Distribution::newest_in(folder.path()).is_err());
    }

    #[test]
    fn a_release_without_apt_sources_of_its_own_is_refused_by_its_name() {
        check(
            "ID=fedora\nPRETTY_NAME=\"Fedora Linux 44\"\n",
            Err("Fedora Linux 44 is not one of the distributions a guest can be made from: \
                 debian, ubuntu"),
        );
        check("ID=debian\nPRETTY_NAME=sid\n", Err("os-release has no VERSION_CODENAME"));
    }
}
