use std::path::PathBuf;
use std::time::Duration;

use domi_host::{Cause, Interrupted, command};

/// Why a container or an image could not do what was asked.
///
/// A command that runs in the container and fails is no error here: its status is in
/// [`Output`](crate::Output).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its first process ended although nobody asked for it.
    #[error("the container has died: its first process ended ({how}){}", said(log))]
    Died {
        /// How it ended.
        how: String,
        /// The last lines of its console.
        log: String,
    },
    /// It gave no answer in time.
    #[error("the container gave no answer for {waited:.1?}{}", said(log))]
    Hung {
        /// How long it was waited for.
        waited: Duration,
        /// The last lines of its console.
        log: String,
    },
    /// It has been shut down or crashed on purpose, and not started again.
    #[error("the container is not running")]
    NotRunning,
    /// It answered something that is no answer.
    #[error("the container's console answered what makes no sense: {0}")]
    Protocol(String),
    /// This computer does not let us make a container as it must be.
    #[error("a container cannot {doing}: {cause}")]
    Step {
        /// What could not be done: `mount proc at proc`.
        doing: String,
        /// Why.
        cause: std::io::Error,
    },
    /// This computer lacks what containers need; what, and how it is had.
    #[error("no containers here: {0}")]
    Missing(String),
    /// A file of a stored image is missing or not what was written.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk is too full to make an image.
    #[error(
        "no space left for a container image in {}: it needs {} MiB and {} MiB are free",
        path.display(),
        needed >> 20,
        free >> 20
    )]
    NoSpace {
        /// The folder to write in.
        path: PathBuf,
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// Packages could not be had: no network, no apt, no such package.
    #[error(transparent)]
    Packages(domi_debian::Error),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Anything else that failed.
    #[error("{0:#}")]
    Other(#[source] anyhow::Error),
}

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<anyhow::Error> for Error {
    /// Keeps what is typed already: an interrupt, or an error of ours that went through `anyhow`.
    fn from(error: anyhow::Error) -> Self {
        if Cause::of(error.as_ref()) == Cause::Interrupted {
            return Self::Interrupted;
        }
        error.downcast::<Self>().unwrap_or_else(Self::Other)
    }
}

impl From<command::Error> for Error {
    fn from(error: command::Error) -> Self {
        match error {
            command::Error::Interrupted(_) => Self::Interrupted,
            error => Self::Other(error.into()),
        }
    }
}

impl From<domi_debian::Error> for Error {
    fn from(error: domi_debian::Error) -> Self {
        match error {
            domi_debian::Error::Interrupted => Self::Interrupted,
            domi_debian::Error::Other(error) => error.into(),
            other => Self::Packages(other),
        }
    }
}

impl From<domi_console::Error> for Error {
    fn from(error: domi_console::Error) -> Self {
        match error {
            domi_console::Error::Interrupted => Self::Interrupted,
            domi_console::Error::Protocol(what) => Self::Protocol(what),
            domi_console::Error::Other(error) => error.into(),
            other => Self::Other(other.into()),
        }
    }
}

impl From<Interrupted> for Error {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.into())
    }
}

fn said(log: &str) -> String {
    if log.is_empty() { String::new() } else { format!(":\n{log}") }
}
