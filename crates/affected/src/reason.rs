use std::fmt;

use camino::Utf8PathBuf;

/// A way to test features; a change may matter to one and not to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Machines that this tool makes, with what it realised.
    Portable,
    /// NixOS, from the flake.
    Nixos,
}

impl Lane {
    /// Every lane.
    pub const ALL: &[Self] = &[Self::Portable, Self::Nixos];
}

/// Why a feature is touched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The file that differs, from the workspace root.
    pub file: Utf8PathBuf,
    /// How the file affects the feature.
    pub how: How,
    /// The lanes in which it is touched.
    pub lanes: &'static [Lane],
}

/// How a file affects a feature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is part of the feature's crate.
    Own,
    /// It is part of a package that the crate is built from.
    BuiltFrom(String),
    /// It names another version of this package, and the crate is built from that.
    Locked(String),
    /// The compiler, or the plugin, reads it.
    Read,
    /// The plugin may read it; nobody knows.
    MayBeRead,
    /// The compiler, or the plugin, reads it, and git does not track it.
    NotKept,
    /// It is made from the feature's crate.
    Generated,
    /// It is part of what runs tests in this lane: a package, or the machine's settings.
    Runs(String),
    /// Every NixOS of the repository is made from it.
    Trunk,
    /// Everything is built with it.
    Everything,
    /// Its purpose is not known.
    Unknown,
}

impl Reason {
    /// Whether the file is part of a package that runs tests: of the program that says so, where
    /// that is one of the workspace.
    pub fn is_of_the_runner(&self) -> bool {
        matches!(self.how, How::Runs(_))
            && !["domi.toml", "quarantine.toml"].contains(&self.file.as_str())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        match &self.how {
            How::Own => write!(f, "{file} is part of it"),
            How::BuiltFrom(package) => write!(f, "it is built from {package}: {file}"),
            How::Locked(package) => write!(f, "it is built from {package}, which is new in {file}"),
            How::Read => write!(f, "its manifest is made from {file}"),
            How::MayBeRead => write!(f, "its plugin may read {file}"),
            How::NotKept => {
                write!(f, "its manifest is made from {file}, which git does not track")
            }
            How::Generated => write!(f, "{file} is made from it"),
            How::Runs(what) => write!(f, "its tests are run with {what}: {file}"),
            How::Trunk => write!(f, "every NixOS here is made from {file}"),
            How::Everything => write!(f, "everything is built with {file}"),
            How::Unknown => write!(f, "nobody knows what {file} is for"),
        }
    }
}
