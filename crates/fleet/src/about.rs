use domi_model::{Place, Problem};

use crate::codes::MISSING_FIELD;
use crate::{Id, Ref, Status};

/// What every file says of what it describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its name: that of the file without `.toml`.
    pub name: String,
    /// The file, from the fleet's root.
    pub file: String,
    /// What stays the same when the file gets another name.
    pub id: Option<Id>,
    /// What people call it; empty where the name is enough.
    pub title: String,
    /// How far it has come.
    pub status: Status,
    /// The line of the status; 1 where the file says none.
    pub status_line: u32,
    /// Whether the file could be read. Nothing is said of what it lacks otherwise.
    pub(crate) readable: bool,
    /// What the digest of a person's file is made with, in hexadecimal, and the line that says so.
    pub(crate) salt: Option<Ref>,
    /// The digest of the file, in hexadecimal; made with its salt, if it has one.
    pub(crate) digest: String,
    /// Keys with values that they do not take, which is said already.
    pub(crate) wrong: Vec<String>,
}

impl About {
    /// A line of the file.
    pub fn at(&self, line: u32) -> Option<Place> {
        Some(Place { file: self.file.clone(), line })
    }

    /// Whether a key that has no value is one that the file lacks.
    pub(crate) fn lacks(&self, key: &str) -> bool {
        self.readable && !self.wrong.iter().any(|wrong| wrong == key)
    }

    /// Says that a key is missing.
    pub(crate) fn missing(&self, key: &str, line: u32, next: impl Into<String>) -> Problem {
        let message = "is not there, and has no default";
        Problem::error(MISSING_FIELD, key, message).at(self.at(line)).next(next)
    }

    /// Whether it is there now, or was meant to be: not retired.
    pub fn is_current(&self) -> bool {
        self.status != Status::Retired
    }
}
