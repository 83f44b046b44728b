use std::time::Duration;

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
    #[error(transparent)]
    Console(domi_console::Error),
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
    /// What is stored cannot be had: damaged, or no space to make it.
    #[error(transparent)]
    Store(domi_store::Error),
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

domi_host::error_conversions!(Error, domi_console => Console, domi_debian => Packages, domi_store => Store);

fn said(log: &str) -> String {
    if log.is_empty() { String::new() } else { format!(":\n{log}") }
}
