use std::path::PathBuf;

/// What can go wrong between packages and a machine's files.
///
/// There is a variant for each case that a caller explains differently; everything else is `Other`,
/// with its chain of causes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The host has no `apt-get`.
    #[error("this computer has no apt-get, which is needed to fetch the guest's packages")]
    NoApt,
    /// The host's distribution has no row in the table of distributions.
    #[error("{name} is not one of the distributions a guest can be made from: {known}")]
    UnknownDistribution {
        /// The host's name for itself.
        name: String,
        /// Those that are known.
        known: String,
    },
    /// None of the package sources belongs to the distribution.
    #[error("none of the package sources under {folder} offers {codename}")]
    NoSources {
        /// The folder or file that was read.
        folder: String,
        /// The release's code name.
        codename: String,
    },
    /// The file of package sources that somebody names cannot be read.
    #[error("{cause}")]
    Unreadable {
        /// Which, and why.
        cause: std::io::Error,
    },
    /// The package sources do not have the release.
    #[error("the package sources have no {codename}: {said}")]
    NoSuite {
        /// The release's code name.
        codename: String,
        /// apt's own words.
        said: String,
    },
    /// The package sources have the release, and no key that is known has signed it.
    #[error("nothing here verifies what the package sources say of {codename}: {said}")]
    NotVerified {
        /// The release's code name.
        codename: String,
        /// apt's own words.
        said: String,
    },
    /// The package sources cannot be reached.
    #[error("the package sources cannot be reached: {said}")]
    Offline {
        /// apt's own words.
        said: String,
    },
    /// Packages that no source of the distribution has.
    #[error("no such package for {architecture} in {distribution}: {}", names.join(", "))]
    UnknownPackages {
        /// Their names.
        names: Vec<String>,
        /// Debian's name of the architecture.
        architecture: String,
        /// The distribution's code name.
        distribution: String,
    },
    /// New packages are at odds with those that a machine has.
    #[error(
        "{} would be removed for {}: every machine has {}, and a test without {} would not be of such a machine",
        removed.join(", "),
        packages.join(", "),
        if removed.len() == 1 { "it" } else { "these" },
        if removed.len() == 1 { "it" } else { "them" }
    )]
    Removed {
        /// The names of what would go.
        removed: Vec<String>,
        /// The names of the new ones.
        packages: Vec<String>,
    },
    /// A file is not the package it should be.
    #[error("{} is not a usable package: {cause:#}", path.display())]
    BadPackage {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: anyhow::Error,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Anything else.
    #[error("{0:#}")]
    Other(#[source] anyhow::Error),
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

domi_host::error_conversions!(Error);
