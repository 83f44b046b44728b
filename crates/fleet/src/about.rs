use domi_model::Place;
use serde::Serialize;

use crate::{Id, Status};

/// What every file says of what it describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its name: that of the file without `.toml`.
    pub name: String,
    /// The file, from the fleet's root.
    pub file: String,
    /// What stays the same when the file gets another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// What people call it; empty where the name is enough.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How far it has come.
    pub status: Status,
    /// The line of the status; 1 where the file says none.
    #[serde(skip)]
    pub status_line: u32,
    /// Whether the file could be read. Nothing is said of what it lacks otherwise.
    #[serde(skip)]
    pub(crate) readable: bool,
    /// Keys with values that they do not take, which is said already.
    #[serde(skip)]
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

    /// Whether it is there now, or was meant to be: not retired.
    pub fn is_current(&self) -> bool {
        self.status != Status::Retired
    }
}
