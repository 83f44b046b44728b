use std::fmt;
use std::path::Path;

/// What is worth telling while an entry is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'a> {
    /// Another process makes the same; it is waited for.
    Waiting,
    /// What is stored could not be used and is made again.
    Remaking {
        /// Why.
        reason: &'a str,
    },
    /// Making it has failed, and its logs are kept.
    Logs {
        /// The folder with them.
        folder: &'a Path,
    },
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => f.write_str("waiting for another process that makes the same"),
            Self::Remaking { reason } => write!(f, "making it again: {reason}"),
            Self::Logs { folder } => write!(f, "the logs are in {}", folder.display()),
        }
    }
}
