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

domi_host::error_conversions!(Error);
