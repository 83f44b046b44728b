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
}

impl About {
    /// A line of the file.
    pub fn at(&self, line: u32) -> Option<Place> {
        Some(Place { file: self.file.clone(), line })
    }

    /// Whether it is there now, or was meant to be: not retired.
    pub fn is_current(&self) -> bool {
        self.status != Status::Retired
    }
}
