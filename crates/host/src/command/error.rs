use std::io;

use super::outcome::{End, Outcome};
use crate::{Interrupted, met_by_program};

/// Why a program did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
    /// It could not be started.
    #[error("cannot start `{program}`")]
    NotStarted {
        /// The program, as a line for a shell.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// It was started, and then nothing could be learned of it.
    #[error("cannot follow `{program}`")]
    Lost {
        /// The program, as a line for a shell.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// It ended otherwise than with 0.
    #[error("`{program}` failed ({end}): {said}")]
    Failed {
        /// The program, as a line for a shell.
        program: String,
        /// How it ended.
        end: End,
        /// What it said on its standard error.
        said: String,
        /// The error of this computer that it met, where it named one.
        #[source]
        met: Option<io::Error>,
    },
    /// What it printed is no text.
    #[error("`{program}` printed no UTF-8")]
    NotText {
        /// The program, as a line for a shell.
        program: String,
    },
}

impl Error {
    /// A program that has ended, and not with 0.
    pub(super) fn failed(program: String, outcome: &Outcome) -> Self {
        let said = String::from_utf8_lossy(&outcome.stderr).trim().to_owned();
        Self::Failed { program, end: outcome.end, met: met_by_program(&said), said }
    }

    /// Whether the program is not there at all.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::NotStarted { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
