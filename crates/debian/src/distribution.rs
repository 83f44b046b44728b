use std::path::Path;

use anyhow::Context;
use fs_err as fs;

use crate::{Architecture, Error, Result};

/// A release of a distribution that a guest can be made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Distribution {
    family: &'static Family,
    codename: String,
    name: String,
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
    kernels: [(Architecture, &'static str); 2],
}

const FAMILIES: [Family; 2] = [
    Family {
        id: "debian",
        origin: "Debian",
        releases: &["bookworm", "trixie", "forky", "duke", "sid"],
        kernels: [
            (Architecture::X86_64, "linux-image-cloud-amd64"),
            (Architecture::Aarch64, "linux-image-cloud-arm64"),
        ],
    },
    Family {
        id: "ubuntu",
        origin: "Ubuntu",
        releases: &["noble", "plucky", "questing", "resolute"],
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
        Ok(Self { family, codename, name })
    }

    /// A release by the identifiers of its `os-release`: `debian`, `bookworm`.
    pub fn named(id: &str, codename: &str) -> Result<Self> {
        Self::parse(&format!("ID={id}\nVERSION_CODENAME={codename}\n"))
    }

    /// The known releases, each as its `ID` and its code name.
    pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
        FAMILIES.iter().flat_map(|family| family.releases.iter().map(|name| (family.id, *name)))
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
    fn a_release_without_apt_sources_of_its_own_is_refused_by_its_name() {
        check(
            "ID=fedora\nPRETTY_NAME=\"Fedora Linux 44\"\n",
            Err("Fedora Linux 44 is not one of the distributions a guest can be made from: \
                 debian, ubuntu"),
        );
        check("ID=debian\nPRETTY_NAME=sid\n", Err("os-release has no VERSION_CODENAME"));
    }
}
