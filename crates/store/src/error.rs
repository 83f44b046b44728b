use std::path::PathBuf;

/// Why an entry cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of an entry is missing or not what was written.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk is too full to make an entry.
    #[error(
        "no space left for what machines start from in {}: it needs {} MiB and {} MiB are free; {} \
         names another folder",
        path.display(),
        needed >> 20,
        free >> 20,
        domi_host::dirs::CACHE
    )]
    NoSpace {
        /// The folder to write in.
        path: PathBuf,
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Anything else that failed.
    #[error("{0:#}")]
    Other(#[source] anyhow::Error),
}

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

domi_host::error_conversions!(Error);

impl Error {
    /// A file or folder that is not what was written, and why.
    pub fn damaged(path: impl Into<PathBuf>, reason: &(impl ToString + ?Sized)) -> Self {
        Self::Damaged { path: path.into(), reason: reason.to_string() }
    }
}
