use domi_host::{Cause, Interrupted};

/// Why a console could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The machine answered something that is no answer.
    #[error("the machine's console answered what makes no sense: {0}")]
    Protocol(String),
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
    fn from(error: anyhow::Error) -> Self {
        if Cause::of(error.as_ref()) == Cause::Interrupted {
            Self::Interrupted
        } else {
            Self::Other(error)
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
